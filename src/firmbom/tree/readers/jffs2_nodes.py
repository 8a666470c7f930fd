"""JFFS2's log: finds every valid node of an image and keeps what the tree is built from, without any payload.

Sources: the kernel's include/uapi/linux/jffs2.h and fs/jffs2/scan.c. Checksums are CRC-32 without the two inversions.
"""

from __future__ import annotations

import re
import zlib
from array import array
from collections.abc import Iterator
from struct import Struct
from typing import NamedTuple

from firmbom.errors import InputError
from firmbom.tree.report import Report
from firmbom.tree.source import Source

LITTLE, BIG = b"\x85\x19", b"\x19\x85"
HEADER = 12
INODE = 68
"""The size of an inode node without its data, in bytes."""
LARGEST = 1 << 20
"""Bytes of data in one node; Linux writes at most a page, mkfs.jffs2 can be told more."""
_DIRENT = 40
_NODE_DIRENT, _NODE_INODE = 0xE001, 0xE002
_NODES = (_NODE_DIRENT, _NODE_INODE, 0x2003, 0x2004, 0x2006, 0xE008, 0xE009)
_ACCURATE = 0x2000
"""Cleared in place when a node is obsolete; its checksum still counts it as set."""
_BUFFER = 1 << 20
_MOST_DAMAGED = 100_000
_LARGEST = 16 << 30
_FILLING = {b"\xff\xff\xff\xff": re.compile(rb"[^\xff]"), bytes(4): re.compile(rb"[^\0]")}
"""Words between the nodes that are no damage, and what ends a run of them."""


class Name(NamedTuple):
    """What stands under a name in a folder."""

    version: int
    inode: int
    """0: the name was removed."""
    type: int
    """As in readdir(3): 4 is a folder."""


class Inode(NamedTuple):
    """The fixed part of an inode node; a file has one for each piece of its content."""

    inode: int
    version: int
    mode: int
    size: int
    """Of the whole file as of this version, in bytes."""
    offset: int
    packed: int
    """Bytes of data behind this header."""
    unpacked: int
    compression: int
    data_crc: int


def crc(data: bytes) -> int:
    """The checksum of JFFS2: the register starts at 0 and is not inverted at the end."""
    return zlib.crc32(data, 0xFFFFFFFF) ^ 0xFFFFFFFF


class Layout:
    """The structures in one byte order."""

    def __init__(self, order: str) -> None:
        self.magic = LITTLE if order == "<" else BIG
        self._order = order
        self._header = Struct(f"{order}HHII")
        self._inode = Struct(f"{order}12xIII4xI12xIIIBx2xI")
        self._node_crc = Struct(f"{order}I")
        self._dirent = Struct(f"{order}12xIII4xBB2xII")

    def header(self, data: bytes, at: int) -> tuple[int, int]:
        """Type and length of the node at ``at``, ``(0, 0)`` where there is no valid header.

        An obsolete node has type 0.
        """
        magic, kind, length, stated = self._header.unpack_from(data, at)
        if magic != 0x1985 or length < HEADER:
            return 0, 0
        fixed = self._header.pack(magic, kind | _ACCURATE, length, 0)[:8]
        if crc(fixed) != stated:
            return 0, 0
        return kind if kind & _ACCURATE else 0, length

    def inode(self, data: bytes) -> Inode:
        """What an inode node says.

        Raises:
            InputError: it is cut short.
        """
        if len(data) < INODE:
            raise InputError("its image ends in it")
        return Inode._make(self._inode.unpack_from(data))

    def sound_inode(self, data: bytes) -> Inode | None:
        """What an inode node says, None when a checksum does not fit."""
        node = self.inode(data)
        (node_crc,) = self._node_crc.unpack_from(data, INODE - 4)
        packed = data[INODE : INODE + node.packed]
        fits = len(packed) == node.packed and crc(packed) == node.data_crc and crc(data[: INODE - 8]) == node_crc
        return node if fits else None

    def dirent(self, data: bytes, at: int) -> tuple[int, bytes, Name] | None:
        """Parent, name and what stands there; None when a checksum does not fit."""
        parent, version, inode, length, kind, node_crc, name_crc = self._dirent.unpack_from(data, at)
        name = data[at + _DIRENT : at + _DIRENT + length]
        if crc(data[at : at + _DIRENT - 8]) != node_crc or len(name) < length or crc(name) != name_crc:
            return None
        return parent, name, Name(version, inode, kind)


def layout(head: bytes) -> Layout:
    """The byte order that the first node shows."""
    return Layout("<" if head.startswith(LITTLE) else ">")


