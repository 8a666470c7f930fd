"""EROFS's compressed files: which bytes of the image unpack to which bytes of the file.

A file is parted into logical clusters; an extent begins in some of them and goes on to where the next one begins.
Three kinds of index say so: full (8 bytes for each cluster), compact (2 or 4 bytes), and a list of extents.
Sources: the kernel's fs/erofs/erofs_fs.h and zmap.c.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import NamedTuple

from firmbom.errors import InputError
from firmbom.tree.readers.erofs_layout import FULL_INDEX, Inode, Superblock
from firmbom.tree.source import Source

LZ4, LZMA, DEFLATE, ZSTD, SHIFTED, INTERLACED, HOLE, FRAGMENT = range(8)
"""How the bytes of an extent are stored; the first four are the format's own numbers."""
LARGEST_PACKED, LARGEST = 1 << 20, 12 << 20
"""Bytes of one extent, packed and unpacked."""
_COMPACT_2, _EXTENTS, _BIG_1, _BIG_2, _INLINE, _ROTATED, _FRAGMENT = 1, 1, 2, 4, 8, 16, 32
_STARTS_PLAIN, _STARTS_1, _CONTINUES, _STARTS_2 = range(4)
_PARTIAL = 0x8000
_COUNT = 0x800
_WHOLE_IN_PACKED = 1 << 63
_HEADER = Struct("<IHBB")
_FULL = Struct("<HHI")


class Extent(NamedTuple):
    """A run of a file's bytes."""

    start: int
    """In the file."""
    size: int
    place: int
    """In the image, or of a fragment in the packed inode."""
    packed: int
    method: int
    partial: bool
    """What is stored may unpack to more bytes than ``size``."""


class _Cluster(NamedTuple):
    """What an index says of one logical cluster."""

    kind: int
    offset: int
    """Where in it an extent begins."""
    block: int
    """Where that extent is stored."""
    blocks: int
    """Of the cluster after a beginning: how many blocks the extent has; 0 when not said."""
    partial: bool


class _Header(NamedTuple):
    """What stands before an index."""

    tail: int
    """Where the end of the file stands in the packed inode, or how many bytes of it stand behind the index."""
    advise: int
    methods: int
    cluster_bits: int


