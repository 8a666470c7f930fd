"""qcow2, the disk image of QEMU, versions 2 and 3: the guest's disk as one file that is unpacked where it is read.

Source: QEMU's docs/interop/qcow2.txt. Snapshots inside are not read, nor are images that only hold the changes to
another, that are encrypted, or whose data is in another file.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from firmbom.errors import InputError
from firmbom.tree.archive import Entry
from firmbom.tree.readers.qcow2_disk import Disk
from firmbom.tree.report import Report
from firmbom.tree.source import Source

NAME = b"disk"
"""The guest's disk in the container."""

_HEADER = struct.Struct(">4sIQIIQIIQQIIQ")
_VERSION_3 = struct.Struct(">QQQII")
_COMPRESSION = 104
_CORRUPT, _EXTERNAL, _EXTENDED, _KNOWN = 0x2, 0x4, 0x10, 0x1F
_LONGEST_NAME = 1023


class _Header(NamedTuple):
    magic: bytes
    version: int
    backing: int
    backing_length: int
    cluster_bits: int
    size: int
    encryption: int
    table_length: int
    table: int
    references: int
    reference_clusters: int
    snapshots: int
    snapshot_table: int


def confirm(head: bytes) -> bool:
    """Version 2 or 3, with clusters of a possible size; version 1 was another format."""
    if len(head) < _HEADER.size:
        return False
    header = _Header(*_HEADER.unpack_from(head))
    return header.version in (2, 3) and 9 <= header.cluster_bits <= 21


def read(source: Source, report: Report) -> Iterator[Entry]:
    """The disk. Raises :class:`InputError` where it is not all in this file, or cannot be read."""
    header = _Header(*_HEADER.unpack(source.read_at(0, _HEADER.size)))
    features, zstd = _features(source, header)
    _refuse(source, header, features)
    disk = Disk(
        source,
        size=header.size,
        table=header.table,
        bits=header.cluster_bits,
        extended=bool(features & _EXTENDED),
        zstd=zstd,
    )
    if -(-header.size // (disk.per_table << header.cluster_bits)) > header.table_length:
        raise InputError(f"its table is too short for a disk of {header.size} bytes")
    if features & _CORRUPT:
        report("warning", "is marked as damaged by QEMU")
    if header.snapshots:
        report("note", f"holds {header.snapshots} snapshots, which were not read")
    missing = disk.missing()
    if missing:
        report("error", f"cut short or damaged; clusters that are not in it: {missing}")
    yield Entry(NAME, "file", disk.size, disk)


def _features(source: Source, header: _Header) -> tuple[int, bool]:
    """The incompatible features, and whether compressed clusters are Zstandard."""
    if header.version == 2:
        return 0, False
    data = source.read_at(_HEADER.size, _VERSION_3.size)
    if len(data) < _VERSION_3.size:
        raise InputError("ends in its header")
    features, _, _, _, length = _VERSION_3.unpack(data)
    method = source.read_at(_COMPRESSION, 1) if length > _COMPRESSION else b"\0"
    if method not in (b"\0", b"\1"):
        raise InputError("is compressed by an unknown method")
    return features, method == b"\1"


def _refuse(source: Source, header: _Header, features: int) -> None:
    if header.encryption:
        raise InputError("is encrypted")
    if header.backing:
        name = source.read_at(header.backing, min(header.backing_length, _LONGEST_NAME))
        shown = name.decode("utf-8", "backslashreplace")
        raise InputError(
            f"only holds the changes to its backing file {shown!r}", remedy="give the result of qemu-img convert"
        )
    if features & _EXTERNAL:
        raise InputError("keeps its data in another file", remedy="give the result of qemu-img convert")
    if features & ~_KNOWN:
        raise InputError(f"has unknown features {features & ~_KNOWN:#x}")
