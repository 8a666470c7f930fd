"""Facts of ELF files: what gcc makes, what is built by hand for other machines, what is cut and damaged."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Literal

import msgspec
import pytest

from firmbom.errors import InputError
from firmbom_elf import elf
from firmbom_elf.examine import examine
from firmbom_elf.facts import Elf
from firmbom_elf.task import Task

Compiled = Callable[..., bytes]
Cut = Callable[[bytes], bytes]

LIBRARY = """
#include <stdio.h>
#include <math.h>
int shown; static int hidden; double root(double x) { return sqrt(x + hidden); }
int told(const char *text) { return printf("%s%d", text, shown); }
"""
PROGRAM = """
#include <stdio.h>
#include <dlfcn.h>
int main(void) { fputs("x", stderr); return dlopen("libplugin.so.4", 1) || dlopen("/opt/vendor/libother.so", 1); }
"""
NOTES = r"""
__asm__(".section .note.package,\"a\",@note\n.balign 4\n.long 4,2f-1f,0xcafe1a7e\n.asciz \"FDO\"\n"
        "1:.asciz \"{\\\"type\\\":\\\"rpm\\\",\\\"name\\\":\\\"demo\\\",\\\"size\\\":1}\"\n2:.balign 4\n.previous");
__asm__(".section .note.dlopen,\"a\",@note\n.balign 4\n.long 4,2f-1f,0x407c0c0a\n.asciz \"FDO\"\n"
        "1:.asciz \"[{\\\"soname\\\":[\\\"liblz4.so.1\\\"]}, 1, {\\\"soname\\\":7}]\"\n2:.balign 4\n.previous");
