"""The records of a FAT folder: short names, and the long ones spread over the records before them.

Source: Microsoft, "FAT: General Overview of On-Disk Format", version 1.03, "FAT Directory Structure" and
"FAT Long Directory Entries".
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from firmbom.tree.readers.fat_layout import RECORD

_SHORT = struct.Struct("<8s3sBB7xH4xHI")
_LONG = struct.Struct("<B10sBBB12s2x4s")
_LONG_NAME, _LABEL, _FOLDER = 0x0F, 0x08, 0x10
_FREE, _LAST, _LAST_PART = 0xE5, 0, 0x40
_LOWER_BASE, _LOWER_EXTENSION = 0x08, 0x10
_STANDS_FOR_FREE = 0x05


class Record(NamedTuple):
    """A file or folder."""

    name: bytes
    folder: bool
    cluster: int
    size: int


class _Long:
    """Gathers the parts of a long name, of which the last comes first."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._next = self._checksum = 0

    def add(self, record: bytes) -> None:
        order, first, _, _, checksum, second, third = _LONG.unpack(record)
        if order & _LAST_PART:
            self._parts, self._checksum = [], checksum
            self._next = order & (_LAST_PART - 1)
        elif order != self._next or checksum != self._checksum:
            self.clear()
            return
        self._parts.append(first + second + third)
        self._next -= 1

    def take(self, short: bytes) -> str:
        """The name if it is whole and belongs to that short name, else an empty one."""
        whole = self._parts and not self._next and self._checksum == _checksum(short)
        text = b"".join(reversed(self._parts)).decode("utf-16-le", "surrogatepass") if whole else ""
        self.clear()
        return text.partition("\0")[0]

    def clear(self) -> None:
        self._parts, self._next = [], 0


def records(parts: Iterable[bytes], *, wide: bool) -> Iterator[Record]:
    """What is in a folder; what was deleted, labels, ``.`` and ``..`` are left out.

    Args:
        parts: the folder's bytes, in multiples of a record.
        wide: of FAT32, whose numbers of clusters are longer.
    """
    long = _Long()
    for part in parts:
        for place in range(0, len(part) - RECORD + 1, RECORD):
            record = part[place : place + RECORD]
            if record[0] == _LAST:
                return
            if record[0] == _FREE:
                long.clear()
            elif record[11] & 0x3F == _LONG_NAME:
                long.add(record)
            elif record[11] & _LABEL or record[:11].rstrip() in (b".", b".."):
                long.clear()
            else:
                base, extension, attributes, case, high, low, size = _SHORT.unpack(record)
                name = long.take(record[:11]) or _short(base, extension, case)
                cluster = low | high << 16 if wide else low
                yield Record(name.encode("utf-8", "surrogatepass"), bool(attributes & _FOLDER), cluster, size)


def _short(base: bytes, extension: bytes, case: int) -> str:
    """As Linux shows it: letters as stored, or lower case where Windows NT noted that."""
    if base[0] == _STANDS_FOR_FREE:
        base = bytes((_FREE,)) + base[1:]
    name, ending = (part.decode("cp437").rstrip(" ") for part in (base, extension))
    name = name.lower() if case & _LOWER_BASE else name
    ending = ending.lower() if case & _LOWER_EXTENSION else ending
    return f"{name}.{ending}" if ending else name


def _checksum(short: bytes) -> int:
    total = 0
    for byte in short:
        total = ((total & 1) << 7) + (total >> 1) + byte & 0xFF
    return total
