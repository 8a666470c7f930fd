"""A raw flash dump: parts without a table, found by their magic anywhere and confirmed by their structure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from firmbom.errors import LimitError
from firmbom.tree.archive import Entry, Reader
from firmbom.tree.base import HEAD
from firmbom.tree.extents import covered
from firmbom.tree.formats import CLOSED, FORMATS, Format, Magic
from firmbom.tree.report import Report
from firmbom.tree.source import Source

_WINDOW = 1 << 20
_MOST_HITS = 100_000
_ERASED = b"\0\xff"
_SECTOR, _ERASE_BLOCK = 1 << 9, 1 << 16
"""On what a closed part begins, in bytes; behind a part of unknown length on the latter, lest a file of it be taken."""
_ALIGNED = {"jffs2": 4, "ext": 512}
"""What begins with only two bytes of magic begins on such a multiple."""
_SMALLEST = 1 << 16
"""A file in a container below this size is no dump and no kernel."""
_CONTROL = bytes(range(9))
"""What text does not hold."""
_NO_IMAGES = (
    b"\x7fELF",
    b"MZ",
    b"!<arch>\n",
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"SQLite format 3\0",
    b"OggS",
)
"""What common files that hold no parts begin with."""


class Part(NamedTuple):
    """One part of a dump."""

    offset: int
    size: int
    format: Format | None
    """None: nothing that firmbom knows, but not erased flash either."""


def may_hold_parts(size: int, head: bytes) -> bool:
    """Is a file that no magic tells worth reading whole?

    Args:
        size: the file's, in bytes.
        head: its first :data:`HEAD` bytes.
    """
    return size >= _SMALLEST and not head.startswith(_NO_IMAGES) and not is_text(head)


def is_text(head: bytes) -> bool:
    """Does a file with these first bytes, :data:`HEAD` or all of them, look like text?"""
    if not head.isascii():
        try:
            head[: HEAD - 4].decode()
        except UnicodeDecodeError as error:
            return error.start > HEAD - 8
    return not any(map(head.__contains__, _CONTROL))


def reader(source: Source, found: Format | None) -> Reader | None:
    """The reader of a file that is more than one part, or one that does not begin it; None for any other.

    Args:
        source: the whole file.
        found: what its beginning was recognised as.
    """
    closed = found is None or found.kind == "closed"
    if found and not closed and not (found.carved and hasattr(found.module, "length")):
        return None
    listed = parts(source)
    opened = sum(part.format is not None and part.format.kind != "closed" for part in listed)
    closed_inside = sum(part.format is not None and part.format.kind == "closed" and part.offset > 0 for part in listed)
    if closed_inside + opened <= (0 if closed else 1):
        return None

    def read(_: Source, report: Report) -> Iterator[Entry]:
        """Each part as a file named by its offset in hexadecimal and its format."""
        for part in listed:
            name = f"0x{part.offset:x}.{part.format.name if part.format else 'bin'}"
            yield Entry(name.encode(), "file", part.size, source.window(part.offset, part.size))
        report("note", "has no table of partitions; its parts were found by their content")

    return read


def parts(source: Source) -> list[Part]:
    """The parts of a dump in order, gaps included; empty when there is none that firmbom knows.

    Raises:
        LimitError: it looks like nothing but beginnings of parts.
        OSError: it cannot be read.
    """
    found = list(_found(source))
    if not found:
        return []
    starts = [offset for offset, _, _ in found[1:]] + [source.size]
    listed: list[Part] = []
    end = 0
    for (offset, length, one), following in zip(found, starts, strict=True):
        listed += _gap(source, end, offset)
        size = min(length or following - offset, following - offset)
        listed.append(Part(offset, size, one))
        end = offset + size
    return listed + _gap(source, end, source.size)


def _found(source: Source) -> Iterator[tuple[int, int, Format]]:
    """Offset, length (0: not stated) and format; what lies inside a part of known length is part of it."""
    by_key = _keys()
    longest_first = sorted(by_key, key=len, reverse=True)
    hits = re.compile(b"|".join(map(re.escape, longest_first))).finditer
    overlap = len(longest_first[0]) - 1
    most = _MOST_HITS + source.size // HEAD
    start = position = seen = 0
    open_ended, aligned = "", _SECTOR
    while start < source.size:
        for hit in hits(source.read_at(start, _WINDOW)):
            for before, one, magic in by_key[hit.group()]:
                offset = start + hit.start() - before
                if offset < position or one.name == open_ended or offset % _ALIGNED.get(one.name, 1):
                    continue
                if one.kind == "closed" and offset % aligned:
                    continue
                seen += 1
                if seen > most:
                    raise LimitError(f"more than {most} places look like the beginning of a part")
                length = _length(source, offset, one, magic)
                if length is not None:
                    yield offset, length, one
                    surely = length or covered(one.name, source.window(offset, source.size))
                    position, open_ended = offset + max(surely, 1), "" if length else one.name
                    aligned = _SECTOR if length else _ERASE_BLOCK
                    break
        start = max(start + _WINDOW - overlap, position)


@cache
def _keys() -> dict[bytes, list[tuple[int, Format, Magic]]]:
    """What to look for: the magics without the zeros they begin with, which would be tried at each byte of empty flash.

    By key, for each format: how far behind the part's beginning the key stands, and its whole magic.
    """
    found: dict[bytes, list[tuple[int, Format, Magic]]] = {}
    for one in (*FORMATS, *CLOSED):
        for magic in one.magics if one.carved else ():
            key = magic.value.lstrip(b"\0")
            found.setdefault(key, []).append((magic.offset + len(magic.value) - len(key), one, magic))
    return found


def _length(source: Source, offset: int, one: Format, magic: Magic) -> int | None:
    """The bytes a part covers, 0 when it does not state them; None when there is no such part."""
    head = source.read_at(offset, HEAD)
    if not head.startswith(magic.value, magic.offset) or not one.confirmed(head):
        return None
    length: int = one.module.length(head) if one.kind != "closed" and hasattr(one.module, "length") else 0
    return length if length <= source.size - offset else None


def _gap(source: Source, start: int, end: int) -> list[Part]:
    """What lies between two parts, without the erased flash around it."""
    first = _not_erased(source, start, end)
    if first is None:
        return []
    last = end
    while last > first:
        window = source.read_at(max(first, last - _WINDOW), min(_WINDOW, last - first))
        kept = len(window.rstrip(_ERASED))
        last -= len(window) - kept
        if kept:
            break
    return [Part(first, last - first, None)]


def _not_erased(source: Source, start: int, end: int) -> int | None:
    while start < end:
        window = source.read_at(start, min(_WINDOW, end - start))
        if not window:
            return None
        rest = len(window.lstrip(_ERASED))
        if rest:
            return start + len(window) - rest
        start += len(window)
    return None
