"""UBIFS's index: which node is the newest of each inode, name and piece of content.

The index is a tree in the image; what was written after it was last committed stands in the journal and is applied on
top, as mounting does. When the tree is damaged, all nodes of the image are applied by their sequence numbers instead.
Sources: the kernel's fs/ubifs/ubifs-media.h, tnc.c, replay.c.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from struct import Struct

from firmbom.errors import InputError
from firmbom.tree.readers.ubifs_nodes import (
    COMMIT_START,
    COMMON,
    DATA,
    DENTRY,
    INDEX,
    INODE,
    LARGEST,
    MASTER,
    REFERENCE,
    TRUNCATION,
    Image,
    Key,
    Master,
    Node,
    Superblock,
    dentry,
    inode,
    master,
    sound,
    truncation,
)
from firmbom.tree.report import Report

BLOCK = 4096
"""Bytes of a file in one data node."""
_MASTERS = (1, 2)
_LOG = 3
_MASTER_SIZE = 512
_INDEX_HEADER = COMMON + 4
_BRANCH = Struct("<IIIII")
_LEVELS = 64


class Blocks:
    """Where the data nodes of a file stand, by block."""

    def __init__(self) -> None:
        self.numbers = array("I")
        """Sorted."""
        self.places = array("Q")

    def put(self, number: int, place: int) -> None:
        """Set where a block stands; the greatest number yet is the usual case."""
        if not self.numbers or number > self.numbers[-1]:
            self.numbers.append(number)
            self.places.append(place)
            return
        at = bisect_left(self.numbers, number)
        if self.numbers[at] == number:
            self.places[at] = place
        else:
            self.numbers.insert(at, number)
            self.places.insert(at, place)

    def cut(self, number: int) -> None:
        """Forget the blocks from ``number`` on."""
        at = bisect_left(self.numbers, number)
        del self.numbers[at:], self.places[at:]


class Index:
    """The newest nodes of an image; a place is an offset in the image and, in its low 16 bits, the node's length."""

    def __init__(self, image: Image, super_: Superblock, report: Report) -> None:
        self.inodes: dict[int, int] = {}
        self.names: dict[int, dict[bytes, tuple[int, int]]] = {}
        """By folder's inode, by name, the inode and its type."""
        self.data: dict[int, Blocks] = {}
        self._image, self._super, self._report = image, super_, report
        try:
            self._committed()
        except InputError as error:
            report("error", f"damaged index ({error.message}); the tree was put together from all nodes that are there")
            self._anew()

    def _committed(self) -> None:
        newest = self._master()
        for key, place, length in self._leaves(newest):
            if key.type == INODE:
                self.inodes[key.inode] = place << 16 | length
            elif key.type == DATA:
                self.data.setdefault(key.inode, Blocks()).put(key.number, place << 16 | length)
            elif key.type == DENTRY:
                self._committed_name(place, length)
        journal = sorted(self._journal(newest), key=lambda node: node.sequence)
        if journal:
            self._report("note", f"{len(journal)} changes of the journal were applied")
        self._apply(journal)

    def _committed_name(self, place: int, length: int) -> None:
        try:
            self._name(self._image.node(place, length, DENTRY))
        except InputError as error:
            self._report("error", f"a name was not read: {error.message}")

    def _anew(self) -> None:
        for table in (self.inodes, self.names, self.data):
            table.clear()
        first = _LOG + self._super.log_blocks + self._super.table_blocks + self._super.orphan_blocks
        blocks = range(min(first, self._super.blocks), -(-self._image.source.size // self._image.block_size))
        order = sorted(
            (node.sequence, node.place, len(node.data)) for block in blocks for node in _leaf_nodes(self._image, block)
        )
        self._apply(self._image.node(place, length, INODE, DATA, DENTRY, TRUNCATION) for _, place, length in order)

    def _master(self) -> Master:
        """The newest master node; both blocks hold the same ones, each written behind the one before."""
        size = self._image.block_size
        step = max(_MASTER_SIZE, self._super.min_io)
        best: tuple[int, bytes] = (-1, b"")
        for block in _MASTERS:
            data = self._image.source.read_at(block * size, size)
            for offset in range(0, len(data) - _MASTER_SIZE + 1, step):
                node = data[offset : offset + _MASTER_SIZE]
                found = sound(node)
                if found and found[0] == MASTER and found[2] == _MASTER_SIZE:
                    best = max(best, (found[1], node))
        if not best[1]:
            raise InputError("no master node")
        return master(best[1])

    def _leaves(self, newest: Master) -> Iterator[tuple[Key, int, int]]:
        """Key, offset and length of each leaf, in the order of the keys."""
        size, end = self._image.block_size, self._image.source.size
        seen: set[int] = set()
        pending = [(newest.root * size + newest.root_offset, newest.root_length, _LEVELS)]
        while pending:
            place, length, below = pending.pop()
            if place in seen or length > size:
                raise InputError(f"an index node at byte {place} that cannot stand there")
            seen.add(place)
            node = self._image.node(place, length, INDEX).data
            count, level = Struct("<HH").unpack_from(node, COMMON)
            step, rest = divmod(len(node) - _INDEX_HEADER, count or 1)
            if level >= below or rest or step < _BRANCH.size:
                raise InputError(f"an index node at byte {place} of level {level} with {count} branches")
            children = []
            for at in range(_INDEX_HEADER, len(node), step):
                block, offset, length, number, packed = _BRANCH.unpack_from(node, at)
                if level:
                    children.append((block * size + offset, length, level))
                    continue
                if block * size + offset + length > end:
                    self._report("error", f"cut short: some of its nodes lie beyond the {end} bytes that are there")
                if length > LARGEST:
                    raise InputError(f"a node of {length} bytes, where {LARGEST} are the most")
                yield Key(number, packed >> 29, packed & 0x1FFFFFFF), block * size + offset, length
            pending += reversed(children)

    def _journal(self, newest: Master) -> Iterator[Node]:
        """What was written since the commit: the log names the blocks and from where on."""
        started = -1
        seen: set[int] = set()
        for turn in range(self._super.log_blocks):
            block = _LOG + (newest.log - _LOG + turn) % self._super.log_blocks
            nodes = list(self._image.nodes(block))
            if not nodes or nodes[0].sequence < started:
                return
            if started < 0:
                if nodes[0].type != COMMIT_START or nodes[0].data[COMMON : COMMON + 8] != newest.commit.to_bytes(
                    8, "little"
                ):
                    self._report("error", "its log belongs to another commit; changes since the last one were not read")
                    return
                started = nodes[0].sequence
            for bud, offset in _references(nodes):
                if bud not in seen:
                    seen.add(bud)
                    yield from _leaf_nodes(self._image, bud, offset)

    def _apply(self, nodes: Iterable[Node]) -> None:
        changes = {INODE: self._inode, DATA: self._data, DENTRY: self._name, TRUNCATION: self._truncate}
        for node in nodes:
            try:
                changes[node.type](node)
            except InputError as error:
                self._report("error", f"a node was not read: {error.message}")

    def _inode(self, node: Node) -> None:
        number = node.key.inode
        if inode(node).links:
            self.inodes[number] = node.place << 16 | len(node.data)
        else:
            self.inodes.pop(number, None)
            self.data.pop(number, None)

    def _data(self, node: Node) -> None:
        self.data.setdefault(node.key.inode, Blocks()).put(node.key.number, node.place << 16 | len(node.data))

    def _truncate(self, node: Node) -> None:
        number, size = truncation(node)
        if number in self.data:
            self.data[number].cut(-(-size // BLOCK))

    def _name(self, node: Node) -> None:
        parent, name, target, kind = dentry(node)
        folder = self.names.setdefault(parent, {})
        if target:
            folder[name] = target, kind
        else:
            folder.pop(name, None)


def _leaf_nodes(image: Image, block: int, offset: int = 0) -> Iterator[Node]:
    return (node for node in image.nodes(block, offset) if node.type in (INODE, DATA, DENTRY, TRUNCATION))


def _references(nodes: Iterable[Node]) -> Iterator[tuple[int, int]]:
    """The blocks that a log names, and from which offset on they hold changes."""
    for node in nodes:
        if node.type == REFERENCE and len(node.data) >= COMMON + 8:
            bud, offset = Struct("<II").unpack_from(node.data, COMMON)
            yield bud, offset
