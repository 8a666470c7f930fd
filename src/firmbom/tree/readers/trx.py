"""TRX: the header of Broadcom's and OpenWrt's firmware before a boot loader, a kernel and a filesystem.

Source: OpenWrt's firmware-utils, as otrx(8) describes the format; Linux's drivers/mtd/parsers/parser_trx.c.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from firmbom.tree.archive import Entry
from firmbom.tree.readers.vendor import Part, parts
from firmbom.tree.report import Report
from firmbom.tree.source import Source

_HEADER = struct.Struct("<4sIIHH")
"""Magic, length, CRC-32 of what follows it, flags, version; then the parts' offsets, three or in version 2 four."""
_CHECKED = 12


def confirm(head: bytes) -> bool:
    """A version that is known, and a length and offsets that can be."""
    if len(head) < 32:
        return False
    _, size, _, _, version = _HEADER.unpack_from(head)
    offsets = _offsets(head, version)
    return version in (1, 2) and size > 28 and all(offset < size for offset in offsets) and any(offsets)


def length(head: bytes) -> int:
    """The bytes of header and parts, as the header states."""
    size: int = _HEADER.unpack_from(head)[1]
    return size


def read(source: Source, report: Report) -> Iterator[Entry]:
    """The parts in the order of the header, numbered, each up to the next; what follows is named by its offset."""
    head = source.read_at(0, 32)
    _, size, stated, _, version = _HEADER.unpack_from(head)
    body = source.window(0, size)
    if body.size < size:
        report("error", f"cut short: {body.size} of {size} bytes are there")
    elif _checksum(body) != stated:
        report("error", "does not have the CRC-32 that its header states")
    offsets = _offsets(head, version)
    used = sorted({offset for offset in offsets if offset})
    ends = dict(zip(used, [*used[1:], size], strict=True))
    listed = [
        Part(b"part-%d" % number, offset, ends[offset] - offset) for number, offset in enumerate(offsets) if offset
    ]
    yield from parts(source, report, *listed)


def _offsets(head: bytes, version: int) -> tuple[int, ...]:
    return struct.unpack_from("<4I" if version == 2 else "<3I", head, _HEADER.size)


def _checksum(body: Source) -> int:
    """CRC-32 without its last inversion."""
    found = 0
    for chunk in body.window(_CHECKED, body.size).chunks():
        found = zlib.crc32(chunk, found)
    return found ^ 0xFFFFFFFF
