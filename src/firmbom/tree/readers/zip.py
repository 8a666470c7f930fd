"""zip (PKWARE APPNOTE 6.3.10), also jar, wheel, apk and update packages; written by hand to tell where headers lie.

The central directory counts, as for every unpacker; where the local headers or the space between the files say
otherwise, that is reported. Without a central directory the local headers are read as far as they go.
"""

from __future__ import annotations

import bz2
import lzma
import stat
import struct
import zlib
from collections.abc import Callable, Iterator
from functools import partial

from firmbom.errors import InputError
from firmbom.tree.archive import LONGEST_PATH, Entry
from firmbom.tree.readers import zip_directory
from firmbom.tree.readers.zip_directory import Member
from firmbom.tree.report import Report
from firmbom.tree.source import Source
from firmbom.tree.unpack import MEMORY, Decompressor, Inflate, Zstd, one

_STORED, _LZMA = 0, 14
_DESCRIPTOR = 24
"""The longest record after a member's data, in bytes."""
_METHODS: dict[int, Callable[[], Decompressor]] = {
    8: partial(Inflate, -15),
    12: bz2.BZ2Decompressor,
    93: Zstd,
    95: partial(lzma.LZMADecompressor, lzma.FORMAT_XZ, memlimit=MEMORY),
}
"""APPNOTE 4.4.5; stored and LZMA are handled by themselves."""
_SPECIAL = frozenset({stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK})


def read(source: Source, report: Report) -> Iterator[Entry]:
    """The entries. Raises :class:`InputError` where the central directory ends too early."""
    try:
        directory = zip_directory.find(source)
    except InputError as error:
        report("error", f"{error.within('')}; only its first files could be found")
        for member, start in _scan(source):
            yield from _entry(source, member, start, report)
        return
    spans: list[tuple[int, int]] = []
    damage = None
    try:
        for member in zip_directory.central(source, directory):
            begin = _check(source, member, report)
            if begin is not None:
                spans.append((member.offset, begin + member.packed))
                yield from _entry(source, member, begin, report)
    except InputError as error:
        damage = error
    _look_between(source, [*sorted(spans), (directory.start, directory.start)], report)
    if damage:
        raise damage


def _check(source: Source, member: Member, report: Report) -> int | None:
    """Where the member's data begins, None when it is not there; compares the two headers."""
    found = zip_directory.local(source, member.offset)
    if found is None or found[1] + member.packed > source.size:
        report("error", "its data is not where the central directory says; not read", member.name)
        return None
    header, start = found
    if header.name != member.name and header.name != member.name.replace(b"\\", b"/"):
        report("warning", "has another name in its local header; the central directory's was taken", member.name)
    stated = (member.method, member.packed, member.size)
    if header.method != member.method or (
        not header.followed and (header.method, header.packed, header.size) != stated
    ):
        report("warning", "has another size or method in its local header", member.name)
    return start


def _look_between(source: Source, spans: list[tuple[int, int]], report: Report) -> None:
    """Report files that overlap, and files between the others that the central directory leaves out."""
    end = 0
    for start, stop in spans:
        if start < end:
            report("warning", "holds files that share bytes, as a decompression bomb does")
            return
        if zip_directory.LOCAL in source.read_at(end, min(start - end, _DESCRIPTOR + 4)):
            report("warning", f"holds a file near byte {end} that its central directory does not list; not read")
        end = max(end, stop)


def _scan(source: Source) -> Iterator[tuple[Member, int]]:
    """The members by their local headers, up to the first whose end is not known."""
    offset = 0
    while found := zip_directory.local(source, offset):
        member, start = found
        if member.followed and not member.packed:
            return
        if start + member.packed > source.size:
            return
        yield member, start
        offset = start + member.packed
        if member.followed:
            after = source.read_at(offset, _DESCRIPTOR + 4).find(b"PK", 4)
            offset += max(after, 0)


def _entry(source: Source, member: Member, start: int, report: Report) -> Iterator[Entry]:
    kind = stat.S_IFMT(member.mode)
    if member.name.endswith(b"/") or kind == stat.S_IFDIR:
        yield Entry(member.name, "folder")
    elif kind in _SPECIAL and not member.size:  # with bytes it is what came through a pipe
        return
    elif member.encrypted:
        report("error", "is encrypted; not read", member.name)
    elif member.method not in _METHODS and member.method not in (_STORED, _LZMA):
        report("error", f"is compressed by method {member.method}, which firmbom does not know; not read", member.name)
    elif kind == stat.S_IFLNK:
        target = _target(source, member, start, report)
        if target:
            yield Entry(member.name, "symlink", target=target)
    else:
        yield Entry(member.name, "file", member.size, partial(_unpack, source, member, start))


def _target(source: Source, member: Member, start: int, report: Report) -> bytes:
    """Where a link leads; empty when that cannot be read."""
    try:
        if member.size > LONGEST_PATH:
            raise InputError("too long")
        return b"".join(_unpack(source, member, start))
    except InputError as error:
        report("error", f"is a link that cannot be read: {error.message}", member.name)
        return b""


def _unpack(source: Source, member: Member, start: int) -> Iterator[bytes]:
    """A member's bytes, no more than it states, and checked against its checksum."""
    pieces = source.window(start, member.packed).chunks()
    if member.method == _LZMA:
        pieces = one(*_lzma(pieces, member))
    elif member.method != _STORED:
        pieces = one(pieces, _METHODS[member.method]())
    crc = total = 0
    for piece in pieces:
        crc, total = zlib.crc32(piece, crc), total + len(piece)
        if total > member.size:
            break
        yield piece
    if total != member.size:
        raise InputError(f"does not hold the {member.size} bytes that its container states")
    if crc != member.crc:
        raise InputError("checksum is wrong; the data is damaged")


def _lzma(pieces: Iterator[bytes], member: Member) -> tuple[Iterator[bytes], Decompressor]:
    """LZMA in zip (5.8.8) has its own header; said as LZMA alone, the library reads it."""
    first = next(pieces, b"")
    if len(first) < 9 or first[2:4] != b"\5\0":
        raise InputError("compressed data is damaged: no LZMA header")
    size = (1 << 64) - 1 if member.flags & 2 else member.size
    header = first[4:9] + struct.pack("<Q", size)

    def rewritten() -> Iterator[bytes]:
        yield header + first[9:]
        yield from pieces

    return rewritten(), lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=MEMORY)
