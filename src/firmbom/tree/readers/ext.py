"""ext2, ext3 and ext4, read without replaying the journal.

Source: the Linux kernel's Documentation/filesystems/ext4.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import lru_cache

from firmbom.errors import InputError
from firmbom.tree.archive import LONGEST_PATH, Entry
from firmbom.tree.readers import ext_blocks, ext_layout
from firmbom.tree.readers.ext_layout import FILE, FOLDER, INLINE, SPECIAL, START, SYMLINK, UNREADABLE, Inode
from firmbom.tree.readers.ext_volume import Volume
from firmbom.tree.report import Report
from firmbom.tree.source import BytesSource, Pieces, Source

_ROOT = 2
_CONTENTS_KEPT = 4
_IN_INODE = 60
_NAME = struct.Struct("<IHBB")
_CHECKSUM = 0xDE
"""The type of an entry that is no name but the block's checksum."""


def confirm(head: bytes) -> bool:
    """A superblock whose sizes can be true; the magic has been seen."""
    return ext_layout.parse(head[START : 2 * START]) is not None


def length(head: bytes) -> int:
    """The bytes that the filesystem covers, as its superblock states."""
    found = ext_layout.parse(head[START : 2 * START])
    return found.blocks * found.block_size if found else 0


def read(source: Source, report: Report) -> Iterator[Entry]:
    """The entries, folders before what is in them."""
    superblock = ext_layout.parse(source.read_at(START, START))
    if superblock is None:
        raise InputError("its superblock is damaged")
    if superblock.incompatible & ext_layout.JOURNAL:
        raise InputError("is the external journal of an ext filesystem, not the filesystem")
    if superblock.incompatible & ~ext_layout.KNOWN:
        unknown = superblock.incompatible & ~ext_layout.KNOWN
        report("warning", f"ext filesystem with unknown features {unknown:#x}; it may have been read wrongly")
    if superblock.incompatible & ext_layout.RECOVER:
        report("warning", "was not unmounted; its journal was not replayed, the latest changes may be missing")
    volume = Volume(source, superblock)
    size = superblock.blocks * superblock.block_size
    if size > source.size and volume.used_beyond(source.size):
        report("error", f"cut short: {source.size} of {size} bytes are there")
    return _Walk(volume, report).entries()


class _Content(Source):
    """A file's bytes; where they stand is looked up when they are read, and not kept for all files at once."""

    def __init__(self, walk: _Walk, inode: Inode) -> None:
        self._walk, self._inode = walk, inode
        self.size = inode.size

    def read_at(self, offset: int, length: int) -> bytes:
        """See :meth:`Source.read_at`. Raises :class:`InputError` where the map of its blocks is damaged."""
        return self._walk.content(self._inode).read_at(offset, length)


