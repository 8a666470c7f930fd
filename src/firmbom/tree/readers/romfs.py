"""romfs: a chain of headers and contents. Source: the kernel's Documentation/filesystems/romfs.rst."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from firmbom.errors import InputError
from firmbom.tree.archive import LONGEST_PATH, Entry
from firmbom.tree.report import Report
from firmbom.tree.source import Source

_HARDLINK, _FOLDER, _FILE, _SYMLINK = 0, 1, 2, 3
_ALIGN = 16


class _Node(NamedTuple):
    name: bytes
    type: int
    next: int
    spec: int
    """Of a folder its first entry's offset; of a hard link its target's."""
    size: int
    data: int
    """The content's offset."""


def confirm(head: bytes) -> bool:
    """The first 512 bytes, or all of a smaller image, sum to zero."""
    (size,) = struct.unpack_from(">I", head, 8) if len(head) >= 16 else (0,)
    covered = head[: min(512, size)]
    covered = covered[: len(covered) & ~3]
    return bool(covered) and sum(struct.unpack(f">{len(covered) // 4}I", covered)) & 0xFFFFFFFF == 0


def length(head: bytes) -> int:
    """The bytes that the image covers, as it states."""
    return int.from_bytes(head[8:12], "big")


def read(source: Source, report: Report) -> Iterator[Entry]:
    """The entries; every header is visited once."""
    (size,) = struct.unpack(">I", source.read_at(8, 4))
    if size > source.size:
        report("error", f"cut short: {source.size} of {size} bytes are there")
    _, end = _name(source, 16)
    paths: dict[int, bytes] = {}
    seen: set[int] = set()
    pending = [(b"", end)]
    late: list[tuple[bytes, int]] = []
    while pending:
        folder, offset = pending.pop()
        while offset:
            if offset in seen:
                report("error", "headers that lead in a circle", folder)
                break
            seen.add(offset)
            try:
                node = _node(source, offset)
            except InputError as error:
                report("error", f"folder not read to its end: {error.message}", folder)
                break
            path = folder + b"/" + node.name if folder else node.name
            paths[offset] = path
            if node.type == _FOLDER and node.name not in (b".", b".."):
                yield Entry(path, "folder")
                pending.append((path, node.spec & ~15))
            elif node.type == _HARDLINK and node.name not in (b".", b".."):
                late.append((path, node.spec & ~15))
            else:
                yield from _leaf(source, report, path, node)
            offset = node.next
    for path, target in late:
        yield Entry(path, "hardlink", target=paths.get(target, b""))


def _leaf(source: Source, report: Report, path: bytes, node: _Node) -> Iterator[Entry]:
    content = source.window(node.data, node.size)
    if node.type in (_FILE, _SYMLINK) and content.size < node.size:
        report("error", f"not read: {content.size} of its {node.size} bytes are there", path)
    elif node.type == _FILE:
        yield Entry(path, "file", node.size, content)
    elif node.type == _SYMLINK:
        yield Entry(path, "symlink", target=content.read_at(0, LONGEST_PATH))


def _node(source: Source, offset: int) -> _Node:
    header = source.read_at(offset, 16)
    if len(header) < 16:
        raise InputError(f"a header at byte {offset}, beyond the image's end")
    following, spec, size, _ = struct.unpack(">IIII", header)
    name, data = _name(source, offset + 16)
    return _Node(name, following & 7, following & ~15, spec, size, data)


def _name(source: Source, offset: int) -> tuple[bytes, int]:
    """A name and the offset after it."""
    name, nul, _ = source.read_at(offset, LONGEST_PATH).partition(b"\0")
    if not nul:
        raise InputError(f"a name without end at byte {offset}")
    length = len(name) + 1
    return name, offset + length + -length % _ALIGN
