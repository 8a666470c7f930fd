"""squashfs 4: the read-only filesystem of most firmware. Source: the Linux kernel's fs/squashfs/squashfs_fs.h."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import lru_cache, partial
from typing import NamedTuple

from firmbom.errors import InputError
from firmbom.tree.archive import Entry
from firmbom.tree.codec import Codec, codec
from firmbom.tree.report import Report
from firmbom.tree.source import Source

METADATA = 8192
"""A metadata block's greatest size, in bytes."""

_COMPRESSION = {1: "zlib", 2: "lzma", 3: "lzo", 4: "xz", 5: "lz4", 6: "zstd"}
_SUPERBLOCK = struct.Struct("<IIIIIHHHHHHQQQQQQQQ")
_NONE = 0xFFFFFFFF
_PLAIN_DATA = 1 << 24
_PLAIN_METADATA = 1 << 15
_FRAGMENTS_KEPT = 16
_LARGEST_BLOCK = 1 << 20
_LONGEST_TARGET = 65536
_DIRECTORIES, _FILES, _SYMLINKS = (1, 8), (2, 9), (3, 10)
_COMMON = struct.Struct("<HHHHII")


class _Superblock(NamedTuple):
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


class _Inode(NamedTuple):
    type: int
    number: int
    size: int
    """Of a file's content, a folder's listing, a link's target; in bytes."""
    start: int
    """Of a file's first block from the image's start; of a listing's metadata block from the directory table."""
    offset: int
    """Of a file's end in its fragment; of a listing in its metadata block."""
    fragment: int = _NONE
    blocks: tuple[int, ...] = ()
    target: bytes = b""


def confirm(head: bytes) -> bool:
    """A superblock of version 4."""
    if len(head) < _SUPERBLOCK.size:
        return False
    found = _Superblock(*_SUPERBLOCK.unpack_from(head))
    return found.major == 4 and found.block_size == 1 << found.block_log <= _LARGEST_BLOCK


def length(head: bytes) -> int:
    """The bytes that the image covers, as it states."""
    return _Superblock(*_SUPERBLOCK.unpack_from(head)).size


def read(source: Source, report: Report) -> Iterator[Entry]:
    """The entries, folders before what is in them."""
    return _Image(source, report).entries()


