"""The tables of one ELF file as plain values: its header, what the loader goes by, and the section headers.

Every table is read as far as the file holds it; what is not there is empty.
Source: System V gABI chapters 4 (ELF header, section headers) and 5 (program headers, dynamic section).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, partial
from operator import itemgetter
from struct import Struct
from typing import Literal, NamedTuple

import msgspec

from firmbom.errors import InputError
from firmbom_elf.binary.string_table import StringTable
from firmbom_elf.strings.stored_text import MOST, decoded

MAGIC = b"\x7fELF"
MOST_HEADERS = 1 << 18
"""Section or program headers; an object file of 100,000 functions has 200,000 sections."""
MOST_DYNAMIC = 10_000
"""Entries of the dynamic section; real ones have 30 and one for each library."""
MOST_NOTES = 1_000
"""Parts of the file that hold notes; real files have 2 or 3."""
_PT_LOAD, _PT_DYNAMIC, _PT_NOTE = 1, 2, 4
_SHT_NOTE, _SHT_NOBITS = 7, 8
_DT_NULL, _DT_STRTAB, _DT_STRSZ = 0, 5, 10
_PN_XNUM = _SHN_XINDEX = 0xFFFF


class _Layout(msgspec.Struct, frozen=True, gc=False):
    """Of one class and byte order: the fields of the tables' rows, as far as they are kept."""

    bits: Literal[32, 64]
    endian: Literal["little", "big"]
    order: str
    """The same as :mod:`struct` writes it."""
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


def _layout(bits: Literal[32, 64], endian: Literal["little", "big"], *rows: str) -> _Layout:
    order = "<" if endian == "little" else ">"
    return _Layout(bits, endian, order, 52 if bits == 32 else 64, *(Struct(order + row) for row in rows))


_NARROW = ("HHIIIIIHHHHHH", "III4xI4xII", "II8xIII4xI4x", "20xIII8x", "II")
_WIDE = ("HHIQQQIHHHHHH", "IIQQ8xQ8xQ", "II16xQQI4xQ8x", "32xQII16x")
_LAYOUTS = {
    MAGIC + b"\1\1": _layout(32, "little", *_NARROW),
    MAGIC + b"\1\2": _layout(32, "big", *_NARROW),
    MAGIC + b"\2\1": _layout(64, "little", *_WIDE, "I4xQ"),
    MAGIC + b"\2\2": _layout(64, "big", *_WIDE, "4xIQ"),
}
"""By what a file begins with: class and byte order stand behind the magic."""


class Table(msgspec.Struct, frozen=True, gc=False):
    """Where rows stand: offset, bytes each, how many."""

    start: int
    each: int
    rows: int

    @property
    def end(self) -> int:
        """The offset behind the last one; 0 if there is no table."""
        return self.start + self.each * self.rows if self.start else 0


class Header(msgspec.Struct, frozen=True, gc=False):
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
_tag: Callable[[tuple[int, int]], int] = itemgetter(0)


