"""EROFS's superblock, inodes and directories. Source: the kernel's fs/erofs/erofs_fs.h. All little endian."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from struct import Struct
from typing import NamedTuple

from firmbom.errors import InputError
from firmbom.tree.source import Source

PLAIN, FULL_INDEX, INLINE, COMPACT_INDEX, CHUNKS = range(5)
"""How an inode's content is laid out."""
NOWHERE = 0xFFFFFFFF
"""The block address of a hole."""
PADDED, DEVICES, WIDE = 0x1, 0x8, 0x80
"""Features: compressed data stands at the end of its blocks; content on other devices; block numbers of 48 bits."""
_SUPERBLOCK_AT = 1024
_KNOWN = 0xFF
_METABOX = 0x100
_MAGIC = b"\xe2\xe1\xf5\xe0"
_SUPERBLOCK = Struct("<4s8xBBH8x12xII4x32xIHHHB5xQ8xQ")
_COMPACT = Struct("<HHHHI4xI")
_EXTENDED = Struct("<HHHHQI")
_DIRENT = Struct("<QHBx")
_SLOT = 32
_LONGEST_NAME = 255


class Superblock(NamedTuple):
    """What is needed of the superblock."""

    block_bits: int
    root: int
    blocks: int
    metadata: int
    """The block that inode 0 would stand in."""
    features: int
    devices: int
    """How many further ones there are."""
    packed: int
    """The inode that holds the ends of many files, 0 when there is none."""

    @property
    def block(self) -> int:
        """The size of a block in bytes."""
        return 1 << self.block_bits


class Inode(NamedTuple):
    """One inode."""

    number: int
    layout: int
    mode: int
    size: int
    data: int
    """Its first block, or of chunks their format."""
    end: int
    """Where what follows it begins in the image: inline data, indexes."""

    @property
    def is_folder(self) -> bool:
        """Is it a directory?"""
        return stat.S_ISDIR(self.mode)


def superblock(head: bytes) -> Superblock | None:
    """The superblock in the first 4096 bytes of an image, None when there is none."""
    if len(head) < _SUPERBLOCK_AT + _SUPERBLOCK.size:
        return None
    magic, bits, _, small, blocks, metadata, features, _, devices, _, folder_bits, packed, wide = (
        _SUPERBLOCK.unpack_from(head, _SUPERBLOCK_AT)
    )
    if magic != _MAGIC or not 9 <= bits <= 16 or folder_bits:
        return None
    root = small
    if features & WIDE and wide:
        root, blocks = wide, blocks | small << 32
    return Superblock(bits, root, blocks, metadata, features, devices if features & DEVICES else 0, packed)


def check(found: Superblock) -> None:
    """Raise InputError for what cannot be read."""
    if found.features & _METABOX:
        raise InputError("EROFS with its metadata in a compressed inode (metabox), which firmbom does not read")
    if found.features & ~_KNOWN:
        raise InputError(f"EROFS with unknown features {found.features & ~_KNOWN:#x}")


def inode(source: Source, found: Superblock, number: int) -> Inode:
    """Read the inode of that number.

    Raises:
        InputError: it lies beyond the end, or is of a kind that does not exist.
    """
    place = (found.metadata << found.block_bits) + number * _SLOT
    raw = source.read_at(place, 64) if place < source.size else b""
    extended = bool(raw) and raw[0] & 1
    if len(raw) < (64 if extended else 32):
        raise InputError(f"inode {number} lies beyond the image's end")
    fields = (_EXTENDED if extended else _COMPACT).unpack_from(raw)
    form, attributes, mode, high, size, data = fields
    layout = form >> 1 & 7
    if form >= 32 or layout > CHUNKS:
        raise InputError(f"inode {number} of unknown format {form:#x}")
    if layout != CHUNKS and data != NOWHERE and (extended or (form & 16 and not stat.S_ISDIR(mode))):
        data |= high << 32
    end = place + (64 if extended else 32) + (12 + 4 * (attributes - 1) if attributes else 0)
    return Inode(number, layout, mode, size, data, end)


def entries(block: bytes) -> Iterator[tuple[bytes, int]]:
    """Name and inode of what one block of a directory lists, save itself and its parent.

    Raises:
        InputError: names that overlap or lie outside.
    """
    if len(block) < _DIRENT.size:
        raise InputError("a directory block without an entry")
    first = _DIRENT.unpack_from(block)[1]
    count, rest = divmod(first, _DIRENT.size)
    if rest or not count or first > len(block):
        raise InputError(f"a directory block whose names begin at byte {first}")
    heads = [_DIRENT.unpack_from(block, at) for at in range(0, first, _DIRENT.size)]
    ends = [offset for _, offset, _ in heads[1:]] + [len(block)]
    for (number, offset, _), end in zip(heads, ends, strict=True):
        name = block[offset:end]
        if end == len(block):
            name = name.partition(b"\0")[0]
        if not first <= offset < end <= len(block) or not 0 < len(name) <= _LONGEST_NAME:
            raise InputError(f"a name from byte {offset} to byte {end} of a directory block")
        if name not in (b".", b".."):
            yield name, number
