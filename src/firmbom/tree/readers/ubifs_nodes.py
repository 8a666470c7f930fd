"""UBIFS's nodes: where one stands, whether it is sound, what it says. All little endian.

Source: the kernel's fs/ubifs/ubifs-media.h. Checksums are CRC-32 without the final inversion.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from struct import Struct
from typing import NamedTuple

from firmbom.errors import InputError
from firmbom.tree.source import Source

MAGIC = b"\x31\x18\x10\x06"
INODE, DATA, DENTRY, _, TRUNCATION, _, SUPERBLOCK, MASTER, REFERENCE, INDEX, COMMIT_START = range(11)
"""Node types; the first three are the types of keys too."""
COMMON = 24
"""The size of the header of every node, in bytes."""
DATA_HEADER = 48
ENCRYPTED = 0x40
"""Inode flag."""
_INODE_SIZE, _DENTRY_SIZE = 160, 56
LARGEST = 8192
"""No leaf is larger: a piece of content or a link's target of at most 4096 bytes and a header."""
_COMMON_HEADER = Struct("<4sIQIB")
_SUPERBLOCK = Struct("<26xBBIIIIIQIIII8xI")
_MASTER = Struct("<32xQIIIII")
_INODE = Struct("<48xQ36xI8xIII")
_DENTRY = Struct("<24xI4x8xQxBH")
_TRUNCATION = Struct("<24xI12x8xQ")
_KEY = Struct("<II")
_LENGTH = Struct("<16xI")
_HASH_BITS = 29
_HASH = (1 << _HASH_BITS) - 1


class Superblock(NamedTuple):
    """What the first node says of the image."""

    key_hash: int
    key_format: int
    flags: int
    min_io: int
    """What is written at once, in bytes."""
    block_size: int
    """Of a logical block of the flash, in bytes."""
    blocks: int
    most_blocks: int
    journal: int
    log_blocks: int
    table_blocks: int
    orphan_blocks: int
    heads: int
    version: int


class Master(NamedTuple):
    """Where the tree and the log begin as of the last commit."""

    commit: int
    flags: int
    log: int
    root: int
    root_offset: int
    root_length: int


_AHEAD = 1 << 16
"""Bytes."""


class Key(NamedTuple):
    """What a leaf is looked up by."""

    inode: int
    type: int
    number: int
    """Of data the number of its block in the file, of a name its hash."""


class Node(NamedTuple):
    """A sound node."""

    place: int
    """Its offset in the image."""
    type: int
    sequence: int
    """Of two nodes the greater is newer."""
    data: bytes
    """With its header."""

    @property
    def key(self) -> Key:
        """Of an inode, data or name."""
        if len(self.data) < COMMON + _KEY.size:
            raise InputError(f"a node of {len(self.data)} bytes")
        inode, packed = _KEY.unpack_from(self.data, COMMON)
        return Key(inode, packed >> _HASH_BITS, packed & _HASH)


def is_block(data: bytes, inode: int, number: int) -> bool:
    """Is a data node that of a file's block? As :attr:`Node.key` says, which takes longer."""
    found, packed = _KEY.unpack_from(data, COMMON)
    return (found, packed & _HASH) == (inode, number)


class Inode(NamedTuple):
    """The fixed part of an inode node."""

    size: int
    links: int
    mode: int
    flags: int
    attached: int
    """Bytes behind it: a link's target."""


def sound(data: bytes) -> tuple[int, int, int] | None:
    """Type, sequence number and length of the node that ``data`` begins with, None when it is damaged or none."""
    if len(data) < COMMON:
        return None
    magic, crc, sequence, length, kind = _COMMON_HEADER.unpack_from(data)
    if magic != MAGIC or not COMMON <= length <= len(data) or zlib.crc32(data[8:length]) ^ 0xFFFFFFFF != crc:
        return None
    return kind, sequence, length


def superblock(data: bytes) -> Superblock | None:
    """The superblock that ``data`` begins with, None when it is damaged or none."""
    found = sound(data)
    if found is None or found[0] != SUPERBLOCK or found[2] < 4096:
        return None
    return Superblock(*_SUPERBLOCK.unpack_from(data))


def master(data: bytes) -> Master:
    """What a master node says."""
    return Master(*_MASTER.unpack_from(data))


def inode(node: Node) -> Inode:
    """What an inode node says."""
    if len(node.data) < _INODE_SIZE:
        raise InputError(f"an inode of {len(node.data)} bytes")
    return Inode(*_INODE.unpack_from(node.data))


def dentry(node: Node) -> tuple[int, bytes, int, int]:
    """Parent, name, inode (0: removed) and type that a directory entry says."""
    if len(node.data) < _DENTRY_SIZE:
        raise InputError(f"a directory entry of {len(node.data)} bytes")
    parent, target, kind, length = _DENTRY.unpack_from(node.data)
    return parent, node.data[_DENTRY_SIZE : _DENTRY_SIZE + length], target, kind


def truncation(node: Node) -> tuple[int, int]:
    """The inode that was cut and its new size."""
    if len(node.data) < _TRUNCATION.size:
        raise InputError(f"a truncation of {len(node.data)} bytes")
    number, size = _TRUNCATION.unpack_from(node.data)
    return number, size


def attached(node: Node) -> bytes:
    """What stands behind an inode node."""
    return node.data[_INODE_SIZE : _INODE_SIZE + inode(node).attached]


class Image:
    """An image's nodes by their places."""

    def __init__(self, source: Source, block_size: int) -> None:
        self.source, self.block_size = source, block_size
        self._window: tuple[int, bytes] = (0, b"")
        """Where some of the image stands that was read ahead, and its bytes."""
        self._end = -1
        """Of the node asked for last."""

    def node(self, place: int, length: int, *kinds: int) -> Node:
        """The node of ``length`` bytes at a place; of one of ``kinds``.

        Raises:
            InputError: there is none, or it is damaged.
        """
        if place + length > self.source.size:
            raise InputError(f"a node at byte {place}, beyond the image's end")
        data = self._read(place, length)
        found = sound(data)
        if found is None or found[0] not in kinds:
            raise InputError(f"no sound node at byte {place}")
        return Node(place, found[0], found[1], data[: found[2]])

    def _read(self, place: int, length: int) -> bytes:
        """The bytes at a place; a file's nodes stand one behind the other, so more are read where two have done so."""
        start, window = self._window
        if not start <= place <= place + length <= start + len(window):
            follows = self._end <= place < self._end + 8
            start, window = place, self.source.read_at(place, max(length, _AHEAD) if follows else length)
            if follows:
                self._window = start, window
        self._end = place + length
        return window[place - start : place - start + length]

    def nodes(self, block: int, offset: int = 0) -> Iterator[Node]:
        """The nodes of one block of the flash from an offset on; index nodes and what is damaged are left out."""
        start = block * self.block_size
        data = self.source.read_at(start, self.block_size)
        while 0 <= offset <= len(data) - COMMON:
            (length,) = _LENGTH.unpack_from(data, offset)
            found = sound(data[offset : offset + length]) if length <= LARGEST else None
            if found and found[0] != INDEX:
                kind, sequence, length = found
                yield Node(start + offset, kind, sequence, data[offset : offset + length])
            if found:
                offset += -(-length // 8) * 8
            else:
                offset = data.find(MAGIC, offset + 1)
