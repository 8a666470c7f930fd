"""What Go programs declare: their modules, with or without section headers; and damaged build information."""

from __future__ import annotations

import pytest
from declaring import END, MODULES, PLACE, START, elf_file, inline, properties, purls, read, varint

from firmbom.model import Basis
from firmbom_elf.declarations import signs


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
    for package, known in (
        ("example.org/docker/cli/cmd/docker", "example.org/docker/cli/cmd/docker"),
        ("github.com/docker/cli/cmd/docker", "github.com/docker/cli"),
        ("github.com/docker/cli", "github.com/docker/cli"),
        ("github.com/docker", "github.com/docker"),
    ):
        said = read(elf_file({".go.buildinfo": inline(f"path\t{package}\n")}))
        assert purls(said) == [f"pkg:golang/{known}", "pkg:golang/stdlib@1.22.3"]
        told = {one.value for one in said.components[0].properties if one.name == "firmbom:go:package"}
        assert told == ({package} if package != known else set())
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
    info = signs.GO + bytes((size, int(big)))
    info += number(base + start + 32) + number(base + start + 32 + 2 * size)
    info = info.ljust(32, b"\0")
    info += number(base + start + header) + number(8) + number(base + start + header + 8) + number(len(text))
    data = elf_file({".go.buildinfo": info.ljust(header, b"\0") + b"go1.17.9" + text}, wide=wide, big=big, base=base)
    assert data.find(signs.GO) == start
    assert purls(read(data))[0::4] == ["pkg:golang/example.org/tool@v1.4.0", "pkg:golang/stdlib@1.17.9"]


def test_without_section_headers_the_magic_is_searched_for() -> None:
    decoy = (signs.GO + b"\x08\x02").ljust(48, b"\xff")
    data = elf_file({".rodata": b"x" + signs.GO + bytes(40), ".data": decoy + inline(MODULES)}, headers=False)
    assert len(read(data).components) == 5


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (signs.GO, "pointers of 0 bytes"),
        ((signs.GO + b"\x08\x02").ljust(32, b"\0") + b"\xff" * 20, "a length has no end"),
        ((signs.GO + b"\x08\x02").ljust(32, b"\0") + varint(1 << 32), "more than the"),
        ((signs.GO + b"\x08\x02").ljust(32, b"\0") + varint(1 << 20), "outside the file"),
        ((signs.GO + b"\x03\x00").ljust(32, b"\0"), "pointers of 3 bytes"),
        ((signs.GO + b"\x08\x00").ljust(32, b"\x7f"), "outside the file"),
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
    start = whole.find(signs.GO)
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
