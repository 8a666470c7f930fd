"""Netgear's CHK: a header before a kernel and a filesystem.

The fields, big endian, are as public descriptions name them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from firmbom.tree.archive import Entry
from firmbom.tree.readers.vendor import Part, parts
from firmbom.tree.report import Report
from firmbom.tree.source import Source

_HEADER = struct.Struct(">4sI8sIIIIII")
"""Magic, header's length, region and version, two checksums, the lengths of kernel and filesystem, two checksums."""
_LARGEST_HEADER = 256


def confirm(head: bytes) -> bool:
    """A header of a usual size that ends in the board's name."""
    if len(head) < _HEADER.size:
        return False
    _, size, _, _, _, kernel, *_ = _HEADER.unpack_from(head)
    board = head[_HEADER.size : size]
    return kernel > 0 and _HEADER.size < size <= _LARGEST_HEADER and bool(board.rstrip(b"\0")) and board.isascii()


def read(source: Source, report: Report) -> Iterator[Entry]:
    """``kernel``, which may hold the filesystem too, and ``rootfs``."""
    _, offset, _, _, _, kernel, rootfs, _, _ = _HEADER.unpack(source.read_at(0, _HEADER.size))
    return parts(source, report, Part(b"kernel", offset, kernel), Part(b"rootfs", offset + kernel, rootfs))
