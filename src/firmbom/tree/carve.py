"""A raw flash dump: parts without a table, found by their magic anywhere and confirmed by their structure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from firmbom.errors import LimitError
from firmbom.tree.archive import Entry
from firmbom.tree.base import HEAD
from firmbom.tree.formats import FORMATS, Format
from firmbom.tree.report import Report
from firmbom.tree.source import Source

_WINDOW = 1 << 20
_MOST_HITS = 100_000
_ERASED = b"\0\xff"


class Part(NamedTuple):
    """One part of a dump."""

    offset: int
    size: int
    format: Format | None
    """None: nothing that firmbom knows, but not erased flash either."""


def is_dump(source: Source, found: Format | None) -> bool:
    """Is the file more than one part, or one that does not begin it?

    Args:
        source: the whole file.
        found: what its beginning was recognised as.
    """
    if found and not (found.carved and hasattr(found.module, "length")):
        return False
    known = [part for part in parts(source) if part.format]
    return len(known) > (1 if found else 0)


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


def read(source: Source, report: Report) -> Iterator[Entry]:
    """Each part as a file named by its offset in hexadecimal and its format."""
    for part in parts(source):
        name = f"0x{part.offset:x}.{part.format.name if part.format else 'bin'}"
        yield Entry(name.encode(), "file", part.size, source.window(part.offset, part.size))
    report("note", "has no table of partitions; its parts were found by their content")


def _found(source: Source) -> Iterator[tuple[int, int, Format]]:
    """Offset, length (0: not stated) and format; what lies inside a part of known length is part of it."""
    by_magic = {magic.value: one for one in FORMATS if one.carved for magic in one.magics}
    hits = re.compile(b"|".join(re.escape(value) for value in sorted(by_magic, key=len, reverse=True))).finditer
    overlap = max(map(len, by_magic)) - 1
    start = position = seen = 0
    open_ended = ""
    while start < source.size:
        for hit in hits(source.read_at(start, _WINDOW)):
            offset, one = start + hit.start(), by_magic[hit.group()]
            if offset < position or one.name == open_ended:
                continue
            seen += 1
            if seen > _MOST_HITS:
                raise LimitError(f"more than {_MOST_HITS} places look like the beginning of a part")
            length = _length(source, offset, one)
            if length is not None:
                yield offset, length, one
                position, open_ended = offset + length, "" if length else one.name
        start = max(start + _WINDOW - overlap, position)


def _length(source: Source, offset: int, one: Format) -> int | None:
    """The bytes a part covers, 0 when it does not state them; None when there is no such part."""
    head = source.read_at(offset, HEAD)
    if not one.module.confirm(head):
        return None
    length: int = one.module.length(head) if hasattr(one.module, "length") else 0
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
