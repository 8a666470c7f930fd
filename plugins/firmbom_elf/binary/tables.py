"""The tables of one ELF file as plain values: its header, what the loader goes by, and the section headers.

Every table is read as far as the file holds it; what is not there is empty.
Source: System V gABI chapters 4 (ELF header, section headers) and 5 (program headers, dynamic section).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property, partial
from struct import Struct
from typing import Literal, NamedTuple

from firmbom.errors import InputError
from firmbom_elf.binary.string_table import StringTable
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
_DT_NULL, _DT_STRTAB, _DT_STRSZ = 0, 5, 10
_PN_XNUM = _SHN_XINDEX = 0xFFFF


class _Layout(NamedTuple):
    """Of one class and byte order: the fields of the tables' rows, as far as they are kept."""

    size: int
    """Of the ELF header, in bytes."""
    header: Struct
    """From ``e_type`` on."""
    program: Struct
    """In the order of :class:`Program`; of 32 bits with the flags before the alignment."""
    section: Struct
    """In the order of :class:`Section`."""
    first: Struct
    """``sh_size``, ``sh_link`` and ``sh_info`` of a section header."""
    dynamic: Struct
    """``d_tag``, of which no more than 32 bits are used, and ``d_un``."""


def _layout(order: str, size: int, *rows: str) -> _Layout:
    return _Layout(size, *(Struct(order + row) for row in rows))


_NARROW = (52, "HHIIIIIHHHHHH", "III4xI4xII", "II8xIII4xI4x", "20xIII8x", "II")
_WIDE = (64, "HHIQQQIHHHHHH", "IIQQ8xQ8xQ", "II16xQQI4xQ8x", "32xQII16x")
_LAYOUTS = {
    (32, "<"): _layout("<", *_NARROW),
    (32, ">"): _layout(">", *_NARROW),
    (64, "<"): _layout("<", *_WIDE, "I4xQ"),
    (64, ">"): _layout(">", *_WIDE, "4xIQ"),
}


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


_program: Callable[[Iterable[int]], Program] = partial(tuple.__new__, Program)
_section: Callable[[Iterable[int]], Section] = partial(tuple.__new__, Section)
"""As ``_make`` does, in a third of the time."""


def header(data: bytes) -> Header:
    """Read the ELF header.

    Raises:
        InputError: the bytes are no ELF file.
    """
    ident = data[:6].ljust(6, b"\0")
    bits, order = _CLASSES.get(ident[4]), _ORDERS.get(ident[5])
    if not data.startswith(MAGIC) or bits is None or order is None or len(data) < _LAYOUTS[bits, order].size:
        raise InputError("begins like an ELF file and is none: class, byte order or the whole header is missing")
    layout = _LAYOUTS[bits, order]
    kind, machine, _, _, programs, sections, _, _, *sizes = layout.header.unpack_from(data, 16)
    each, count, section, rows, names = sizes
    more = (0, 0, 0)
    if sections and (rows == 0 or count == _PN_XNUM or names == _SHN_XINDEX):
        more = _elsewhere(data, layout.first, sections)
    return Header(
        bits,
        "little" if order == "<" else "big",
        kind,
        machine,
        Table(programs, each, more[2] if count == _PN_XNUM else count),
        Table(sections, section, rows or more[0]),
        more[1] if names == _SHN_XINDEX else names,
    )


def _elsewhere(data: bytes, row: Struct, sections: int) -> tuple[int, int, int]:
    """Section headers, the one of names, and program headers, where there are more than the ELF header has room for.

    They stand in ``sh_size``, ``sh_link`` and ``sh_info`` of the first section header, which is else empty.
    """
    if sections + row.size > len(data):
        return 0, 0, 0
    size, link, info = row.unpack_from(data, sections)
    return min(size, MOST_HEADERS), link, min(info, MOST_HEADERS)


class Tables:
    """What the rules look at."""

    def __init__(self, data: bytes) -> None:
        """Read the headers and the dynamic section.

        Raises:
            InputError: the bytes are no ELF file.
        """
        self.header = header(data)
        self.data = data
        self.view = memoryview(data)
        self.order = "<" if self.header.endian == "little" else ">"
        self._rows = _LAYOUTS[self.header.bits, self.order]
        self.programs = self._programs()
        """The program headers."""
        self.segments = {one.type: one.flags for one in self.programs}
        """Types of program headers and the flags of the last of each."""
        self.sections = tuple(map(_section, self._read(self.header.sections, self._rows.section)))
        """The section headers."""
        names = self.sections[self.header.names : self.header.names + 1]
        self.section_names = self.content(names[0]) if names else b""
        """The table of the sections' names."""
        self._loaded = tuple((p.address, p.address + p.size, p.offset) for p in self.programs if p.type == _PT_LOAD)
        self.dynamic = self._dynamic()
        """Tags and values of the dynamic section, the null that ends it included."""
        self.tags = dict(self.dynamic)
        """Dynamic tags and the value of the last of each."""
        self._strings = self.found(_DT_STRTAB)
        self.strings = StringTable(bytes(self.at(self.tags.get(_DT_STRTAB), self.tags.get(_DT_STRSZ, 0))))
        """The dynamic string table."""

    def _programs(self) -> tuple[Program, ...]:
        rows = self._read(self.header.programs, self._rows.program)
        if self.header.bits == 64:
            return tuple(map(_program, rows))
        return tuple(
            Program(kind, flags, offset, address, size, align) for kind, offset, address, size, flags, align in rows
        )

    def _dynamic(self) -> tuple[tuple[int, int], ...]:
        part = next((one for one in self.programs if one.type == _PT_DYNAMIC), None)
        if part is None:
            return ()
        row = self._rows.dynamic
        whole = self.view[part.offset : part.offset + min(part.size, MOST_DYNAMIC * row.size)]
        rows = tuple(row.iter_unpack(whole[: len(whole) // row.size * row.size]))
        tags = [tag for tag, _ in rows]
        return rows[: tags.index(_DT_NULL) + 1] if _DT_NULL in tags else rows

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
        ended, names = name + b"\0", self.section_names
        at = names.find(ended)
        if at < 0:
            return None
        if names.find(ended, at + 1) < 0:
            return next((one for one in self.sections if one.name == at), None)
        return next((one for one in self.sections if names.startswith(ended, one.name)), None)

    def string(self, at: int) -> str:
        """The text at that place of the dynamic string table."""
        known = self.strings.at(at)
        if known is None:
            return "" if self._strings is None else self.text(self._strings + at)
        return known

    def text(self, at: int, most: int = MOST) -> str:
        """The text at that offset of the file, as far as the next zero and at most so many bytes."""
        end = self.data.find(b"\0", at, at + most) if at >= 0 else -1
        return decoded(self.data[at : end if end >= 0 else at + most])

    def _read(self, table: Table, row: Struct) -> Iterable[tuple[int, ...]]:
        """The rows of a table; none if it states rows that are smaller than their fields."""
        if not table.start or table.each < row.size:
            return ()
        if table.each == row.size:
            whole = self.view[table.start : table.end]
            return row.iter_unpack(whole[: len(whole) // row.size * row.size])
        places = range(table.start, min(table.end, len(self.data) - row.size + 1), table.each)
        return (row.unpack_from(self.data, place) for place in places)
