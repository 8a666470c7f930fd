"""The ARM kernel image, zImage: code that unpacks the payload, with its size in the header, then perhaps device trees.

Source: Linux's arch/arm/boot/compressed/head.S. Where the payload stands is not in the header; the first magic of a
compressor in the image belongs to the code that unpacks, so what counts is what can be unpacked.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from firmbom.tree.archive import Entry
from firmbom.tree.readers.kernel_payload import entry, find
from firmbom.tree.readers.kernel_tail import entries as tail
from firmbom.tree.report import Report
from firmbom.tree.source import Source

_MAGIC = 0x016F2818
_HEADER = 36


def confirm(head: bytes) -> bool:
    """An end behind the start, and room for code between them."""
    return length(head) > _HEADER + 12


def length(head: bytes) -> int:
    """The bytes from the start to the end that the header states."""
    fields = head[_HEADER : _HEADER + 12]
    if len(fields) < 12:
        return 0
    order = "<" if struct.unpack("<I", fields[:4])[0] == _MAGIC else ">"
    _, start, end = struct.unpack(order + "III", fields)
    return max(0, int(end) - int(start))


def read(source: Source, report: Report) -> Iterator[Entry]:
    """The unpacked kernel, and what was put behind the image."""
    end = length(source.read_at(0, _HEADER + 12))
    if end > source.size:
        report("error", f"cut short: {source.size} of {end} bytes are there")
    yield from entry(find(source.window(0, end)), report)
    yield from tail(source, end, report)
