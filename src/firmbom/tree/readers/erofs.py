"""EROFS: plain, inline, in chunks, or compressed (lz4, MicroLZMA, deflate, zstd).

Source: the kernel's Documentation/filesystems/erofs.rst and fs/erofs/erofs_fs.h.
"""

from __future__ import annotations

import stat
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache, partial

from firmbom.errors import InputError
from firmbom.tree.archive import Entry
from firmbom.tree.index import Content
from firmbom.tree.readers.erofs_codec import unpack
from firmbom.tree.readers.erofs_extents import FRAGMENT, HOLE, INTERLACED, SHIFTED, Extent, extents
from firmbom.tree.readers.erofs_layout import (
    CHUNKS,
    COMPACT_INDEX,
    FULL_INDEX,
    INLINE,
    NOWHERE,
    PADDED,
    PLAIN,
    Inode,
    check,
    entries,
    inode,
    superblock,
)
from firmbom.tree.report import Report
from firmbom.tree.source import CHUNK, Piece, Pieces, Source

_LONGEST_TARGET = 4096
_LARGEST_FOLDER = 256 << 20
_CHUNK_BITS, _CHUNK_INDEXES, _CHUNK_WIDE = 0x1F, 0x20, 0x40
_KEPT = 4
"""Extents of the packed inode that are kept unpacked."""


def confirm(head: bytes) -> bool:
    """A superblock that makes sense."""
    return superblock(head) is not None


def length(head: bytes) -> int:
    """The bytes that the image covers."""
    found = superblock(head)
    return found.blocks << found.block_bits if found else 0


def read(source: Source, report: Report) -> Iterator[Entry]:
    """The entries, folders before what is in them."""
    return _Image(source, report).entries()


