"""JFFS2, little and big endian: a log of nodes, of which the newest versions make the tree.

Source: the kernel's include/uapi/linux/jffs2.h. Nothing says how many nodes an image should have, so one that ends
between two nodes cannot be told from a smaller one.
"""

from __future__ import annotations

import stat
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
    paths: dict[int, bytes] = {}
    entered = {_ROOT}
    pending = [(b"", _ROOT)]
    while pending:
        folder, inode = pending.pop()
        for name, entry in log.names.get(inode, {}).items():
            path = folder + b"/" + name if folder else name
            if not entry.inode:
                continue
            if entry.type == _FOLDER:
                yield Entry(path, "folder")
                if entry.inode not in log.inodes:
                    report("error", "the folder's own node is not in the image", path)
                if entry.inode in entered:
                    report("error", "a folder that stands there already; not entered again", path)
                    continue
                entered.add(entry.inode)
                pending.append((path, entry.inode))
            elif entry.type in (_FILE, _SYMLINK):
                yield from _leaf(log, source, report, path, entry, paths)
    lost = sum(any(one.inode for one in names.values()) for inode, names in log.names.items() if inode not in entered)
    if lost:
        report("error", f"{lost} folders are not in the image, only what stood in them; not read")


def _leaf(
    log: Log, source: Source, report: Report, path: bytes, entry: Name, paths: dict[int, bytes]
) -> Iterator[Entry]:
    if entry.inode in paths:
        yield Entry(path, "hardlink", target=paths[entry.inode])
        return
    if entry.inode not in log.inodes:
        report("error", "not read: its content is not in the image", path)
        return
    *_, newest = log.places(entry.inode)
    node = log.layout.inode(source.read_at(newest, INODE))
    size = node.size if node else 0
    if log.bytes[entry.inode] < size:
        report("error", f"only {log.bytes[entry.inode]} of its {size} bytes are in the image", path)
    pieces = partial(content, log, source, entry.inode)
    if entry.type == _FILE:
        paths[entry.inode] = path
        yield Entry(path, "file", size, partial(pieces, size))
    else:
        try:
            yield Entry(path, "symlink", target=b"".join(pieces(min(size or log.bytes[entry.inode], _LONGEST_TARGET))))
        except InputError as error:
            report("error", f"link not read: {error.message}", path)
