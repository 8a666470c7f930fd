"""What ELF files declare: package notes, Go build information, crates, kernel modules; and damaged ones of each."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping
from typing import Literal

import pytest

from firmbom.identity import canonical
from firmbom.model import Basis, Component
from firmbom_elf import cargo_auditable, declared, go_build, layout, package_note
from firmbom_elf.declared import Declared
from firmbom_elf.facts import Elf

START = bytes.fromhex("3077af0c9274080241e1c107e6d618e6")
END = bytes.fromhex("f932433186182072008242104116d8f2")
PLACE = "image!/usr/bin/tool"

Kind = Literal["executable", "library", "object", "core"]


def elf_file(
    sections: Mapping[str, bytes],
    *,
    wide: bool = True,
    big: bool = False,
    headers: bool = True,
    base: int = 0x10000,
    note: bool = False,
) -> bytes:
    """An ELF file of those sections at 16-byte boundaries, all in one PT_LOAD; ``note``: the first is PT_NOTE too."""
    order = ">" if big else "<"
    head, program, row = (64, 56, 64) if wide else (52, 32, 40)
    names = b"\0" + b"".join(name.encode() + b"\0" for name in (*sections, ".shstrtab"))
    body, spans = bytearray(head + 2 * program), []
    for content in (*sections.values(), names):
        body += bytes(-len(body) % 16)
        spans.append((len(body), len(content)))
        body += content
    body += bytes(-len(body) % 16)
    table = len(body)
    at = 1
    rows = [bytes(row)]
    for name, (offset, size) in zip((*sections, ".shstrtab"), spans, strict=True):
        fields = (at, 1, 0, base + offset, offset, size)
        rows.append(struct.pack(order + ("IIQQQQ" if wide else "6I"), *fields).ljust(row, b"\0"))
        at += len(name) + 1
    first = (4, spans[0]) if note else (6, (0, 0))
    segments = b""
    for kind, (offset, size) in ((1, (0, table)), first):
        if wide:
            segments += struct.pack(order + "IIQQQQQQ", kind, 7, offset, base + offset, 0, size, size, 1)
        else:
            segments += struct.pack(order + "8I", kind, offset, base + offset, 0, size, size, 7, 1)
    start = b"\x7fELF" + bytes((2 if wide else 1, 2 if big else 1, 1)).ljust(12, b"\0")
    start += struct.pack(order + ("HHIQQQI" if wide else "HHIIIII"), 2, 183, 1, 0, head, table if headers else 0, 0)
    count = len(rows) if headers else 0
    start += struct.pack(order + "6H", head, program, 2, row, count, count - 1 if headers else 0)
    body[: head + len(segments)] = start + segments
    return bytes(body) + (b"".join(rows) if headers else b"")


def facts(kind: Kind = "executable") -> Elf:
    return Elf(bits=64, endian="little", machine="aarch64", kind=kind, interpreter="/lib/ld.so", needed=("libc.so.6",))


def read(data: bytes, kind: Kind = "executable") -> Declared:
    said = declared.read(data, facts(kind), "usr/bin/tool", PLACE)
    for one in said.components:
        assert one.purl == canonical(one.purl)
        assert all(claim.location.path == PLACE for claim in one.claims)
    refs = {one.ref for one in said.components}
    assert all({edge.source, edge.target} <= refs for edge in said.edges)
    assert {one.within for one in said.components} - {""} <= refs
    return said


def purls(said: Declared) -> list[str]:
    return [one.purl for one in said.components]


def properties(component: Component) -> dict[str, str]:
    return {one.name: one.value for one in component.properties}


# Go


def varint(number: int) -> bytes:
    made = b""
    while number >= 0x80:
        made += bytes((number & 0x7F | 0x80,))
        number >>= 7
    return made + bytes((number,))


def inline(modules: str, toolchain: str = "go1.22.3") -> bytes:
    text = START + modules.encode() + END
    header = (go_build.MAGIC + bytes((8, 2))).ljust(32, b"\0")
    return header + varint(len(toolchain)) + toolchain.encode() + varint(len(text)) + text


MODULES = "\n".join(
    (
        "path\texample.org/tool/cmd/tool",
        "mod\texample.org/tool\tv1.4.0\th1:AAAA=",
        "dep\tgithub.com/Azure/azure-sdk\tv0.0.0-20230120002735-62a210ff1fd5\th1:BBBB=",
        "dep\tgolang.org/x/sys\tv0.1.0",
        "=>\texample.net/sys/v2\tv2.0.1\th1:CCCC=",
        "dep\texample.org/local\tv0.3.0",
        "=>\t./local\t(devel)",
        "build\tGOARCH=arm64",
        'build\t-tags="a b"',
        "build\tvcs.revision=eb4e504b",
        "",
    )
)


def test_go_modules_are_inside_the_program_that_needs_them() -> None:
    said = read(elf_file({".go.buildinfo": inline(MODULES)}))
    program, *inside = said.components
    assert (program.purl, program.type) == ("pkg:golang/example.org/tool@v1.4.0", "application")
    assert properties(program) == {
        "firmbom:go:sum": "h1:AAAA=",
        "firmbom:go:vcs.revision": "eb4e504b",
        "firmbom:go:GOARCH": "arm64",
        "firmbom:go:tags": "a b",
        "firmbom:go:package": "example.org/tool/cmd/tool",
    }
    assert [one.purl for one in inside] == [
        "pkg:golang/github.com/Azure/azure-sdk@v0.0.0-20230120002735-62a210ff1fd5",
        "pkg:golang/example.net/sys/v2@v2.0.1",
        "pkg:golang/example.org/local",
        "pkg:golang/stdlib@1.22.3",
    ]
    assert {one.within for one in inside} == {program.ref}
    assert [(edge.source, edge.target) for edge in said.edges] == [(program.ref, one.ref) for one in inside]
    claim = program.claims[0]
    assert (claim.basis, claim.location.symbol) == (Basis.EMBEDDED, ".go.buildinfo")
    assert claim.location.offset % 16 == 0
    assert not said.problems


def test_a_replaced_module_is_what_was_compiled() -> None:
    inside = read(elf_file({".go.buildinfo": inline(MODULES)})).components
    assert properties(inside[2])["firmbom:go:replaces"] == "golang.org/x/sys@v0.1.0"
    assert properties(inside[3])["firmbom:go:replaces"] == "folder ./local"
    assert inside[3].version == ""


@pytest.mark.parametrize(
    ("main", "flags", "expected"),
    [
        ("(devel)", "", "pkg:golang/example.org/tool"),
        ("(devel)", "-s -w -X main.version=1.2.3", "pkg:golang/example.org/tool@v1.2.3"),
        ("(devel)", "-X example.org/tool/internal.Version=v1.2.3", "pkg:golang/example.org/tool@v1.2.3"),
        ("(devel)", "-X 'example.org/tools.Version=v9.9.9'", "pkg:golang/example.org/tool"),
        ("(devel)", "-X main.version=1.2.3 -X main.Version=1.2.4", "pkg:golang/example.org/tool"),
        ("v2.0.0", "-X main.version=1.2.3", "pkg:golang/example.org/tool@v2.0.0"),
    ],
)
def test_devel_is_no_version_but_the_linkers_command_line_may_tell_it(main: str, flags: str, expected: str) -> None:
    text = f'path\texample.org/tool\nmod\texample.org/tool\t{main}\t\nbuild\t-ldflags="{flags}"\n'
    program = read(elf_file({".go.buildinfo": inline(text)})).components[0]
    assert program.purl == expected
    assert ("firmbom:go:version-from" in properties(program)) == (main == "(devel)" and "@" in expected)


@pytest.mark.parametrize(
    ("toolchain", "expected"),
    [
        ("go1.22.3", "pkg:golang/stdlib@1.22.3"),
        ("go1.23.0 X:boringcrypto", "pkg:golang/stdlib@1.23.0"),
        ("go1.24rc1", "pkg:golang/stdlib@1.24rc1"),
        ("devel go1.24-abcdef Thu", "pkg:golang/stdlib"),
    ],
)
def test_the_standard_library_has_the_toolchains_version(toolchain: str, expected: str) -> None:
    standard = read(elf_file({".go.buildinfo": inline(MODULES, toolchain)})).components[-1]
    assert standard.purl == expected
    assert bool(standard.cpes) == bool(standard.version)


def test_without_modules_the_main_package_is_all_that_is_known() -> None:
    assert purls(read(elf_file({".go.buildinfo": inline("path\tgithub.com/docker/cli/cmd/docker\n")}))) == [
        "pkg:golang/github.com/docker/cli/cmd/docker",
        "pkg:golang/stdlib@1.22.3",
    ]
    said = read(elf_file({".go.buildinfo": inline("path\tcommand-line-arguments\ndep\ta.b/c\tv1.0.0\n")}))
    assert purls(said) == ["pkg:golang/a.b/c@v1.0.0", "pkg:golang/stdlib@1.22.3"]
    assert not said.edges
    assert {one.within for one in said.components} == {""}


@pytest.mark.parametrize(("wide", "big"), [(True, False), (True, True), (False, False), (False, True)])
def test_before_go_1_18_pointers_lead_to_the_strings(wide: bool, big: bool) -> None:
    size, order = (8, "big" if big else "little") if wide else (4, "big" if big else "little")

    def number(value: int) -> bytes:
        return value.to_bytes(size, "big" if order == "big" else "little")

    text = START + MODULES.encode() + END
    base, start = 0x10000, 64 + 112 if wide else 52 + 64 + 12
    header = 32 + 4 * size
    header += -header % 16
    info = go_build.MAGIC + bytes((size, int(big)))
    info += number(base + start + 32) + number(base + start + 32 + 2 * size)
    info = info.ljust(32, b"\0")
    info += number(base + start + header) + number(8) + number(base + start + header + 8) + number(len(text))
    data = elf_file({".go.buildinfo": info.ljust(header, b"\0") + b"go1.17.9" + text}, wide=wide, big=big, base=base)
    assert data.find(go_build.MAGIC) == start
    assert purls(read(data))[0::4] == ["pkg:golang/example.org/tool@v1.4.0", "pkg:golang/stdlib@1.17.9"]


def test_without_section_headers_the_magic_is_searched_for() -> None:
    decoy = (go_build.MAGIC + b"\x08\x02").ljust(48, b"\xff")
    data = elf_file({".rodata": b"x" + go_build.MAGIC + bytes(40), ".data": decoy + inline(MODULES)}, headers=False)
    assert len(read(data).components) == 5


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (go_build.MAGIC, "pointers of 0 bytes"),
        ((go_build.MAGIC + b"\x08\x02").ljust(32, b"\0") + b"\xff" * 20, "a length has no end"),
        ((go_build.MAGIC + b"\x08\x02").ljust(32, b"\0") + varint(1 << 32), "more than the"),
        ((go_build.MAGIC + b"\x08\x02").ljust(32, b"\0") + varint(1 << 20), "outside the file"),
        ((go_build.MAGIC + b"\x03\x00").ljust(32, b"\0"), "pointers of 3 bytes"),
        ((go_build.MAGIC + b"\x08\x00").ljust(32, b"\x7f"), "outside the file"),
        (inline(MODULES, "rust"), "not Go"),
        (b"no magic at all", "its magic is not there"),
    ],
)
def test_damaged_go_build_information_is_a_problem(content: bytes, message: str) -> None:
    said = read(elf_file({".go.buildinfo": content.ljust(16, b"\0")}))
    assert [message in one.message for one in said.problems] == [True]
    assert said.problems[0].path == PLACE
    assert not said.components


def test_go_build_information_cut_off_anywhere_never_raises() -> None:
    whole = elf_file({".go.buildinfo": inline(MODULES)}, headers=False)
    start = whole.find(go_build.MAGIC)
    for length in range(start, start + 400):
        assert len(read(whole[:length]).components) in (0, 5)


def test_module_lines_that_say_nothing_are_counted() -> None:
    text = "path\ta.b/c\nmod\ta.b/c\tv1.0.0\ndep\t\tv1\n=>\tx\tv1\ndep\ta\x01b\tv1.0.0\ndep\tonly\nstrange\nbuild\n"
    said = read(elf_file({".go.buildinfo": inline(text)}))
    assert purls(said) == ["pkg:golang/a.b/c@v1.0.0", "pkg:golang/stdlib@1.22.3"]
    assert [one.message.split()[0] for one in said.problems] == ["4"]


def test_a_program_without_a_usable_name_keeps_its_modules() -> None:
    text = "path\tp\nmod\tbad\x02name\tv1.0.0\ndep\ta.b/c\tv1.0.0\n"
    assert purls(read(elf_file({".go.buildinfo": inline(text)})))[0] == "pkg:golang/a.b/c@v1.0.0"


# Rust


def crates(*packages: Mapping[str, object]) -> bytes:
    return zlib.compress(json.dumps({"packages": packages}, separators=(",", ":")).encode())


TOOL = {"name": "tool", "version": "0.1.0", "source": "local", "dependencies": [1, 2], "root": True}
SERDE = {"name": "serde", "version": "1.0.0", "source": "crates.io", "dependencies": [2]}
CC = {"name": "cc", "version": "1.2.57", "source": "git", "kind": "build"}


def test_crates_are_inside_the_root_crate() -> None:
    said = read(elf_file({".dep-v0": crates(TOOL, SERDE, CC)}))
    root, serde, cc = said.components
    assert (root.purl, root.type, root.within) == ("pkg:cargo/tool@0.1.0", "application", "")
    assert (serde.ref, serde.scope) == ("pkg:cargo/tool@0.1.0!pkg:cargo/serde@1.0.0", "")
    assert (cc.scope, properties(cc)) == ("excluded", {"firmbom:cargo:source": "git"})
    assert {(edge.source, edge.target) for edge in said.edges} == {
        (root.ref, serde.ref),
        (root.ref, cc.ref),
        (serde.ref, cc.ref),
    }


def test_cycles_and_dangling_dependencies_of_crates() -> None:
    loop = {"name": "a", "version": "1.0.0", "dependencies": [0, 1, 7, -1]}
    back = {"name": "b", "version": "1.0.0", "dependencies": [0]}
    said = read(elf_file({".dep-v0": crates(loop, back, back)}))
    assert purls(said) == ["pkg:cargo/a@1.0.0", "pkg:cargo/b@1.0.0"]
    assert [(edge.source, edge.target) for edge in said.edges] == [
        ("pkg:cargo/a@1.0.0", "pkg:cargo/b@1.0.0"),
        ("pkg:cargo/b@1.0.0", "pkg:cargo/a@1.0.0"),
    ]
    assert [one.message for one in said.problems] == ["2 dependencies in its list of crates lead nowhere"]


def test_crates_are_found_without_section_headers() -> None:
    with_headers = elf_file({".rodata": b"/rustc/0123/library/core\0"}, headers=False)
    data = with_headers + b"x\x9cnoise" + crates(TOOL, SERDE, CC) + b"more"
    assert purls(read(data)) == ["pkg:cargo/tool@0.1.0", "pkg:cargo/serde@1.0.0", "pkg:cargo/cc@1.2.57"]
    assert read(with_headers) == Declared()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"not zlib", "damaged"),
        (crates(TOOL, SERDE, CC)[:40], "cut off"),
        (zlib.compress(bytes(1 << 20)), "not as cargo-auditable writes it"),
        (zlib.compress(b'{"packages":[{"name":1}]}'), "not as cargo-auditable writes it"),
        (zlib.compress(b"[" * 100_000), "not as cargo-auditable writes it"),
        (crates({"name": "", "version": "1"}), "without a name"),
        (crates({"name": "a", "version": "1", "dependencies": [0] * (cargo_auditable.MOST_EDGES + 1)}), "more than"),
    ],
)
def test_damaged_lists_of_crates_are_problems(content: bytes, message: str) -> None:
    said = read(elf_file({".dep-v0": content}))
    assert [message in one.message for one in said.problems] == [True]
    assert not said.components


def test_a_zlib_bomb_is_not_unpacked() -> None:
    said = read(elf_file({".dep-v0": zlib.compress(bytes(cargo_auditable.LARGEST + 1), 9)}))
    assert "larger than" in said.problems[0].message


# Package notes


def note(text: bytes, *, owner: bytes = b"FDO\0", kind: int = package_note.TYPE, big: bool = False) -> bytes:
    header = struct.pack(">3I" if big else "<3I", len(owner), len(text), kind)
    return header + owner + text + bytes(-len(text) % 4)


def stated(**fields: object) -> bytes:
    return json.dumps(fields).encode() + b"\0"


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


# Kernel modules


def modinfo(*entries: str) -> bytes:
    return b"".join(entry.encode() + b"\0" for entry in entries)


def test_a_module_of_the_kernels_own_source_is_the_kernel() -> None:
    content = modinfo("license=GPL", "intree=Y", "name=zram", "vermagic=6.6.52-yocto SMP preempt mod_unload aarch64")
    said = read(elf_file({".modinfo": content}), "object")
    assert purls(said) == ["pkg:generic/linux@6.6.52"]
    assert said.components[0].cpes == ("cpe:2.3:o:linux:linux_kernel:6.6.52:*:*:*:*:*:*:*",)
    assert said.components[0].claims[0].basis is Basis.VERSION_STRING


def test_a_foreign_module_needs_the_kernel_it_was_built_for() -> None:
    content = modinfo(
        "version=1.2.3",
        "license=GPL v2",
        "license=GPL v2",
        "author=A Person",
        "description=A driver",
        "srcversion=0123456789",
        "depends=cfg80211",
        "name=wl8821",
        "vermagic=6.1.0-56-arm64 SMP mod_unload modversions aarch64",
    )
    said = read(elf_file({".modinfo": content}), "object")
    module, linux = said.components
    assert (module.purl, module.type, module.author) == ("pkg:generic/wl8821@1.2.3", "device-driver", "A Person")
    assert [one.value for one in module.licences] == ["GPL v2"]
    assert properties(module)["firmbom:linux:depends"] == "cfg80211"
    assert (linux.purl, properties(linux)) == ("pkg:generic/linux", {"firmbom:linux:release": "6.1.0-56-arm64"})
    assert [(edge.source, edge.target) for edge in said.edges] == [(module.ref, linux.ref)]


def test_modules_that_say_little() -> None:
    assert purls(read(elf_file({".modinfo": modinfo("name=a_b", "version=$Revision: 1 $")}), "object")) == [
        "pkg:generic/a_b"
    ]
    named = read(elf_file({".modinfo": modinfo("vermagic=6.6.1 SMP")}), "object")
    assert purls(named) == ["pkg:generic/tool", "pkg:generic/linux@6.6.1"]
    for content in (modinfo("license=GPL"), modinfo("name=no name", "license=GPL")):
        assert len(read(elf_file({".modinfo": content}), "object").problems) == 1


# Layout


def test_nothing_is_declared_by_ordinary_files() -> None:
    assert read(elf_file({".text": bytes(64)})) == Declared()
    assert declared.read(b"", None, "a", "a") == Declared()
    assert declared.read(b"\x7fELF", facts(), "a", "a") == Declared()


@pytest.mark.parametrize("wide", [True, False])
def test_sections_and_addresses_are_found_in_both_classes(wide: bool) -> None:
    found = layout.read(elf_file({".a": b"12", ".b": b"3456"}, wide=wide, big=wide))
    assert [(one.name, one.size) for one in found.sections] == [(".a", 2), (".b", 4), (".shstrtab", 17)]
    assert found.offset(0x10000 + 5) == 5
    assert found.offset(0x900000) == -1


def test_a_layout_cut_off_or_changed_anywhere_never_raises() -> None:
    whole = elf_file({".go.buildinfo": inline(MODULES), ".dep-v0": crates(TOOL), ".note.package": note(b"{}")})
    for length in range(0, len(whole), 7):
        read(whole[:length])
    for at in range(64):
        for value in (0, 0x7F, 0xFF):
            read(whole[:at] + bytes((value,)) + whole[at + 1 :])
