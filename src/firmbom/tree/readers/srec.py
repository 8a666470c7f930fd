"""Motorola S-records. Source: Motorola, "M68000 Family Programmer's Reference Manual", appendix C."""

from __future__ import annotations

from binascii import Error, unhexlify
from collections.abc import Iterator
from typing import NamedTuple

from firmbom.tree.archive import Entry
from firmbom.tree.readers.ihex_memory import Data, first_line, lines, regions
from firmbom.tree.report import Report
from firmbom.tree.source import Source

_ADDRESS = {b"0": 2, b"1": 2, b"2": 3, b"3": 4, b"5": 2, b"6": 3, b"7": 4, b"8": 3, b"9": 2}
"""How many bytes of address a record has, by its type."""
_DATA, _COUNT, _END = b"123", b"56", b"789"


class _Record(NamedTuple):
    kind: bytes
    address: int
    data: bytes


def confirm(head: bytes) -> bool:
    """The first line is a record."""
    return _parse(first_line(head)) is not None


def read(source: Source, report: Report) -> Iterator[Entry]:
    """The regions of memory."""
    return regions(_data(source, report), report)


def _data(source: Source, report: Report) -> Iterator[Data]:
    count, closed, ended, bad, first_bad = 0, False, False, 0, 0
    for number, line in lines(source, report):
        if ended:
            report("warning", f"more follows its end record, in line {number}; not read")
            break
        record = _parse(line)
        if record is None:
            bad, first_bad = bad + 1, first_bad or number
            continue
        if record.kind in _DATA:
            count += 1
            yield Data(record.address, record.data)
        elif record.kind in _COUNT and (record.address - count - bad) % (1 << 8 * _ADDRESS[record.kind]):
            report("error", f"states {record.address} records of data in line {number}, where {count + bad} were")
        ended = record.kind in _END
        closed = ended or record.kind in _COUNT  # srec_cat ends with either
    if bad:
        report("error", f"damaged records, which were not read: {bad}, the first in line {first_bad}")
    if not closed:
        report("error", "has no end record; it may have been cut short")


def _parse(line: bytes) -> _Record | None:
    """The record in a line; None if it is none or its checksum is wrong."""
    kind = line[1:2]
    width = _ADDRESS.get(kind)
    if line[:1] != b"S" or width is None:
        return None
    try:
        data = unhexlify(line[2:])
    except Error:
        return None
    if len(data) < width + 2 or len(data) != data[0] + 1 or sum(data) & 0xFF != 0xFF:
        return None
    return _Record(kind, int.from_bytes(data[1 : 1 + width], "big"), data[1 + width : -1])
