"""GUID partition table. Source: UEFI specification 2.10, section 5.3."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from firmbom.errors import InputError
from firmbom.tree.archive import Entry
from firmbom.tree.readers import partitions
from firmbom.tree.readers.partitions import SECTOR, Partition
from firmbom.tree.report import Report
from firmbom.tree.source import Source

_HEADER = struct.Struct("<8sIIII4Q16sQIII")
_SECTORS = (SECTOR, 4096)
_LARGEST_TABLE = 4 << 20
_NAME, _NAME_END = 56, 128
_EMPTY = bytes(16)


class Table(NamedTuple):
    """One of the two copies of the table."""

    sector: int
    place: int
    """Where its header is, in bytes."""
    other: int
    """Where the other copy's header is, in bytes."""
    start: int
    """Where its entries are, in bytes."""
    slots: int
    length: int
    """Of a slot."""
    entries: bytes
    damage: str


def find(source: Source) -> Table | None:
    """The table whose checksums are right, else the first that can be read at all; None if there is none."""
    found = [table for sector in _SECTORS for table in _copies(source, sector)]
    return next((table for table in found if not table.damage), found[0] if found else None)


def read(source: Source, report: Report) -> Iterator[Entry]:
    """The partitions and what lies between them. Raises :class:`InputError` where neither copy of the table is left."""
    table = find(source)
    if table is None:
        raise InputError("its partition table is damaged")
    return entries(source, report, table)


def entries(source: Source, report: Report, table: Table) -> Iterator[Entry]:
    """The same, of a table that has been found."""
    if table.damage:
        report("error", f"its partition table is damaged ({table.damage}); it was read nevertheless")
    elif table.place != table.sector:
        report("warning", "its first partition table is damaged; the copy at the end was read")
    elif table.other + table.sector > source.size:
        report("error", f"cut short: {source.size} of {table.other + table.sector} bytes are there")
    found = list(_partitions(table))
    yield from partitions.entries(source, report, found, list(_taken(source, table)))


def _copies(source: Source, sector: int) -> Iterator[Table]:
    first = _table(source, sector, sector)
    if first:
        yield first
    places = {source.size - sector, first.other if first else 0} - {sector}
    yield from filter(None, (_table(source, sector, place) for place in sorted(places) if place > 0))


def _table(source: Source, sector: int, place: int) -> Table | None:
    header = source.read_at(place, sector)
    if len(header) < sector or not header.startswith(b"EFI PART"):
        return None
    _, _, size, stated, _, own, other, _, _, _, start, count, length, entries_stated = _HEADER.unpack_from(header)
    if not _HEADER.size <= size <= sector or length < _NAME_END or count * length > _LARGEST_TABLE:
        return None
    data = source.read_at(start * sector, count * length)
    damage = ""
    if zlib.crc32(header[:16] + bytes(4) + header[20:size]) != stated or own * sector != place:
        damage = "its header's checksum is wrong"
    elif len(data) < count * length or zlib.crc32(data) != entries_stated:
        damage = "its checksum is wrong"
    return Table(sector, place, other * sector, start * sector, count, length, data, damage)


def _partitions(table: Table) -> Iterator[Partition]:
    for number in range(1, table.slots + 1):
        entry = table.entries[(number - 1) * table.length : number * table.length]
        if len(entry) < table.length or entry[:16] == _EMPTY:
            continue
        first, last = struct.unpack_from("<QQ", entry, 32)
        name = entry[_NAME:_NAME_END].decode("utf-16-le", "surrogatepass").partition("\0")[0]
        yield Partition(number, name, first * table.sector, (last + 1 - first) * table.sector)


def _taken(source: Source, table: Table) -> Iterator[tuple[int, int]]:
    """Where the protective record, both headers and both copies of the entries stand."""
    size = table.slots * table.length
    yield 0, 2 * table.sector
    for place in (table.place, table.other):
        yield place, place + table.sector
        copy = _table(source, table.sector, place)
        start = copy.start if copy else place + table.sector if place == table.sector else place - size
        yield start, start + size
