"""Android's boot images: kernel, ramdisk, device trees, each on pages of their own; versions 0 to 4 and vendor_boot.

Source: AOSP's system/tools/mkbootimg/include/bootimg/bootimg.h.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from firmbom.tree.archive import Entry
from firmbom.tree.report import Report
from firmbom.tree.source import Source

_BOOT, _VENDOR = b"ANDROID!", b"VNDRBOOT"
_OLD = struct.Struct("<8s10I")
"""Magic, kernel's size and address, the same of ramdisk, second stage; tags, page, version, system."""
_VERSION = 40
_RECOVERY_TREE, _TREE = 1632, 1648
"""Where versions 1 and 2 state the sizes of the recovery's and the kernel's device trees."""
_NEW_PAGE = 4096
_NEWEST = 4
_SMALLEST_PAGE, _LARGEST_PAGE = 512, 1 << 17
_TABLE_ENTRY = struct.Struct("<III32s")
_MOST_RAMDISKS = 64


class _Part(NamedTuple):
    name: bytes
    size: int


def confirm(head: bytes) -> bool:
    """A version that is known, or none, and pages of a usual size."""
    if len(head) < 4096:
        return False
    if head.startswith(_VENDOR):
        version, page = struct.unpack_from("<II", head, 8)
        return version in (3, 4) and _is_page(page)
    (version,) = struct.unpack_from("<I", head, _VERSION)
    return version in (3, _NEWEST) or _is_page(struct.unpack_from("<I", head, 36)[0])


def _is_page(size: int) -> bool:
    return _SMALLEST_PAGE <= size <= _LARGEST_PAGE and size & (size - 1) == 0


def read(source: Source, report: Report) -> Iterator[Entry]:
    """The parts under their names in the header; ``second`` is a boot loader or what a vendor put there."""
    head = source.read_at(0, 4096)
    if head.startswith(_VENDOR):
        yield from _vendor(source, head, report)
        return
    (version,) = struct.unpack_from("<I", head, _VERSION)
    if version in (3, _NEWEST):
        kernel, ramdisk = struct.unpack_from("<II", head, 8)
        listed = [_Part(b"kernel", kernel), _Part(b"ramdisk", ramdisk)]
        if version == _NEWEST:
            listed.append(_Part(b"signature", *struct.unpack_from("<I", head, 1580)))
        page = _NEW_PAGE
    else:
        listed, page = _old(head, version)
    for entry, _ in _parts(source, listed, page, page, report):
        yield entry


def _old(head: bytes, version: int) -> tuple[list[_Part], int]:
    _, kernel, _, ramdisk, _, second, _, _, page, _, _ = _OLD.unpack_from(head)
    listed = [_Part(b"kernel", kernel), _Part(b"ramdisk", ramdisk), _Part(b"second", second)]
    if version in (1, 2):
        listed.append(_Part(b"recovery_dtbo", *struct.unpack_from("<I", head, _RECOVERY_TREE)))
        if version == 2:
            listed.append(_Part(b"dtb", *struct.unpack_from("<I", head, _TREE)))
    elif version:  # before there were versions, vendors put the size of their device trees here
        listed.append(_Part(b"dt", version))
    return listed, page


def _vendor(source: Source, head: bytes, report: Report) -> Iterator[Entry]:
    version, page, _, _, ramdisks = struct.unpack_from("<5I", head, 8)
    size, tree = struct.unpack_from("<II", head, 2096)
    listed = [_Part(b"vendor_ramdisk", ramdisks), _Part(b"dtb", tree)]
    count = entry_size = 0
    if version == _NEWEST:
        table, count, entry_size, config = struct.unpack_from("<4I", head, 2112)
        listed += [_Part(b"", table), _Part(b"bootconfig", config)]
    ramdisk: Entry | None = None
    table_at = 0
    entries: list[Entry] = []
    for entry, offset in _parts(source, listed, size + -size % page, page, report):
        if entry.name == b"vendor_ramdisk":
            ramdisk = entry
        elif entry.name:
            entries.append(entry)
        else:
            table_at = offset
    if ramdisk and isinstance(ramdisk.content, Source):
        if 0 < count <= _MOST_RAMDISKS and table_at and entry_size >= _TABLE_ENTRY.size:
            yield from _ramdisks(source, table_at, count, entry_size, ramdisk.content, report)
        else:
            if version == _NEWEST:
                report("error", f"a table of {count} ramdisks of {entry_size} bytes each; they are left in one")
            yield ramdisk
    yield from entries


def _ramdisks(source: Source, table: int, count: int, entry_size: int, body: Source, report: Report) -> Iterator[Entry]:
    """The ramdisks that one vendor ramdisk is made of, under the names in their table."""
    for number in range(count):
        data = source.read_at(table + number * entry_size, _TABLE_ENTRY.size)
        if len(data) < _TABLE_ENTRY.size:
            report("error", "its table of ramdisks is cut off")
            return
        size, offset, _, name = _TABLE_ENTRY.unpack(data)
        label = name.split(b"\0", 1)[0] or b"%d" % number
        part = body.window(offset, size)
        if part.size < size:
            report("error", f"cut short: {part.size} of {size} bytes are there", b"vendor_ramdisk-" + label)
        yield Entry(b"vendor_ramdisk-" + label.replace(b"/", b"_"), "file", part.size, part)


def _parts(source: Source, listed: list[_Part], offset: int, page: int, report: Report) -> Iterator[tuple[Entry, int]]:
    """Each part that is not empty, and where it begins; one after another, each on the next page."""
    for name, size in listed:
        if size:
            part = source.window(offset, size)
            if part.size < size:
                report("error", f"cut short: {part.size} of {size} bytes are there", name or b"table of ramdisks")
            yield Entry(name, "file", part.size, part), offset
        offset += size + -size % page
