"""A disk's partitions as files, and what lies between them: boot loaders are often written there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from firmbom.tree.archive import Entry
from firmbom.tree.report import Report
from firmbom.tree.source import CHUNK, Source

SECTOR = 512
_LOOKED_AT = 64 << 20
"""How far into a gap is looked for something other than zeros, in bytes."""
_NUMBERED = re.compile(r"partition-\d+|unpartitioned-.*|\.{0,2}")


class Partition(NamedTuple):
    """One partition, in bytes of the disk."""

    number: int
    name: str
    start: int
    size: int


def entries(
    source: Source, report: Report, partitions: Sequence[Partition], tables: Sequence[tuple[int, int]]
) -> Iterator[Entry]:
    """A file for each partition, by its name if no other has it, and for each gap that is not empty.

    Args:
        source: the disk.
        report: told of partitions that the disk does not hold, or not all of.
        partitions: in the order of their numbers.
        tables: where the partition tables themselves stand: start and end.
    """
    names, over = Counter(one.name for one in partitions), _overlapping(partitions)
    for one in partitions:
        usable = names[one.name] == 1 and not _NUMBERED.fullmatch(one.name)
        name = (one.name.replace("/", "_") if usable else f"partition-{one.number}").encode("utf-8", "surrogatepass")
        content = source.window(one.start, one.size)
        if one.size <= 0:
            report("error", "a partition that ends before it begins; not read", name)
        elif one.number in over:
            report("warning", "a partition that lies over another", name)
        if content.size < one.size:
            report("error", f"cut short: {content.size} of {one.size} bytes are there", name)
        if content.size:
            yield Entry(name, "file", content.size, content)
    yield from _gaps(source, report, [*tables, *((one.start, one.start + one.size) for one in partitions)])


def _overlapping(partitions: Sequence[Partition]) -> set[int]:
    """The numbers of those that lie over another."""
    found: set[int] = set()
    last: Partition | None = None
    for one in sorted(partitions, key=lambda one: one.start):
        if last and one.start < last.start + last.size:
            found |= {last.number, one.number}
        if last is None or one.start + one.size > last.start + last.size:
            last = one
    return found


def _gaps(source: Source, report: Report, taken: Sequence[tuple[int, int]]) -> Iterator[Entry]:
    end = 0
    for start, next_end in sorted([*taken, (source.size, source.size)]):
        gap = source.window(end, start - end)
        if _used(gap, report, end):
            yield Entry(f"unpartitioned-{end:#x}".encode(), "file", gap.size, gap)
        end = max(end, next_end)


def _used(gap: Source, report: Report, start: int) -> bool:
    """Whether it holds anything but zeros."""
    for offset in range(0, min(gap.size, _LOOKED_AT), CHUNK):
        if gap.read_at(offset, CHUNK).strip(b"\0"):
            return True
    if gap.size > _LOOKED_AT:
        report(
            "note", f"{gap.size} bytes at {start:#x} are in no partition; only the first {_LOOKED_AT} were looked at"
        )
    return False
