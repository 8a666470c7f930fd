"""FAT12, FAT16 and FAT32 with long names: boot partitions, EFI system partitions, floppy and USB images.

Source: Microsoft, "FAT: General Overview of On-Disk Format", version 1.03. Which of the three it is follows, as in
Linux, from where the table's length is stated, then from the number of clusters.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from firmbom.errors import InputError
from firmbom.tree.archive import LONGEST_PATH, Entry
from firmbom.tree.readers import fat_folder, fat_layout
from firmbom.tree.readers.fat_layout import RECORD, Chains, Layout
from firmbom.tree.report import Report
from firmbom.tree.source import Pieces, Source

_SECTOR = 512
_CONTENTS_KEPT = 4
_LARGEST_FOLDER = 65536 * RECORD


def confirm(head: bytes) -> bool:
    """A boot sector whose sizes can be true, and behind it a table that begins as it must, if the head shows it."""
    layout = fat_layout.parse(head[:_SECTOR])
    if layout is None or len(head) <= _SECTOR:
        return False
    return layout.table >= len(head) or head[layout.table] == head[21]


def read(source: Source, report: Report) -> Iterator[Entry]:
    """The entries, folders before what is in them."""
    layout = fat_layout.parse(source.read_at(0, _SECTOR))
    if layout is None:
        raise InputError("its boot sector is damaged")
    chains = Chains(source, layout)
    if layout.size > source.size and chains.used_beyond(source.size):
        report("error", f"cut short: {source.size} of {layout.size} bytes are there")
    return _Walk(source, layout, chains, report).entries()


class _Content(Source):
    """A file's bytes; where they stand is looked up when they are read, and not kept for all files at once."""

    def __init__(self, walk: _Walk, cluster: int, size: int) -> None:
        self._walk, self._cluster = walk, cluster
        self.size = size

    def read_at(self, offset: int, length: int) -> bytes:
        """See :meth:`Source.read_at`. Raises :class:`InputError` where the chain of its clusters is damaged."""
        return self._walk.content(self._cluster, self.size).read_at(offset, length)


class _Walk:
    """Goes through the folders, each once, whatever the records say."""

    def __init__(self, source: Source, layout: Layout, chains: Chains, report: Report) -> None:
        self._source, self._layout, self._chains, self._report = source, layout, chains, report
        self.content = lru_cache(_CONTENTS_KEPT)(self._find_content)

    def entries(self) -> Iterator[Entry]:
        root = self._layout.root if self._layout.bits == 32 else 0
        seen: set[int] = {0}
        pending: list[tuple[bytes, int]] = [(b"", root)]
        while pending:
            folder, cluster = pending.pop()
            if folder and cluster in seen:
                self._report("error", "a folder that stands in two places; entered only once", folder)
                continue
            seen.add(cluster)
            try:
                for record in fat_folder.records(self._listing(cluster), wide=self._layout.bits == 32):
                    path = self._path(folder, record.name)
                    if record.folder:
                        yield Entry(path, "folder")
                        if len(path) <= LONGEST_PATH:
                            pending.append((path, record.cluster))
                    else:
                        yield Entry(path, "file", record.size, _Content(self, record.cluster, record.size))
            except InputError as error:
                self._report("error", f"folder not read to its end: {error.message}", folder)

    def _path(self, folder: bytes, name: bytes) -> bytes:
        if b"/" in name:
            self._report("warning", "name with a slash, which stands as an underscore here", name)
            name = name.replace(b"/", b"_")
        return folder + b"/" + name if folder else name

    def _listing(self, cluster: int) -> Iterator[bytes]:
        """A folder's bytes. Raises :class:`InputError` where chain or image end too early."""
        if not cluster:
            yield self._exactly(self._layout.root, self._layout.root_size)
            return
        left = _LARGEST_FOLDER
        for number in self._chains.clusters(cluster):
            if left <= 0:
                raise InputError(f"larger than the {_LARGEST_FOLDER} bytes that a folder may have")
            left -= self._layout.cluster
            yield self._exactly(self._chains.place(number), self._layout.cluster)

    def _exactly(self, offset: int, length: int) -> bytes:
        data = self._source.read_at(offset, length)
        if len(data) < length:
            raise InputError(f"the image ends before byte {offset + length}")
        return data

    def _find_content(self, cluster: int, size: int) -> Source:
        pieces = self._chains.pieces(cluster, size)
        if len(pieces) == 1:
            return self._source.window(pieces[0].stored, size)
        return Pieces(self._source, size, pieces)
