"""What is stated of a file, and that docs/binaries.md says what each property means."""

from __future__ import annotations

import re
from pathlib import Path

from firmbom.model import FileProperties, Property
from firmbom_elf import properties
from firmbom_elf.facts import Elf, Examined, Hardening

PAGE = Path(__file__).parents[2] / "docs" / "binaries.md"


def test_every_property_is_explained_and_none_that_is_not_written() -> None:
    rows = re.findall(r"^\| `(firmbom:elf:[a-z-]+)`", PAGE.read_text("utf-8"), re.MULTILINE)
    assert rows == list(properties.VALUES)


def test_what_is_stated_of_a_library() -> None:
    facts = Elf(
        bits=32,
        endian="big",
        machine="mips",
        kind="library",
        soname="liba.so.1",
        needed=("libb.so", "libc.so"),
        hardening=Hardening(pie="library", nx="no", cfi=("bti",)),
    )
    [stated] = properties.of(Examined(path="lib/a", place="x!/lib/a", elf=facts))
    pairs = [
        ("cfi", "bti"),
        ("class", "32-bit big-endian"),
        ("machine", "mips"),
        ("needed", "libb.so"),
        ("needed", "libc.so"),
        ("nx", "no"),
        ("pie", "library"),
        ("soname", "liba.so.1"),
        ("type", "library"),
    ]
    assert stated == FileProperties("x!/lib/a", tuple(Property(f"firmbom:elf:{name}", value) for name, value in pairs))


def test_the_folders_of_libraries_keep_their_order() -> None:
    facts = Elf(bits=64, endian="little", machine="arm", kind="library", runpath=("/opt/z", "$ORIGIN/../a"))
    [stated] = properties.of(Examined(path="a", place="a", elf=facts))
    assert [one.value for one in stated.properties if one.name.endswith("path")] == ["/opt/z:$ORIGIN/../a"]


def test_only_elf_files_have_properties() -> None:
    assert list(properties.of(Examined(path="a.bin", place="a.bin"))) == []


def test_a_static_program_says_so() -> None:
    facts = Elf(bits=64, endian="little", machine="arm", kind="executable", static=True)
    [stated] = properties.of(Examined(path="a", place="a", elf=facts))
    assert Property("firmbom:elf:static", "true") in stated.properties


def test_who_produced_it_is_told_once_and_without_options() -> None:
    facts = Elf(bits=64, endian="little", machine="arm", kind="executable")
    produced = ("GNU C17 12.2.0 -mtune=x -g", "GNU C17 12.2.0 -O2", "GNU AS 2.40", "clang version 14.0.6", "a\nb")
    [stated] = properties.of(Examined(path="a", place="a", elf=facts, producers=produced))
    told = [one.value for one in stated.properties if one.name == "firmbom:elf:producer"]
    assert told == ["GNU AS 2.40", "GNU C17 12.2.0", "a\\nb", "clang version 14.0.6"]
