"""squashfs, the read-only filesystem of most firmware: versions 2 to 4, both byte orders.

Sources: the Linux kernel's fs/squashfs/squashfs_fs.h; squashfs-tools' squashfs_compat.h.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import chain

from firmbom.errors import InputError
from firmbom.tree.archive import Entry
from firmbom.tree.codec import Codec, codec
from firmbom.tree.readers import squashfs_old
from firmbom.tree.readers.squashfs_blocks import FILE, FOLDER, SYMLINK, Content, Metadata, Stored
from firmbom.tree.readers.squashfs_blocks import Layout as AnyLayout
from firmbom.tree.readers.squashfs_layout import COMPRESSION, Layout, superblock
from firmbom.tree.readers.squashfs_lzma import codecs, fitting
from firmbom.tree.report import Report
from firmbom.tree.source import Source

_QUICK = ("lz4", "lzo")
"""A thread costs more than unpacking these."""


def confirm(head: bytes) -> bool:
    """A superblock of version 4, 3 or 2."""
    return bool(superblock(head) or squashfs_old.superblock(head))


def length(head: bytes) -> int:
    """The bytes that the image covers, as it states."""
    found = superblock(head) or squashfs_old.superblock(head)
    return found.size if found else 0


def read(source: Source, report: Report) -> Iterator[Entry]:
    """The entries, folders before what is in them."""
    head = source.read_at(0, 4096)
    if length(head) > source.size:
        report("error", f"cut short: {source.size} of {length(head)} bytes are there")
    layout, unpack, ahead = _newest(source, head, report) or _old(source, head)
    return _Tree(layout, Content(source, unpack, layout, ahead=ahead), report).entries()


def _newest(source: Source, head: bytes, report: Report) -> tuple[AnyLayout, Codec, bool] | None:
    """Layout, compression, and whether it is slow; where the image says gzip or LZMA, it may be another LZMA."""
    found = superblock(head)
    if found is None:
        return None
    name = COMPRESSION.get(found.compression)

    def make(unpack: Codec) -> AnyLayout:
        return Layout(source, found, Metadata(source, unpack))

    if name not in (None, "zlib", "lzma"):
        return make(codec(name)), codec(name), name not in _QUICK
    stated = codec(name) if name else None
    if fits := fitting(make, chain([stated] if stated else [], codecs())):
        if not stated:
            report("warning", f"states unknown compression {found.compression}; read by trial")
        return fits[0], fits[1], True
    if not stated:
        raise InputError(f"squashfs with unknown compression {found.compression}")
    return make(stated), stated, True


def _old(source: Source, head: bytes) -> tuple[AnyLayout, Codec, bool]:
    found = squashfs_old.superblock(head)
    if found is None or found.major == squashfs_old.UNREAD:
        raise InputError(f"squashfs {squashfs_old.UNREAD}, which firmbom does not read")
    fits = fitting(partial(squashfs_old.Layout, source, found), codecs())
    if fits is None:
        raise InputError(
            f"squashfs {found.major} with a damaged root folder, or packed in a way that firmbom does not know"
        )
    return fits[0], fits[1], True


class _Tree:
    def __init__(self, layout: AnyLayout, content: Content, report: Report) -> None:
        self._layout, self._content, self._report = layout, content, report
        self._files: dict[int, bytes] = {}
        """Of every file that has come, by its inode's reference; further names of it are hard links."""

    def entries(self) -> Iterator[Entry]:
        """Walks the folders, each once, whatever the directories say."""
        seen: set[int] = set()
        pending: list[tuple[bytes, int]] = [(b"", self._layout.root)]
        while pending:
            folder, reference = pending.pop()
            if reference in seen:
                self._report("error", "a folder that contains itself; not entered again", folder)
                continue
            seen.add(reference)
            try:
                for name, kind, child in self._listing(reference):
                    path = folder + b"/" + name if folder else name
                    if kind == FOLDER:
                        yield Entry(path, "folder")
                        pending.append((path, child))
                    elif kind in (FILE, SYMLINK):
                        yield from self._leaf(path, child)
            except InputError as error:
                self._report("error", f"folder not read to its end: {error.message}", folder)

    def _listing(self, reference: int) -> Iterator[tuple[bytes, int, int]]:
        inode = self._layout.inode(reference)
        if inode.kind != FOLDER:
            raise InputError("its inode is no folder's")
        return self._layout.listing(inode)

    def _leaf(self, path: bytes, reference: int) -> Iterator[Entry]:
        if reference in self._files:
            yield Entry(path, "hardlink", target=self._files[reference])
            return
        try:
            inode = self._layout.inode(reference)
        except InputError as error:
            self._report("error", f"not read: {error.message}", path)
            return
        if inode.kind == SYMLINK:
            yield Entry(path, "symlink", target=inode.target)
        elif inode.kind == FILE:
            self._files[reference] = path
            yield Entry(path, "file", inode.size, Stored(self._content, inode))
        else:
            self._report("error", "not read: its inode is neither a file's nor a link's", path)