def confirm(head: bytes) -> bool:
    """A first node of a known type whose header's checksum fits."""
    if len(head) < HEADER:
        return False
    kind, length = layout(head).header(head, 0)
    return bool(length) and kind | _ACCURATE in (0x2000, *_NODES)


class Log:
    """What an image's nodes say. The newest version of a name stands; of an inode all versions are kept."""

    def __init__(self, source: Source, report: Report) -> None:
        self._source, self._report = source, report
        self.layout = layout(source.read_at(0, 2))
        self.names: dict[int, dict[bytes, Name]] = {}
        """By folder's inode, by name."""
        self.replaced: set[int] = set()
        """Inodes that stood under a name and do not any more."""
        self.inodes: dict[int, array[int]] = {}
        """By inode, of each node its version shifted by 32 bits, and its place in units of 4 bytes."""
        self.compressions: set[int] = set()
        self.bytes: dict[int, int] = {}
        """By inode, how many bytes all its nodes unpack to."""
        self._damaged = self._first = 0
        self._scan()

    def places(self, inode: int) -> Iterator[int]:
        """Where the inode's nodes stand, oldest first."""
        for packed in sorted(self.inodes[inode]):
            yield (packed & 0xFFFFFFFF) * 4

    def _scan(self) -> None:
        place, start, data = 0, 0, b""
        size = self._source.size
        if size > _LARGEST:
            raise InputError(f"an image of {size} bytes, where JFFS2 can have {_LARGEST}")
        while place + HEADER <= size:
            at = place - start
            if at + _DIRENT + 256 > len(data) and start + len(data) < size:
                start, data, at = place, self._source.read_at(place, _BUFFER), 0
            kind, length = self.layout.header(data, at)
            if not length:
                place = start + self._after_gap(data, at, place)
                continue
            if place + length > size:
                self._report("error", f"cut short: the node at byte {place} ends behind the image's end")
                place = start + self._after_gap(data, at, place)
                continue
            self._take(kind, place, length, data, at)
            place += -(-length // 4) * 4
        if self._source.read_at(place, size).strip(b"\0\xff"):
            self._report("error", f"cut short: at byte {place} stands the beginning of a node")
        if self._damaged:
            self._report("error", f"{self._damaged} damaged nodes, the first at byte {self._first}; not read")

    def _take(self, kind: int, place: int, length: int, data: bytes, at: int) -> None:
        if kind == _NODE_INODE:
            taken = INODE <= length <= INODE + LARGEST and self._take_inode(place, length, data, at)
        elif kind == _NODE_DIRENT:
            taken = length >= _DIRENT and self._take_dirent(data, at)
        else:
            taken = True
            if kind and kind not in _NODES:
                self._report("warning", f"nodes of unknown type {kind:#06x}; not read")
        if not taken:
            self._bad(place)

    def _take_inode(self, place: int, length: int, data: bytes, at: int) -> bool:
        whole = data[at : at + length]
        if len(whole) < length:
            whole = self._source.read_at(place, length)
        node = self.layout.sound_inode(whole)
        if node is None:
            return False
        self.compressions.add(node.compression)
        known = self.inodes.get(node.inode)
        if known is None:
            known = self.inodes[node.inode] = array("Q")
        known.append(node.version << 32 | place // 4)
        self.bytes[node.inode] = self.bytes.get(node.inode, 0) + node.unpacked
        return True

    def _take_dirent(self, data: bytes, at: int) -> bool:
        found = self.layout.dirent(data, at)
        if found is None:
            return False
        parent, name, entry = found
        folder = self.names.setdefault(parent, {})
        known = folder.get(name)
        if known is not None:
            entry, older = (entry, known) if known.version <= entry.version else (known, entry)
            self.replaced.add(older.inode)
        folder[name] = entry
        return True

    def _bad(self, place: int) -> None:
        if not self._damaged:
            self._first = place
        self._damaged += 1
        if self._damaged > _MOST_DAMAGED:
            raise InputError(f"more than {_MOST_DAMAGED} damaged nodes, the first at byte {self._first}")

    def _after_gap(self, data: bytes, at: int, place: int) -> int:
        """Where in ``data`` the next node may stand, seen from a word that begins none: erased, padding or damaged."""
        word = data[at : at + 4]
        if word in _FILLING:
            found = _FILLING[word].search(data, at)
            after = found.start() if found else len(data)
        else:
            if not self.layout.header(data, at)[1]:
                self._bad(place)
            after = data.find(self.layout.magic, at + 4)
        return (after if after >= 0 else len(data)) & ~3
