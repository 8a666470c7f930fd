"""squashfs 2 and 3: superblock, inodes and directories in both byte orders.

Sources: squashfs-tools' squashfs_compat.h and unsquash-2.c, unsquash-3.c. Fields of structures are bits in a row,
counted from the lowest in little and from the highest in big endian images.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from firmbom.errors import InputError
from firmbom.tree.codec import Codec
from firmbom.tree.readers.squashfs_blocks import (
    FILE,
    FOLDER,
    LARGEST_BLOCK,
    METADATA,
    OTHER,
    SYMLINK,
    Inode,
    Metadata,
    Position,
    block_count,
    exactly,
)
from firmbom.tree.source import Source

_LITTLE = (b"hsqs", b"shsq", b"hsqt")
_BIG = (b"sqsh", b"qshs", b"tqsh")
"""The first is squashfs's own; the others stand for LZMA."""
_OLDEST = 51
UNREAD = 1
"""Version 1, of which no image is left to learn from."""
_CHECKED = 1 << 2
"""Flag: metadata blocks have a byte more in front."""
_SUPERBLOCK = "IIIIIIIHHHHBBBIQIIIQQQQQQQ"
_KINDS = {1: FOLDER, 8: FOLDER, 2: FILE, 9: FILE, 3: SYMLINK}
_LARGE_FOLDER, _LARGE_FILE = 8, 9

_FIELDS = {
    3: {
        "common": (4, 12, 8, 8, 32, 32),
        1: (32, 19, 13, 32, 32),
        8: (32, 27, 13, 32, 16, 32),
        2: (64, 32, 32, 32),
        9: (32, 64, 32, 32, 64),
        3: (32, 16),
        "run": (8, 32, 32),
        "entry": (13, 3, 8, 16),
        "fragment": (64, 32, 32),
    },
    2: {
        "common": (4, 12, 8, 8),
        1: (19, 13, 32, 24),
        8: (27, 13, 32, 24, 16),
        2: (32, 32, 32, 32, 32),
        3: (16,),
        "run": (8, 24),
        "entry": (13, 3, 8),
        "fragment": (32, 32),
    },
}
"""By version, by structure (a number is a type of inode, behind what is common to all), its fields in bits."""
_MEANING = {
    3: {1: "-sob-", 8: "-sob--", 2: "bfos", 9: "-bfos", 3: "-s"},
    2: {1: "so-b", 8: "so-b-", 2: "-bfos", 3: "s"},
}
"""Of each inode the fields that matter: size, offset, first block, fragment."""


class Superblock(NamedTuple):
    """What is needed of a superblock."""

    order: str
    major: int
    flags: int
    root: int
    block_size: int
    fragments: int
    size: int
    inode_table: int
    directory_table: int
    fragment_table: int


def superblock(head: bytes) -> Superblock | None:
    """The superblock of version 1, 2 or 3 that ``head`` begins with, None when it is none."""
    order = "<" if head[:4] in _LITTLE else ">"
    layout = struct.Struct(order + _SUPERBLOCK)
    if head[:4] not in (*_LITTLE, *_BIG) or len(head) < _OLDEST:
        return None
    fields = layout.unpack(head[: layout.size].ljust(layout.size, b"\0"))
    major, log, flags, root, block_size, fragments = (fields[i] for i in (7, 10, 11, 15, 16, 17))
    if major != UNREAD and (major not in _FIELDS or not block_size == 1 << log <= LARGEST_BLOCK):
        return None
    sizes = (fields[19], *fields[22:25]) if major == 3 else (fields[2], fields[5], fields[6], fields[18])
    return Superblock(order, major, flags, root, block_size, fragments, *sizes)


class Layout:
    """See :class:`firmbom.tree.readers.squashfs_blocks.Layout`."""

    def __init__(self, source: Source, found: Superblock, unpack: Codec) -> None:
        self._source, self._super = source, found
        self._fields, self._meaning = _FIELDS[found.major], _MEANING[found.major]
        self._metadata = Metadata(source, unpack, found.order, bool(found.flags & _CHECKED))
        self.size, self.block_size, self.root = found.size, found.block_size, found.root
        self.fragments = found.fragments

    def _take(self, position: Position, structure: int | str) -> list[int]:
        widths = self._fields[structure]
        return _bits(position.take(sum(widths) // 8), widths, self._super.order)

    def inode(self, reference: int) -> Inode:
        """See the protocol."""
        position = self._metadata.at(self._super.inode_table, reference >> 16, reference & 0xFFFF)
        number = self._take(position, "common")[0]
        kind = _KINDS.get(number, OTHER)
        if number not in self._meaning:
            return Inode(OTHER)
        found = dict(zip(self._meaning[number], self._take(position, number), strict=True))
        size = found["s"]
        if kind == SYMLINK:
            return Inode(kind, size, target=position.take(size))
        if kind == FOLDER:
            return Inode(kind, size, found["b"], found["o"])
        count = block_count(size, self.block_size, found["f"], 4, self.size)
        blocks = struct.unpack(f"{self._super.order}{count}I", position.take(4 * count))
        return Inode(kind, size, found["b"], found["o"], found["f"], blocks)

    def listing(self, inode: Inode) -> Iterator[tuple[bytes, int, int]]:
        """See the protocol."""
        run, entry = (sum(self._fields[one]) // 8 for one in ("run", "entry"))
        left = inode.size - (3 if self._super.major == 3 else 0)
        if left <= 0:
            return
        position = self._metadata.at(self._super.directory_table, inode.start, inode.offset)
        while left > 0:
            count, block = self._take(position, "run")[:2]
            left -= run
            for _ in range(count + 1):
                offset, kind, length = self._take(position, "entry")[:3]
                yield position.take(length + 1), _KINDS.get(kind, OTHER), block << 16 | offset
                left -= entry + length + 1

    def fragment(self, number: int) -> tuple[int, int]:
        """See the protocol."""
        widths = self._fields["fragment"]
        size, pointer = sum(widths) // 8, widths[0] // 8
        index, entry = divmod(number, METADATA // size)
        place = exactly(self._source, self._super.fragment_table + pointer * index, pointer)
        data, _ = self._metadata.block(_bits(place, (8 * pointer,), self._super.order)[0])
        found = data[size * entry : size * (entry + 1)]
        if len(found) < size:
            raise InputError(f"fragment {number} has no entry in its table")
        start, stated = _bits(found, widths, self._super.order)[:2]
        return start, stated


def _bits(data: bytes, widths: tuple[int, ...], order: str) -> list[int]:
    """Numbers of so many bits each, one after another."""
    value, left = int.from_bytes(data, "little" if order == "<" else "big"), 8 * len(data)
    found, done = [], 0
    for width in widths:
        shift = done if order == "<" else left - done - width
        found.append(value >> shift & ((1 << width) - 1))
        done += width
    return found
