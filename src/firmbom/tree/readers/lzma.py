"""LZMA alone (".lzma", lzma-file-format.txt of XZ Utils): 13 bytes of header without a magic, then one stream."""

from __future__ import annotations

import lzma
import struct
from collections.abc import Iterator

from firmbom.tree.report import Report
from firmbom.tree.source import Source
from firmbom.tree.unpack import MEMORY, members

_UNKNOWN = (1 << 64) - 1
_LARGEST = 1 << 38


def confirm(head: bytes) -> bool:
    """The header that encoders write (as ``xz --format=auto`` checks it), and a beginning that unpacks."""
    if len(head) < 18:
        return False
    properties, dictionary, size = struct.unpack_from("<BIQ", head)
    if properties >= 9 * 5 * 5 or (size != _UNKNOWN and size >= _LARGEST) or not _is_usual(dictionary):
        return False
    try:
        made = lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=MEMORY).decompress(head, 4096)
    except lzma.LZMAError:
        return False
    return bool(made) or size == 0


def _is_usual(dictionary: int) -> bool:
    """2^n or 2^n + 2^(n-1), at least 4 KiB."""
    ones = dictionary.bit_count()
    return dictionary >= 4096 and (ones == 1 or (ones == 2 and dictionary & (dictionary >> 1) != 0))


def read(source: Source, report: Report) -> Iterator[bytes]:
    """The unpacked bytes. Raises :class:`firmbom.errors.InputError` when damaged or cut."""

    def start() -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=MEMORY)

    return members(source, report, start, b"\x5d\0\0")
