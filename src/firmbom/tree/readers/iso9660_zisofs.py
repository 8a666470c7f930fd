"""zisofs version 1: files compressed block by block. Source: libisofs' doc/zisofs_format.txt."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from firmbom.errors import InputError
from firmbom.tree.codec import codec
from firmbom.tree.source import Source

_MAGIC = b"\x37\xe4\x53\x96\xc9\xdb\xd6\x07"
_HEADER = struct.Struct("<8sIBB2x")
_METHOD = int.from_bytes(b"pz", "little")
_LARGEST_LOG = 17


def check(content: Source, method: int, words: int, log: int, size: int) -> int:
    """The unpacked size, if the header agrees with what Rock Ridge says of it; else :class:`InputError`."""
    head = content.read_at(0, _HEADER.size)
    if method != _METHOD or len(head) < _HEADER.size or log > _LARGEST_LOG:
        raise InputError("it is compressed by an unknown method")
    if _HEADER.unpack(head) != (_MAGIC, size, words, log):
        raise InputError("its header of compressed data is damaged")
    return size


def unpack(content: Source, size: int) -> Iterator[bytes]:
    """The unpacked blocks. Raises :class:`InputError` where one is damaged or lies outside."""
    _, _, words, log = _HEADER.unpack(content.read_at(0, _HEADER.size))
    inflate, step = codec("zlib"), 1 << log
    for number in range(-(-size // step)):
        limits = content.read_at(4 * words + 4 * number, 8)
        if len(limits) < 8:
            raise InputError("its table of blocks is cut short")
        start, end = struct.unpack("<II", limits)
        wanted = min(step, size - number * step)
        if not start <= end <= content.size or end - start > 2 * step + 64:
            raise InputError("a block of compressed data lies outside of it")
        block = inflate(content.read_at(start, end - start), step) if end > start else bytes(wanted)
        if len(block) < wanted:
            raise InputError("a block holds fewer bytes than the file needs")
        yield block[:wanted]
