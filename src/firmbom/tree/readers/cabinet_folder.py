"""A cabinet's folder: data blocks of up to 32 KiB, one stream of bytes in which the files lie one after another.

Sources: [MS-CAB] "Cabinet File Format", sections 2.2, 2.4 and 3.1; [MS-MCI] "MSZIP Compression Format".
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import NamedTuple

from firmbom.errors import InputError
from firmbom.tree.source import Piece, Pieces, Source, spool

OPENED = (0, 1)
"""Section 2.2, typeCompress: stored, MSZIP."""

_BLOCK = struct.Struct("<IHH")
"""Checksum, packed and unpacked size."""
_LARGEST = 32768
"""Section 2.4: a block unpacks to no more."""
_MAGIC = b"CK"


class _Block(NamedTuple):
    at: int
    """Where its bytes stand in the cabinet."""
    checksum: int
    packed: int
    unpacked: int


class Folder:
    """One folder; its blocks are listed at once and unpacked when the first file is read."""

    def __init__(self, source: Source, start: int, count: int, method: int, reserved: int) -> None:
        """Args: ``count`` of blocks; ``method`` as in :data:`OPENED`; ``reserved`` bytes in each block's header."""
        self.start, self.method = start, method
        self._source = source
        self._why = ""
        """What is wrong with the first block that cannot be had."""
        self.blocks: list[_Block] = []
        for _ in range(count):
            head = source.read_at(start, _BLOCK.size)
            if len(head) < _BLOCK.size:
                self._why = f"its data ends at byte {source.size}"
                break
            checksum, packed, unpacked = _BLOCK.unpack(head)
            start += _BLOCK.size + reserved
            if unpacked > _LARGEST or (method == 0 and packed != unpacked):
                self._why = f"the block at byte {start} states sizes that cannot be"
                break
            self.blocks.append(_Block(start, checksum, packed, unpacked))
            start += packed
        self.end = start

    def content(self, offset: int, size: int) -> Callable[[], Iterator[bytes]] | Source:
        """The bytes of a file: at rest where they are stored whole, else unpacked when they are asked for."""
        if self.method == 0 and not self._why and offset + size <= self._stored.size:
            return self._stored.window(offset, size)
        return lambda: self._file(offset, size)

    def _file(self, offset: int, size: int) -> Iterator[bytes]:
        source, why = self._unpacked
        if offset + size > source.size:
            raise InputError(why or "states more bytes than its folder holds")
        yield from source.window(offset, size).chunks()

    @cached_property
    def _stored(self) -> Source:
        """Stored blocks as one source, if each has the checksum that it states; else nothing."""
        pieces, place = [], 0
        for block in self.blocks:
            if not _is_whole(block, self._source.read_at(block.at, block.packed)):
                return Pieces(self._source, 0, ())
            pieces.append(Piece(place, block.at, block.packed))
            place += block.packed
        return Pieces(self._source, place, pieces)

    @cached_property
    def _unpacked(self) -> tuple[Source, str]:
        """All that can be unpacked, and why it is not more."""
        why = [self._why]

        def pieces() -> Iterator[bytes]:
            before = b""
            for block in self.blocks:
                try:
                    before = self._block(block, before)
                except InputError as error:
                    why[0] = error.message
                    return
                yield before

        return spool(pieces()), why[0]

    def _block(self, block: _Block, before: bytes) -> bytes:
        """A block unpacked; in MSZIP it may repeat what the one before it held."""
        data = self._source.read_at(block.at, block.packed)
        if not _is_whole(block, data):
            raise InputError(f"the block at byte {block.at} is damaged: its checksum is wrong, or it is cut short")
        if self.method == 0:
            return data
        if not data.startswith(_MAGIC):
            raise InputError(f"the block at byte {block.at} is damaged: it is not MSZIP")
        inflate = zlib.decompressobj(-15, zdict=before)
        try:
            made = inflate.decompress(data[len(_MAGIC) :], _LARGEST + 1)
        except zlib.error as error:
            raise InputError(f"the block at byte {block.at} is damaged: {error}") from error
        if len(made) != block.unpacked:
            raise InputError(f"the block at byte {block.at} does not hold the {block.unpacked} bytes that it states")
        return made


def _is_whole(block: _Block, data: bytes) -> bool:
    """Is all of the block there, with the checksum that it states? 0 states none."""
    if len(data) < block.packed:
        return False
    return not block.checksum or checksum(struct.pack("<HH", block.packed, block.unpacked), checksum(data)) == (
        block.checksum
    )


def checksum(data: bytes, seed: int = 0) -> int:
    """Section 3.1: the exclusive or of all 32-bit words, what is left over counted from its first byte."""
    whole = len(data) & ~3
    words = int.from_bytes(data[:whole], "little")
    bits = whole * 8
    while bits > 32:  # fold the upper half onto the lower, on a word's border
        half = (bits // 64 + bits % 64 // 32) * 32
        words = (words >> half) ^ (words & ((1 << half) - 1))
        bits = half
    return words ^ int.from_bytes(data[whole:], "big") ^ seed
