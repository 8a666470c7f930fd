"""JFFS2, little and big endian: a log of nodes, of which the newest versions make the tree.

Source: the kernel's include/uapi/linux/jffs2.h. Nothing says how many nodes an image should have, so one that ends
between two nodes cannot be told from a smaller one.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from firmbom.errors import InputError
from firmbom.tree.archive import Entry
from firmbom.tree.readers.jffs2_content import content, unreadable
from firmbom.tree.readers.jffs2_nodes import INODE, Log, Name, confirm
from firmbom.tree.report import Report
from firmbom.tree.source import Source

__all__ = ["confirm", "read"]

_ROOT = 1
_FOLDER, _FILE, _SYMLINK = 4, 8, 10
"""Types of a directory entry, as in readdir(3)."""
_LONGEST_TARGET = 65536


def read(source: Source, report: Report) -> Iterator[Entry]:
    """The entries, folders before what is in them, each once."""
    log = Log(source, report)
    for compression in sorted(log.compressions):
        if message := unreadable(compression):
            report("error", f"some data is {message}")
    return _Tree(log, source, report).entries()


class _Tree:
    def __init__(self, log: Log, source: Source, report: Report) -> None:
        self._log, self._source, self._report = log, source, report
        self._paths: dict[int, bytes] = {}
        """Of every file that has come, by inode; further names of it are hard links."""

    def entries(self) -> Iterator[Entry]:
        entered = {_ROOT}
        pending = [(b"", _ROOT)]
        while pending:
            folder, inode = pending.pop()
            for name, entry in self._log.names.get(inode, {}).items():
                path = folder + b"/" + name if folder else name
                if entry.type == _FOLDER and entry.inode:
                    yield Entry(path, "folder")
                    if self._enter(path, entry.inode, entered):
                        pending.append((path, entry.inode))
                elif entry.type in (_FILE, _SYMLINK) and entry.inode:
                    yield from self._leaf(path, entry)
        self._tell_lost(entered)

    def _enter(self, path: bytes, inode: int, entered: set[int]) -> bool:
        if inode not in self._log.inodes:
            self._report("error", "the folder's own node is not in the image", path)
        if inode in entered:
            self._report("error", "a folder that stands there already; not entered again", path)
            return False
        entered.add(inode)
        return True

    def _tell_lost(self, entered: set[int]) -> None:
        """Folders that stand under no name and never did."""
        names = self._log.names
        named = self._log.replaced.union(entry.inode for folder in names.values() for entry in folder.values())
        if lost := names.keys() - entered - named:
            self._report("error", f"{len(lost)} folders are not in the image, only what stood in them; not read")

    def _leaf(self, path: bytes, entry: Name) -> Iterator[Entry]:
        log = self._log
        if entry.inode in self._paths:
            yield Entry(path, "hardlink", target=self._paths[entry.inode])
            return
        if entry.inode not in log.inodes:
            self._report("error", "not read: its content is not in the image", path)
            return
        *_, newest = log.places(entry.inode)
        size, stored = log.layout.inode(self._source.read_at(newest, INODE)).size, log.bytes[entry.inode]
        if stored < size:
            self._report("error", f"only {stored} of its {size} bytes are in the image", path)
        pieces = partial(content, log, self._source, entry.inode)
        if entry.type == _FILE:
            self._paths[entry.inode] = path
            yield Entry(path, "file", size, partial(pieces, size))
            return
        try:
            yield Entry(path, "symlink", target=b"".join(pieces(min(size or stored, _LONGEST_TARGET))))
        except InputError as error:
            self._report("error", f"link not read: {error.message}", path)
