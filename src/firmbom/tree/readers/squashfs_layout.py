"""squashfs 4: superblock, inodes and directories. Source: the Linux kernel's fs/squashfs/squashfs_fs.h."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from firmbom.errors import InputError
from firmbom.tree.readers.squashfs_blocks import (
    FILE,
    FOLDER,
    LARGEST_BLOCK,
    LONGEST_TARGET,
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

COMPRESSION = {1: "zlib", 2: "lzma", 3: "lzo", 4: "xz", 5: "lz4", 6: "zstd"}
KINDS = {1: FOLDER, 8: FOLDER, 2: FILE, 9: FILE, 3: SYMLINK, 10: SYMLINK}
_SUPERBLOCK = struct.Struct("<IIIIIHHHHHHQQQQQQQQ")
_COMMON = struct.Struct("<HHHHII")


class Superblock(NamedTuple):
    """The superblock as it stands."""

    magic: int
    inodes: int
    modified: int
    block_size: int
    fragments: int
    compression: int
    block_log: int
    flags: int
    ids: int
    major: int
    minor: int
    root: int
    size: int
    id_table: int
    xattr_table: int
    inode_table: int
    directory_table: int
    fragment_table: int
    export_table: int


def superblock(head: bytes) -> Superblock | None:
    """The superblock of version 4 that ``head`` begins with, None when it is none."""
    if len(head) < _SUPERBLOCK.size:
        return None
    found = Superblock(*_SUPERBLOCK.unpack_from(head))
    sound = found.major == 4 and found.block_size == 1 << found.block_log <= LARGEST_BLOCK
    return found if sound else None


class Layout:
    """See :class:`firmbom.tree.readers.squashfs_blocks.Layout`."""

    def __init__(self, source: Source, found: Superblock, metadata: Metadata) -> None:
        self._source, self._super, self._metadata = source, found, metadata
        self.size, self.block_size, self.root = found.size, found.block_size, found.root
        self.fragments = found.fragments

    def inode(self, reference: int) -> Inode:
        """See the protocol."""
        position = self._metadata.at(self._super.inode_table, reference >> 16, reference & 0xFFFF)
        kind = _COMMON.unpack(position.take(_COMMON.size))[0]
        match kind:
            case 1:
                block, _, size, offset, _ = struct.unpack("<IIHHI", position.take(16))
                return Inode(FOLDER, size, block, offset)
            case 8:
                _, size, block, _, _, offset, _ = struct.unpack("<IIIIHHI", position.take(24))
                return Inode(FOLDER, size, block, offset)
            case 2:
                start, fragment, offset, size = struct.unpack("<IIII", position.take(16))
                return Inode(FILE, size, start, offset, fragment, self._block_list(position, size, fragment))
            case 9:
                start, size, _, _, fragment, offset, _ = struct.unpack("<QQQIIII", position.take(40))
                return Inode(FILE, size, start, offset, fragment, self._block_list(position, size, fragment))
            case 3 | 10:
                _, size = struct.unpack("<II", position.take(8))
                if size > LONGEST_TARGET:
                    raise InputError(f"link target of {size} bytes")
                return Inode(SYMLINK, size, target=position.take(size))
        return Inode(OTHER)

    def _block_list(self, position: Position, size: int, fragment: int) -> tuple[int, ...]:
        count = block_count(size, self.block_size, fragment, 4, self.size)
        return struct.unpack(f"<{count}I", position.take(4 * count))

    def listing(self, inode: Inode) -> Iterator[tuple[bytes, int, int]]:
        """See the protocol."""
        left = inode.size - 3  # the size counts "." and "..", which are not stored
        position = self._metadata.at(self._super.directory_table, inode.start, inode.offset)
        while left > 0:
            count, block, _ = struct.unpack("<III", position.take(12))
            left -= 12
            if count >= 256:
                raise InputError(f"a run of {count} entries, where 256 are the most")
            for _ in range(count + 1):
                offset, _, kind, length = struct.unpack("<HhHH", position.take(8))
                yield position.take(length + 1), KINDS.get(kind, OTHER), block << 16 | offset
                left -= 9 + length

    def fragment(self, number: int) -> tuple[int, int]:
        """See the protocol."""
        index, entry = divmod(number, METADATA // 16)
        (block,) = struct.unpack("<Q", exactly(self._source, self._super.fragment_table + 8 * index, 8))
        data, _ = self._metadata.block(block)
        if 16 * entry + 16 > len(data):
            raise InputError(f"fragment {number} has no entry in its table")
        start, stated, _ = struct.unpack_from("<QII", data, 16 * entry)
        return start, stated
