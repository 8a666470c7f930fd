"""What stays of an ELF file when it is stripped (its loaded bytes) or linked anew (the symbols that it exports)."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator

from firmbom.errors import InputError
from firmbom_elf.binary.tables import Tables
from firmbom_elf.facts import Elf, Fingerprint

SKETCH = 64
"""Hashes that stand for a set of symbols (bottom-k sketch: Thorup 2013, "Bottom-k and priority sampling")."""
_MOST_SEGMENTS = 64
_SMALLEST = 64
"""Bytes; a smaller segment is the same in many files."""
_PT_LOAD = 1
_HEADER = {32: 52, 64: 64}
"""Size of the ELF header, by class (gABI chapter 4)."""


def of(data: bytes, elf: Elf) -> Fingerprint:
    """The fingerprint of one file."""
    segments = tuple((len(part), hashlib.sha256(part).hexdigest()) for part in _loaded(data, elf))
    return Fingerprint(segments=segments, exports=sketch(elf.exports), count=len(elf.exports))


def sketch(symbols: Collection[str]) -> tuple[int, ...]:
    """A sketch of a set, from which the similarity of two sets can be told; at most :data:`SKETCH` numbers."""
    hashes = {_hash(symbol) for symbol in symbols}
    return tuple(sorted(hashes)[:SKETCH])


def similarity(left: Collection[int], right: Collection[int]) -> float:
    """An estimate of the Jaccard index of two sets from their sketches: 1 for equal ones, 0 for disjoint ones."""
    lowest = sorted({*left, *right})[:SKETCH]
    return sum(one in left and one in right for one in lowest) / len(lowest) if lowest else 0.0


def shared(left: Fingerprint, right: Fingerprint) -> float:
    """The part of ``left``'s loaded bytes that stands in ``right`` as it is, 0..1."""
    whole = sum(size for size, _ in left.segments)
    known = {digest for _, digest in right.segments}
    return sum(size for size, digest in left.segments if digest in known) / whole if whole else 0.0


def _hash(symbol: str) -> int:
    digest = hashlib.blake2b(symbol.encode("utf-8", "surrogateescape"), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 12  # 52 bits, which every JSON reader and SQLite hold exactly


def _loaded(data: bytes, elf: Elf) -> Iterator[memoryview]:
    """The bytes in the file of each PT_LOAD segment (gABI chapter 5); what lies beyond the file's end is not there."""
    try:
        programs = Tables(data).programs[:_MOST_SEGMENTS]
    except InputError:
        return
    view = memoryview(data)
    for one in programs:
        if one.type == _PT_LOAD:
            part = view[max(one.offset, _HEADER[elf.bits]) : one.offset + one.size]
            if len(part) >= _SMALLEST:
                yield part
