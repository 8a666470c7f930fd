"""Tables that are cut, too short, endless or elsewhere: what is there is read, and nothing else."""

from __future__ import annotations

import struct

import pytest

from firmbom.errors import InputError
from firmbom_elf.binary import notes, string_table, symbols, versions
from firmbom_elf.binary import tables as tables_module
from firmbom_elf.binary.string_table import StringTable
from firmbom_elf.binary.symbol_table import SymbolTable
from firmbom_elf.binary.symbols import Given, Names, Sought, Taken
from firmbom_elf.binary.tables import Tables

HEADER, PROGRAM, SECTION = "<HHIQQQIHHHHHH", "<IIQQQQQQ", "<IIQQQQIIQQ"
START = 0x400
"""Where the content stands, behind all headers; in memory it is 0x1000 further on."""
MEMORY = 0x1000


def file(
    content: bytes,
    *programs: tuple[int, int, int, int],
    sections: tuple[tuple[int, int, int, int, int], ...] = (),
    each: tuple[int, int] = (56, 64),
    kind: int = 3,
) -> bytes:
    """A file of 64 bits: its programs are (type, offset in the content, size, align); all of it is loaded.

    Its sections are (name, type, offset in the content, size, link), of which the first one holds the names.
    """
    whole = ((1, 0, len(content), 0x1000), *programs)
    made = b"\x7fELF\2\1\1".ljust(16, b"\0")
    table = 64 + each[0] * len(whole)
    counts = (64, each[0], len(whole), each[1], len(sections), 0)
    made += struct.pack(HEADER, kind, 62, 1, 0, 64, table if sections else 0, 0, *counts)
    for sort, offset, size, align in whole:
        at = START + offset
        made += struct.pack(PROGRAM, sort, 4, at, at + MEMORY, 0, size, size, align).ljust(each[0], b"\0")[: each[0]]
    for name, sort, offset, size, link in sections:
        made += struct.pack(SECTION, name, sort, 0, 0, START + offset, size, link, 0, 4, 0).ljust(each[1], b"\0")
    return made.ljust(START, b"\0") + content


def dynamic(content: bytes, *tags: tuple[int, int]) -> bytes:
    """A file with that dynamic section behind its content."""
    said = b"".join(struct.pack("<QQ", *tag) for tag in tags)
    return file(content + said, (2, len(content), len(said), 8))


def address(offset: int) -> int:
    return START + MEMORY + offset


def test_the_null_ends_the_dynamic_section() -> None:
    tables = Tables(dynamic(b"", (1, 5), (0, 0), (1, 6)))
    assert tables.dynamic == ((1, 5), (0, 0))


def test_a_dynamic_section_that_is_cut() -> None:
    data = dynamic(b"", (1, 5), (1, 6))
    assert Tables(data[:-3]).dynamic == ((1, 5),)


def test_addresses_that_nothing_is_loaded_at() -> None:
    tables = Tables(dynamic(b"text\0", (5, address(0)), (14, 0)))
    assert tables.string(0) == "text"
    assert tables.string(1 << 60) == ""
    assert tables.offset(0) is None
    assert tables.at(address(1), 3) == b"ext"
    assert tables.at(None, 3) == tables.at(5, 3) == b""
    assert Tables(dynamic(b"text\0", (14, 0))).string(0) == ""


@pytest.mark.parametrize(("each", "read"), [((56, 64), True), ((60, 72), True), ((55, 64), False)])
def test_rows_of_another_size(each: tuple[int, int], read: bool) -> None:
    tables = Tables(file(bytes(64), (6, 0, 1, 1), each=each))
    assert [one.type for one in tables.programs] == ([1, 6] if read else [])


def test_sections_by_name() -> None:
    content = b"\0.names\0.comment\0GCC"
    data = file(content, sections=((1, 3, 0, 17, 0), (8, 1, 17, 99, 0), (8, 8, 0, 9, 0)))
    tables = Tables(data)
    found = tables.named(b".comment")
    assert found is not None
    assert tables.content(found) == b"GCC"
    assert tables.content(found, 2) == b"GC"
    assert tables.content(tables.sections[2]) == b"", "nothing of it is in the file"
    assert tables.named(b".comm") is tables.named(b".other") is None