int main(void) { return 0; }
"""
LIBRARY_OPTIONS = (
    "-shared",
    "-fPIC",
    "-lm",
    "-Wl,-soname,libdemo.so.2",
    "-Wl,--no-as-needed",
    "-Wl,--build-id=0x0123abcd",
)


def test_a_library(compiled: Compiled) -> None:
    script = "DEMO_1.0 { global: told; }; DEMO_2.0 { global: root; shown; local: *; } DEMO_1.0;"
    options = (*LIBRARY_OPTIONS, "-Wl,--version-script,map", "-Wl,--enable-new-dtags,-rpath,$ORIGIN/../lib:/opt/lib")
    facts = elf.read(compiled(LIBRARY, *options, files=(("map", script),))).elf
    assert facts is not None
    assert (facts.kind, facts.soname, facts.interpreter, facts.build_id) == ("library", "libdemo.so.2", "", "0123abcd")
    assert facts.needed == ("libm.so.6", "libc.so.6")
    assert facts.runpath == ("$ORIGIN/../lib", "/opt/lib")
    assert facts.rpath == facts.dlopens == ()
    assert facts.note == ()
    assert facts.exports == {"root", "shown", "told"}
    assert {"printf", "sqrt"} <= set(facts.imports)
    assert facts.defines == ("DEMO_1.0", "DEMO_2.0")
    assert {library for library, _ in facts.requires} == {"libc.so.6", "libm.so.6"}
    assert any("GCC" in one for one in facts.compilers)
    assert not facts.static


def test_a_program(compiled: Compiled) -> None:
    data = compiled(PROGRAM, "-Wl,--disable-new-dtags,-rpath,/opt/old", "-no-pie")
    facts, said = elf.read(data).elf, examine(Task(path="a", place="a"), data).elf
    assert facts is not None
    assert facts.kind == "executable"
    assert facts.interpreter.startswith("/lib")
    assert facts.rpath == ("/opt/old",)
    assert said is not None
    assert said.dlopens == ("/opt/vendor/libother.so", "libplugin.so.4")
    assert "stderr" in facts.imports, "a copy of the C library's data is not the program's own"
    assert not set(facts.exports) & {"stderr", "main"}


def test_notes(compiled: Compiled, without_sections: Cut) -> None:
    data = compiled(NOTES)
    for one in (data, without_sections(data)):
        facts = elf.read(one).elf
        assert facts is not None
        assert facts.note == (("type", "rpm"), ("name", "demo"), ("size", "1"))
        assert facts.dlopens == ("liblz4.so.1",)


@pytest.mark.parametrize(
    ("options", "kind", "static"),
    [
        (("-pie",), "executable", False),
        (("-no-pie",), "executable", False),
        (("-static",), "executable", True),
        (("-static-pie",), "executable", True),
        (("-shared", "-fPIC"), "library", False),
        (("-shared", "-fPIC", "-Wl,-soname,liba.so.1"), "library", False),
        (("-pie", "-fPIE", "-Wl,-soname,liba.so.1"), "executable", False),
        (("-c",), "object", True),
    ],
)
def test_kinds(compiled: Compiled, options: tuple[str, ...], kind: str, static: bool) -> None:
    facts = elf.read(compiled("int main(void) { return 0; }", *options)).elf
    assert facts is not None
    assert (facts.kind, facts.static) == (kind, static)


@pytest.mark.parametrize(
    ("source", "options"),
    [
        (LIBRARY, (*LIBRARY_OPTIONS, "-Wl,--hash-style=gnu")),
        (LIBRARY, (*LIBRARY_OPTIONS, "-Wl,--hash-style=sysv")),
        (LIBRARY, (*LIBRARY_OPTIONS, "-Wl,--hash-style=both")),
        (PROGRAM, ("-pie",)),
        (PROGRAM, ("-no-pie", "-rdynamic")),
        ("int main(void) { return 0; }", ("-Wl,--hash-style=gnu",)),
        ("int main(void) { return 0; }", ("-static",)),
    ],
)
def test_without_section_headers_only_what_stood_in_sections_is_gone(
    compiled: Compiled, without_sections: Cut, source: str, options: tuple[str, ...]
) -> None:
    data = compiled(source, *options)
    whole, cut = elf.read(data), elf.read(without_sections(data))
    assert whole.elf is not None
    assert cut.doubts == ()
    assert cut.elf == msgspec.structs.replace(whole.elf, sections=False, compilers=(), debug_link="")


def built(
    bits: Literal[32, 64], order: str, machine: int, *, names: bytes = b"\0libx.so.1\0libneed.so\0out\0in\0"
) -> bytes:
    """A library by hand: one segment that is the whole file, a dynamic section, a hash table, three symbols."""
    word, at = ("I", 4) if bits == 32 else ("Q", 8)
    header, program, symbol = (52, 32, 16) if bits == 32 else (64, 56, 24)
    strings = header + 2 * program
    symbols = strings + 40
    hashes = symbols + 3 * symbol
    buckets = f"{order}6Q" if (bits, machine) == (64, 22) else f"{order}6I"
    dynamic = hashes + struct.calcsize(buckets)
    tags = [(5, strings), (6, symbols), (4, hashes), (10, len(names)), (14, 1), (1, 11), (0, 0)]
    size = dynamic + 2 * at * len(tags)

    def entry(name: int, section: int) -> bytes:
        if bits == 32:
            return struct.pack(f"{order}IIIBBH", name, 0, 0, 0x12 if name else 0, 0, section)
        return struct.pack(f"{order}IBBHQQ", name, 0x12 if name else 0, 0, section, 0, 0)

    def segment(kind: int, start: int, length: int) -> bytes:
        if bits == 32:
            return struct.pack(f"{order}8I", kind, start, start, start, length, length, 5, 8)
        return struct.pack(f"{order}IIQQQQQQ", kind, 5, start, start, start, length, length, 8)

    made = b"\x7fELF" + bytes((bits // 32, 1 if order == "<" else 2, 1)) + bytes(9)
    made += struct.pack(f"{order}HHI3{word}IHHHHHH", 3, machine, 1, 0, header, 0, 0, header, program, 2, 0, 0, 0)
    made += segment(1, 0, size) + segment(2, dynamic, 2 * at * len(tags))
    made += names.ljust(40, b"\0") + entry(0, 0) + entry(22, 1) + entry(26, 0)
    made += struct.pack(buckets, 1, 3, 1, 2, 0, 0)
    return made + b"".join(struct.pack(f"{order}2{word}", *tag) for tag in tags)


@pytest.mark.parametrize("bits", [32, 64])
@pytest.mark.parametrize(("order", "endian"), [("<", "little"), (">", "big")])
@pytest.mark.parametrize(("machine", "name"), [(8, "mips"), (243, "riscv"), (9999, "machine-9999")])
def test_any_class_byte_order_and_machine(
    bits: Literal[32, 64], order: str, endian: str, machine: int, name: str
) -> None:
    facts = elf.read(built(bits, order, machine)).elf
    assert facts is not None
    assert (facts.bits, facts.endian, facts.machine) == (bits, endian, name)
    assert (facts.soname, facts.needed) == ("libx.so.1", ("libneed.so",))
    assert (facts.exports, facts.imports) == (frozenset({"out"}), frozenset({"in"}))
    assert not facts.sections


@pytest.mark.parametrize("bits", [32, 64])
def test_hash_tables_of_wide_words(bits: Literal[32, 64]) -> None:
    facts = elf.read(built(bits, ">", 22)).elf
    assert facts is not None
    assert (facts.machine, facts.exports, facts.imports) == ("s390", frozenset({"out"}), frozenset({"in"}))


def test_names_that_are_no_text() -> None:
    facts = elf.read(built(64, "<", 62, names=b"\0lib\xff.so.1\0libn\x1bed.so\0o\xfet\0in\0")).elf
    assert facts is not None
    assert (facts.soname, facts.needed, facts.exports) == ("lib\\xff.so.1", ("libn\\x1bed.so",), frozenset({"o\\xfet"}))


def test_a_file_that_is_cut_short_says_so(compiled: Compiled) -> None:
    data = compiled(LIBRARY, *LIBRARY_OPTIONS)
    read = elf.read(data[: len(data) // 2])
    assert len(read.doubts) == 1
    assert f"and has {len(data) // 2};" in read.doubts[0]
    problems = examine(Task(path="lib/a.so", place="x!/lib/a.so"), data[: len(data) // 2]).problems
    assert [(one.severity, one.path) for one in problems] == [("warning", "x!/lib/a.so")]


def test_names_of_libraries_that_cannot_be_read_are_missed(compiled: Compiled, without_sections: Cut) -> None:
    """DT_STRTAB leads nowhere, so that DT_NEEDED, which is there, names nothing."""
    data = bytearray(without_sections(compiled(PROGRAM, "-Wl,--no-as-needed", "-ldl")))
    made = elf.read(bytes(data))
    assert made.tables and made.elf and made.elf.needed
    assert made.doubts == ()
    row = struct.pack("<QQ", 5, made.tables.tags[5])
    assert data.count(row) == 1
    at = bytes(data).find(row) + 8
    data[at : at + 8] = (1 << 40).to_bytes(8, "little")
    read = elf.read(bytes(data))
    assert read.elf
    assert read.elf.needed == ()
    assert read.doubts == (f"is damaged: of {len(made.elf.needed)} libraries that it needs the names cannot be read",)


def test_cut_at_every_eighth_byte() -> None:
    data = built(32, ">", 8)
    whole = elf.read(data).elf
    assert whole is not None
    for length in range(0, len(data), 8):
        said = examine(Task(path="a", place="a"), data[:length])
        assert said.elf is None or set(said.elf.needed) <= set(whole.needed)
        assert said.problems or length < 8, "a part is not taken for the whole"
        assert not [one for one in said.problems if "unexpected" in one.message]


@pytest.mark.parametrize(
    "data", [b"\x7fELF", b"\x7fELF" + bytes(60), b"\x7fELF\x03\x01" + bytes(60), b"\x7fELF\x01\x03" + bytes(60)]
)
def test_what_only_begins_like_one(data: bytes) -> None:
    with pytest.raises(InputError, match="is none"):
        elf.read(data)


def test_symbols_stay_with_the_worker() -> None:
    said = examine(Task(path="a", place="a"), built(64, "<", 62)).elf
    assert isinstance(said, Elf)
    assert said.soname
    assert said.exports == said.imports == frozenset()
