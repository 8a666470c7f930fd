"""Where sections and segments of ELF and PE files lie; tables only, so that damaged files still tell what they can.

Sources: System V gABI, "ELF Header", "Section Header", "Program Header"; Microsoft "PE Format", "COFF File Header" and
"Section Table".
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from firmbom.errors import InputError
from firmbom_elf.binary.tables import MAGIC, Tables
from firmbom_elf.binary.tables import Section as SectionHeader

_LONGEST = 256
"""Bytes of a section's name."""
_NOBITS = 8
_PT_LOAD, _PT_NOTE = 1, 4


class Section(NamedTuple):
    """A named range of the file, in bytes; it lies in the file at least with its first byte."""

    name: str
    offset: int
    size: int


class Segment(NamedTuple):
    """A range of the file and where it is in memory."""

    address: int
    offset: int
    size: int
    note: bool = False
    """PT_NOTE instead of PT_LOAD."""


class Layout(NamedTuple):
    """What the tables of a file say."""

    kind: str = ""
    """``elf``, ``pe``, or neither."""
    sections: tuple[Section, ...] = ()
    segments: tuple[Segment, ...] = ()

    def offset(self, address: int) -> int:
        """The place in the file of an address in memory; -1 when the file has none for it."""
        for one in self.segments:
            if not one.note and one.address <= address < one.address + one.size:
                return one.offset + address - one.address
        return -1


def read(data: bytes, tables: Tables | None = None) -> Layout:
    """The layout of an ELF or PE file; an empty one for anything else and for headers that are cut off.

    Args:
        data: the whole file.
        tables: those of an ELF file, where they have been read.
    """
    try:
        if data.startswith(MAGIC):
            return _elf(tables or Tables(data))
        if data[:2] == b"MZ":
            return _pe(data)
    except (struct.error, InputError):
        return Layout()
    return Layout()


def _elf(tables: Tables) -> Layout:
    size = len(tables.data)
    segments = [
        Segment(one.address, one.offset, one.size, one.type == _PT_NOTE)
        for one in tables.programs
        if one.type in (_PT_LOAD, _PT_NOTE) and one.size and one.offset < size
    ]
    return Layout("elf", tuple(elf_sections(tables)), tuple(segments))


def elf_sections(tables: Tables) -> Iterator[Section]:
    """The sections that hold bytes of an ELF file, in its order."""
    names = tables.section_names
    for one in elf_headers(tables):
        end = names.find(b"\0", one.name, one.name + _LONGEST)
        name = names[one.name : end if end >= 0 else one.name + _LONGEST]
        yield Section(name.decode("utf-8", "replace"), one.offset, one.size)


def elf_headers(tables: Tables) -> Iterator[SectionHeader]:
    """The headers of the sections that hold bytes of an ELF file which has their names."""
    size = len(tables.data)
    for one in tables.each_section() if tables.section_names else ():
        if one.size and one.offset < size and one.type not in (0, _NOBITS):
            yield one


def _pe(data: bytes) -> Layout:
    (header,) = struct.unpack_from("<I", data, 0x3C)
    if data[header : header + 4] != b"PE\0\0":
        return Layout()
    count, optional = struct.unpack_from("<2xH12xH", data, header + 4)
    start = header + 24
    wide = data[start : start + 2] == b"\x0b\x02"
    (base,) = struct.unpack_from("<Q" if wide else "<I", data, start + (24 if wide else 28))
    sections, segments = [], []
    for index in range(count):
        at = start + optional + index * 40
        if at + 40 > len(data):
            break
        name, virtual, address, raw, offset = struct.unpack_from("<8s4I", data, at)
        if not raw or offset >= len(data):
            continue
        size = min(raw, virtual) if virtual else raw
        sections.append(Section(name.rstrip(b"\0").decode("utf-8", "replace"), offset, size))
        segments.append(Segment(base + address, offset, size))
    return Layout("pe", tuple(sections), tuple(segments))
