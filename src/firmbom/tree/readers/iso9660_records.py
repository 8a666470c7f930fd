"""Volume descriptors and directory records of ISO 9660. Source: ECMA-119, 4th edition, sections 8 and 10."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from firmbom.errors import InputError
from firmbom.tree.source import Source

SECTOR = 2048
_FIRST_DESCRIPTOR = 16
_MOST_DESCRIPTORS = 64
_PRIMARY, _SUPPLEMENTARY, _END = 1, 2, 255
_JOLIET = (b"%/@", b"%/C", b"%/E")
"""Escape sequences for UCS-2, levels 1 to 3; Joliet specification, "Escape Sequences"."""
_RECORD = struct.Struct("<BBI4xI4x7xBBB4xB")
_DIRECTORY, _ASSOCIATED, _CONTINUED = 0x02, 0x04, 0x80
_HERE, _ABOVE = b"\0", b"\1"


class Record(NamedTuple):
    """A file, a folder, or a part of a file."""

    name: bytes
    """As stored: with a version behind a semicolon, UCS-2 in Joliet."""
    flags: int
    block: int
    size: int
    interleaved: bool
    system: bytes
    """The area for system use, where Rock Ridge puts its fields."""

    @property
    def folder(self) -> bool:
        """Whether it is a folder."""
        return bool(self.flags & _DIRECTORY)

    @property
    def associated(self) -> bool:
        """Whether it belongs to the file of the same name, as the resource fork of a Mac file does."""
        return bool(self.flags & _ASSOCIATED)

    @property
    def continued(self) -> bool:
        """Whether the next record holds more of the same file."""
        return bool(self.flags & _CONTINUED)


class Volume(NamedTuple):
    """What a volume descriptor states."""

    blocks: int
    block_size: int
    root: Record


class Descriptors(NamedTuple):
    """The descriptors that matter."""

    primary: Volume
    joliet: Volume | None
    also_udf: bool


def descriptors(source: Source) -> Descriptors:
    """Read them. Raises :class:`InputError` where the primary one is missing or damaged."""
    primary = joliet = None
    udf = closed = False
    for sector in range(_FIRST_DESCRIPTOR, _FIRST_DESCRIPTOR + _MOST_DESCRIPTORS):
        data = source.read_at(sector * SECTOR, SECTOR)
        udf = udf or data[1:6] in (b"NSR02", b"NSR03")
        if len(data) < SECTOR or data[1:6] not in (b"CD001", b"BEA01", b"NSR02", b"NSR03", b"TEA01"):
            break
        closed = closed or data[0] == _END
        if data[1:6] != b"CD001" or closed:
            continue
        if data[0] == _PRIMARY and primary is None:
            primary = _volume(data)
        elif data[0] == _SUPPLEMENTARY and data[88:91] in _JOLIET:
            joliet = _volume(data)
    if primary is None:
        raise InputError("it has no primary volume descriptor")
    return Descriptors(primary, joliet, udf)


def _volume(data: bytes) -> Volume:
    (blocks,) = struct.unpack_from("<I", data, 80)
    (block_size,) = struct.unpack_from("<H", data, 128)
    root = next(records([data[156:190]]), None)
    if block_size not in (512, 1024, SECTOR) or root is None or not root.folder:
        raise InputError("its volume descriptor is damaged")
    return Volume(blocks, block_size, root)


def records(sectors: Iterable[bytes]) -> Iterator[Record]:
    """The records of a folder, none of which crosses from one sector into the next.

    Raises:
        InputError: a record has no sensible length, so that no further one can be found.
    """
    for sector in sectors:
        place = 0
        while place < len(sector) and sector[place]:
            length = sector[place]
            record = sector[place : place + length]
            if len(record) < max(length, _RECORD.size + 1):
                raise InputError("a damaged record; what follows it was not read")
            yield _record(record)
            place += length


def _record(data: bytes) -> Record:
    _, attributes, block, size, flags, unit, gap, name_length = _RECORD.unpack_from(data)
    end = _RECORD.size + name_length
    if end > len(data):
        raise InputError("a record with a name longer than itself; what follows it was not read")
    name = data[_RECORD.size : end]
    return Record(name, flags, block + attributes, size, bool(unit or gap), data[end + (end & 1) :])


def is_self_or_parent(record: Record) -> bool:
    """Whether it is the folder itself or the one above it."""
    return record.name in (_HERE, _ABOVE)


def plain_name(name: bytes, *, joliet: bool) -> bytes:
    """A name without its version, and without the dot that stands where an extension could."""
    if joliet:
        name = name.decode("utf-16-be", "replace").encode()
    return name.partition(b";")[0].removesuffix(b".") or name
