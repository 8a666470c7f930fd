"""The PE/COFF header that kernels carry for EFI: its sections and its signatures.

Source: Microsoft's "PE Format", revision of 2023.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from firmbom.tree.source import Source

_COFF = struct.Struct("<4sHHIIIHH")
_SECTION = struct.Struct("<8sIIIIIIHHI")
_OPTIONAL = {0x10B: 96, 0x20B: 112}
"""By its magic, the size of the optional header's fixed part; the data directories follow."""
_CERTIFICATES = 4
_MOST_SECTIONS = 96


class Section(NamedTuple):
    """Where a section's bytes stand in the file."""

    name: bytes
    offset: int
    size: int
    stored: int
    """With the padding behind it."""


def sections(source: Source) -> tuple[Section, ...]:
    """The sections; none when there is no such header."""
    found = _coff(source)
    if not found:
        return ()
    start, count, optional = found
    table = source.read_at(start + _COFF.size + optional, _SECTION.size * min(count, _MOST_SECTIONS))
    whole = len(table) - len(table) % _SECTION.size
    return tuple(
        Section(name.rstrip(b"\0"), offset, min(size, virtual) if virtual else size, size)
        for name, virtual, _, size, offset, *_ in _SECTION.iter_unpack(table[:whole])
    )


def end(source: Source) -> int:
    """Where the header, the last section or the signatures end, as the header states; 0 when there is none."""
    head = source.read_at(0, 64)
    if len(head) < 64 or not head.startswith(b"MZ"):
        return 0
    found = _coff(source)
    if not found:  # a kernel's has one; when it lies behind the end, the image was cut
        (start,) = struct.unpack_from("<I", head, 60)
        return start + _COFF.size if start + _COFF.size > source.size else 0
    start, count, optional = found
    table = start + _COFF.size + optional + count * _SECTION.size
    return max([table, sum(certificates(source)), *(one.offset + one.stored for one in sections(source))])


def certificates(source: Source) -> tuple[int, int]:
    """Offset and size of the signatures; zeros when there are none."""
    found = _coff(source)
    if not found:
        return 0, 0
    start = found[0] + _COFF.size
    (magic,) = struct.unpack("<H", source.read_at(start, 2).ljust(2, b"\0"))
    if magic not in _OPTIONAL:
        return 0, 0
    field = source.read_at(start + _OPTIONAL[magic] + 8 * _CERTIFICATES, 8)
    offset, size = struct.unpack("<II", field.ljust(8, b"\0"))
    return offset, size


def _coff(source: Source) -> tuple[int, int, int] | None:
    """Where the header stands, how many sections there are, and the size of the optional header."""
    head = source.read_at(0, 64)
    if len(head) < 64 or not head.startswith(b"MZ"):
        return None
    (start,) = struct.unpack_from("<I", head, 60)
    data = source.read_at(start, _COFF.size)
    if len(data) < _COFF.size:
        return None
    magic, _, count, _, _, _, optional, _ = _COFF.unpack(data)
    return (start, count, optional) if magic == b"PE\0\0" else None
