"""Android's sparse image, as ``fastboot`` takes it: unpacks to the raw image, with zeros where nothing was stored.

Source: AOSP's system/core/libsparse/sparse_format.h.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from firmbom.errors import InputError
from firmbom.tree.report import Report
from firmbom.tree.source import CHUNK, Source

_HEADER = struct.Struct("<IHHHHIIII")
_CHUNK = struct.Struct("<HxxII")
_RAW, _FILL, _NOTHING, _CHECKSUM = 0xCAC1, 0xCAC2, 0xCAC3, 0xCAC4
_STORED = {_FILL: 4, _NOTHING: 0, _CHECKSUM: 4}
"""How many bytes follow the header of a chunk that is not raw."""
_LARGEST_BLOCK = 64 << 20


def confirm(head: bytes) -> bool:
    """Version 1, with sizes that can be true."""
    if len(head) < _HEADER.size:
        return False
    _, major, _, header, chunk_header, block, *_ = _HEADER.unpack_from(head)
    whole_words = 0 < block <= _LARGEST_BLOCK and not block % 4
    return major == 1 and header >= _HEADER.size and chunk_header >= _CHUNK.size and whole_words


def read(source: Source, report: Report) -> Iterator[bytes]:
    """The raw image in pieces. Raises :class:`InputError` where a chunk is cut off or is none."""
    head = source.read_at(0, _HEADER.size)
    _, _, _, place, chunk_header, size, blocks, chunks, _ = _HEADER.unpack(head)
    written = 0
    for number in range(1, chunks + 1):
        data = source.read_at(place, _CHUNK.size)
        if len(data) < _CHUNK.size:
            raise InputError(f"cut short: {number - 1} of {chunks} chunks are there")
        kind, count, total = _CHUNK.unpack(data)
        written += 0 if kind == _CHECKSUM else count
        stored = _STORED.get(kind, count * size)
        if kind not in (_RAW, *_STORED) or total != chunk_header + stored or written > blocks:
            raise InputError(f"chunk {number} of {chunks} is damaged")
        begin, place = place + chunk_header, place + total
        if place > source.size:
            raise InputError(f"ends in chunk {number} of {chunks}")
        if kind == _RAW:
            yield from (source.window(begin, stored)).chunks()
        elif kind != _CHECKSUM:
            yield from _filled(source.read_at(begin, stored) or bytes(4), count * size)
    if written < blocks:
        report("error", f"states {blocks} blocks and holds {written}")


def _filled(pattern: bytes, length: int) -> Iterator[bytes]:
    """The pattern of four bytes over and over."""
    piece = pattern * (min(CHUNK, length) // len(pattern))
    while length:
        yield piece[:length]
        length -= min(length, len(piece))
