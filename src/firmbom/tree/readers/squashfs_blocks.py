"""squashfs's blocks: metadata, data and fragments, unpacked as they are asked for and, in order, a little ahead."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple, Protocol

from firmbom.errors import InputError
from firmbom.tree.codec import Codec
from firmbom.tree.index import Packed
from firmbom.tree.readers.squashfs_ahead import Ahead, Block
from firmbom.tree.source import Source

METADATA = 8192
"""A metadata block's greatest size, in bytes."""
LARGEST_BLOCK = 1 << 20
LONGEST_TARGET = 65536
NOWHERE = 0xFFFFFFFF
"""The fragment of a file that has none."""
PLAIN_DATA = 1 << 24
FOLDER, FILE, SYMLINK, OTHER = 1, 2, 3, 0
_PLAIN_METADATA = 1 << 15
_METADATA_KEPT = 64
_FRAGMENTS_KEPT = 16
_SMALL = 1 << 20
"""An image up to this size is not worth a thread."""


class Inode(NamedTuple):
    """One inode, of any version."""

    kind: int
    size: int = 0
    """Of a file's content or a folder's listing, in bytes."""
    start: int = 0
    """Of a file's first block from the image's start; of a listing's metadata block from the directory table."""
    offset: int = 0
    """Of a file's end in its fragment; of a listing in its metadata block."""
    fragment: int = NOWHERE
    blocks: tuple[int, ...] = ()
    """Of each the bytes it takes in the image, with :data:`PLAIN_DATA` set where it is not packed; 0 is a hole."""
    target: bytes = b""


class Layout(Protocol):
    """The structures of one version."""

    size: int
    """Of the image as it states, in bytes."""
    block_size: int
    root: int
    """References are the offset of a metadata block in the inode table, times 65536, plus that in the block."""
    fragments: int

    def inode(self, reference: int) -> Inode:
        """The inode at a reference; raises InputError."""
        ...

    def listing(self, inode: Inode) -> Iterator[tuple[bytes, int, int]]:
        """Name, kind and reference of each entry of a folder; raises InputError."""
        ...

    def fragment(self, number: int) -> tuple[int, int]:
        """Where a fragment stands and its size as in :attr:`Inode.blocks`; raises InputError."""
        ...


class Metadata:
    """The metadata blocks of an image."""

    def __init__(self, source: Source, unpack: Codec, order: str = "<", marked: bool = False) -> None:
        """Args: ``marked`` blocks have a byte more in front."""
        self._source, self._unpack = source, unpack
        self._length, self._skip = struct.Struct(f"{order}H"), 3 if marked else 2
        self.block = lru_cache(_METADATA_KEPT)(self._block)

    def _block(self, offset: int) -> tuple[bytes, int]:
        """The block at a byte offset of the image, unpacked, and the offset of the one after it."""
        (stated,) = self._length.unpack(exactly(self._source, offset, 2))
        length = stated & (_PLAIN_METADATA - 1)
        data = exactly(self._source, offset + self._skip, length)
        unpacked = data if stated & _PLAIN_METADATA else self._unpack(data, METADATA)
        return unpacked, offset + self._skip + length

    def at(self, table: int, block: int, offset: int) -> Position:
        """A place to read on from."""
        return Position(self, table + block, offset)


class Position:
    """Reads on through consecutive metadata blocks."""

    def __init__(self, metadata: Metadata, block: int, offset: int) -> None:
        self._metadata, self._offset = metadata, offset
        self._data, self._next = metadata.block(block)

    def take(self, length: int) -> bytes:
        """The next ``length`` bytes."""
        out = self._data[self._offset : self._offset + length]
        self._offset += length
        while len(out) < length:
            if self._offset > len(self._data) + length:
                raise InputError("a reference beyond the end of its metadata block")
            self._data, self._next = self._metadata.block(self._next)
            if not self._data:
                raise InputError("an empty metadata block")
            self._offset = length - len(out)
            out += self._data[: self._offset]
        return out


