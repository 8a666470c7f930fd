"""FAT12, FAT16 and FAT32: the boot sector, and the table that chains clusters.

Source: Microsoft, "FAT: General Overview of On-Disk Format", version 1.03, "FAT12/16/32 File System Specification".
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from firmbom.errors import InputError
from firmbom.tree.source import Piece, Source

RECORD = 32
"""The length of a record in a folder, in bytes."""
MOST = 1 << 18
"""Into so many pieces a file may be broken."""
_PARAMETERS = struct.Struct("<11xHBHBHHBH8xIIH2xI")
_PART = 1 << 11
"""So many of the table's entries are read at once."""
_PARTS_KEPT = 128
_OWN_ACTIVE = 0x80
_CLUSTERS_ASKED = 1 << 20


class Layout(NamedTuple):
    """Where things are, in bytes from the image's start."""

    bits: int
    """Of an entry of the table: 12, 16 or 32."""
    size: int
    cluster: int
    """A cluster's length."""
    clusters: int
    """How many there are; the first has number 2."""
    table: int
    root: int
    """Of FAT12 and FAT16: where the root folder is; of FAT32: its first cluster's number."""
    root_size: int
    data: int


def parse(sector: bytes) -> Layout | None:
    """What the boot sector states; None where it is none of a FAT filesystem."""
    if len(sector) < _PARAMETERS.size or sector[0] not in (0xEB, 0xE9):
        return None
    (
        unit, per_cluster, reserved, tables, root_records, total, media, table_units,
        large_total, large_table_units, flags, root_cluster,
    ) = _PARAMETERS.unpack_from(sector)  # fmt: skip
    total = total or large_total
    wide = not table_units
    table_units = table_units or large_table_units
    root_units = -(-root_records * RECORD // unit) if unit else 0
    data = reserved + tables * table_units + root_units
    if (
        unit not in (512, 1024, 2048, 4096)
        or per_cluster & (per_cluster - 1)
        or not (per_cluster and reserved and table_units and media >= 0xF0)
        or tables not in (1, 2)
        or wide == bool(root_records)
        or data >= total
    ):
        return None
    clusters = (total - data) // per_cluster
    bits = 32 if wide else 12 if clusters < 4085 else 16
    clusters = min(clusters, table_units * unit * 8 // bits - 2)
    active = flags & 0xF if wide and flags & _OWN_ACTIVE else 0
    return Layout(
        bits=bits,
        size=total * unit,
        cluster=per_cluster * unit,
        clusters=clusters,
        table=(reserved + active * table_units) * unit,
        root=root_cluster if wide else (data - root_units) * unit,
        root_size=root_units * unit,
        data=data * unit,
    )


class Chains:
    """Follows the table from cluster to cluster."""

    def __init__(self, source: Source, layout: Layout) -> None:
        self._source, self._layout = source, layout
        self._part = lru_cache(_PARTS_KEPT)(self._read_part)

    def clusters(self, first: int) -> Iterator[int]:
        """The numbers of a chain's clusters. Raises :class:`InputError` where it leads astray."""
        seen: set[int] = set()
        end = (1 << min(28, self._layout.bits)) - 8
        number = first
        while number < end:
            if not 2 <= number < self._layout.clusters + 2:
                raise InputError(f"its chain leads to cluster {number}, which is none of a file")
            if number in seen:
                raise InputError("its chain of clusters runs in a circle")
            seen.add(number)
            yield number
            part, place = divmod(number, _PART)
            number = self._part(part)[place]

    def place(self, cluster: int) -> int:
        """Where a cluster begins in the image, in bytes."""
        return self._layout.data + (cluster - 2) * self._layout.cluster

    def pieces(self, first: int, size: int) -> list[Piece]:
        """Where a file's bytes stand. Raises :class:`InputError` where chain or image end before the file does."""
        found: list[Piece] = []
        offset, step = 0, self._layout.cluster
        for cluster in self.clusters(first) if size else ():
            stored, length = self.place(cluster), min(step, size - offset)
            last = found[-1] if found else None
            if last and last.stored + last.length == stored:
                found[-1] = Piece(last.offset, last.stored, last.length + length)
            elif len(found) == MOST:
                raise InputError(f"lies in more than {MOST} pieces")
            else:
                found.append(Piece(offset, stored, length))
            offset += length
            if offset == size:
                break
        if offset < size:
            raise InputError(f"its chain of clusters ends after {offset} of {size} bytes")
        if any(piece.stored + piece.length > self._source.size for piece in found):
            raise InputError("its image ends in it")
        return found

    def used_beyond(self, size: int) -> bool:
        """Whether a cluster in use lies beyond so many bytes; an image may have been made without its free end."""
        first = max(0, size - self._layout.data) // self._layout.cluster + 2
        numbers = range(first, self._layout.clusters + 2)
        if size < self._layout.data or len(numbers) > _CLUSTERS_ASKED:
            return True
        return any(self._part(number // _PART)[number % _PART] for number in numbers)

    def _read_part(self, number: int) -> tuple[int, ...]:
        """A part of the table; what the image does not hold of it counts as free."""
        bits = self._layout.bits
        length = _PART * bits // 8
        data = self._source.read_at(self._layout.table + number * length, length).ljust(length, b"\0")
        if bits == 16:
            return struct.unpack(f"<{_PART}H", data)
        if bits == 32:
            return tuple(entry & 0x0FFFFFFF for entry in struct.unpack(f"<{_PART}I", data))
        triples = zip(data[::3], data[1::3], data[2::3], strict=True)
        return tuple(entry for a, b, c in triples for entry in (a | (b & 0xF) << 8, b >> 4 | c << 4))
