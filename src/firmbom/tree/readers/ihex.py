"""Intel HEX. Source: Intel, "Hexadecimal Object File Format Specification", revision A, 1988."""

from __future__ import annotations

from binascii import Error, unhexlify
from collections.abc import Iterator
from typing import NamedTuple

from firmbom.tree.archive import Entry
from firmbom.tree.readers.ihex_memory import Data, first_line, lines, regions
from firmbom.tree.report import Report
from firmbom.tree.source import Source

_DATA, _END, _SEGMENT, _START_SEGMENT, _LINEAR, _START_LINEAR = range(6)


class _Record(NamedTuple):
    kind: int
    offset: int
    data: bytes


def confirm(head: bytes) -> bool:
    """The first line is a record."""
    return _parse(first_line(head)) is not None


def read(source: Source, report: Report) -> Iterator[Entry]:
    """The regions of memory."""
    return regions(_data(source, report), report)


def _data(source: Source, report: Report) -> Iterator[Data]:
    base, end, again, ended, bad, first_bad = 0, 1 << 32, 0, False, 0, 0
    for number, line in lines(source, report):
        if ended:
            report("warning", f"more follows its end record, in line {number}; not read")
            break
        record = _parse(line)
        if record is None:
            bad, first_bad = bad + 1, first_bad or number
            continue
        if record.kind == _DATA:
            fits = max(0, end - base - record.offset)
            yield Data(base + record.offset, record.data[:fits])
            if fits < len(record.data):
                yield Data(again, record.data[fits:])
        elif record.kind == _SEGMENT:  # its end is followed by its beginning
            base = again = int.from_bytes(record.data, "big") << 4
            end = base + (1 << 16)
        elif record.kind == _LINEAR:
            base, again, end = int.from_bytes(record.data, "big") << 16, 0, 1 << 32
        ended = record.kind == _END
    if bad:
        report("error", f"damaged records, which were not read: {bad}, the first in line {first_bad}")
    if not ended:
        report("error", "has no end record; it may have been cut short")


def _parse(line: bytes) -> _Record | None:
    """The record in a line; None if it is none or its checksum is wrong."""
    if line[:1] != b":":
        return None
    try:
        data = unhexlify(line[1:])
    except Error:
        return None
    if len(data) < 5 or len(data) != data[0] + 5 or sum(data) & 0xFF:
        return None
    kind, length = data[3], data[0]
    if kind > _START_LINEAR or (kind in (_SEGMENT, _LINEAR) and length != 2) or (kind == _END and length):
        return None
    return _Record(kind, data[1] << 8 | data[2], data[4:-1])
