"""UBI's headers: erase counters, volume identifiers and the volume table; all big endian, each with its checksum.

Source: the kernel's drivers/mtd/ubi/ubi-media.h. Checksums are CRC-32 without the final inversion.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from math import gcd
from struct import Struct
from typing import NamedTuple

from firmbom.errors import InputError
from firmbom.tree.source import Source

MAGIC = b"UBI#"
HEADER = 64
"""The size of both headers, in bytes."""
STATIC = 2
LAYOUT_VOLUME = 0x7FFFEFFF
"""Holds the volume table, twice; volumes from here on are UBI's own."""
_VOLUME_MAGIC = b"UBI!"
_ERASE_COUNTER = Struct(">4sB3xQIII32x")
_VOLUME_HEADER = Struct(">4sBBBBII4xIIII4xQ12x")
_RECORD = Struct(">IIIBBH128sB23x")
_MOST_VOLUMES = 128
_SMALLEST_BLOCK = 2048
_SEARCHED = 256 << 20
_WINDOW = 1 << 20
_ENOUGH = 16


class EraseCounter(NamedTuple):
    """What begins each physical block."""

    header_offset: int
    """Where the volume header stands in the block."""
    data_offset: int
    image: int
    """The same for all blocks of one image; 0 in old ones."""


class VolumeHeader(NamedTuple):
    """Which logical block a physical one holds."""

    type: int
    copied: bool
    """Its data was moved here, and counts only when the checksum fits."""
    compatibility: int
    volume: int
    number: int
    """The number of the logical block in its volume."""
    data_size: int
    """Bytes in use; of static volumes and copies."""
    used_blocks: int
    """How many blocks a static volume has."""
    padding: int
    """Bytes at the end of each block that the volume does not use."""
    data_crc: int
    sequence: int
    """Of two blocks of one index the greater is newer."""


class Record(NamedTuple):
    """One volume in the volume table."""

    blocks: int
    """How many logical blocks it may have."""
    padding: int
    interrupted: bool
    """An update of it began and did not end."""
    name: bytes


def crc(data: bytes) -> int:
    """The checksum of UBI."""
    return zlib.crc32(data) ^ 0xFFFFFFFF


def _sealed(data: bytes, layout: Struct) -> bool:
    size = layout.size
    return len(data) >= size + 4 and crc(data[:size]) == int.from_bytes(data[size : size + 4], "big")


def erase_counter(data: bytes) -> EraseCounter | None:
    """The header that ``data`` begins with, None when it is damaged or none."""
    if not data.startswith(MAGIC) or not _sealed(data, _ERASE_COUNTER):
        return None
    _, version, _, header_offset, data_offset, image = _ERASE_COUNTER.unpack_from(data)
    fits = version == 1 and HEADER <= header_offset <= data_offset - HEADER
    return EraseCounter(header_offset, data_offset, image) if fits else None


def volume_header(data: bytes) -> VolumeHeader | None:
    """The header that ``data`` begins with, None when it is damaged or none."""
    if not data.startswith(_VOLUME_MAGIC) or not _sealed(data, _VOLUME_HEADER):
        return None
    _, version, kind, copied, compatibility, *numbers = _VOLUME_HEADER.unpack_from(data)
    return VolumeHeader(kind, bool(copied), compatibility, *numbers) if version == 1 else None


def volume_table(data: bytes) -> dict[int, Record] | None:
    """The volumes by number; None when a record is damaged."""
    step = _RECORD.size + 4
    found = {}
    for number in range(min(_MOST_VOLUMES, len(data) // step)):
        record = data[number * step : (number + 1) * step]
        if not _sealed(record, _RECORD):
            return None
        blocks, _, padding, _, interrupted, length, name, _ = _RECORD.unpack_from(record)
        if blocks:
            found[number] = Record(blocks, padding, bool(interrupted), name[:length])
    return found


def block_size(source: Source, first: EraseCounter) -> int:
    """The size of a physical block, by where the erase counters stand; all of the image when there is only one.

    A volume may hold another image with such headers, so a size counts only if half of its multiples have one.

    Raises:
        InputError: they stand at no regular distance.
    """
    offsets: list[int] = []
    for offset in _counters(source, first):
        offsets.append(offset)
        if len(offsets) == _ENOUGH:
            break
    if not offsets:
        return source.size
    known = set(offsets)
    for size in sorted({gcd(*offsets), *offsets}):
        hits = sum(multiple in known for multiple in range(size, offsets[-1] + 1, size))
        if size >= max(_SMALLEST_BLOCK, first.data_offset + 1) and hits * size * 2 >= offsets[-1]:
            return size
    raise InputError("erase counters at no regular distance")


def _counters(source: Source, first: EraseCounter) -> Iterator[int]:
    """Where erase counters with the same offsets as the first one stand behind it."""
    for start in range(0, min(source.size, _SEARCHED), _WINDOW):
        window = source.read_at(start, _WINDOW + HEADER)
        at = window.find(MAGIC, 0 if start else HEADER)
        while 0 <= at < _WINDOW:
            found = erase_counter(window[at : at + HEADER])
            if found and found[:2] == first[:2]:
                yield start + at
            at = window.find(MAGIC, at + 4)
