"""tar: v7, ustar, pax and GNU archives, read header by header without unpacking anything.

Written by hand because the standard library's reader ends without a word at the first damaged header, and in some
supported Python versions never ends at a negative size. Sources: POSIX.1-2017 "pax", GNU tar manual "Tar Internals".
"""

from __future__ import annotations

from collections.abc import Iterator

from firmbom.errors import InputError
from firmbom.tree.archive import Entry
from firmbom.tree.readers import tar_header
from firmbom.tree.readers.tar_header import BLOCK, Header, decimal
from firmbom.tree.report import Report
from firmbom.tree.source import Pieces, Source

_EXTENDED = 1 << 20
"""The longest header extension that is read, in bytes; a path has at most 4,096."""
_ZEROS = bytes(BLOCK)
_LOOK_AFTER = 1 << 20
"""How far beyond the archive's end is looked for more, in bytes."""

_LONG_NAME, _LONG_TARGET, _PAX, _PAX_GLOBAL = b"L", b"K", b"xX", b"g"
_HARD_LINK, _SYMBOLIC_LINK, _FOLDER, _SPARSE = b"1", b"2", b"5", b"S"
_WITHOUT_DATA = b"123456"
_DEVICES = b"346"
_KEPT = frozenset(
    b"path linkpath size GNU.sparse.name GNU.sparse.major GNU.sparse.realsize GNU.sparse.size GNU.sparse.map".split()
)
"""The pax records that decide what an entry is."""
_LABEL, _CONTINUED, _DUMP = b"V", b"M", b"D"


def confirm(head: bytes) -> bool:
    """A first header whose checksum is right, or that says ``ustar``."""
    return len(head) >= 263 and (
        head[257:262] == b"ustar" or (len(head) >= BLOCK and tar_header.parse(head[:BLOCK]) is not None)
    )


def read(source: Source, report: Report) -> Iterator[Entry]:
    """The entries. Raises :class:`InputError` where a file is cut off by the archive's end."""
    return _Walk(source, report).entries()


class _Walk:
    """Goes from header to header, gathering what pax records and long names say of the next entry."""

    def __init__(self, source: Source, report: Report) -> None:
        self._source, self._report = source, report
        self._offset = 0
        self._next: dict[bytes, bytes] = {}
        self._always: dict[bytes, bytes] = {}
        self._map: list[bytes] = []
        """Of a sparse file in pax format 0.0, whose keys come again and again: offset, length, offset …"""

    def entries(self) -> Iterator[Entry]:
        while (header := self._header()) is not None:
            if header.type in _LONG_NAME + _LONG_TARGET + _PAX + _PAX_GLOBAL:
                self._extend(header)
                continue
            entry = self._entry(header)
            self._next, self._map = {}, []
            if entry:
                yield entry

    def _header(self) -> Header | None:
        """The next header; blocks that are none are passed over, as tar does."""
        lost = False
        while True:
            block = self._source.read_at(self._offset, BLOCK)
            if len(block) < BLOCK:
                if not lost:
                    self._report("error", "the archive has no end mark; it may have been cut short")
                return None
            if block == _ZEROS:
                self._look_after_end()
                return None
            header = tar_header.parse(block)
            if header is None and not lost:
                lost = True
                self._next, self._map = {}, []
                self._report("error", f"no header at byte {self._offset}; read on at the next one")
            self._offset += BLOCK
            if header is not None:
                return header

    def _look_after_end(self) -> None:
        rest = self._source.read_at(self._offset, _LOOK_AFTER)
        position = len(rest) - len(rest.lstrip(b"\0"))
        if position < len(rest):
            self._report("warning", f"more data follows the archive's end, at byte {self._offset + position}; not read")

    def _data(self, size: int, name: bytes) -> int:
        """Pass over an entry's data and return where it begins."""
        start = self._offset
        if start + size > self._source.size:
            raise InputError(f"ends in the middle of {name[:200].decode('utf-8', 'backslashreplace')!r}")
        self._offset += -(-size // BLOCK) * BLOCK
        return start

    def _extend(self, header: Header) -> None:
        if header.size > _EXTENDED:
            raise InputError(f"header extension of {header.size} bytes at byte {self._offset - BLOCK}")
        data = self._source.read_at(self._data(header.size, header.name), header.size)
        if header.type in (_LONG_NAME, _LONG_TARGET):
            self._next[b"path" if header.type == _LONG_NAME else b"linkpath"] = data.partition(b"\0")[0]
            return
        records = self._always if header.type == _PAX_GLOBAL else self._next
        for key, value in tar_header.records(data):
            if key in (b"GNU.sparse.offset", b"GNU.sparse.numbytes"):
                self._map.append(value)
            elif key in _KEPT:
                records[key] = value

    def _entry(self, header: Header) -> Entry | None:
        records = self._always | self._next
        name = records.get(b"GNU.sparse.name") or records.get(b"path") or header.name
        target = records.get(b"linkpath") or header.target
        size = decimal(records[b"size"]) if b"size" in records else header.size
        kind = header.type
        if kind in _WITHOUT_DATA:
            if size and kind != _FOLDER:
                self._report("warning", "a link or device with data; the data was not read", name)
            return self._without_data(kind, name, target)
        if kind in (_CONTINUED, _LABEL, _DUMP):
            self._data(size, name)
            if kind == _CONTINUED:
                self._report("error", "begins in another volume; not read", name)
            return None
        if kind == _SPARSE or b"GNU.sparse.major" in records or b"GNU.sparse.map" in records or self._map:
            return self._sparse(header, records, name, size)
        if kind in (b"\0", b"0") and name.endswith(b"/"):
            self._data(size, name)
            return Entry(name, "folder")
        return Entry(name, "file", size, self._source.window(self._data(size, name), size))

    def _without_data(self, type: bytes, name: bytes, target: bytes) -> Entry | None:
        if type == _HARD_LINK:
            return Entry(name, "hardlink", target=target)
        if type == _SYMBOLIC_LINK:
            return Entry(name, "symlink", target=target)
        return Entry(name, "folder") if type == _FOLDER else None

    def _sparse(self, header: Header, records: dict[bytes, bytes], name: bytes, size: int) -> Entry:
        if header.type == _SPARSE:
            real, pieces, start = tar_header.old_sparse(header, self._source, self._offset)
            self._offset = start
            self._data(size, name)
            end = start + size
        else:
            stated = records.get(b"GNU.sparse.realsize") or records.get(b"GNU.sparse.size") or b""
            real = decimal(stated)
            start = self._data(size, name)
            end = start + size
            if b"GNU.sparse.major" in records:
                pieces, start = tar_header.new_sparse(self._source, start, size)
            else:
                flat = self._map or records.get(b"GNU.sparse.map", b"").split(b",")
                numbers = [decimal(value) for value in flat]
                pieces = list(zip(numbers[::2], numbers[1::2], strict=False))
        laid = tar_header.lay_out(pieces, real, start, end - start)
        return Entry(name, "file", real, Pieces(self._source, real, laid))
