"""Where sections and segments of ELF and PE files lie; tables only, so that damaged files still tell what they can.

Sources: System V gABI, "ELF Header", "Section Header", "Program Header"; Microsoft "PE Format", "COFF File Header" and
"Section Table".
"""

from __future__ import annotations

import struct
from typing import NamedTuple

MOST = 65_536
"""Sections or segments that are looked at."""

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
    little: bool = True
    sections: tuple[Section, ...] = ()
    segments: tuple[Segment, ...] = ()

    def offset(self, address: int) -> int:
        """The place in the file of an address in memory; -1 when the file has none for it."""
        for one in self.segments:
            if not one.note and one.address <= address < one.address + one.size:
                return one.offset + address - one.address
        return -1


def read(data: bytes) -> Layout:
    """The layout of an ELF or PE file; an empty one for anything else and for headers that are cut off."""
    try:
        if data[:4] == b"\x7fELF":
            return _elf(data)
        if data[:2] == b"MZ":
            return _pe(data)
    except struct.error:
        return Layout()
    return Layout()


def _elf(data: bytes) -> Layout:
    wide, little = data[4:5] == b"\2", data[5:6] != b"\2"
    order = "<" if little else ">"
    _, program, table = struct.unpack_from(order + ("QQQ" if wide else "III"), data, 24)
    sizes = struct.unpack_from(order + "6H", data, 52 if wide else 40)
    _, program_size, programs, section_size, sections, names = sizes
    return Layout(
        "elf",
        little,
        _elf_sections(data, order, wide, (table, section_size, sections, names)),
        _elf_segments(data, order, wide, (program, program_size, programs)),
    )


def _elf_sections(data: bytes, order: str, wide: bool, table: tuple[int, int, int, int]) -> tuple[Section, ...]:
    start, size, count, names = table
    row = struct.Struct(order + ("IIQQQQ" if wide else "IIIIII"))
    if not start or size < row.size:
        return ()
    rows = []
    for index in range(min(count, MOST)):
        at = start + index * size
        if at + row.size > len(data):
            break
        rows.append(row.unpack_from(data, at))
    if names >= len(rows):
        return ()
    base, length = rows[names][4], rows[names][5]
    strings = data[base : base + min(length, len(data))]
    return tuple(
        Section(_name(strings, name), offset, length)
        for name, kind, _, _, offset, length in rows
        if kind not in (0, _NOBITS) and length and offset < len(data)
    )


def _elf_segments(data: bytes, order: str, wide: bool, table: tuple[int, int, int]) -> tuple[Segment, ...]:
    start, size, count = table
    row = struct.Struct(order + ("IIQQQQ" if wide else "IIIII"))
    if not start or size < row.size:
        return ()
    found = []
    for index in range(count):
        at = start + index * size
        if at + row.size > len(data):
            break
        fields = row.unpack_from(data, at)
        kind, (offset, address, _, length) = fields[0], fields[2:] if wide else fields[1:]
        if kind in (_PT_LOAD, _PT_NOTE) and length and offset < len(data):
            found.append(Segment(address, offset, length, kind == _PT_NOTE))
    return tuple(found)


def _name(strings: bytes, at: int) -> str:
    end = strings.find(b"\0", at)
    return strings[at : end if end >= 0 else len(strings)][:256].decode("utf-8", "replace")


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
    return Layout("pe", True, tuple(sections), tuple(segments))