def test_more_headers_than_the_elf_header_has_room_for() -> None:
    """gABI chapter 4: ``e_phnum`` 0xffff, ``e_shnum`` 0 and ``e_shstrndx`` 0xffff point to the first section header."""
    content = b"\0.names\0.comment\0GCC"
    data = bytearray(file(content, sections=((0, 0, 0, 2, 1), (1, 3, 0, 17, 0), (8, 1, 17, 99, 0))))
    (sections,) = struct.unpack_from("<Q", data, 40)
    struct.pack_into("<H", data, 56, 0xFFFF)
    struct.pack_into("<HH", data, 60, 0, 0xFFFF)
    struct.pack_into("<QII", data, sections + 32, 3, 1, 1)  # sh_size, sh_link, sh_info
    tables = Tables(bytes(data))
    assert [one.type for one in tables.programs] == [1]
    assert len(tables.sections) == 3
    assert tables.named(b".comment") == tables.sections[2]

    struct.pack_into("<QII", data, sections + 32, 1 << 60, 1, 0xFFFF_FFFF)
    assert Tables(bytes(data)).header.sections.rows == tables_module.MOST_HEADERS
    assert len(Tables(bytes(data)).programs) < 100, "as many as the file can hold"
    assert Tables(bytes(data[: sections + 8])).sections == ()


def test_no_elf_file() -> None:
    with pytest.raises(InputError, match="is none"):
        Tables(b"\x7fELF\2\1")


def needed(*rows: tuple[int, int, int, int], nodes: bytes) -> bytes:
    """Verneed rows (count, library, aux, next), and the nodes behind them; names stand in front."""
    return b"lib\0NODE\0".ljust(16, b"\0") + b"".join(struct.pack("<HHIII", 1, *row) for row in rows) + nodes


NODE = struct.pack("<IHHII", 0, 0, 0x8002, 4, 16)


@pytest.mark.parametrize(
    ("content", "count", "requires"),
    [
        (needed((1, 0, 16, 0), nodes=NODE), 1, (("lib", "NODE"),)),
        (needed((1, 0, 16, 0), nodes=NODE), 9999999, (("lib", "NODE"),)),
        (needed((2, 0, 16, 0), nodes=NODE), 1, (("lib", "NODE"),)),
        (needed((1, 0, 9999, 16), nodes=b""), 2, ()),
        (needed((65535, 0, 0, 1), nodes=b""), 60000, None),
        (b"", 1, ()),
    ],
)
def test_versions_that_are_wanted(content: bytes, count: int, requires: tuple[tuple[str, str], ...] | None) -> None:
    tags = ((5, address(0)), (0x6FFF_FFFE, address(16)), (0x6FFF_FFFF, count))
    found = versions.read(Tables(dynamic(content, *tags)[: START + len(content) + 48]))
    if requires is None:
        assert len(found.requires) <= versions.MOST
    else:
        assert found.requires[:1] == requires
        assert (2 in found.wanted) == bool(requires)


def test_versions_without_a_table() -> None:
    assert versions.read(Tables(dynamic(bytes(64), (0x6FFF_FFFD, 5), (0x6FFF_FFFF, 5)))) == ((), (), frozenset())


def test_versions_that_are_defined() -> None:
    def row(flags: int, name: int, then: int) -> bytes:
        return struct.pack("<HHHHIII", 1, flags, 2, 1, 0, 20, then) + struct.pack("<II", name, 0)

    content = b"a\0NODE\0".ljust(16, b"\0") + row(1, 0, 28) + row(0, 2, 28) + row(0, 2, 0)
    tags = ((5, address(0)), (0x6FFF_FFFC, address(16)), (0x6FFF_FFFD, 3))
    assert versions.read(Tables(dynamic(content, *tags))).defines == ("NODE",)