class _Walk:
    """Goes through the folders, each once, whatever the directories say."""

    def __init__(self, volume: Volume, report: Report) -> None:
        self._volume, self._report = volume, report
        self.content = lru_cache(_CONTENTS_KEPT)(self._find_content)
        self._seen: set[int] = set()
        self._files: dict[int, bytes] = {}
        self._listed = 0

    def entries(self) -> Iterator[Entry]:
        pending: list[tuple[bytes, int]] = [(b"", _ROOT)]
        while pending:
            folder, number = pending.pop()
            if number in self._seen:
                self._report("error", "a folder that stands in two places; entered only once", folder)
                continue
            self._seen.add(number)
            try:
                for name, child in self._names(number, folder):
                    path = folder + b"/" + name if folder else name
                    entry = self._entry(path, child)
                    if entry:
                        yield entry
                        if entry.kind == "folder" and len(path) <= LONGEST_PATH:
                            pending.append((path, child))
            except InputError as error:
                self._report("error", f"folder not read to its end: {error.message}", folder)

    def _entry(self, path: bytes, number: int) -> Entry | None:
        if number in self._files:
            return Entry(path, "hardlink", target=self._files[number])
        try:
            inode = self._volume.inode(number)
            if inode.kind == FOLDER:
                return Entry(path, "folder")
            if inode.kind == FILE:
                return self._file(path, inode)
            if inode.kind == SYMLINK:
                return Entry(path, "symlink", target=self._target(inode))
            if inode.kind not in SPECIAL:
                raise InputError(f"its inode {number} is of unknown type {inode.kind >> 12}")
        except InputError as error:
            self._report("error", f"not read: {error.message}", path)
        return None

    def _file(self, path: bytes, inode: Inode) -> Entry:
        self._refuse(inode)
        if inode.links > 1:
            self._files[inode.number] = path
        return Entry(path, "file", inode.size, _Content(self, inode))

    @staticmethod
    def _refuse(inode: Inode) -> None:
        for flag, what in UNREADABLE.items():
            if inode.flags & flag:
                raise InputError(f"it is {what}")

    def _target(self, inode: Inode) -> bytes:
        self._refuse(inode)
        if inode.size < _IN_INODE and not inode.flags & (ext_layout.EXTENTS | INLINE):
            return inode.map[: inode.size]
        if inode.size > LONGEST_PATH:
            raise InputError(f"link target of {inode.size} bytes")
        return self.content(inode).read_at(0, inode.size)

    def _find_content(self, inode: Inode) -> Source:
        if inode.flags & INLINE:
            data = inode.map + self._volume.inline_rest(inode.number)
            if len(data) < inode.size:
                raise InputError("holds fewer bytes than it states")
            return BytesSource(data[: inode.size])
        pieces = ext_blocks.pieces(self._volume, inode)
        if len(pieces) == 1 and pieces[0].length == inode.size:
            return self._volume.source.window(pieces[0].stored, inode.size)
        return Pieces(self._volume.source, inode.size, pieces)

    def _names(self, number: int, folder: bytes) -> Iterator[tuple[bytes, int]]:
        """Name and inode number of what is in a folder, whether or not it is hashed: to a reader both look alike."""
        inode = self._volume.inode(number)
        if inode.kind != FOLDER:
            raise InputError("its inode is no folder's")
        self._refuse(inode)
        for block in self._listing(inode, folder):
            try:
                yield from _names(block)
            except InputError as error:
                self._report("error", error.message, folder)

    def _listing(self, inode: Inode, folder: bytes) -> Iterator[bytes]:
        """A folder's blocks; of inline data, the part in the inode (behind the number of ``..``) and the rest."""
        if inode.flags & INLINE:
            yield inode.map[4:]
            yield self._volume.inline_rest(inode.number)
            return
        size = self._volume.superblock.block_size
        pieces = ext_blocks.pieces(self._volume, inode)
        if sum(piece.length for piece in pieces) < inode.size:
            self._report("error", "a folder with holes; names may be missing", folder)
        for piece in pieces:
            for offset in range(piece.stored, piece.stored + piece.length, size):
                self._listed += size
                if self._listed > self._volume.source.size:
                    raise InputError("the folders together are larger than the image")
                yield self._volume.read(offset, size)


def _names(block: bytes) -> Iterator[tuple[bytes, int]]:
    """The names in a block of a folder. Raises :class:`InputError` where no further one can be found."""
    position = 0
    while position < len(block):
        if position + _NAME.size > len(block):
            raise InputError("a damaged block of names; the rest of it was not read")
        child, length, name_length, kind = _NAME.unpack_from(block, position)
        if len(block) == 1 << 16:  # where a block's length does not fit into 16 bits
            length = 1 << 16 if length in (0, 0xFFFF) else length & 0xFFFC | (length & 3) << 16
        name = block[position + _NAME.size : position + _NAME.size + name_length]
        position += length
        if length < _NAME.size + name_length or length & 3 or position > len(block) or b"/" in name:
            raise InputError("a damaged block of names; the rest of it was not read")
        if child and kind != _CHECKSUM and name not in (b".", b".."):
            yield name, child