def header(data: bytes) -> Header:
    """Read the ELF header.

    Raises:
        InputError: the bytes are no ELF file.
    """
    layout = _LAYOUTS.get(data[:6])
    if layout is None or len(data) < layout.size:
        raise InputError("begins like an ELF file and is none: class, byte order or the whole header is missing")
    kind, machine, _, _, programs, sections, _, _, each, count, section, rows, names = layout.header.unpack_from(
        data, 16
    )
    more = (0, 0, 0)
    if sections and (rows == 0 or count == _PN_XNUM or names == _SHN_XINDEX):
        more = _elsewhere(data, layout.first, sections)
    return Header(
        layout.bits,
        layout.endian,
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
        self.header = head = header(data)
        self.data = data
        self._layout = layout = _LAYOUTS[data[:6]]
        self.order = layout.order
        self.programs = self._programs()
        """The program headers."""
        self.segments: dict[int, list[Program]] = {}
        """The same by their types."""
        for one in self.programs:
            self.segments.setdefault(one.type, []).append(one)
        self._headers = self._rows(head.sections, layout.section)
        self.section_names = self._content_of(head.names)
        """The table of the sections' names."""
        self.notes = self._notes()
        """Offset, size and padding of what holds notes: segments, and sections that are in none padded like them."""
        self._loaded = [(p.address, p.address + p.size, p.offset) for p in self.segments.get(_PT_LOAD, ())]
        self.dynamic = self._dynamic()
        """Tags and values of the dynamic section, the null that ends it included."""
        self.tags = dict(self.dynamic)
        """Dynamic tags and the value of the last of each."""
        self._strings = at = self.found(_DT_STRTAB)
        self.strings = StringTable(b"" if at is None else data[at : at + self.tags.get(_DT_STRSZ, 0)])
        """The dynamic string table."""

    def _programs(self) -> tuple[Program, ...]:
        row = self._layout.program
        rows = row.iter_unpack(self._rows(self.header.programs, row))
        if self._layout.bits == 64:
            return tuple(map(_program, rows))
        return tuple(
            Program(kind, flags, offset, address, size, align) for kind, offset, address, size, flags, align in rows
        )

    def _dynamic(self) -> tuple[tuple[int, int], ...]:
        if _PT_DYNAMIC not in self.segments:
            return ()
        part, row = self.segments[_PT_DYNAMIC][0], self._layout.dynamic
        whole = self.data[part.offset : part.offset + min(part.size, MOST_DYNAMIC * row.size)]
        used = -(-len(whole.rstrip(b"\0")) // row.size) * row.size  # the rest are nulls
        rows = tuple(row.iter_unpack(whole[: min(used + row.size, len(whole) // row.size * row.size)]))
        if _DT_NULL in map(_tag, rows[:-1]):
            return rows[: list(map(_tag, rows)).index(_DT_NULL) + 1]
        return rows

    def each_section(self) -> Iterator[Section]:
        """The section headers, each made when its turn comes."""
        return map(_section, self._layout.section.iter_unpack(self._headers))

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """The section headers."""
        return tuple(self.each_section())

    @property
    def section_count(self) -> int:
        """How many section headers there are."""
        return len(self._headers) // self._layout.section.size

    def _section(self, place: int) -> Section:
        """The one that stands there in the section headers."""
        return _section(self._layout.section.unpack_from(self._headers, place))

    def _content_of(self, number: int) -> bytes:
        """The content of the section of that number; empty if there is none."""
        place = number * self._layout.section.size
        return self.content(self._section(place)) if place < len(self._headers) else b""

    def _notes(self) -> tuple[tuple[int, int, int], ...]:
        found = [(one.offset, one.size, 8 if one.align == 8 else 4) for one in self.segments.get(_PT_NOTE, ())]
        for one in self._with(4, _SHT_NOTE):
            if one.type != _SHT_NOTE:
                continue
            at, end, pad = one.offset, one.offset + one.size, 8 if one.align == 8 else 4
            for start, size, each in found:
                if start <= at and end <= start + size and pad == each:
                    break
            else:
                found.append((at, one.size, pad))
            if len(found) > MOST_NOTES:
                break
        return tuple(dict.fromkeys(found))

    def _with(self, field: int, number: int) -> Iterator[Section]:
        """The section headers whose field of 4 bytes at that offset may be ``number``: its lowest byte is."""
        size, low = self._layout.section.size, number & 0xFF
        column = self._headers[field if self.order == "<" else field + 3 :: size]
        at = column.find(low)
        while at >= 0:
            yield self._section(at * size)
            at = column.find(low, at + 1)

    def offset(self, address: int) -> int | None:
        """Where in the file stands what the loader would put at ``address``; None if it puts nothing there."""
        for start, end, offset in self._loaded:
            if start <= address < end:
                return offset + address - start
        return None

    def found(self, tag: int) -> int | None:
        """Where in the file the table stands whose address a dynamic tag tells."""
        return self.offset(self.tags[tag]) if tag in self.tags else None

    def at(self, address: int | None, size: int) -> bytes:
        """So many bytes, as far as the file holds them, from where the loader would put them at ``address``."""
        offset = self.offset(address) if address else None
        return b"" if offset is None else self.data[offset : offset + size]

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
            return next((one for one in self._with(0, at) if one.name == at), None)
        return next((one for one in self.each_section() if names.startswith(ended, one.name)), None)

    def string(self, at: int) -> str:
        """The text at that place of the dynamic string table."""
        known = self.strings.at(at)
        if known is not None:
            return known
        return "" if self._strings is None else self.text(self._strings + at)

    def text(self, at: int, most: int = MOST) -> str:
        """The text at that offset of the file, as far as the next zero and at most so many bytes."""
        end = self.data.find(b"\0", at, at + most) if at >= 0 else -1
        return decoded(self.data[at : end if end >= 0 else at + most])

    def _rows(self, table: Table, row: Struct) -> bytes:
        """The rows of a table one behind the other, as far as they have fields; none if they are smaller than these."""
        size = row.size
        if not table.start or table.each < size:
            return b""
        if table.each == size:
            whole = self.data[table.start : table.end]
            return whole[: len(whole) // size * size]
        places = range(table.start, min(table.end, len(self.data) - size + 1), table.each)
        return b"".join([self.data[place : place + size] for place in places])
