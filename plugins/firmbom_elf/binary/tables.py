"""The tables of one ELF file as plain values: its header, what the loader goes by, and the section headers.

Every table is read as far as the file holds it; what is not there is empty. Nothing is copied that is not asked for.
Source: System V gABI chapters 4 (ELF header, section headers) and 5 (program headers, dynamic section).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import cached_property
from typing import Literal, NamedTuple

from firmbom.errors import InputError
from firmbom_elf.strings.stored_text import MOST, decoded

MAGIC = b"\x7fELF"
MOST_HEADERS = 1 << 18
"""Section or program headers; an object file of 100,000 functions has 200,000 sections."""
MOST_DYNAMIC = 10_000
"""Entries of the dynamic section; real ones have 30 and one for each library."""

_CLASSES: dict[int, Literal[32, 64]] = {1: 32, 2: 64}
_ORDERS = {1: "<", 2: ">"}
_PT_LOAD, _PT_DYNAMIC, _PT_NOTE = 1, 2, 4
_SHT_NOTE, _SHT_NOBITS = 7, 8
_DT_NULL, _DT_STRTAB = 0, 5
_PN_XNUM = _SHN_XINDEX = 0xFFFF


class _Layout(NamedTuple):
    """By class: the sizes and fields of the tables' rows."""

    size: int
    """Of the ELF header."""
    header: str
    """From ``e_type`` on."""
    program: str
    section: str
    """Only the fields that are kept, in the order of :class:`Section`."""
    first: str
    """``sh_size``, ``sh_link`` and ``sh_info`` of a section header."""


_LAYOUTS = {
    32: _Layout(52, "HHIIIIIHHHHHH", "8I", "II8xIII4xI4x", "20xIII8x"),
    64: _Layout(64, "HHIQQQIHHHHHH", "IIQQQQQQ", "II16xQQI4xQ8x", "32xQII16x"),
}
_DYNAMIC = {(32, "<"): "<II", (32, ">"): ">II", (64, "<"): "<I4xQ", (64, ">"): ">4xIQ"}
"""``d_tag``, of which no more than 32 bits are used, and ``d_un``."""


class Table(NamedTuple):
    """Where rows stand: offset, bytes each, how many."""

    start: int
    each: int
    rows: int

    @property
    def end(self) -> int:
        """The offset behind the last one; 0 if there is no table."""
        return self.start + self.each * self.rows if self.start else 0


class Header(NamedTuple):
    """The ELF header."""

    bits: Literal[32, 64]
    endian: Literal["little", "big"]
    type: int
    machine: int
    programs: Table
    sections: Table
    names: int
    """Which section holds the sections' names."""


class Program(NamedTuple):
    """A program header: a part of the file that has a meaning when it is started."""

    type: int
    flags: int
    offset: int
    address: int
    size: int
    """In the file."""
    align: int


class Section(NamedTuple):
    """A section header."""

    name: int
    """Offset in the table of names."""
    type: int
    offset: int
    size: int
    link: int
    align: int


def header(data: bytes) -> Header:
    """Read the ELF header.

    Raises:
        InputError: the bytes are no ELF file.
    """
    ident = data[:6].ljust(6, b"\0")
    bits, order = _CLASSES.get(ident[4]), _ORDERS.get(ident[5])
    if not data.startswith(MAGIC) or bits is None or order is None or len(data) < _LAYOUTS[bits].size:
        raise InputError("begins like an ELF file and is none: class, byte order or the whole header is missing")
    kind, machine, _, _, programs, sections, _, _, *sizes = struct.unpack_from(order + _LAYOUTS[bits].header, data, 16)
    more = _elsewhere(data, order, bits, sections) if sections else (0, 0, 0)
    counts = (
        more[2] if sizes[1] == _PN_XNUM else sizes[1],
        more[0] if sizes[3] == 0 else sizes[3],
        more[1] if sizes[4] == _SHN_XINDEX else sizes[4],
    )
    return Header(
        bits,
        "little" if order == "<" else "big",
        kind,
        machine,
        Table(programs, sizes[0], counts[0]),
        Table(sections, sizes[2], counts[1]),
        counts[2],
    )


def _elsewhere(data: bytes, order: str, bits: Literal[32, 64], sections: int) -> tuple[int, int, int]:
    """Section headers, the one of names, and program headers, where there are more than the ELF header has room for.

    They stand in ``sh_size``, ``sh_link`` and ``sh_info`` of the first section header, which is else empty.
    """
    row = struct.Struct(order + _LAYOUTS[bits].first)
    if sections + row.size > len(data):
        return 0, 0, 0
    size, link, info = row.unpack_from(data, sections)
    return min(size, MOST_HEADERS), link, min(info, MOST_HEADERS)


