"""Memory that a text file states record by record, as Intel HEX and Motorola S-records do: one file for each region.

A region is named by its address, ``0x08000000.bin``. Gaps of up to :data:`GAP` bytes within one are filled with 0xFF,
as erased flash reads; a larger one separates two regions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from firmbom.errors import InputError
from firmbom.tree.archive import Entry
from firmbom.tree.report import Report
from firmbom.tree.source import CHUNK, Piece, Pieces, Source, spool

GAP = 1 << 16
"""The largest gap inside one region, in bytes."""
_LONGEST_LINE = 1 << 10
_MOST = 1 << 18
"""So many pieces that do not follow one another are taken in."""


class Data(NamedTuple):
    """What one record states."""

    address: int
    data: bytes


def lines(source: Source, report: Report) -> Iterator[tuple[int, bytes]]:
    """Number and text of each line that is not blank, up to one that no record can be, which is reported."""
    before, rest = 0, b""
    for chunk in source.chunks():
        *whole, rest = (rest + chunk).split(b"\n")
        yield from ((number, line.strip()) for number, line in enumerate(whole, before + 1) if line.strip())
        before += len(whole)
        if len(rest) > _LONGEST_LINE:
            report("error", f"line {before + 1} is longer than any record; what follows was not read")
            return
    if rest.strip():
        yield before + 1, rest.strip()


def first_line(head: bytes) -> bytes:
    """The first line, if the beginning of a file holds all of it."""
    return head.split(b"\n", 1)[0].strip()[:_LONGEST_LINE]


def regions(records: Iterable[Data], report: Report) -> Iterator[Entry]:
    """A file for each region, in the order of the addresses.

    Raises:
        InputError: the data lies in too many places, or ``records`` raises it.
    """
    runs: list[Piece] = []
    memory = spool(_stored(records, runs))
    filling = memory.size - GAP
    region: list[Piece] = []
    end = 0
    for run in _apart(sorted(runs), report):
        if region and run.offset - end > GAP:
            yield _region(memory, region)
            region = []
        if region and run.offset > end:
            region.append(Piece(end, filling, run.offset - end))
        region.append(run)
        end = run.offset + run.length
    if region:
        yield _region(memory, region)


def _stored(records: Iterable[Data], runs: list[Piece]) -> Iterator[bytes]:
    """The bytes one after another, and what fills the gaps; where they belong is noted in ``runs``."""
    held = bytearray()
    start = stored = length = 0
    for address, data in records:
        if address != start + length:
            runs.append(Piece(start, stored, length))
            if len(runs) > _MOST:
                raise InputError(f"states data in more than {_MOST} places")
            start, stored, length = address, stored + length, 0
        length += len(data)
        held += data
        if len(held) >= CHUNK:
            yield bytes(held)
            held.clear()
    runs.append(Piece(start, stored, length))
    yield bytes(held) + b"\xff" * GAP


def _apart(runs: Iterable[Piece], report: Report) -> Iterator[Piece]:
    """The runs without what stands at the same addresses as an earlier one."""
    end = 0
    for run in runs:
        over = min(run.length, max(0, end - run.offset))
        if over:
            report("warning", f"states the bytes at {run.offset:#010x} more than once")
        if run.length > over:
            yield Piece(run.offset + over, run.stored + over, run.length - over)
            end = run.offset + run.length


def _region(memory: Source, pieces: list[Piece]) -> Entry:
    start = pieces[0].offset
    size = pieces[-1].offset + pieces[-1].length - start
    moved = [Piece(piece.offset - start, piece.stored, piece.length) for piece in pieces]
    content = memory.window(moved[0].stored, size) if len(moved) == 1 else Pieces(memory, size, moved)
    return Entry(f"{start:#010x}.bin".encode(), "file", size, content)
