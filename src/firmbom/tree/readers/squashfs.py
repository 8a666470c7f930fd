"""squashfs, the read-only filesystem of most firmware: versions 2 to 4, both byte orders.

Sources: the Linux kernel's fs/squashfs/squashfs_fs.h; squashfs-tools' squashfs_compat.h.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from firmbom.errors import InputError
from firmbom.tree.archive import Entry
from firmbom.tree.codec import codec
from firmbom.tree.readers import squashfs_old
from firmbom.tree.readers.squashfs_blocks import FILE, FOLDER, SYMLINK, Content, Metadata
from firmbom.tree.readers.squashfs_blocks import Layout as AnyLayout
from firmbom.tree.readers.squashfs_layout import COMPRESSION, Layout, superblock
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
    layout: AnyLayout
    if found := superblock(head):
        name = COMPRESSION.get(found.compression, "")
        if not name:
            raise InputError(f"squashfs with unknown compression {found.compression}")
        unpack = codec(name)
        layout = Layout(source, found, Metadata(source, unpack))
    elif old := squashfs_old.superblock(head):
        name = ""
        layout, unpack = squashfs_old.layout(source, old)
    else:
        raise InputError("no superblock")
    return _Tree(layout, Content(source, unpack, layout, ahead=name not in _QUICK), report).entries()


class _Tree:
    def __init__(self, layout: AnyLayout, content: Content, report: Report) -> None:
        self._layout, self._content, self._report = layout, content, report
        self._files: dict[int, bytes] = {}
        """Of every file that has come, by its inode's reference; further names of it are hard links."""

    def entries(self) -> Iterator[Entry]:
        """Walks the folders, each once, whatever the directories say."""
        self._content.plan_fragments()
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
            self._content.plan(inode)
            yield Entry(path, "file", inode.size, partial(self._content.of, inode))
        else:
            self._report("error", "not read: its inode is neither a file's nor a link's", path)