class _Image:
    def __init__(self, source: Source, report: Report) -> None:
        self._source, self._report = source, report
        self._super = _Superblock(*_SUPERBLOCK.unpack(source.read_at(0, _SUPERBLOCK.size)))
        name = _COMPRESSION.get(self._super.compression)
        if name is None:
            raise InputError(f"squashfs with unknown compression {self._super.compression}")
        if self._super.size > source.size:
            report("error", f"cut short: {source.size} of {self._super.size} bytes are there")
        self._unpack: Codec = codec(name)
        self._metadata_block = lru_cache(64)(self._read_metadata_block)
        self._fragment = lru_cache(_FRAGMENTS_KEPT)(self._read_fragment)

    def entries(self) -> Iterator[Entry]:
        """Walks the folders, each once, whatever the directories say."""
        seen: set[int] = set()
        files: dict[int, bytes] = {}
        pending: list[tuple[bytes, int]] = [(b"", self._super.root)]
        while pending:
            folder, reference = pending.pop()
            if reference in seen:
                self._report("error", "a folder that contains itself; not entered again", folder)
                continue
            seen.add(reference)
            try:
                for name, kind, child in self._listing(self._inode(reference)):
                    path = folder + b"/" + name if folder else name
                    if kind in _DIRECTORIES:
                        yield Entry(path, "folder")
                        pending.append((path, child))
                    elif kind in _FILES or kind in _SYMLINKS:
                        yield from self._leaf(path, child, files)
            except InputError as error:
                self._report("error", f"folder not read to its end: {error.message}", folder)

    def _leaf(self, path: bytes, reference: int, files: dict[int, bytes]) -> Iterator[Entry]:
        if reference in files:
            yield Entry(path, "hardlink", target=files[reference])
            return
        try:
            inode = self._inode(reference)
        except InputError as error:
            self._report("error", f"not read: {error.message}", path)
            return
        if inode.type in _SYMLINKS:
            yield Entry(path, "symlink", target=inode.target)
        elif inode.type in _FILES:
            files[reference] = path
            yield Entry(path, "file", inode.size, partial(self._content, inode))

    def _inode(self, reference: int) -> _Inode:
        position = _Position(self, self._super.inode_table, reference >> 16, reference & 0xFFFF)
        kind, _, _, _, _, number = _COMMON.unpack(position.take(_COMMON.size))
        match kind:
            case 1:
                block, _, size, offset, _ = struct.unpack("<IIHHI", position.take(16))
                return _Inode(kind, number, size, block, offset)
            case 8:
                _, size, block, _, _, offset, _ = struct.unpack("<IIIIHHI", position.take(24))
                return _Inode(kind, number, size, block, offset)
            case 2:
                start, fragment, offset, size = struct.unpack("<IIII", position.take(16))
                return _Inode(kind, number, size, start, offset, fragment, self._block_list(position, size, fragment))
            case 9:
                start, size, _, _, fragment, offset, _ = struct.unpack("<QQQIIII", position.take(40))
                return _Inode(kind, number, size, start, offset, fragment, self._block_list(position, size, fragment))
            case 3 | 10:
                _, size = struct.unpack("<II", position.take(8))
                if size > _LONGEST_TARGET:
                    raise InputError(f"link target of {size} bytes")
                return _Inode(kind, number, size, 0, 0, target=position.take(size))
        return _Inode(kind, number, 0, 0, 0)

    def _block_list(self, position: _Position, size: int, fragment: int) -> tuple[int, ...]:
        whole, rest = divmod(size, self._super.block_size)
        count = whole + bool(rest and fragment == _NONE)
        if count * 4 > self._super.size:
            raise InputError(f"states {size} bytes, which cannot be in an image of {self._super.size}")
        return struct.unpack(f"<{count}I", position.take(4 * count))

    def _listing(self, inode: _Inode) -> Iterator[tuple[bytes, int, int]]:
        """Name, type and inode reference of each entry of a folder."""
        if inode.type not in _DIRECTORIES:
            raise InputError("its inode is no folder's")
        left = inode.size - 3  # the size counts "." and "..", which are not stored
        position = _Position(self, self._super.directory_table, inode.start, inode.offset)
        while left > 0:
            count, block, _ = struct.unpack("<III", position.take(12))
            left -= 12
            if count >= 256:
                raise InputError(f"a run of {count} entries, where 256 are the most")
            for _ in range(count + 1):
                offset, _, kind, length = struct.unpack("<HhHH", position.take(8))
                yield position.take(length + 1), kind, block << 16 | offset
                left -= 9 + length

    def _content(self, inode: _Inode) -> Iterator[bytes]:
        left, offset, size = inode.size, inode.start, self._super.block_size
        for stated in inode.blocks:
            wanted = min(left, size)
            packed = stated & (_PLAIN_DATA - 1)
            block = self._data(offset, stated, size) if packed else bytes(wanted)
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

    def _data(self, offset: int, stated: int, limit: int) -> bytes:
        length = stated & (_PLAIN_DATA - 1)
        if length > limit:
            raise InputError(f"a block of {length} bytes, where {limit} are the most")
        data = self._source.read_at(offset, length)
        if len(data) < length:
            raise InputError("its image ends in it")
        return data if stated & _PLAIN_DATA else self._unpack(data, limit)

    def _read_fragment(self, number: int) -> bytes:
        if number >= self._super.fragments:
            raise InputError(f"fragment {number}, of which the image has {self._super.fragments}")
        index, entry = divmod(number, METADATA // 16)
        (block,) = struct.unpack("<Q", self._exactly(self._super.fragment_table + 8 * index, 8))
        data, _ = self._metadata_block(block)
        if 16 * entry + 16 > len(data):
            raise InputError(f"fragment {number} has no entry in its table")
        start, stated, _ = struct.unpack_from("<QII", data, 16 * entry)
        return self._data(start, stated, self._super.block_size)

    def metadata_block(self, offset: int) -> tuple[bytes, int]:
        """The metadata block at a byte offset of the image, unpacked, and the offset of the one after it."""
        return self._metadata_block(offset)

    def _read_metadata_block(self, offset: int) -> tuple[bytes, int]:
        (stated,) = struct.unpack("<H", self._exactly(offset, 2))
        length = stated & (_PLAIN_METADATA - 1)
        data = self._exactly(offset + 2, length)
        return data if stated & _PLAIN_METADATA else self._unpack(data, METADATA), offset + 2 + length

    def _exactly(self, offset: int, length: int) -> bytes:
        data = self._source.read_at(offset, length)
        if len(data) < length:
            raise InputError(f"the image ends before byte {offset + length}")
        return data


class _Position:
    """Reads on through consecutive metadata blocks."""

    def __init__(self, image: _Image, table: int, block: int, offset: int) -> None:
        self._image, self._offset = image, offset
        self._data, self._next = image.metadata_block(table + block)

    def take(self, length: int) -> bytes:
        """The next ``length`` bytes."""
        out = self._data[self._offset : self._offset + length]
        self._offset += length
        while len(out) < length:
            if self._offset > len(self._data) + length:
                raise InputError("a reference beyond the end of its metadata block")
            self._data, self._next = self._image.metadata_block(self._next)
            if not self._data:
                raise InputError("an empty metadata block")
            self._offset = length - len(out)
            out += self._data[: self._offset]
        return out
