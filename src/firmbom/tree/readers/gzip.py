"""gzip (RFC 1952): members one after another, each with its checksum."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from functools import partial

from firmbom.tree.report import Report
from firmbom.tree.source import Source
from firmbom.tree.unpack import Inflate, members

_PLAIN, _HEADER = b"\x1f\x8b\x08\0", 10
"""What a member begins with that has nothing in its header but what all have, and how long that is."""


def read(source: Source, report: Report) -> Iterator[bytes]:
    """The unpacked bytes. Raises :class:`firmbom.errors.InputError` when damaged or cut."""
    return members(source, report, partial(Inflate, 31), b"\x1f\x8b")


def beginning(data: bytes, length: int) -> bytes | None:
    """The first bytes of what is unpacked, without their checksum unless it is at hand; at half the cost of reading.

    Args:
        data: all of the file.
        length: how many are wanted.

    Returns:
        So many, or fewer that are all there is; None where more than this is to be done: of several members, of damage.
    """
    if not data.startswith(_PLAIN):
        return None
    inner = zlib.decompressobj(-15)
    try:
        made = inner.decompress(data[_HEADER:], length)
    except zlib.error:
        return None
    if inner.eof:
        return made if inner.unused_data == struct.pack("<II", zlib.crc32(made), len(made)) else None
    return made if len(made) == length else None