def note(owner: bytes, kind: int, said: bytes, pad: int = 4) -> bytes:
    start = -(-(12 + len(owner)) // pad) * pad
    made = (struct.pack("<3I", len(owner), len(said), kind) + owner).ljust(start, b"\0") + said
    return made.ljust(-(-len(made) // pad) * pad, b"\0")


@pytest.mark.parametrize("pad", [4, 8])
def test_notes_are_padded(pad: int) -> None:
    said = note(b"GNU\0", 5, b"12345", pad) + note(b"GNU\0", 3, b"\xab\xcd", pad)
    assert notes.read(Tables(file(said, (4, 0, len(said), pad)))).build_id == "abcd"


def test_notes_of_sections_and_of_nobody() -> None:
    said = note(b"", 3, b"") + note(b"GNU\0", 3, b"\xab")
    data = file(b"\0" + said + b"\xff" * 8, sections=((0, 3, 0, 1, 0), (0, 7, 1, len(said) + 8, 0)))
    assert notes.read(Tables(data)).build_id == "ab"


def test_a_note_that_states_too_much() -> None:
    said = struct.pack("<3I", 4, 0xFFFF_FFFF, 3) + b"GNU\0\xab"
    assert notes.read(Tables(file(said, (4, 0, 1 << 40, 4)))).build_id == "ab"


def test_the_names_that_an_object_lists() -> None:
    names = b"\0one\0two\0"
    rows = b"".join(struct.pack("<IBBHQQ", name, 0x10, 0, 0, 0, 0) for name in (0, 1, 5, 99)) + b"cut"
    content = names + rows
    sections = ((0, 3, 0, len(names), 0), (0, 2, len(names), len(rows), 0))
    assert set(symbols.listed(Tables(file(content, sections=sections, kind=1)))) == {"one", "two"}
    assert set(symbols.listed(Tables(file(content, sections=(*sections[:1], (0, 2, 9, 24, 7)))))) == frozenset()
    assert set(symbols.listed(Tables(file(content)))) == frozenset()


def test_a_name_without_end_is_cut() -> None:
    names = b"\0" + b"n" * (2 * string_table.MOST_NAME)
    rows = struct.pack("<IBBHQQ", 1, 0x10, 0, 0, 0, 0)
    sections = ((0, 3, 0, len(names), 0), (0, 2, len(names), len(rows), 0))
    assert set(symbols.listed(Tables(file(names + rows, sections=sections)))) == {"n" * string_table.MOST_NAME}


def symbol_table(names: bytes, *rows: tuple[int, int, int]) -> SymbolTable:
    """Of symbols: (name, info, section)."""
    content = names + b"".join(struct.pack("<IBBHQQ", name, info, 0, section, 0, 0) for name, info, section in rows)
    tables = Tables(file(content))
    return SymbolTable(tables, tables.data[START + len(names) :], StringTable(names))


NAMES = b"\0unread\0out\0__x_chk\0local\0"
ROWS = ((0, 0, 0), (3, 0x12, 0), (8, 0x12, 1), (12, 0x12, 0), (20, 0x02, 1), (99, 0x12, 0))


def test_names_are_the_same_one_by_one_and_all_together() -> None:
    table = symbol_table(NAMES, *ROWS)
    taken, given, all_of_them = Taken(table), Given(table), Names(table)
    asked = ("unread", "read", "ad", "out", "local", "__x_chk", "")
    assert [name for name in asked if name in taken] == ["read", "__x_chk"]
    assert "out" in given
    assert "local" not in given
    assert "local" in all_of_them
    assert "out" not in Given(table, without=frozenset({"out"}))
    assert (set(taken), set(given), set(all_of_them)) == (
        {"read", "__x_chk"},
        {"out"},
        {"read", "out", "__x_chk", "local"},
    )
    assert given
    assert not Given(table, without=frozenset({"out"}))
    assert list(taken.ending("_chk")) == ["__x_chk"]
    assert list(given.ending("_chk")) == []
    assert "ad" in set(Taken(symbol_table(NAMES, (5, 0x12, 0))).ending("d")), "it shares the bytes of a longer one"
    assert Sought(("read", "out", "ead", "none")).among(taken) == {"read"}
    assert Sought(("read", "none")).among(frozenset({"read"})) == {"read"}


@pytest.mark.parametrize("mark", string_table.MARKS)
def test_parts_of_names_that_every_table_is_asked_for(mark: str) -> None:
    name = f"x{mark}".encode()
    assert [mark] == [one for one in string_table.MARKS if StringTable(b"\0" + name + b"\0").holds(one)]
    assert not StringTable(b"\0" + name[:-1] + b".\0").holds(mark)
    called = mark.rstrip("\0")
    whole = f"\0{called}\0".encode()
    assert called in Taken(symbol_table(whole, (1, 0x12, 0)))
    assert called not in Taken(symbol_table(whole.replace(b"\0", b"\0."), (1, 0x12, 0)))
    assert called not in Taken(symbol_table(b"\0else\0", (1, 0x12, 0)))
    assert StringTable(b"\0\xff" + name + b"\0").holds(mark), "in a table that is not plain, too"


def test_names_that_stand_at_many_places(monkeypatch: pytest.MonkeyPatch) -> None:
    names, row = b"\0" + b"a\0" * 99, (3, 0x12, 0)
    assert "a" in Taken(symbol_table(names, row))
    assert "a" in Taken(symbol_table(b"\0a\0", (0, 0x12, 0), *[(1, 0x12, 0)] * 99))
    assert set(Taken(symbol_table(names, row)).ending("a")) == {"a"}
    monkeypatch.setattr(string_table, "MOST_SEARCHED", 1)
    assert "a" in Taken(symbol_table(names, row))
    assert "b" not in Taken(symbol_table(names, row))


def test_a_name_that_is_no_text() -> None:
    taken = Taken(symbol_table(b"\0a\xff\0", (1, 0x12, 0)))
    assert set(taken) == {"a\\xff"}
    assert "a\\xff" in taken
    assert taken.mention("anything")
    assert list(taken.ending("xff")) == ["a\\xff"]
    assert Sought(("a\\xff",)).among(taken) == {"a\\xff"}
