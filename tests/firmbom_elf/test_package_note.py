"""What package notes declare; and damaged ones."""

from __future__ import annotations

import struct

import pytest
from declaring import elf_file, note, properties, purls, read, stated

from firmbom.model import Basis
from firmbom_elf.declarations import package_note
from firmbom_elf.declarations.declared import Declared


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"type": "rpm", "name": "coreutils", "version": "9.4-7.fc40", "osCpe": "cpe:/o:fedoraproject:fedora:40"},
            "pkg:rpm/fedora/coreutils@9.4-7.fc40?arch=src&distro=fedora-40",
        ),
        (
            {"type": "deb", "os": "debian", "osVersion": "12", "name": "bash", "version": "5.2.15-2"},
            "pkg:deb/debian/bash@5.2.15-2?arch=source&distro=debian-12",
        ),
        ({"type": "deb", "name": "x", "version": "1", "osCpe": "cpe:/o:debian:debian_linux"}, None),
        (
            {"type": "rpm", "os": "fedora", "name": "y", "version": "2:1-3"},
            "pkg:rpm/fedora/y@1-3?arch=src&distro=fedora&epoch=2",
        ),
        ({"type": "opkg", "name": "z", "version": "1"}, "pkg:generic/z@1"),
    ],
)
def test_a_package_note_names_the_source_package(fields: dict[str, str], expected: str | None) -> None:
    said = read(elf_file({".note.package": note(stated(**fields))}))
    assert purls(said) == [expected or "pkg:deb/debian/x@1?arch=source&distro=debian"]
    assert said.components[0].claims[0].location.symbol == ".note.package"


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("1:2023.01+dfsg-2+deb12u3", ("pkg:generic/x@2023.01",)),
        ("1:1.3.dfsg+really1.3.1-1+b1", ("pkg:generic/x@1.3.1",)),
        ("9.4-7.fc40", ("pkg:generic/x@9.4",)),
        ("1.0", ()),
        ("abc-1", ()),
    ],
)
def test_the_release_that_a_package_is_of(version: str, expected: tuple[str, ...]) -> None:
    note_of = stated(type="deb", os="Debian", name="x", version=version)
    component = read(elf_file({".note.package": note(note_of)})).components[0]
    assert component.upstream == expected
    assert component.purl.startswith("pkg:deb/debian/x@")
    assert component.claims[0].basis is Basis.VERSION_STRING
    assert read(elf_file({".note.package": note(note_of.replace(b"deb", b"opkg"))})).components[0].upstream == ()


def test_what_else_a_package_note_states() -> None:
    fields = {"name": "a", "version": "1", "type": "deb", "architecture": "arm64", "n": 1, "appCpe": "cpe:2.3:a:x:a:1"}
    text = stated(**fields, debugInfoUrl="https://debuginfod.debian.net")
    component = read(elf_file({".note.package": note(b"x", kind=1) + note(text)})).components[0]
    assert properties(component) == {"firmbom:package-note:type": "deb", "firmbom:package-note:architecture": "arm64"}
    assert component.cpes == ("cpe:2.3:a:x:a:1",)
    assert component.references[0].url == "https://debuginfod.debian.net"


@pytest.mark.parametrize("big", [False, True])
def test_a_package_note_without_section_headers(big: bool) -> None:
    text = note(stated(type="deb", os="debian", name="a", version="1"), big=big)
    said = read(elf_file({"any": text}, big=big, headers=False, note=True))
    assert purls(said) == ["pkg:deb/debian/a@1?arch=source&distro=debian"]
    assert said.components[0].claims[0].location.symbol == "PT_NOTE"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (note(b"{"), "not JSON"),
        (note(b"[]"), "no JSON object"),
        (note(b'{"version": "1"}'), "names no package"),
        (note(b'{"name": "a", "type": "deb", "os": "//"}'), None),
        (note(b" " * (package_note.LARGEST + 1)), "a note of"),
        (note(stated(name="a"))[:20], "cut off"),
        (struct.pack("<3I", 4, 0xFFFFFFF0, package_note.TYPE) + b"FDO\0", "cut off"),
    ],
)
def test_damaged_package_notes_are_problems(content: bytes, message: str | None) -> None:
    said = read(elf_file({".note.package": content}))
    if message:
        assert [message in one.message for one in said.problems] == [True]
    else:
        assert purls(said) == ["pkg:deb/a?arch=source&distro=%2F%2F"]


def test_other_notes_are_passed_over() -> None:
    many = note(b"x", kind=3) * 300 + note(stated(name="a", version="1"))
    assert read(elf_file({".note.package": many})) == Declared()
    assert read(elf_file({".note.package": note(stated(name="a"), owner=b"GNU\0")})) == Declared()
    assert read(elf_file({".note.package": b"\1\2\3"})) == Declared()
