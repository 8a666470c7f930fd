"""The clusters of a qcow2 image: where each is found, plain or compressed. Source: QEMU's docs/interop/qcow2.txt."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from functools import lru_cache

from firmbom.errors import InputError
from firmbom.tree.codec import codec
from firmbom.tree.source import Source

_ADDRESS = 0x00FFFFFFFFFFFE00
_COMPRESSED, _ZERO = 1 << 62, 1
_SECTOR = 512
_SUBCLUSTERS = 32
_CACHE = 4 << 20
"""So much of tables, and of unpacked clusters, is kept, in bytes."""
_CHECKED = 1 << 20
"""So many clusters' places are checked before anything is read."""


class Disk(Source):
    """The guest's disk. Reading raises :class:`InputError` where a cluster is damaged or missing."""

    def __init__(self, source: Source, *, size: int, table: int, bits: int, extended: bool, zstd: bool) -> None:
        """Take the layout from the header.

        Args:
            source: the image.
            size: the disk's size in bytes.
            table: where the table of tables is, in bytes.
            bits: the logarithm of a cluster's size.
            extended: each entry of a table also says which subclusters there are.
            zstd: compressed clusters are Zstandard, not DEFLATE.
        """
        self._source, self._top, self._bits, self._extended = source, table, bits, extended
        self.size = size
        self._cluster = 1 << bits
        self._width = 16 if extended else 8
        self._inflate = codec("zstd") if zstd else _inflate
        kept = max(2, _CACHE // self._cluster)
        self._table = lru_cache(kept)(self._read_table)
        self._unpacked = lru_cache(kept)(self._unpack)

    @property
    def per_table(self) -> int:
        """How many clusters one table has."""
        return self._cluster // self._width

    def missing(self) -> int:
        """How many of the first clusters the image does not hold; nothing is unpacked but what stands at its end."""
        most = min(_CHECKED, -(-self.size // self._cluster))
        found = 0
        for first in range(0, most, self.per_table):
            count = min(self.per_table, most - first)
            try:
                entries = self._entries(first // self.per_table, count)
            except InputError:
                found += count
            else:
                found += sum(not self._held(entry, first + place) for place, entry in enumerate(entries) if entry)
        return found

    def read_at(self, offset: int, length: int) -> bytes:
        """See :meth:`Source.read_at`."""
        length = max(0, min(length, self.size - offset))
        out = bytearray(length)
        position = 0
        while position < length:
            cluster, within = divmod(offset + position, self._cluster)
            count = min(length - position, self._cluster - within)
            part = self._part(cluster, within, count)
            if part:
                out[position : position + count] = part
            position += count
        return bytes(out)

    def _part(self, cluster: int, within: int, count: int) -> bytes:
        """A part of a cluster; nothing where it is zero."""
        number, index = divmod(cluster, self.per_table)
        table = self._table(number)
        place = index * self._width
        entry = int.from_bytes(table[place : place + 8], "big")
        if entry & _COMPRESSED:
            return self._unpacked(entry)[within : within + count]
        start = entry & _ADDRESS
        if not start:
            return b""
        if self._extended:
            return self._subclusters(int.from_bytes(table[place + 8 : place + 16], "big"), start, within, count)
        return b"" if entry & _ZERO else self._exactly(start + within, count)

    def _subclusters(self, bitmap: int, start: int, within: int, count: int) -> bytes:
        """The same where each subcluster is there by itself or is zero."""
        size = self._cluster // _SUBCLUSTERS
        parts: list[bytes] = []
        end = within + count
        while within < end:
            number = within // size
            length = min(end, (number + 1) * size) - within
            there = bitmap >> number & 1
            parts.append(self._exactly(start + within, length) if there else bytes(length))
            within += length
        return b"".join(parts)

    def _exactly(self, offset: int, length: int) -> bytes:
        data = self._source.read_at(offset, length)
        if len(data) < length:
            raise InputError("its image ends in it")
        return data

    def _read_table(self, number: int) -> bytes:
        """A table of clusters; nothing where there is none, for all of them are zero."""
        (entry,) = struct.unpack(">Q", self._exactly(self._top + 8 * number, 8))
        start = entry & _ADDRESS
        return self._exactly(start, self._cluster) if start else b""

    def _entries(self, number: int, count: int) -> Iterator[int]:
        table = self._table(number)
        words = struct.unpack_from(f">{count * self._width // 8}Q", table) if table else ()
        return iter(words[:: self._width // 8])

    def _span(self, entry: int) -> tuple[int, int]:
        """Where a compressed cluster begins, and how many bytes there are up to the end of its last sector."""
        shift = 62 - (self._bits - 8)
        start = entry & ((1 << shift) - 1)
        sectors = (entry >> shift & ((1 << (self._bits - 8)) - 1)) + 1
        return start, sectors * _SECTOR - start % _SECTOR

    def _held(self, entry: int, cluster: int) -> bool:
        """Whether the image holds a cluster; compressed data may end before its last sector does, as the image may."""
        if not entry & _COMPRESSED:
            wanted = min(self._cluster, self.size - cluster * self._cluster)
            return bool(entry & _ZERO) or (entry & _ADDRESS) + wanted <= self._source.size
        start, length = self._span(entry)
        if start + length <= self._source.size:
            return True
        if start + length - _SECTOR >= self._source.size:
            return False
        try:
            return bool(self._unpacked(entry))
        except InputError:
            return False

    def _unpack(self, entry: int) -> bytes:
        data = self._inflate(self._source.read_at(*self._span(entry)), self._cluster)
        if len(data) < self._cluster:
            raise InputError("a compressed cluster holds too few bytes")
        return data


def _inflate(data: bytes, limit: int) -> bytes:
    """Bare DEFLATE."""
    try:
        return zlib.decompressobj(-15).decompress(data, limit)
    except zlib.error as error:
        raise InputError(f"damaged deflate data ({error})") from error
