"""U-Boot's legacy image: a header of 64 bytes before a kernel, a ramdisk or several files. Source: U-Boot's image.h."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from firmbom.tree.archive import Entry
from firmbom.tree.report import Report
from firmbom.tree.source import Source

_HEADER = struct.Struct(">IIIIIIIBBBB32s")
_TYPES = {1: b"standalone", 2: b"kernel", 3: b"ramdisk", 4: b"multi", 5: b"firmware", 6: b"script", 7: b"filesystem"}
_TYPES |= {8: b"flat_dt", 14: b"kernel_noload"}
_MULTI, _SCRIPT = 4, 6
_MOST_PARTS = 64


class _Header(NamedTuple):
    magic: int
    checksum: int
    time: int
    size: int
    load: int
    entry: int
    data_checksum: int
    os: int
    machine: int
    type: int
    compression: int
    name: bytes


def confirm(head: bytes) -> bool:
    """The header's own CRC-32 is right."""
    if len(head) < _HEADER.size:
        return False
    stated = _Header(*_HEADER.unpack_from(head)).checksum
    return zlib.crc32(head[:4] + bytes(4) + head[8:64]) == stated


def length(head: bytes) -> int:
    """The bytes of header and payload, as the header states."""
    return _HEADER.size + _Header(*_HEADER.unpack_from(head)).size


def read(source: Source, report: Report) -> Iterator[Entry]:
    """The payload, named by its type; a multi-file image's parts are numbered."""
    header = _Header(*_HEADER.unpack(source.read_at(0, _HEADER.size)))
    body = source.window(_HEADER.size, header.size)
    if body.size < header.size:
        report("error", f"cut short: {body.size} of the payload's {header.size} bytes are there")
    elif _checksum(body) != header.data_checksum:
        report("error", "the payload does not have the CRC-32 that the header states")
    name = _TYPES.get(header.type, b"payload")
    if header.type in (_MULTI, _SCRIPT):
        yield from _parts(body, name, report)
    else:
        yield Entry(name, "file", body.size, body)
    rest = source.size - _HEADER.size - header.size
    if rest > 0:
        offset = _HEADER.size + header.size
        yield Entry(b"+%d" % offset, "file", rest, source.window(offset, rest))


def _parts(body: Source, name: bytes, report: Report) -> Iterator[Entry]:
    """A list of sizes that a zero ends, then the parts, each on a multiple of four bytes."""
    sizes: list[int] = []
    while len(sizes) <= _MOST_PARTS:
        field = body.read_at(4 * len(sizes), 4)
        if len(field) < 4:
            report("error", "its list of parts is cut off")
            return
        (size,) = struct.unpack(">I", field)
        if not size:
            break
        sizes.append(size)
    offset = 4 * len(sizes) + 4
    for number, size in enumerate(sizes):
        part = body.window(offset, size)
        if part.size < size:
            report("error", f"part {number} has {part.size} of its {size} bytes")
        yield Entry(b"%s-%d" % (name, number), "file", part.size, part)
        offset += size + -size % 4


def _checksum(body: Source) -> int:
    found = 0
    for chunk in body.chunks():
        found = zlib.crc32(chunk, found)
    return found
