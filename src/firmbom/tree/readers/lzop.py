"""lzop (".lzo"): members one after another, each with a header and blocks that carry checksums.

Source: the fields as Linux's lib/decompress_unlzo.c and file(1)'s magic/compress name them.
"""

from __future__ import annotations

import zlib
from collections.abc import Generator, Iterator
from typing import NamedTuple

from firmbom.errors import InputError
from firmbom.tree.codec import codec
from firmbom.tree.report import Report
from firmbom.tree.source import Source

MAGIC = b"\x89LZO\0\r\n\x1a\n"

_CHECKSUMS = ((1, zlib.adler32, False), (0x100, zlib.crc32, False), (2, zlib.adler32, True), (0x200, zlib.crc32, True))
"""Flag, function, and whether it is of the packed bytes; in the order in which they stand before a block."""
_EXTRA_FIELD, _FILTER, _HEADER_CRC = 0x40, 0x800, 0x1000
_LARGEST_BLOCK = 64 << 20
_LZO = range(1, 4)
_ZLIB = 128
_NEWER = 0x940
"""From this version on the header also states the version needed, the level and the upper half of the time."""


class _Header(NamedTuple):
    method: int
    flags: int
    end: int


def read(source: Source, report: Report) -> Iterator[bytes]:
    """The unpacked bytes. Raises :class:`firmbom.errors.InputError` when damaged or cut."""
    offset = 0
    while source.read_at(offset, len(MAGIC)) == MAGIC:
        offset = yield from member(source, offset)
    if any(chunk.strip(b"\0") for chunk in source.chunks(offset)):
        report("warning", "more data follows the end of the compressed data; not read")


def member(source: Source, offset: int) -> Generator[bytes, None, int]:
    """What one member unpacks to; returns where it ends.

    Raises:
        InputError: damaged, or it ends too early.
    """
    header = _header(source, offset)
    fields = _Fields(source, header.end)
    unpack = codec("lzo" if header.method in _LZO else "zlib")
    while unpacked := fields.number(4):
        packed = fields.number(4)
        if unpacked > _LARGEST_BLOCK or packed > unpacked:
            raise InputError(f"a block of {packed} bytes for {unpacked}")
        stored = packed == unpacked
        stated = [
            (checksum, of_packed, fields.number(4))
            for flag, checksum, of_packed in _CHECKSUMS
            if header.flags & flag and not (of_packed and stored)
        ]
        data = fields.take(packed)
        made = data if stored else unpack(data, unpacked)
        if len(made) < unpacked or any(sum_(data if of_packed else made) != found for sum_, of_packed, found in stated):
            raise InputError("compressed data is damaged: a checksum does not fit")
        yield made
    return fields.offset


def _header(source: Source, offset: int) -> _Header:
    fields = _Fields(source, offset + len(MAGIC))
    start = fields.offset
    newer = fields.number(2) >= _NEWER
    fields.take(4 if newer else 2)  # version of the library, version needed
    method = fields.number(1)
    if method not in _LZO and method != _ZLIB:
        raise InputError(f"lzop with unknown method {method}")
    fields.take(1 if newer else 0)  # level
    flags = fields.number(4)
    if flags & _FILTER:
        raise InputError("lzop with a filter, which firmbom does not undo")
    fields.take(12 if newer else 8)  # mode and time
    fields.take(fields.number(1))  # name
    covered = source.read_at(start, fields.offset - start)
    if fields.number(4) != (zlib.crc32(covered) if flags & _HEADER_CRC else zlib.adler32(covered)):
        raise InputError("the header does not have the checksum that it states")
    if flags & _EXTRA_FIELD:
        fields.take(fields.number(4))
        fields.take(4)  # its checksum
    return _Header(method, flags, fields.offset)


class _Fields:
    """Reads on through big-endian fields."""

    def __init__(self, source: Source, offset: int) -> None:
        self._source, self.offset = source, offset

    def take(self, length: int) -> bytes:
        data = self._source.read_at(self.offset, length)
        if len(data) < length:
            raise InputError("ends in the middle of compressed data")
        self.offset += length
        return data

    def number(self, length: int) -> int:
        return int.from_bytes(self.take(length), "big")
