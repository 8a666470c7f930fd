"""The blocks and inodes of an ext filesystem by their numbers.

Source: the Linux kernel's fs/ext4/ext4.h, fs/ext4/super.c, fs/ext4/inline.c and fs/ext4/xattr.h.
"""

from __future__ import annotations

import struct
from functools import lru_cache

from firmbom.errors import InputError
from firmbom.tree.readers.ext_layout import CORE, FILE, FOLDER, INODE, LARGE_FOLDERS, START, Inode, Superblock
from firmbom.tree.source import Source

_TABLE_PART = 1 << 15
_TABLE_PARTS_KEPT = 128
_GROUPS_ASKED = 1024
_NO_BITMAP = 2
"""Flag of a group whose bitmap of blocks was never written, for none of them is in use."""

_ATTRIBUTES = b"\0\0\x02\xea"
_ATTRIBUTE = struct.Struct("<BBHIII")
_SYSTEM = 7
"""The name space of the attribute ``data``."""


class Volume:
    """Blocks and inodes by number."""

    def __init__(self, source: Source, superblock: Superblock) -> None:
        self.source, self.superblock = source, superblock
        self._table = lru_cache(1024)(self._find_table)
        self._part = lru_cache(_TABLE_PARTS_KEPT)(self._read_part)

    def read(self, offset: int, length: int) -> bytes:
        """Raises :class:`InputError` where the image does not hold all of it."""
        data = self.source.read_at(offset, length)
        if len(data) < length:
            raise InputError(f"the image ends before byte {offset + length}")
        return data

    def block(self, number: int) -> bytes:
        """One block. Raises :class:`InputError` for one that the filesystem does not have."""
        size = self.superblock.block_size
        if not 0 < number < self.superblock.blocks:
            raise InputError(f"block {number}, of which the filesystem has {self.superblock.blocks}")
        return self.read(number * size, size)

    def used_beyond(self, size: int) -> bool:
        """Whether a block in use lies beyond so many bytes; mke2fs itself leaves out free blocks at the end."""
        about = self.superblock
        first = size // about.block_size
        last_group = (about.blocks - about.first - 1) // about.group_blocks
        group = max(0, first - about.first) // about.group_blocks
        if about.clustered or last_group - group >= _GROUPS_ASKED:
            return True
        return any(self._used(number, first) for number in range(group, last_group + 1))

    def _used(self, group: int, first: int) -> bool:
        """Whether a block from ``first`` on is in use in a group."""
        about = self.superblock
        start = about.first + group * about.group_blocks
        end = min(start + about.group_blocks, about.blocks) - start
        try:
            descriptor = self._descriptor(group)
            if descriptor[18] & _NO_BITMAP:
                return False
            bitmap = int.from_bytes(self.block(self._place(descriptor, 0, 32)), "little")
        except InputError:
            return True
        return bool((bitmap & ((1 << end) - 1)) >> max(0, first - start))

    def inode(self, number: int) -> Inode:
        """The inode. Raises :class:`InputError` for one that the filesystem does not have."""
        data, start = self._raw(number)
        mode, size, links, flags, blocks, high = INODE.unpack_from(data, start)
        kind = mode & 0xF000
        if kind == FILE or (kind == FOLDER and self.superblock.incompatible & LARGE_FOLDERS):
            size |= high << 32
        return Inode(number, kind, size, links, flags, blocks)

    def inline_rest(self, number: int) -> bytes:
        """What of inline data stands behind the inode, as the value of its attribute ``system.data``."""
        data, start = self._raw(number)
        data = data[start : start + self.superblock.inode_size]
        begin = CORE + int.from_bytes(data[CORE : CORE + 2], "little")
        if data[begin : begin + 4] != _ATTRIBUTES:
            return b""
        begin = position = begin + 4
        while position + _ATTRIBUTE.size <= len(data) and data[position : position + 4] != b"\0\0\0\0":
            length, space, offset, block, size, _ = _ATTRIBUTE.unpack_from(data, position)
            position += _ATTRIBUTE.size
            if space == _SYSTEM and data[position : position + length] == b"data" and not block:
                return data[begin + offset : begin + offset + size]
            position += -(-length // 4) * 4
        return b""

    def _raw(self, number: int) -> tuple[bytes, int]:
        """A part of an inode table, and where in it the inode stands."""
        if not 0 < number <= self.superblock.inodes:
            raise InputError(f"inode {number}, of which the filesystem has {self.superblock.inodes}")
        group, index = divmod(number - 1, self.superblock.group_inodes)
        size = self.superblock.inode_size
        part, place = divmod(index, max(1, _TABLE_PART // size))
        data = self._part(group, part)
        if (place + 1) * size > len(data):
            raise InputError(f"inode {number} lies beyond the image's end")
        return data, place * size

    def _read_part(self, group: int, part: int) -> bytes:
        length = max(1, _TABLE_PART // self.superblock.inode_size) * self.superblock.inode_size
        return self.source.read_at(self._table(group) + part * length, length)

    def _find_table(self, group: int) -> int:
        """Where a group's inodes begin, in bytes."""
        table = self._place(self._descriptor(group), 8, 40)
        if not 0 < table < self.superblock.blocks:
            raise InputError(f"the inodes of group {group} lie in block {table}, which cannot be")
        return table * self.superblock.block_size

    @staticmethod
    def _place(descriptor: bytes, low: int, high: int) -> int:
        """A block's number from a group descriptor, whose second half is only there if it is long."""
        number = int.from_bytes(descriptor[low : low + 4], "little")
        return number | int.from_bytes(descriptor[high : high + 4], "little") << 32 if len(descriptor) >= 64 else number

    def _descriptor(self, group: int) -> bytes:
        about = self.superblock
        block, place = divmod(group, about.block_size // about.descriptor_size)
        start = self._descriptors(block) * about.block_size + place * about.descriptor_size
        return self.read(start, about.descriptor_size)

    def _descriptors(self, number: int) -> int:
        """The block that holds the group descriptors of that number; see ext4's ``descriptor_loc``."""
        about = self.superblock
        if number < about.first_meta:
            return START // about.block_size + 1 + number
        group = number * (about.block_size // about.descriptor_size)
        behind = self._has_copy(group) + (about.block_size == START and not number and not about.first)
        return about.first + group * about.group_blocks + behind

    def _has_copy(self, group: int) -> bool:
        """Whether a group begins with a copy of the superblock."""
        backups = self.superblock.backups
        if not group or backups == ():
            return True
        if backups:
            return group in backups
        return group == 1 or any(base**power == group for base in (3, 5, 7) for power in range(1, 22))