def extents(source: Source, found: Superblock, inode: Inode) -> list[Extent]:
    """The extents of a compressed file in order; together they are the whole file.

    Raises:
        InputError: the index is damaged or not there.
    """
    at = -(-inode.end // 8) * 8
    raw = _exactly(source, at, _HEADER.size)
    if (value := int.from_bytes(raw, "little")) & _WHOLE_IN_PACKED:
        return [Extent(0, inode.size, value ^ _WHOLE_IN_PACKED, 0, FRAGMENT, False)]
    tail, advise, methods, bits = _HEADER.unpack(raw)
    header = _Header(tail, advise, methods, found.block_bits + (bits & 15))
    if not inode.size:
        return []
    if inode.layout == FULL_INDEX and advise & _EXTENTS:
        listed = list(_listed(source, found, inode, header, tail | (methods | bits << 8) << 32))
    else:
        listed = _Index(source, found, inode, header).extents()
    end = 0
    for one in listed:
        if (
            one.start != end
            or one.size <= 0
            or (one.size > LARGEST and one.method < HOLE)
            or one.packed > LARGEST_PACKED
        ):
            raise InputError(f"an extent of {one.size} bytes at byte {one.start}, packed in {one.packed}")
        end += one.size
    if end != inode.size:
        raise InputError(f"its extents end at byte {end} of {inode.size}")
    return listed


def _exactly(source: Source, at: int, length: int) -> bytes:
    if at + length > source.size:
        raise InputError("its image ends in its index")
    return source.read_at(at, length)


class _Index:
    """The full and the compact form."""

    def __init__(self, source: Source, found: Superblock, inode: Inode, header: _Header) -> None:
        self._source, self._found, self._inode, self._header = source, found, inode, header
        self._bits = header.cluster_bits
        self._total = -(-inode.size // (1 << header.cluster_bits))
        self._after = 0
        """Where data stored behind the index begins."""

    def extents(self) -> list[Extent]:
        begin = -(-self._inode.end // 8) * 8 + _HEADER.size
        clusters = list(self._full(begin) if self._inode.layout == FULL_INDEX else self._compact(begin))
        size, bits = self._inode.size, self._bits
        heads = [
            (number << bits | one.offset, number, one) for number, one in enumerate(clusters) if one.kind != _CONTINUES
        ]
        heads = [head for head in heads if head[0] < size]
        if not heads:
            raise InputError("an index in which no extent begins")
        ends = [start for start, _, _ in heads[1:]] + [size]
        return [
            self._extent(start, end - start, one, clusters[number + 1 : number + 2], end == size)
            for (start, number, one), end in zip(heads, ends, strict=True)
        ]

    def _extent(self, start: int, size: int, head: _Cluster, following: list[_Cluster], last: bool) -> Extent:
        """The end of a file may stand behind the index or in the packed inode."""
        advise, tail = self._header.advise, self._header.tail
        if last and advise & _FRAGMENT:
            high = head.block << 32 if self._inode.layout == FULL_INDEX else 0
            return Extent(start, size, high | tail, 0, FRAGMENT, False)
        method = self._method(head.kind)
        if last and advise & _INLINE and tail >> 16:
            return Extent(start, size, self._after, tail >> 16, method, head.partial)
        place, packed = (n << self._found.block_bits for n in (head.block, self._blocks(head, following)))
        return Extent(start, size, place, packed, method, head.partial)

    def _blocks(self, head: _Cluster, following: list[_Cluster]) -> int:
        big = _BIG_1 if head.kind == _STARTS_1 else _BIG_2
        if not self._header.advise & big or not following or following[0].kind != _CONTINUES:
            return 1
        if not following[0].blocks:
            raise InputError("an extent that does not say how many blocks it has")
        return following[0].blocks

    def _method(self, kind: int) -> int:
        if kind == _STARTS_PLAIN:
            return INTERLACED if self._header.advise & _ROTATED else SHIFTED
        method = self._header.methods & 15 if kind == _STARTS_1 else self._header.methods >> 4
        if method > ZSTD:
            raise InputError(f"unknown compression {method}")
        return method

    def _full(self, at: int) -> Iterator[_Cluster]:
        at += 8
        table = _exactly(self._source, at, self._total * _FULL.size)
        self._after = at + len(table)
        for advise, offset, value in _FULL.iter_unpack(table):
            kind = advise & 3
            if kind == _CONTINUES:
                count = value & 0xFFFF
                yield _Cluster(kind, 0, 0, count & ~_COUNT if count & _COUNT else 0, False)
            else:
                yield _Cluster(kind, offset, value, 0, bool(advise & _PARTIAL))

    def _compact(self, at: int) -> Iterator[_Cluster]:
        """Packs of 2 clusters in 8 bytes or 16 in 32, each ending with the block of its first extent."""
        if self._bits > 14:
            raise InputError(f"compact indexes for clusters of {1 << self._bits} bytes")
        left = self._total
        first = min(left, ((32 - at % 32) // 4) & 7)
        small = (left - first) // 16 * 16 if self._header.advise & _COMPACT_2 and self._bits <= 12 else 0
        if self._header.advise & _COMPACT_2 and self._bits > 12 and left > first:
            raise InputError(f"compact indexes for clusters of {1 << self._bits} bytes")
        packs = [(2, 8)] * -(-first // 2) + [(16, 32)] * (small // 16) + [(2, 8)] * -(-(left - first - small) // 2)
        table = _exactly(self._source, at, sum(size for _, size in packs))
        self._after = at + len(table)
        offset = 0
        for count, size in packs:
            yield from self._pack(table[offset : offset + size], min(count, left), count)
            offset, left = offset + size, left - count

    def _pack(self, pack: bytes, wanted: int, count: int) -> Iterator[_Cluster]:
        low_bits = max(self._bits, 12)
        width = (len(pack) - 4) * 8 // count
        packed, base = int.from_bytes(pack[:-4], "little"), int.from_bytes(pack[-4:], "little")
        words = [packed >> width * i & ((1 << width) - 1) for i in range(count)]
        pairs = [(word >> low_bits & 3, word & ((1 << low_bits) - 1)) for word in words]
        for i, (kind, low) in enumerate(pairs[:wanted]):
            if kind == _CONTINUES:
                yield _Cluster(kind, 0, 0, low & ~_COUNT if low & _COUNT else 0, False)
            else:
                yield _Cluster(kind, low, base + self._stored_before(pairs, i), 0, False)

    def _stored_before(self, pairs: list[tuple[int, int]], i: int) -> int:
        """How many blocks the extents before the one in cluster ``i`` have, as its pack counts them."""
        big = self._header.advise & _BIG_1
        blocks = 0 if big else 1
        while i > 0:
            i -= 1
            kind, low = pairs[i]
            if kind != _CONTINUES:
                blocks += 1
            elif not big:
                i -= low
                blocks += i >= 0
            elif low & _COUNT:
                i -= 1
                blocks += low & ~_COUNT
            elif low <= 1:
                raise InputError("a compact index that counts wrongly")
            else:
                i -= low - 2
        return blocks


def _listed(source: Source, found: Superblock, inode: Inode, header: _Header, count: int) -> Iterator[Extent]:
    """The list form: records of 4 or 8 bytes for each cluster, or of 16 or 32 bytes that say where they begin."""
    size = 4 << (header.advise >> 1 & 3)
    at = -(-(-(-inode.end // 8) * 8 + _HEADER.size) // size) * size
    cluster = 1 << header.cluster_bits
    if size <= 8:
        count = -(-inode.size // cluster)
    running = int.from_bytes(_exactly(source, at, 8), "little") if size == 4 else 0
    table = _exactly(source, at + (8 if size == 4 else 0), count * size)
    records = []
    for number, offset in enumerate(range(0, len(table), size)):
        words = [int.from_bytes(table[offset + i : offset + i + 4], "little") for i in range(0, size, 4)] + [0, 0, 0, 0]
        packed = words[0] & (2 * LARGEST_PACKED - 1)
        if size <= 8:
            records.append((number * cluster, words[0], running if size == 4 else words[1]))
            running += packed
        else:
            start = words[3] | (words[4] << 32 if size == 32 else 0)
            records.append((start, words[0], words[1] | words[2] << 32))
    ends = [start for start, _, _ in records[1:]] + [inode.size]
    for (start, word, place), end in zip(records, ends, strict=True):
        packed, method = word & (2 * LARGEST_PACKED - 1), (word >> 28) - 1
        if end == inode.size and header.advise & _FRAGMENT:
            yield Extent(start, end - start, word | (place << 32 if size > 4 else 0), 0, FRAGMENT, False)
        elif not packed:
            yield Extent(start, end - start, 0, 0, HOLE, False)
        else:
            if method < 0:
                whole = not (place | packed) & (found.block - 1)
                method = INTERLACED if header.advise & _ROTATED and whole else SHIFTED
            elif method > ZSTD:
                raise InputError(f"unknown compression {method}")
            yield Extent(start, end - start, place, packed, method, bool(word >> 27 & 1))
