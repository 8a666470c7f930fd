"""Which blocks hold an ext file's bytes: extents, or the block map of ext2.

Source: the Linux kernel's fs/ext4/ext4_extents.h and fs/ext4/indirect.c.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from firmbom.errors import InputError
from firmbom.tree.readers.ext_layout import EXTENTS, Inode
from firmbom.tree.readers.ext_volume import Volume
from firmbom.tree.source import Piece

MOST = 1 << 18
"""Into so many pieces a file may be broken."""
_DEEPEST = 5
_DIRECT = 12
_LEAF = struct.Struct("<IHHI")
_INDEX = struct.Struct("<IIHH")
_UNWRITTEN = 32768

Run = tuple[int, int, int]
"""The first block's number in the file and in the filesystem, and how many follow one another."""


def pieces(volume: Volume, inode: Inode) -> list[Piece]:
    """Where the bytes up to the inode's size stand in the image; what is in none is zero.

    Raises:
        InputError: the map is damaged, or leads out of the filesystem or the image.
    """
    runs = _Extents(volume).runs(inode) if inode.flags & EXTENTS else _Blocks(volume).runs(inode)
    size, most = volume.superblock.block_size, volume.superblock.blocks
    found: list[Piece] = []
    for first, block, count in runs:
        if not 0 < block <= block + count <= most:
            raise InputError(f"blocks {block} to {block + count - 1}, of which the filesystem has {most}")
        offset, stored = first * size, block * size
        length = min(count * size, inode.size - offset)
        if length <= 0:
            break
        if stored + length > volume.source.size:
            raise InputError("its image ends in it")
        last = found[-1] if found else None
        if last and last.offset + last.length == offset and last.stored + last.length == stored:
            found[-1] = Piece(last.offset, last.stored, last.length + length)
            continue
        if len(found) == MOST:
            raise InputError(f"lies in more than {MOST} pieces")
        found.append(Piece(offset, stored, length))
    return found


class _Extents:
    """A tree of extents, whose root stands in the inode."""

    def __init__(self, volume: Volume) -> None:
        self._volume = volume
        self._seen: set[int] = set()
        self._reached = 0

    def runs(self, inode: Inode) -> Iterator[Run]:
        return self._node(inode.map, _DEEPEST + 1)

    def _node(self, data: bytes, above: int) -> Iterator[Run]:
        magic, count, _, depth = struct.unpack_from("<HHHH", data)
        if magic != 0xF30A or depth >= above or 12 * (count + 1) > len(data):
            raise InputError("its tree of extents is damaged")
        for place in range(12, 12 * (count + 1), 12):
            if depth:
                _, low, high, _ = _INDEX.unpack_from(data, place)
                yield from self._node(self._child(high << 32 | low), depth)
                continue
            first, length, high, low = _LEAF.unpack_from(data, place)
            written = length <= _UNWRITTEN
            length = length if written else length - _UNWRITTEN
            if first < self._reached:
                raise InputError("its extents are out of order")
            self._reached = first + length
            if written:
                yield first, high << 32 | low, length

    def _child(self, block: int) -> bytes:
        if block in self._seen:
            raise InputError("its tree of extents runs in a circle")
        self._seen.add(block)
        return self._volume.block(block)


class _Blocks:
    """Twelve blocks, then blocks full of block numbers, then blocks of such blocks, then of those; 0 is a hole."""

    def __init__(self, volume: Volume) -> None:
        self._volume = volume
        self._fan = volume.superblock.block_size // 4
        self._seen: set[int] = set()

    def runs(self, inode: Inode) -> Iterator[Run]:
        count = -(-inode.size // self._volume.superblock.block_size)
        numbers = struct.unpack("<15I", inode.map)
        yield from self._level(numbers[:_DIRECT], 0, 0, count)
        first = _DIRECT
        for level in (1, 2, 3):
            yield from self._level(numbers[_DIRECT + level - 1 : _DIRECT + level], level, first, count)
            first += self._fan**level

    def _level(self, numbers: tuple[int, ...], level: int, first: int, count: int) -> Iterator[Run]:
        """The runs behind ``numbers``, each of which stands for so many blocks as its level's fan-out says."""
        step = self._fan**level
        for number in numbers:
            if first >= count:
                return
            if number and level:
                below = struct.unpack(f"<{self._fan}I", self._child(number))
                yield from self._level(below, level - 1, first, count)
            elif number:
                yield first, number, 1
            first += step

    def _child(self, block: int) -> bytes:
        if block in self._seen:
            raise InputError("its map of blocks runs in a circle")
        self._seen.add(block)
        return self._volume.block(block)
