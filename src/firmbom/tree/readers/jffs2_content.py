"""JFFS2's file contents: the newest bytes of all nodes of an inode, unpacked.

Sources: the kernel's fs/jffs2/readinode.c, compr_rtime.c, compr_zlib.c, compr_lzo.c.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush
from typing import NamedTuple

from firmbom.errors import InputError
from firmbom.tree.codec import Codec, codec
from firmbom.tree.readers.jffs2_nodes import INODE, LARGEST, Inode, Log
from firmbom.tree.source import CHUNK, Source


class _Extent(NamedTuple):
    """Bytes of a file that one node holds."""

    start: int
    end: int
    order: int
    """Of two that overlap the greater one is newer."""
    place: int


def content(log: Log, source: Source, inode: int, size: int) -> Iterator[bytes]:
    """The bytes of a file.

    Raises:
        InputError: a node cannot be unpacked, or some bytes are in none.
    """
    done = 0
    kept: tuple[int, bytes | None] = (-1, None)
    for start, end, node in _visible(_extents(log, source, inode, size)):
        if start > done:
            break
        if node.place != kept[0]:
            kept = node.place, _data(log, source, node.place)
        data = kept[1]
        yield from _zeros(end - start) if data is None else (data[start - node.start : end - node.start],)
        done = end
    if done < size:
        raise InputError(f"its bytes from {done} on are not in the image")


def _extents(log: Log, source: Source, inode: int, size: int) -> list[_Extent]:
    found = []
    for order, place in enumerate(log.places(inode)):
        node = _node(log, source, place)
        if node.offset < size and node.unpacked:
            found.append(_Extent(node.offset, min(size, node.offset + node.unpacked), order, place))
    return sorted(found)


def _visible(extents: list[_Extent]) -> Iterator[tuple[int, int, _Extent]]:
    """Which node gives which bytes, in order; ``extents`` are sorted by their start."""
    waiting: list[tuple[int, _Extent]] = []
    position = index = 0
    while index < len(extents) or waiting:
        if not waiting:
            position = max(position, extents[index].start)
        while index < len(extents) and extents[index].start <= position:
            heappush(waiting, (-extents[index].order, extents[index]))
            index += 1
        newest = waiting[0][1]
        if newest.end <= position:
            heappop(waiting)
            continue
        end = newest.end if index == len(extents) else min(newest.end, extents[index].start)
        yield position, end, newest
        position = end


def _node(log: Log, source: Source, place: int) -> Inode:
    header = source.read_at(place, INODE)
    node = log.layout.inode(header) if len(header) == INODE else None
    if node is None:
        raise InputError(f"the node at byte {place} cannot be read any more")
    return node


def _data(log: Log, source: Source, place: int) -> bytes | None:
    """What a node unpacks to, None for zeros."""
    node = _node(log, source, place)
    unpack = _UNPACK.get(node.compression)
    if node.compression == _ZERO:
        return None
    if unpack is None:
        raise InputError(unreadable(node.compression))
    if node.unpacked > LARGEST:
        raise InputError(f"a node of {node.unpacked} bytes, where {LARGEST} are the most")
    data = unpack(source.read_at(place + INODE, node.packed), node.unpacked)
    if len(data) != node.unpacked:
        raise InputError(f"the node at byte {place} unpacks to {len(data)} bytes, where {node.unpacked} are due")
    return data


def _zeros(count: int) -> Iterator[bytes]:
    for _ in range(count // CHUNK):
        yield bytes(CHUNK)
    yield bytes(count % CHUNK)


def _rtime(data: bytes, limit: int) -> bytes:
    """Each byte is followed by how many bytes repeat what came after that byte's last appearance."""
    last = [0] * 256
    out = bytearray()
    for at in range(0, len(data) - 1, 2):
        value, count = data[at], data[at + 1]
        out.append(value)
        back, last[value] = last[value], len(out)
        if count:
            piece = out[back : back + count]
            out += (piece * (count // len(piece) + 1))[:count]
        if len(out) >= limit:
            break
    return bytes(out[:limit])


def _plain(data: bytes, _: int) -> bytes:
    return data


_ZERO = 1
_UNPACK: dict[int, Codec] = {0: _plain, 2: _rtime, 6: codec("zlib"), 7: codec("lzo")}
_FOREIGN = {3: "rubinmips", 5: "dynrubin", 8: "lzma"}


def unreadable(compression: int) -> str:
    """Why data packed so is not read; empty when it is."""
    if compression == _ZERO or compression in _UNPACK:
        return ""
    name = _FOREIGN.get(compression, f"unknown compression {compression}")
    return f"packed with {name}, which firmbom does not read"
