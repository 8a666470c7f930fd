"""JFFS2's file contents: the newest bytes of all nodes of an inode, unpacked.

Sources: the kernel's fs/jffs2/readinode.c, compr_rtime.c, compr_zlib.c, compr_lzo.c.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush
from itertools import pairwise
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
    node: Inode


def content(log: Log, source: Source, inode: int, size: int) -> Iterator[bytes]:
    """The bytes of a file.

    Raises:
        InputError: a node cannot be unpacked, or some bytes are in none.
    """
    done = waiting = 0
    held: list[bytes] = []
    kept: tuple[int, bytes | None] = (-1, None)
    for start, end, extent in _visible(_extents(log, source, inode, size)):
        if start > done:
            break
        if extent.place != kept[0]:
            kept = extent.place, _data(source, extent)
        data = kept[1]
        if data is None or waiting >= CHUNK:
            yield b"".join(held)
            held, waiting = [], 0
        if data is None:
            yield from _zeros(end - start)
        else:
            held.append(data[start - extent.start : end - extent.start])
            waiting += end - start
        done = end
    yield b"".join(held)
    if done < size:
        raise InputError(f"its bytes from {done} on are not in the image")


def _extents(log: Log, source: Source, inode: int, size: int) -> list[_Extent]:
    found = []
    for order, place in enumerate(log.places(inode)):
        node = log.layout.inode(source.read_at(place, INODE))
        if node.offset < size and node.unpacked:
            found.append(_Extent(node.offset, min(size, node.offset + node.unpacked), order, place, node))
    return sorted(found)


def _visible(extents: list[_Extent]) -> Iterator[tuple[int, int, _Extent]]:
    """Which node gives which bytes, in order; ``extents`` are sorted by their start."""
    if all(one.end <= following.start for one, following in pairwise(extents)):
        yield from ((one.start, one.end, one) for one in extents)
        return
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


def _data(source: Source, extent: _Extent) -> bytes | None:
    """What a node unpacks to, None for zeros."""
    node = extent.node
    if node.compression == _ZERO:
        return None
    unpack = _UNPACK.get(node.compression)
    if unpack is None:
        raise InputError(unreadable(node.compression))
    if node.unpacked > LARGEST:
        raise InputError(f"a node of {node.unpacked} bytes, where {LARGEST} are the most")
    data = unpack(source.read_at(extent.place + INODE, node.packed), node.unpacked)
    if len(data) != node.unpacked:
        raise InputError(f"the node at byte {extent.place} unpacks to {len(data)} bytes, where {node.unpacked} are due")
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
