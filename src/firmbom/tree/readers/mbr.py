"""The partition table of a PC's master boot record, with logical partitions.

Sources: UEFI specification 2.10, section 5.2, for the record; the Linux kernel's block/partitions/msdos.c for the
chain of extended ones: a logical partition counts from its own record, the next record from the first.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from firmbom.tree.archive import Entry
from firmbom.tree.readers import gpt, partitions
from firmbom.tree.readers.partitions import SECTOR, Partition
from firmbom.tree.report import Report
from firmbom.tree.source import Source

_TABLE, _SIGNATURE = 446, b"\x55\xaa"
_SLOT = struct.Struct("<B3xB3xII")
_SLOTS = 4
_EXTENDED = frozenset({0x05, 0x0F, 0x85})
_PROTECTIVE = 0xEE
_MOST_LOGICAL = 256
_OTHER_SECTORS = ((0x202, b"HdrS"), (3, b"NTFS"), (3, b"EXFAT"))
"""What marks a Linux kernel or a filesystem's boot sector, which carry the same signature."""


class _Slot(NamedTuple):
    status: int
    kind: int
    start: int
    """In sectors; what it counts from depends on the record it stands in."""
    length: int


def confirm(head: bytes) -> bool:
    """Four slots that can be partitions, at least one that is, and something behind the sector."""
    if len(head) <= SECTOR or any(head.startswith(mark, place) for place, mark in _OTHER_SECTORS):
        return False
    slots = _slots(head)
    used = [slot for slot in slots if slot.kind]
    return (
        all(slot.status in (0, 0x80) for slot in slots)
        and bool(used)
        and all(slot.start and slot.length for slot in used)
        and not any(slot.start or slot.length for slot in slots if not slot.kind)
    )


def read(source: Source, report: Report) -> Iterator[Entry]:
    """The partitions and what lies between them; those of a GPT if this record only protects one."""
    slots = _slots(source.read_at(0, SECTOR))
    if any(slot.kind == _PROTECTIVE for slot in slots):
        table = gpt.find(source)
        if table:
            return gpt.entries(source, report, table)
        report("error", "says that it has a GUID partition table, but none was found")
    found: list[Partition] = []
    tables = [(0, SECTOR)]
    for number, slot in enumerate(slots, 1):
        if slot.kind and slot.kind not in _EXTENDED:
            found.append(_partition(number, slot, 0))
    for slot in slots:
        if slot.kind in _EXTENDED:
            _follow(source, report, slot.start, found, tables)
    return partitions.entries(source, report, found, tables)


def _follow(source: Source, report: Report, base: int, found: list[Partition], tables: list[tuple[int, int]]) -> None:
    """Add the logical partitions of a chain of records, which are numbered from 5, and where the records stand."""
    record = base
    number = max([_SLOTS, *(one.number for one in found)]) + 1
    for _ in range(_MOST_LOGICAL):
        place = record * SECTOR
        sector = source.read_at(place, SECTOR)
        if len(sector) < SECTOR or sector[-2:] != _SIGNATURE:
            report("error", f"no record of logical partitions at {place:#x}; those from there on were not read")
            return
        if (place, place + SECTOR) in tables:
            report("error", "its logical partitions run in a circle")
            return
        tables.append((place, place + SECTOR))
        following = 0
        for slot in _slots(sector):
            if slot.kind in _EXTENDED:
                following = following or base + slot.start
            elif slot.kind:
                found.append(_partition(number, slot, record))
                number += 1
        if not following:
            return
        record = following
    report("error", f"more than {_MOST_LOGICAL} logical partitions; the rest was not read")


def _partition(number: int, slot: _Slot, base: int) -> Partition:
    return Partition(number, "", (base + slot.start) * SECTOR, slot.length * SECTOR)


def _slots(sector: bytes) -> list[_Slot]:
    table = sector[_TABLE : _TABLE + _SLOTS * _SLOT.size].ljust(_SLOTS * _SLOT.size, b"\0")
    return [_Slot(*fields) for fields in _SLOT.iter_unpack(table)]
