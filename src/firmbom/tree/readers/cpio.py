"""cpio: newc, crc, odc and old binary archives, one after another as Linux's initramfs allows.

Sources: cpio(5); the kernel's Documentation/driver-api/early-userspace/buffer-format.rst.
"""

from __future__ import annotations

import stat
import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple

from firmbom.errors import InputError
from firmbom.tree.archive import LONGEST_PATH, Entry
from firmbom.tree.report import Report
from firmbom.tree.source import CHUNK, Source

_END = b"TRAILER!!!"
_LONGEST_TARGET = 65536


class _Header(NamedTuple):
    inode: tuple[int, ...]
    mode: int
    links: int
    size: int
    name_size: int
    """With its final NUL."""


class _Kind(NamedTuple):
    header: int
    """Its size in bytes."""
    align: int
    """Names and contents end on a multiple of it, counted from the start of the header."""
    parse: Callable[[bytes], _Header]


def _newc(block: bytes) -> _Header:
    ino, mode, _, _, links, _, size, major, minor, _, _, name, _ = (int(block[i : i + 8], 16) for i in range(6, 110, 8))
    return _Header((major, minor, ino), mode, links, size, name)


def _odc(block: bytes) -> _Header:
    device, ino, mode, _, _, links, _ = (int(block[i : i + 6], 8) for i in range(6, 48, 6))
    return _Header((device, ino), mode, links, int(block[65:76], 8), int(block[59:65], 8))


def _binary(order: str) -> Callable[[bytes], _Header]:
    def parse(block: bytes) -> _Header:
        _, device, ino, mode, _, _, links, _, _, _, name, high, low = struct.unpack(f"{order}13H", block)
        return _Header((device, ino), mode, links, high << 16 | low, name)

    return parse


_KINDS = {
    b"070701": _Kind(110, 4, _newc),
    b"070702": _Kind(110, 4, _newc),
    b"070707": _Kind(76, 1, _odc),
    b"\xc7\x71": _Kind(26, 2, _binary("<")),
    b"\x71\xc7": _Kind(26, 2, _binary(">")),
}


def confirm(head: bytes) -> bool:
    """A first header that can be read and a name that ends where it says."""
    kind = _kind(head)
    if kind is None or len(head) < kind.header:
        return False
    try:
        header = kind.parse(head[: kind.header])
    except ValueError:
        return False
    end = kind.header + header.name_size
    return 0 < header.name_size <= LONGEST_PATH and (end > len(head) or head[end - 1] == 0)


def read(source: Source, report: Report) -> Iterator[Entry]:
    """The entries of every archive in the file; what follows the last and is none becomes a file named by its offset.

    Raises:
        InputError: an archive is cut off or damaged.
    """
    offset = 0
    while offset < source.size:
        archive = _Archive(source, offset)
        yield from archive.entries()
        offset = _after_zeros(source, archive.end)
        if offset < source.size and _kind(source.read_at(offset, 6)) is None:
            yield Entry(b"+%d" % offset, "file", source.size - offset, source.window(offset, source.size - offset))
            return
    if offset == 0:
        report("error", "an empty archive")


def _kind(head: bytes) -> _Kind | None:
    return _KINDS.get(head[:6]) or _KINDS.get(head[:2])


def _after_zeros(source: Source, offset: int) -> int:
    while chunk := source.read_at(offset, CHUNK):
        rest = chunk.lstrip(b"\0")
        if rest:
            return offset + len(chunk) - len(rest)
        offset += len(chunk)
    return offset


class _Archive:
    """One archive up to its trailer."""

    def __init__(self, source: Source, start: int) -> None:
        self._source, self._start = source, start
        self.end = start
        """Where the next entry begins; at the end, what follows the archive."""
        self._names: dict[tuple[int, ...], bytes] = {}
        """Of every inode whose content has come, the name it came under."""
        self._waiting: dict[tuple[int, ...], list[bytes]] = {}
        """In newc only the last name of an inode has the content; the others wait for it."""

    def entries(self) -> Iterator[Entry]:
        while True:
            kind = _kind(self._exactly(self.end, 6))
            if kind is None:
                raise InputError(f"no header at byte {self.end}")
            try:
                header = kind.parse(self._exactly(self.end, kind.header))
            except ValueError as error:
                raise InputError(f"no number in the header at byte {self.end}") from error
            if not 0 < header.name_size <= LONGEST_PATH:
                raise InputError(f"a name of {header.name_size} bytes at byte {self.end}")
            name = self._exactly(self.end + kind.header, header.name_size).split(b"\0", 1)[0]
            data = self._aligned(self.end + kind.header + header.name_size, kind)
            if data + header.size > self._source.size:
                raise InputError(f"{header.size} bytes at byte {data}, where the archive ends before")
            self.end = self._aligned(data + header.size, kind)
            if name == _END:
                break
            yield from self._entry(name, header, data)
        for names in self._waiting.values():
            for name in names:
                yield Entry(name, "file", 0, self._source.window(0, 0))

    def _entry(self, name: bytes, header: _Header, data: int) -> Iterator[Entry]:
        kind = stat.S_IFMT(header.mode)
        if kind == stat.S_IFDIR:
            yield Entry(name, "folder")
        elif kind == stat.S_IFLNK:
            target = self._exactly(data, min(header.size, _LONGEST_TARGET)).rstrip(b"\0")
            yield Entry(name, "symlink", target=target)
        elif kind == stat.S_IFREG:
            yield from self._file(name, header, data)

    def _file(self, name: bytes, header: _Header, data: int) -> Iterator[Entry]:
        linked = header.links > 1
        if linked and not header.size:
            if header.inode in self._names:
                yield Entry(name, "hardlink", target=self._names[header.inode])
            else:
                self._waiting.setdefault(header.inode, []).append(name)
            return
        yield Entry(name, "file", header.size, self._source.window(data, header.size))
        if linked:
            self._names[header.inode] = name
            for other in self._waiting.pop(header.inode, ()):
                yield Entry(other, "hardlink", target=name)

    def _aligned(self, offset: int, kind: _Kind) -> int:
        return offset + (self._start - offset) % kind.align

    def _exactly(self, offset: int, length: int) -> bytes:
        data = self._source.read_at(offset, length)
        if len(data) < length:
            raise InputError(f"cut off at byte {offset + len(data)}; the archive has no trailer")
        return data