class Tables:
    """What the rules look at; a table is read when it is first asked for."""

    def __init__(self, data: bytes) -> None:
        """Read the header.

        Raises:
            InputError: the bytes are no ELF file.
        """
        self.header = header(data)
        self.data = data
        self.view = memoryview(data)
        self.order = "<" if self.header.endian == "little" else ">"
        self._rows = _LAYOUTS[self.header.bits]

    @cached_property
    def programs(self) -> tuple[Program, ...]:
        """The program headers."""
        rows = self._read(self.header.programs, self._rows.program)
        if self.header.bits == 64:
            return tuple(Program(row[0], row[1], row[2], row[3], row[5], row[7]) for row in rows)
        return tuple(Program(row[0], row[6], row[1], row[2], row[4], row[7]) for row in rows)

    @cached_property
    def segments(self) -> dict[int, int]:
        """Types of program headers and the flags of the last of each."""
        return {one.type: one.flags for one in self.programs}

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """The section headers."""
        rows = self._read(self.header.sections, self._rows.section)
        return tuple(map(Section._make, rows))

    @cached_property
    def notes(self) -> tuple[tuple[int, int, int], ...]:
        """Offset, size and padding of what holds notes: segments, and sections that are in none padded like them."""
        found = [(one.offset, one.size, 8 if one.align == 8 else 4) for one in self.programs if one.type == _PT_NOTE]
        for one in self.sections:
            if one.type == _SHT_NOTE:
                at, end, pad = one.offset, one.offset + one.size, 8 if one.align == 8 else 4
                if not any(start <= at and end <= start + size and pad == each for start, size, each in found):
                    found.append((at, one.size, pad))
        return tuple(dict.fromkeys(found))

    @cached_property
    def section_names(self) -> bytes:
        """The table of the sections' names."""
        table, row = self.header.sections, struct.Struct(self.order + self._rows.section)
        at = table.start + self.header.names * table.each
        lost = not table.start or table.each < row.size or self.header.names >= table.rows
        if lost or at + row.size > len(self.data):
            return b""
        return self.content(Section._make(row.unpack_from(self.data, at)))

    @cached_property
    def dynamic(self) -> tuple[tuple[int, int], ...]:
        """Tags and values of the dynamic section, the null that ends it included."""
        part = next((one for one in self.programs if one.type == _PT_DYNAMIC), None)
        if part is None:
            return ()
        row = struct.Struct(_DYNAMIC[self.header.bits, self.order])
        whole = self.view[part.offset : part.offset + min(part.size, MOST_DYNAMIC * row.size)]
        rows = tuple(row.iter_unpack(whole[: len(whole) // row.size * row.size]))
        tags = [tag for tag, _ in rows]
        return rows[: tags.index(_DT_NULL) + 1] if _DT_NULL in tags else rows

    @cached_property
    def tags(self) -> dict[int, int]:
        """Dynamic tags and the value of the last of each."""
        return dict(self.dynamic)

    @cached_property
    def _loaded(self) -> tuple[tuple[int, int, int], ...]:
        return tuple((p.address, p.address + p.size, p.offset) for p in self.programs if p.type == _PT_LOAD)

    def offset(self, address: int) -> int | None:
        """Where in the file stands what the loader would put at ``address``; None if it puts nothing there."""
        for start, end, offset in self._loaded:
            if start <= address < end:
                return offset + address - start
        return None

    def found(self, tag: int) -> int | None:
        """Where in the file the table stands whose address a dynamic tag tells."""
        return self.offset(self.tags[tag]) if tag in self.tags else None

    def at(self, address: int | None, size: int) -> memoryview:
        """So many bytes, as far as the file holds them, from where the loader would put them at ``address``."""
        offset = self.offset(address) if address else None
        return self.view[:0] if offset is None else self.view[offset : offset + size]

    def content(self, section: Section, most: int = 1 << 62) -> bytes:
        """A section's bytes, as far as the file has them, and at most so many."""
        size = 0 if section.type == _SHT_NOBITS else min(section.size, most)
        return self.data[section.offset : section.offset + size]

    def named(self, name: bytes) -> Section | None:
        """The first section of that name."""
        ended = name + b"\0"
        if ended not in self.section_names:
            return None
        return next((one for one in self.sections if self.section_names.startswith(ended, one.name)), None)

    @cached_property
    def _strings(self) -> int | None:
        return self.found(_DT_STRTAB)

    def string(self, at: int) -> str:
        """The text at that place of the dynamic string table."""
        return "" if self._strings is None else self.text(self._strings + at)

    def text(self, at: int, most: int = MOST) -> str:
        """The text at that offset of the file, as far as the next zero and at most so many bytes."""
        end = self.data.find(b"\0", at, at + most) if at >= 0 else -1
        return decoded(self.data[at : end if end >= 0 else at + most])

    def _read(self, table: Table, fields: str) -> Iterator[tuple[int, ...]]:
        """The rows of a table; none if it states rows that are smaller than their fields."""
        row = struct.Struct(self.order + fields)
        if not table.start or table.each < row.size:
            return iter(())
        if table.each == row.size:
            whole = self.view[table.start : table.end]
            return row.iter_unpack(whole[: len(whole) // row.size * row.size])
        places = range(table.start, min(table.end, len(self.data) - row.size + 1), table.each)
        return (row.unpack_from(self.data, place) for place in places)
