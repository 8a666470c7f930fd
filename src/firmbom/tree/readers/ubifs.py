"""UBIFS: the filesystem inside UBI volumes. Source: the kernel's fs/ubifs/ubifs-media.h.

Authenticated images are read without checking the signature; encrypted files are told and not read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from struct import Struct

from firmbom.errors import InputError
from firmbom.tree.archive import Entry
from firmbom.tree.codec import Codec, codec
from firmbom.tree.readers.ubifs_index import BLOCK, Blocks, Index
from firmbom.tree.readers.ubifs_nodes import (
    DATA,
    DATA_HEADER,
    ENCRYPTED,
    INODE,
    Image,
    attached,
    inode,
    is_block,
    superblock,
)
from firmbom.tree.report import Report
from firmbom.tree.source import CHUNK, Source

_ROOT = 1
_FILE, _FOLDER, _SYMLINK = 0, 1, 2
"""Types of a directory entry."""
_SMALLEST_BLOCK, _LARGEST_BLOCK = 4096, 2 << 20
_NEWEST = 5
_AUTHENTICATED = 0x20
_DATA_SIZES = Struct("<40xIH")
_PLAIN = 0
_COMPRESSION = {1: "lzo", 2: "deflate", 3: "zstd"}


def confirm(head: bytes) -> bool:
    """A superblock whose checksum fits."""
    return superblock(head) is not None


def read(source: Source, report: Report) -> Iterator[Entry]:
    """The entries, folders before what is in them, each once."""
    found = superblock(source.read_at(0, 4096))
    if found is None:
        raise InputError("no sound superblock")
    if found.version > _NEWEST or found.key_format:
        raise InputError(f"UBIFS of format {found.version} with keys of kind {found.key_format}")
    if not _SMALLEST_BLOCK <= found.block_size <= _LARGEST_BLOCK:
        raise InputError(f"blocks of {found.block_size} bytes")
    if found.flags & _AUTHENTICATED:
        report("note", "is authenticated; what its hashes say was not checked")
    image = Image(source, found.block_size)
    return _Tree(image, Index(image, found, report), report).entries()


class _Tree:
    def __init__(self, image: Image, index: Index, report: Report) -> None:
        self._image, self._index, self._report = image, index, report
        self._paths: dict[int, bytes] = {}

    def entries(self) -> Iterator[Entry]:
        entered = {_ROOT}
        pending = [(b"", _ROOT)]
        while pending:
            folder, number = pending.pop()
            for name, (child, kind) in self._index.names.get(number, {}).items():
                path = folder + b"/" + name if folder else name
                if kind == _FOLDER:
                    yield Entry(path, "folder")
                    if child in entered:
                        self._report("error", "a folder that stands there already; not entered again", path)
                        continue
                    entered.add(child)
                    pending.append((path, child))
                elif kind in (_FILE, _SYMLINK):
                    try:
                        yield self._leaf(path, child, kind)
                    except InputError as error:
                        self._report("error", f"not read: {error.message}", path)
        named = {child for names in self._index.names.values() for child, _ in names.values()}
        lost = self._index.names.keys() - entered - named
        if lost:
            self._report("error", f"{len(lost)} folders are not in the image, only what stood in them; not read")

    def _leaf(self, path: bytes, number: int, kind: int) -> Entry:
        if number in self._paths:
            return Entry(path, "hardlink", target=self._paths[number])
        packed = self._index.inodes.get(number)
        if packed is None:
            raise InputError("its inode is not in the image")
        node = self._image.node(packed >> 16, packed & 0xFFFF, INODE)
        found = inode(node)
        if found.flags & ENCRYPTED:
            raise InputError("it is encrypted (fscrypt)")
        if kind == _SYMLINK:
            return Entry(path, "symlink", target=attached(node))
        self._paths[number] = path
        blocks = self._index.data.get(number) or Blocks()
        return Entry(path, "file", found.size, partial(_content, self._image, number, blocks, found.size))


def _content(image: Image, inode_number: int, blocks: Blocks, size: int) -> Iterator[bytes]:
    """The bytes of a file; what stands in no block is zero."""
    held: list[bytes] = []
    done = waiting = 0
    for number, packed in zip(blocks.numbers, blocks.places, strict=True):
        start = number * BLOCK
        if start >= size:
            break
        gap = start - done
        if gap or waiting >= CHUNK:
            yield b"".join(held)
            held, waiting = [], 0
            yield from _zeros(gap)
        data = _block(image, inode_number, number, packed)
        wanted = min(BLOCK, size - start)
        if len(data) != wanted:
            data = data[:wanted] + bytes(max(0, wanted - len(data)))
        held.append(data)
        waiting += len(data)
        done = start + len(data)
    yield b"".join(held)
    yield from _zeros(size - done)


def _block(image: Image, inode_number: int, number: int, packed: int) -> bytes:
    node = image.node(packed >> 16, packed & 0xFFFF, DATA)
    if len(node.data) < DATA_HEADER or not is_block(node.data, inode_number, number):
        raise InputError(f"the data at byte {node.place} is another file's")
    size, compression = _DATA_SIZES.unpack_from(node.data)
    data = node.data[DATA_HEADER:]
    if size > BLOCK:
        raise InputError(f"a block of {size} bytes, where {BLOCK} are the most")
    if compression != _PLAIN:
        if compression not in _CODECS:
            raise InputError(f"unknown compression {compression}")
        data = _CODECS[compression](data, size)
    if len(data) != size:
        raise InputError(f"a block of {len(data)} bytes, where {size} are due")
    return data


def _zeros(count: int) -> Iterator[bytes]:
    for _ in range(count // CHUNK):
        yield bytes(CHUNK)
    yield bytes(count % CHUNK)


_CODECS: Mapping[int, Codec] = {number: codec(name) for number, name in _COMPRESSION.items()}