class _Image:
    def __init__(self, source: Source, report: Report) -> None:
        found = superblock(source.read_at(0, 4096))
        if found is None:
            raise InputError("no superblock")
        check(found)
        self._source, self._report, self._super = source, report, found
        if found.blocks << found.block_bits > source.size:
            report("error", f"cut short: {source.size} of {found.blocks << found.block_bits} bytes are there")
        if found.devices:
            report("error", f"some of its content lies on {found.devices} other devices; not read")
        self._packed_inode = lru_cache(1)(self._read_packed_inode)
        self._packed_extent = lru_cache(_KEPT)(self._read_packed_extent)

    def entries(self) -> Iterator[Entry]:
        """Walks the folders, each once, whatever the directories say."""
        seen: set[int] = set()
        paths: dict[int, bytes] = {}
        pending = [(b"", self._super.root)]
        while pending:
            folder, number = pending.pop()
            if number in seen:
                self._report("error", "a folder that stands there already; not entered again", folder)
                continue
            seen.add(number)
            try:
                for name, child in self._listing(inode(self._source, self._super, number)):
                    path = folder + b"/" + name if folder else name
                    for entry in self._entry(path, child, paths):
                        yield entry
                        if entry.kind == "folder":
                            pending.append((path, child))
            except InputError as error:
                self._report("error", f"folder not read to its end: {error.message}", folder)

    def _entry(self, path: bytes, number: int, paths: dict[int, bytes]) -> Iterator[Entry]:
        if number in paths:
            yield Entry(path, "hardlink", target=paths[number])
            return
        try:
            node = inode(self._source, self._super, number)
            if node.is_folder:
                yield Entry(path, "folder")
            elif stat.S_ISREG(node.mode):
                content = self._content(node)
                paths[number] = path
                yield Entry(path, "file", node.size, content)
            elif stat.S_ISLNK(node.mode):
                yield Entry(path, "symlink", target=b"".join(self._blocks(node, _LONGEST_TARGET)))
        except InputError as error:
            self._report("error", f"not read: {error.message}", path)

    def _listing(self, node: Inode) -> Iterator[tuple[bytes, int]]:
        if not node.is_folder:
            raise InputError("its inode is no folder's")
        for block in self._blocks(node, _LARGEST_FOLDER):
            yield from entries(block)

    def _blocks(self, node: Inode, limit: int) -> Iterator[bytes]:
        """A folder's or a link's content in pieces of one block."""
        if node.size > limit:
            raise InputError(f"{node.size} bytes, where {limit} are the most")
        content, step = self._content(node), self._super.block
        if isinstance(content, Source):
            for offset in range(0, node.size, step):
                try:
                    yield content.read_at(offset, step)
                except OSError as error:
                    raise InputError(str(error)) from error
        else:
            whole = b"".join(content())
            yield from (whole[offset : offset + step] for offset in range(0, len(whole), step))

    def _content(self, node: Inode) -> Content:
        if node.layout in (FULL_INDEX, COMPACT_INDEX):
            return partial(self._unpacked, node)
        pieces = self._chunks(node) if node.layout == CHUNKS else self._flat(node)
        for piece in pieces:
            if piece.stored + piece.length > self._source.size:
                raise InputError("its image ends in it")
        if len(pieces) == 1 and pieces[0].length == node.size:
            return self._source.window(pieces[0].stored, node.size)
        return Pieces(self._source, node.size, pieces)

    def _flat(self, node: Inode) -> list[Piece]:
        """Consecutive blocks; inline, what does not fill the last one stands behind the inode."""
        block = self._super.block
        tail = (node.size - 1) % block + 1 if node.layout == INLINE and node.size else 0
        whole, start = node.size - tail, node.data << self._super.block_bits
        if node.layout == PLAIN and node.data == NOWHERE:
            return []
        return [piece for piece in (Piece(0, start, whole), Piece(whole, node.end, tail)) if piece.length]

    def _chunks(self, node: Inode) -> list[Piece]:
        """A table of where each chunk begins: blocks of 32 bits, or of 48 with the number of a device."""
        form = node.data & 0xFFFF
        wide = bool(form & _CHUNK_INDEXES)
        unit = 8 if wide else 4
        chunk = 1 << self._super.block_bits + (form & _CHUNK_BITS)
        at, count = -(-node.end // unit) * unit, -(-node.size // chunk)
        if at + count * unit > self._source.size:
            raise InputError("its image ends in its index")
        table = self._source.read_at(at, count * unit)
        pieces = []
        for number in range(count):
            index = table[number * unit : (number + 1) * unit]
            block = int.from_bytes(index[-4:], "little")
            high = int.from_bytes(index[:2], "little") if wide and form & _CHUNK_WIDE else 0
            if wide and int.from_bytes(index[2:4], "little"):
                raise InputError("its content lies on another device")
            if block != NOWHERE:
                start = (high << 32 | block) << self._super.block_bits
                pieces.append(Piece(number * chunk, start, min(chunk, node.size - number * chunk)))
        return pieces

    def _unpacked(self, node: Inode) -> Iterator[bytes]:
        for extent in extents(self._source, self._super, node):
            yield from self._extent(extent)

    def _extent(self, extent: Extent) -> Iterator[bytes]:
        if extent.method == HOLE:
            for offset in range(0, extent.size, CHUNK):
                yield bytes(min(CHUNK, extent.size - offset))
        elif extent.method == FRAGMENT:
            yield from self._fragment(extent.place, extent.size)
        else:
            yield self._stored(extent)

    def _stored(self, extent: Extent) -> bytes:
        data = self._source.read_at(extent.place, extent.packed)
        if len(data) < extent.packed:
            raise InputError("its image ends in it")
        if extent.method in (SHIFTED, INTERLACED):
            if extent.size > len(data):
                raise InputError(f"{extent.size} bytes stored in {len(data)}")
            turn = extent.start % self._super.block if extent.method == INTERLACED else 0
            return (data[turn:] + data[:turn])[: extent.size]
        padded = bool(self._super.features & PADDED)
        return unpack(extent.method, data, extent.size, partial=extent.partial, padded=padded)

    def _fragment(self, offset: int, size: int) -> Iterator[bytes]:
        """A part of the packed inode, which holds the ends of many files."""
        content, table, starts = self._packed_inode()
        if isinstance(content, Source):
            data = content.read_at(offset, size)
            if len(data) < size:
                raise InputError("the packed inode ends in it")
            yield data
            return
        number = max(0, bisect_right(starts, offset) - 1)
        while size > 0:
            if number >= len(table):
                raise InputError("the packed inode ends in it")
            part = self._packed_extent(number)[offset - starts[number] :][:size]
            yield part
            offset, size, number = offset + len(part), size - len(part), number + 1

    def _read_packed_inode(self) -> tuple[Content, list[Extent], list[int]]:
        if not self._super.packed:
            raise InputError("its end stands in a packed inode, which is not there")
        node = inode(self._source, self._super, self._super.packed)
        content = self._content(node)
        table = [] if isinstance(content, Source) else extents(self._source, self._super, node)
        return content, table, [one.start for one in table]

    def _read_packed_extent(self, number: int) -> bytes:
        extent = self._packed_inode()[1][number]
        if extent.method in (FRAGMENT, HOLE):
            raise InputError("a packed inode of fragments or holes")
        return self._stored(extent)
