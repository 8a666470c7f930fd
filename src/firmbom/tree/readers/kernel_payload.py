"""The compressed part of a kernel image: found by magic, confirmed by unpacking, with the place where it ends.

What Linux's build compresses (scripts/Makefile.lib) is one member of gzip, xz, lzma, bzip2, lzop, LZ4 legacy or zstd;
behind all but gzip it puts the unpacked size, four bytes.
"""

from __future__ import annotations

import bz2
import lzma
import re
from collections.abc import Callable, Generator, Iterator
from functools import partial
from typing import NamedTuple

from firmbom.errors import FirmbomError, InputError
from firmbom.tree.archive import Entry
from firmbom.tree.readers import lz4, lzop
from firmbom.tree.readers.bzip2 import confirm as is_bzip2
from firmbom.tree.readers.lzma import confirm as is_lzma
from firmbom.tree.report import Report
from firmbom.tree.search import occurrences
from firmbom.tree.source import Source, spool
from firmbom.tree.unpack import MEMORY, READ, Decompressor, Inflate, Zstd, one

LARGEST = 256 << 20
"""What a kernel or its initramfs may unpack to, in bytes."""

_CONFIRMED = 1 << 16
"""So many unpacked bytes before the damage show that what has neither magic nor checksum is LZMA."""
_SMALLEST = 1 << 11
"""What unpacks to less is no kernel, but some of its data."""
_FIRST_READ = 512
_MOST_HITS = 100_000
_MOST_WHOLE = 8
"""So many candidates are unpacked whole; of real images the first is the one."""

Member = Callable[[Source, int], Generator[bytes, None, int]]
"""What one member at an offset unpacks to; returns where it ends."""


def _member(start: Callable[[], Decompressor]) -> Member:
    def unpack(source: Source, offset: int) -> Generator[bytes, None, int]:
        fed = offset

        def pieces() -> Iterator[bytes]:
            nonlocal fed
            size = _FIRST_READ  # small at first, for the library gives nothing of a piece that is damaged
            while piece := source.read_at(fed, size):
                fed += len(piece)
                size = min(2 * size, READ)
                yield piece

        decompressor = start()
        yield from one(pieces(), decompressor)
        return fed - len(decompressor.unused_data)

    return unpack


_LZMA = b"\x5d\0\0"
_MEMBERS: dict[bytes, tuple[Member, Callable[[bytes], bool]]] = {
    b"\x1f\x8b\x08": (_member(partial(Inflate, 31)), lambda head: not head[3] & 0xE0),
    b"\xfd7zXZ\0": (_member(partial(lzma.LZMADecompressor, lzma.FORMAT_XZ, memlimit=MEMORY)), lambda _: True),
    b"\x28\xb5\x2f\xfd": (_member(Zstd), lambda head: not head[4] & 8),
    b"BZh": (_member(bz2.BZ2Decompressor), is_bzip2),
    lzop.MAGIC: (lzop.member, lambda _: True),
    lz4.LEGACY: (lz4.member, lz4.confirm),
    _LZMA: (_member(partial(lzma.LZMADecompressor, lzma.FORMAT_ALONE, memlimit=MEMORY)), is_lzma),
}

MAGICS = b"|".join(re.escape(magic) for magic in _MEMBERS)
"""A pattern that finds the beginning of anything that may be a payload."""
_PATTERN = re.compile(MAGICS)
REACH = max(map(len, _MEMBERS))


class Payload(NamedTuple):
    """What was unpacked."""

    content: Source
    end: int
    """Where it ends in the image; where unpacking failed, how far the image goes."""
    fault: str = ""
    """Why only a part of it was unpacked."""


def beginning(source: Source, offset: int, length: int) -> bytes:
    """The first unpacked bytes of what stands at ``offset``, fewer where it is damaged."""
    member = _member_at(source, offset)
    made = b""
    try:
        for piece in member(source, offset) if member else ():
            made += piece
            if len(made) >= length:
                break
    except FirmbomError:
        return made
    return made[:length]


def unpack(source: Source, offset: int) -> Payload | None:
    """What stands at ``offset`` unpacked, as far as it goes; None when no compressed data begins there."""
    member = _member_at(source, offset)
    if member is None:
        return None
    end, fault = source.size, ""

    def pieces() -> Iterator[bytes]:
        nonlocal end, fault
        left = LARGEST
        unpacking = member(source, offset)
        try:
            while left >= 0:
                piece = next(unpacking)
                yield piece
                left -= len(piece)
            fault = f"unpacks to more than {LARGEST} bytes"
        except StopIteration as stop:
            end = stop.value
        except FirmbomError as error:
            fault = error.message

    content = spool(pieces())
    return Payload(content, end, fault)


def find(source: Source, start: int = 0) -> Payload | None:
    """The first compressed data from ``start`` on that unpacks whole; else what unpacks furthest, with the fault.

    Raises:
        InputError: there are more beginnings than any image has.
    """
    best: Payload | None = None
    whole = 0
    for hits, (place, match) in enumerate(occurrences(source.window(start, source.size), _PATTERN, REACH)):
        if hits > _MOST_HITS or whole == _MOST_WHOLE:
            raise InputError("holds too many beginnings of compressed data to be a kernel")
        made = len(beginning(source, start + place, _CONFIRMED))
        if made < _SMALLEST:
            continue
        whole += 1
        found = unpack(source, start + place)
        if found and not found.fault:
            return found
        if match.group() == _LZMA and made < _CONFIRMED:
            continue
        if found and (best is None or found.content.size > best.content.size):
            best = found
    return best


def entry(payload: Payload | None, report: Report) -> Iterator[Entry]:
    """The unpacked kernel as ``vmlinux``, and what is to be said of it."""
    if payload is None:
        report("error", "its compressed kernel was not found")
        return
    if payload.fault:
        report("error", f"its compressed kernel was read only in part: {payload.fault}")
    yield Entry(b"vmlinux", "file", payload.content.size, payload.content)


def _member_at(source: Source, offset: int) -> Member | None:
    head = source.read_at(offset, 4096)
    for magic, (member, confirm) in _MEMBERS.items():
        if head.startswith(magic) and len(head) > len(magic) and confirm(head):
            return member
    return None
