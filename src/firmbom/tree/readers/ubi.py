"""UBI: volumes whose logical blocks lie anywhere on the flash; each volume is a file of the volume's name.

Source: the kernel's drivers/mtd/ubi/ubi-media.h and attach.c. Of a dynamic volume everything up to the last block
that was ever written is read; what was never written is 0xFF, as erased flash is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from firmbom.errors import InputError
from firmbom.tree.archive import Entry
from firmbom.tree.readers.ubi_headers import (
    HEADER,
    LAYOUT_VOLUME,
    STATIC,
    Record,
    VolumeHeader,
    block_size,
    crc,
    erase_counter,
    volume_header,
    volume_table,
)
from firmbom.tree.report import Report
from firmbom.tree.source import Source


def confirm(head: bytes) -> bool:
    """An erase counter header whose checksum fits."""
    return erase_counter(head) is not None


def read(source: Source, report: Report) -> Iterator[Entry]:
    """The volumes, in the order of their numbers."""
    flash = _Flash(source, report)
    table = flash.table()
    for number in sorted({*table, *(one for one in flash.blocks if one < LAYOUT_VOLUME)}):
        record = table.get(number)
        blocks = flash.blocks.get(number, {})
        if record is None and table:
            report("note", f"{len(blocks)} blocks of volume {number}, which has been removed; not read")
            continue
        name = (record and record.name) or b"volume-%d" % number
        if record and record.interrupted:
            report("error", "its last update was interrupted", name)
        try:
            content = flash.volume(name, blocks, record)
            yield Entry(name, "file", content.size, content)
        except InputError as error:
            report("error", f"not read: {error.message}", name)


class _Block(NamedTuple):
    """A physical block that holds a logical one."""

    data: int
    """Where its data begins in the image."""
    header: VolumeHeader


class _Flash:
    """The physical blocks, sorted by volume and index."""

    def __init__(self, source: Source, report: Report) -> None:
        self._source, self._report = source, report
        first = erase_counter(source.read_at(0, HEADER))
        if first is None:
            raise InputError("no erase counter at the beginning")
        self._first = first
        self._size = block_size(source, first)
        if source.size % self._size:
            report("error", f"cut short: {source.size} bytes are no whole number of blocks of {self._size}")
        self._usable = self._size - first.data_offset
        self.blocks: dict[int, dict[int, _Block]] = {}
        for start in range(0, source.size, self._size):
            self._attach(start)

    def _attach(self, start: int) -> None:
        head = self._source.read_at(start, self._first.header_offset + HEADER)
        counter = erase_counter(head)
        behind = head[self._first.header_offset :]
        if counter is None:
            if head.strip(b"\xff"):
                self._report("error", f"no erase counter at byte {start}; the block there was not read")
        elif counter[:2] != self._first[:2] or counter.image != self._first.image:
            self._report("error", f"the block at byte {start} is of another image; not read")
        elif (header := volume_header(behind)) is not None:
            self._place(_Block(start + self._first.data_offset, header))
        elif behind.strip(b"\xff"):
            self._report("error", f"damaged volume header in the block at byte {start}; not read")

    def _place(self, block: _Block) -> None:
        """Of two that claim the same index the newer one stands, unless it is a copy that was not finished."""
        volume = self.blocks.setdefault(block.header.volume, {})
        known = volume.get(block.header.number)
        if known is not None:
            older, newer = sorted((known, block), key=lambda one: one.header.sequence)
            block = older if newer.header.copied and not self._sound(newer) else newer
        volume[block.header.number] = block

    def _sound(self, block: _Block) -> bool:
        size = block.header.data_size
        if size > self._usable:
            return False
        return crc(self._source.read_at(block.data, size)) == block.header.data_crc

    def table(self) -> Mapping[int, Record]:
        """The volume table, of which there are two copies."""
        copies = self.blocks.get(LAYOUT_VOLUME, {})
        if len(copies) == 1:
            self._report("error", "one of the two copies of its volume table is missing")
        for _, block in sorted(copies.items()):
            table = volume_table(self._source.read_at(block.data, self._usable))
            if table is not None:
                return table
        self._report("error", "no sound volume table; volumes are named by their numbers")
        return {}

    def volume(self, name: bytes, blocks: Mapping[int, _Block], record: Record | None) -> Source:
        """The content of one volume."""
        size = self._usable - (record.padding if record else next(iter(blocks.values())).header.padding)
        if size <= 0:
            raise InputError(f"{-size} bytes more are unused in each block than it has")
        starts = {index: block.data for index, block in blocks.items() if record is None or index < record.blocks}
        if len(starts) < len(blocks):
            self._report("error", f"{len(blocks) - len(starts)} blocks beyond its end; not read", name)
        if not starts:
            return Volume(self._source, starts, size, 0)
        last = blocks[max(starts)].header
        if last.type != STATIC:
            return Volume(self._source, starts, size, (max(starts) + 1) * size)
        if last.used_blocks != len(starts) or max(starts) + 1 != len(starts):
            self._report("error", f"{len(starts)} of its {last.used_blocks} blocks are there", name)
        for index in sorted(starts):
            if not self._sound(blocks[index]):
                self._report("error", f"checksum of its block {index} does not fit", name)
        return Volume(self._source, starts, size, max(starts) * size + min(size, last.data_size))


class Volume(Source):
    """A volume's logical blocks in order; those that are not there are erased."""

    def __init__(self, source: Source, starts: Mapping[int, int], block: int, size: int) -> None:
        """Args: ``starts`` says where in ``source`` each logical block of ``block`` bytes begins."""
        self._source, self._starts, self._block = source, starts, block
        self.size = size

    def read_at(self, offset: int, length: int) -> bytes:
        """See :meth:`Source.read_at`."""
        end = offset + min(length, self.size - offset)
        parts: list[bytes] = []
        while offset < end:
            index, inside = divmod(offset, self._block)
            count = min(self._block - inside, end - offset)
            start = self._starts.get(index)
            part = b"\xff" * count if start is None else self._source.read_at(start + inside, count)
            if len(part) < count:
                raise OSError("its container ends in it")
            parts.append(part)
            offset += count
        return parts[0] if len(parts) == 1 else b"".join(parts)
