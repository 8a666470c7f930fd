"""TP-Link's firmware of header version 1: a boot loader, a kernel and a filesystem, each at an offset.

The fields, big endian, are as public descriptions name them. Other versions are recognised and not opened.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from firmbom.tree.archive import Entry
from firmbom.tree.readers.vendor import Part, parts
from firmbom.tree.report import Report
from firmbom.tree.source import Source

_VERSION = b"\1\0\0\0"
_PLACES = struct.Struct(">7I")
"""From byte 124: the whole length, then offset and length of kernel, filesystem and boot loader."""
_HEADER = 512


def confirm(head: bytes) -> bool:
    """The version, and parts that lie behind the header and inside the whole."""
    if len(head) < _HEADER or not head.startswith(_VERSION):
        return False
    whole, *places = _PLACES.unpack_from(head, 124)
    used = [(offset, size) for offset, size in zip(places[::2], places[1::2], strict=True) if size]
    return bool(used) and all(offset >= _HEADER and offset + size <= whole for offset, size in used)


def read(source: Source, report: Report) -> Iterator[Entry]:
    """The parts that the header states."""
    _, *places = _PLACES.unpack(source.read_at(124, _PLACES.size))
    kernel, rootfs, boot = (
        Part(name, *places[2 * i : 2 * i + 2]) for i, name in enumerate((b"kernel", b"rootfs", b"boot"))
    )
    return parts(source, report, boot, kernel, rootfs)
