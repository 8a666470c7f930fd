"""The s390 kernel image: code for the initial program load, then code that unpacks the payload.

Source: Linux's arch/s390/boot/head.S and ipl_data.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from firmbom.tree.archive import Entry
from firmbom.tree.readers.kernel_payload import entry, find
from firmbom.tree.report import Report
from firmbom.tree.source import Source

_MARK = 0x10008


def read(source: Source, report: Report) -> Iterator[Entry]:
    """The unpacked kernel; nothing when the image loads something else than Linux."""
    if source.size <= _MARK:
        report("error", f"cut short: {source.size} bytes, where the code that unpacks begins at byte {_MARK}")
    elif source.read_at(_MARK, 6) == b"S390EP":
        yield from entry(find(source, _MARK), report)
