"""ISO 9660 with Rock Ridge or Joliet: installation and live media. El Torito's boot images are not looked for.

Sources: ECMA-119, 4th edition; for the extensions see the modules beside this one. Rock Ridge names count before
Joliet's, as in Linux.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from functools import partial

from firmbom.errors import InputError
from firmbom.tree.archive import LONGEST_PATH, Entry
from firmbom.tree.readers import iso9660_records as records
from firmbom.tree.readers import iso9660_zisofs as zisofs
from firmbom.tree.readers.iso9660_records import SECTOR, Record, Volume
from firmbom.tree.readers.iso9660_rock_ridge import Attributes, RockRidge, skip_of
from firmbom.tree.report import Report
from firmbom.tree.source import Piece, Pieces, Source

_MOST_PARTS = 4096
_SPECIAL = frozenset({stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK})


def read(source: Source, report: Report) -> Iterator[Entry]:
    """The entries, folders before what is in them."""
    found = records.descriptors(source)
    size = found.primary.blocks * found.primary.block_size
    if size > source.size:
        report("error", f"cut short: {source.size} of {size} bytes are there")
    if found.also_udf:
        report("warning", "holds a UDF filesystem too, which was not read")
    here = next(records.records([source.read_at(found.primary.root.block * found.primary.block_size, SECTOR)]), None)
    skip = skip_of(here) if here else None
    if skip is not None:
        return _Walk(source, report, found.primary, RockRidge(source, found.primary.block_size, skip)).entries()
    return _Walk(source, report, found.joliet or found.primary, None, joliet=bool(found.joliet)).entries()


class _Walk:
    """Goes through the folders, each once, whatever the records say."""

    def __init__(
        self, source: Source, report: Report, volume: Volume, rock_ridge: RockRidge | None, *, joliet: bool = False
    ) -> None:
        self._source, self._report, self._volume = source, report, volume
        self._rock_ridge, self._joliet = rock_ridge, joliet
        self._listed = 0

    def entries(self) -> Iterator[Entry]:
        seen: set[int] = set()
        pending: list[tuple[bytes, int, int]] = [(b"", self._volume.root.block, self._volume.root.size)]
        while pending:
            folder, block, size = pending.pop()
            if block in seen:
                self._report("error", "a folder that stands in two places; entered only once", folder)
                continue
            seen.add(block)
            try:
                for path, parts, attributes in self._files(folder, block, size):
                    if parts[0].folder or attributes.child is not None:
                        yield Entry(path, "folder")
                        if len(path) <= LONGEST_PATH:
                            pending.append((path, *self._place(parts[0], attributes)))
                    else:
                        yield from self._leaf(path, parts, attributes)
            except InputError as error:
                self._report("error", f"folder not read to its end: {error.message}", folder)

    def _files(self, folder: bytes, block: int, size: int) -> Iterator[tuple[bytes, list[Record], Attributes]]:
        """Path, records and attributes of what is in a folder; a file of 4 GiB or more has several records."""
        parts: list[Record] = []
        for record in records.records(self._sectors(block, size)):
            if records.is_self_or_parent(record) or record.associated:
                continue
            parts.append(record)
            if record.continued and len(parts) < _MOST_PARTS:
                continue
            plain = records.plain_name(record.name, joliet=self._joliet)
            try:
                attributes = self._rock_ridge.attributes(parts[0]) if self._rock_ridge else Attributes()
                if not attributes.moved:
                    yield self._path(folder, attributes.name or plain), parts, attributes
            except InputError as error:
                self._report("error", f"not read: {error.message}", self._path(folder, plain))
            parts = []
        if parts:
            raise InputError("its last file has no end")

    def _path(self, folder: bytes, name: bytes) -> bytes:
        if b"/" in name:
            self._report("warning", "name with a slash, which stands as an underscore here", name)
            name = name.replace(b"/", b"_")
        return folder + b"/" + name if folder else name

    def _sectors(self, block: int, size: int) -> Iterator[bytes]:
        start = block * self._volume.block_size
        for offset in range(start, start + size, SECTOR):
            self._listed += SECTOR
            if self._listed > self._source.size:
                raise InputError("the folders together are larger than the image")
            sector = self._source.read_at(offset, min(SECTOR, start + size - offset))
            if len(sector) < min(SECTOR, start + size - offset):
                raise InputError(f"the image ends before byte {start + size}")
            yield sector

    def _place(self, record: Record, attributes: Attributes) -> tuple[int, int]:
        """Block and size of a folder; of one that was moved they stand in its own first record."""
        if attributes.child is None:
            return record.block, record.size
        sector = self._source.read_at(attributes.child * self._volume.block_size, SECTOR)
        here = next(records.records([sector]), None)
        if here is None or not here.folder:
            raise InputError(f"no folder at block {attributes.child}, where one was moved")
        return here.block, here.size

    def _leaf(self, path: bytes, parts: list[Record], attributes: Attributes) -> Iterator[Entry]:
        if attributes.target is not None:
            yield Entry(path, "symlink", target=attributes.target)
        elif stat.S_IFMT(attributes.mode) not in _SPECIAL:
            try:
                content = self._content(parts)
                if attributes.packed:
                    size = zisofs.check(content, *attributes.packed)
                    yield Entry(path, "file", size, partial(zisofs.unpack, content, size))
                else:
                    yield Entry(path, "file", content.size, content)
            except InputError as error:
                self._report("error", f"not read: {error.message}", path)

    def _content(self, parts: list[Record]) -> Source:
        pieces: list[Piece] = []
        size = 0
        for part in parts:
            start = part.block * self._volume.block_size
            if part.interleaved:
                raise InputError("it is interleaved with another")
            if part.size and start + part.size > self._source.size:
                raise InputError("its image ends in it")
            pieces.append(Piece(size, start, part.size))
            size += part.size
        return self._source.window(pieces[0].stored, size) if len(pieces) == 1 else Pieces(self._source, size, pieces)
