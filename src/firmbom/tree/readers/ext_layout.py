"""Where ext2, ext3 and ext4 keep their inodes.

Source: the Linux kernel's fs/ext4/ext4.h and Documentation/filesystems/ext4.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

START = 1024
"""Where the superblock is, and how long, in bytes."""
_SIZES = struct.Struct("<II12xII4xI4xI32xI8xH2xIII")
_WIDE_DESCRIPTOR, _FIRST_META, _BLOCKS_HIGH, _BACKUPS = 254, 260, 336, 588
_LARGEST_BLOCK_LOG = 6

RECOVER, JOURNAL, META_GROUPS, WIDE, LARGE_FOLDERS = 0x4, 0x8, 0x10, 0x80, 0x4000
KNOWN = 0x3F7DF
"""Every incompatible feature that Linux 6.12 knows."""
_SPARSE_SUPER, _SPARSE_SUPER_2, _CLUSTERS = 0x1, 0x200, 0x200

INODE = struct.Struct("<H2xI18xH4xI4x60s8xI")
CORE = 128
"""An inode's length in ext2; what ext4 has beyond it states its own length first."""

FOLDER, FILE, SYMLINK = 0x4000, 0x8000, 0xA000
SPECIAL = frozenset({0x1000, 0x2000, 0x6000, 0xC000})
"""Fifos, devices and sockets."""
EXTENTS, INLINE = 0x80000, 0x10000000
UNREADABLE = {0x800: "encrypted", 0x4: "compressed by e2compr"}
"""Flags of an inode whose content cannot be had."""


class Superblock(NamedTuple):
    """What it takes to find an inode."""

    inodes: int
    blocks: int
    """Of the filesystem; the first has number 0, also where the filesystem proper begins with number 1."""
    block_size: int
    first: int
    group_blocks: int
    group_inodes: int
    inode_size: int
    incompatible: int
    descriptor_size: int
    first_meta: int
    """The first block of group descriptors that lies in its own group, not behind the superblock."""
    clustered: bool
    """The bitmaps count clusters of several blocks."""
    backups: tuple[int, ...] | None
    """The groups with a copy of the superblock besides group 0; None for 1 and the powers of 3, 5 and 7, () for all."""


class Inode(NamedTuple):
    """A file, folder or link without its name."""

    number: int
    kind: int
    size: int
    links: int
    flags: int
    map: bytes
    """The 60 bytes that hold block numbers, extents, a short target or the beginning of inline data."""


def parse(data: bytes) -> Superblock | None:
    """The superblock from its first 264 bytes at least; None where its sizes cannot be true."""
    if len(data) < _FIRST_META + 4:
        return None
    (
        inodes, blocks, first, block_log, group_blocks, group_inodes, revision, inode_size,
        compatible, incompatible, readonly,
    ) = _SIZES.unpack_from(data)  # fmt: skip
    if block_log > _LARGEST_BLOCK_LOG or not group_blocks or not group_inodes or first > 1 or revision > 1:
        return None
    descriptor_size = 32
    if incompatible & WIDE:
        (descriptor_size,) = struct.unpack_from("<H", data, _WIDE_DESCRIPTOR)
        blocks |= int.from_bytes(data[_BLOCKS_HIGH : _BLOCKS_HIGH + 4], "little") << 32
    (first_meta,) = struct.unpack_from("<I", data, _FIRST_META)
    size = 1024 << block_log
    inode_size = inode_size if revision else CORE
    if not CORE <= inode_size <= size or not 32 <= descriptor_size <= size or blocks <= first:
        return None
    backups: tuple[int, ...] | None = None if readonly & _SPARSE_SUPER else ()
    if compatible & _SPARSE_SUPER_2 and len(data) >= _BACKUPS + 8:
        backups = struct.unpack_from("<II", data, _BACKUPS)
    if not incompatible & META_GROUPS:
        first_meta = 1 << 32
    return Superblock(
        inodes, blocks, size, first, group_blocks, group_inodes, inode_size, incompatible, descriptor_size, first_meta,
        bool(readonly & _CLUSTERS), backups,
    )  # fmt: skip
