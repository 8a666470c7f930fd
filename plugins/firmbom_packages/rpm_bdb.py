"""The Berkeley DB hash that rpm used until 4.15, ``Packages`` (Berkeley DB's dbinc/db_page.h).

Read page by page without following the hash: every data item of every hash page is a header, or points at a chain of
overflow pages that holds one. Numbers are in the byte order of the machine that wrote the file, which the magic tells.

A page begins with 26 bytes: log position (8), its number, the previous and the next page's, entries (2 bytes), free
offset (2; of an overflow page: bytes used), level (1), type (1). Then two bytes for each entry, the offset of the item
in the page; items are stored from the end, key and data by turns.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from firmbom.errors import InputError
from firmbom_packages.rpm_record import Record, Tell

MAGIC_OFFSET = 12
MAGICS = {struct.pack(order + "I", 0x061561): order for order in "<>"}
"""The hash method's magic by byte order."""

_HEAD = 26
_HASH_META, _OVERFLOW = 8, 7
_HASH_PAGES = frozenset({2, 13})
"""Unsorted, as before version 4.6, and sorted."""
_KEY_DATA, _OFF_PAGE = 1, 3
_SMALLEST, _LARGEST = 512, 65_536


class _BrokenError(Exception):
    """An item that cannot be read; says why."""


class _Pages:
    """The pages of a file."""

    def __init__(self, data: bytes, order: str, size: int) -> None:
        self.data, self.order, self.size = data, order, size
        self.count = len(data) // size
        self._head = struct.Struct(f"{order}8x III HH BB")

    def head(self, number: int) -> tuple[int, ...]:
        """Number, previous, next, entries, free offset, level, type; ``number`` is below the count."""
        return self._head.unpack_from(self.data, number * self.size)

    def items(self, number: int, entries: int) -> list[bytes]:
        """The items of a hash page."""
        if _HEAD + 2 * entries > self.size:
            raise _BrokenError(f"{entries} entries do not fit a page")
        start = number * self.size
        found, end = [], self.size
        for at in struct.unpack_from(f"{self.order}{entries}H", self.data, start + _HEAD):
            if not _HEAD < at < end:
                raise _BrokenError("its items overlap")
            found.append(self.data[start + at : start + end])
            end = at
        return found

    def chain(self, number: int, length: int) -> bytes:
        """``length`` bytes from a chain of overflow pages."""
        parts, left = [], length
        for _ in range(self.count):
            if not 0 < number < self.count:
                raise _BrokenError(f"leads to page {number}, which is not there")
            _, _, following, _, used, _, kind = self.head(number)
            if kind != _OVERFLOW or used > self.size - _HEAD:
                raise _BrokenError(f"leads to page {number}, which is no overflow page")
            start = number * self.size + _HEAD
            parts.append(self.data[start : start + min(used, left)])
            left -= len(parts[-1])
            if not left:
                return b"".join(parts)
            number = following
        raise _BrokenError("its overflow pages form a circle")


def records(data: bytes, tell: Tell) -> Iterator[Record]:
    """Each package; a page or an item that contradicts itself is told."""
    pages = _opened(data, tell)
    budget = 2 * len(data)
    for number in range(1, pages.count):
        _, _, _, entries, _, _, kind = pages.head(number)
        if kind not in _HASH_PAGES:
            continue
        try:
            items = pages.items(number, entries)
        except _BrokenError as error:
            tell(f"page {number}: {error}")
            continue
        for key, value in zip(items[::2], items[1::2], strict=False):
            try:
                blob = _value(pages, value)
            except _BrokenError as error:
                tell(f"page {number}: an item {error}")
                continue
            budget -= len(blob)
            if budget < 0:
                raise InputError("its items share pages; the rest was not read")
            index = int.from_bytes(key[1:5], "little" if pages.order == "<" else "big")
            if index and blob:  # number 0 holds the highest number given, no header
                yield Record(index, blob)


def _opened(data: bytes, tell: Tell) -> _Pages:
    order = MAGICS[data[MAGIC_OFFSET : MAGIC_OFFSET + 4]]
    if len(data) < _SMALLEST:
        raise InputError("ends within its first page")
    size, encrypted, kind = struct.unpack_from(f"{order}I B B", data, 20)
    (last,) = struct.unpack_from(f"{order}I", data, 32)
    if kind != _HASH_META or not _SMALLEST <= size <= _LARGEST or size & (size - 1):
        raise InputError("is a Berkeley DB file, but no hash with pages of a possible size")
    if encrypted:
        raise InputError("is encrypted")
    if (last + 1) * size > len(data):
        tell(f"ends before its last page, {last}")
    return _Pages(data, order, size)


def _value(pages: _Pages, item: bytes) -> bytes:
    if item[0] == _KEY_DATA:
        return item[1:]
    if item[0] != _OFF_PAGE or len(item) < 12:
        raise _BrokenError(f"of type {item[0]} is not one that rpm writes")
    number, length = struct.unpack_from(f"{pages.order}II", item, 4)
    if length > len(pages.data):
        raise _BrokenError(f"of {length} bytes is larger than the file")
    return pages.chain(number, length)