class Content:
    """The contents of an image's files."""

    def __init__(self, source: Source, unpack: Codec, layout: Layout, *, ahead: bool) -> None:
        """Args: ``ahead`` says that unpacking is slow enough to be worth a thread."""
        self._source, self._unpack, self._layout = source, unpack, layout
        self.ahead = Ahead(self._load, enabled=ahead and source.size > _SMALL)
        self._coming: dict[int, None] = {}
        """The fragments expected last."""
        self._fragment = lru_cache(_FRAGMENTS_KEPT)(self._read_fragment)

    def expected(self, inode: Inode) -> Iterator[Block]:
        """The blocks that reading a file will ask for, in order; of fragments those that are not kept."""
        offset = inode.start
        for stated in inode.blocks:
            packed = stated & (PLAIN_DATA - 1)
            if packed:
                yield offset, stated
            offset += packed
        if inode.fragment >= self._layout.fragments or inode.fragment in self._coming:
            return
        self._coming[inode.fragment] = None
        if len(self._coming) > _FRAGMENTS_KEPT // 2:
            del self._coming[next(iter(self._coming))]
        with suppress(InputError):  # who needs the damaged one is told then
            yield self._layout.fragment(inode.fragment)

    def of(self, inode: Inode, *, ahead: bool = False) -> Iterator[bytes]:
        """The bytes of a file, block by block; ``ahead`` says that it was expected. Raises InputError."""
        left, offset, size = inode.size, inode.start, self._layout.block_size
        load = self.ahead.get if ahead else self._load
        for stated in inode.blocks:
            wanted = min(left, size)
            packed = stated & (PLAIN_DATA - 1)
            block = load(offset, stated) if packed else bytes(wanted)
            if len(block) < wanted:
                raise InputError("a block holds fewer bytes than the file needs")
            yield block[:wanted]
            offset += packed
            left -= wanted
        if left:
            block = self._fragment(inode.fragment)[inode.offset : inode.offset + left]
            if len(block) < left:
                raise InputError("its fragment holds fewer bytes than the file needs")
            yield block

    def _read_fragment(self, number: int) -> bytes:
        if number >= self._layout.fragments:
            raise InputError(f"fragment {number}, of which the image has {self._layout.fragments}")
        return self.ahead.get(*self._layout.fragment(number))

    def _load(self, offset: int, stated: int) -> bytes:
        length, limit = stated & (PLAIN_DATA - 1), self._layout.block_size
        if length > limit:
            raise InputError(f"a block of {length} bytes, where {limit} are the most")
        data = self._source.read_at(offset, length)
        if len(data) < length:
            raise InputError("its image ends in it")
        return data if stated & PLAIN_DATA else self._unpack(data, limit)


class Stored(Packed):
    """The content of one file."""

    def __init__(self, content: Content, inode: Inode) -> None:
        self._content, self._inode = content, inode

    def expect(self) -> None:
        """See :meth:`Packed.expect`."""
        self._content.ahead.expect(self, self._content.expected(self._inode))

    def __call__(self) -> Iterator[bytes]:
        """The bytes, block by block; raises InputError."""
        return self._content.of(self._inode, ahead=self._content.ahead.reach(self))


def exactly(source: Source, offset: int, length: int) -> bytes:
    """The bytes at a place; raises InputError when the image ends before their end."""
    data = source.read_at(offset, length)
    if len(data) < length:
        raise InputError(f"the image ends before byte {offset + length}")
    return data


def block_count(size: int, block_size: int, fragment: int, entry: int, image: int) -> int:
    """How many blocks a file has besides its fragment.

    Args: ``entry`` is the size in bytes of each one's entry in the list, ``image`` that of the image.

    Raises:
        InputError: more than can stand in the image.
    """
    whole, rest = divmod(size, block_size)
    count = whole + bool(rest and fragment == NOWHERE)
    if count * entry > image:
        raise InputError(f"states {size} bytes, which cannot be in an image of {image}")
    return count
