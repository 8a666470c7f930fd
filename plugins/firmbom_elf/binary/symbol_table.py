"""A symbol table, and how many entries it has, which stands in the hash tables only once the section headers are gone.

Source: System V gABI chapters 4 (symbol table) and 5 (hash table), glibc's elf.h for the GNU tables.
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Callable
from functools import cached_property
from itertools import compress
from operator import not_
from typing import NamedTuple

from firmbom_elf.binary.string_table import StringTable
from firmbom_elf.binary.tables import Tables

OBJECT, FUNCTION = 1, 2
"""Types of symbols."""

_DT_HASH, _DT_SYMTAB = 4, 6
_DT_GNU_HASH, _DT_VERSYM, _DT_MIPS_SYMTABNO = 0x6FFF_FEF5, 0x6FFF_FFF0, 0x7000_0011
_MOST_TRIES, _MOST_SEARCHED = 64, 1 << 20
"""Places in so many bytes at which a name is looked for before all of a table is read."""
_TABLES = (_DT_HASH, 5, _DT_GNU_HASH, _DT_VERSYM, 7, 17, 23, 36, 0x6FFF_FFFC, 0x6FFF_FFFE)
"""Tags that hold the address of a table: STRTAB, RELA, REL, JMPREL, RELR, VERDEF and VERNEED too."""
_WIDE_HASH = frozenset({22, 0x9026})
"""``e_machine`` of those whose 64-bit files have hash tables of 64-bit words: s390 and Alpha."""
_UNDEFINED, _LOCAL = 0, 0
_VERSION = 0x7FFF
_GLOBAL = bytes(int(info >> 4 != _LOCAL) for info in range(256))
_DATA = bytes(int(info & 15 == OBJECT) for info in range(256))
"""Translate ``st_info`` to 1 where the symbol is not local, and where it is data."""
_ENTRIES = {
    (bits, order): struct.Struct(order + fields) for bits, fields in ((32, "IIIBxH"), (64, "IBxHQQ")) for order in "<>"
}
"""``st_name``; then ``st_value``, ``st_size``, ``st_info`` and ``st_shndx``, of which 64 bits have these two first."""


_GNU_HASH = {order: struct.Struct(order + "4I") for order in "<>"}
"""By byte order: the head of a GNU hash table."""


class Symbol(NamedTuple):
    """An entry."""

    name: int
    """Where it begins in the string table."""
    info: int
    section: int
    address: int
    size: int

    @property
    def type(self) -> int:
        """Data, function or something else."""
        return self.info & 15

    @property
    def given(self) -> bool:
        """Does the file define it, for others too?"""
        return self.section != _UNDEFINED and self.info >> 4 != _LOCAL


class SymbolTable:
    """One such table, which is read column by column: it has thousands of rows."""

    def __init__(self, tables: Tables, rows: bytes, strings: StringTable) -> None:
        """Of one file.

        Args:
            tables: those of the file.
            rows: the entries.
            strings: the table of the names.
        """
        self.strings, self._order = strings, tables.order
        self._endian, self._wide = tables.header.endian, tables.header.bits == 64
        self._entry = _ENTRIES[tables.header.bits, tables.order]
        self._rows = rows[: len(rows) // self._entry.size * self._entry.size]
        self._numbers, self._copied = b"", frozenset[int]()

    @classmethod
    def dynamic(cls, tables: Tables, copied: frozenset[int]) -> SymbolTable:
        """The one that the loader goes by.

        A program's own copy of a library's data (a copy relocation) bears the library's version and counts as taken.

        Args:
            tables: those of the file.
            copied: of a program, the numbers that versions of other libraries have in the version table.
        """
        size = _ENTRIES[tables.header.bits, tables.order].size
        made = cls(tables, tables.at(tables.tags.get(_DT_SYMTAB), _count(tables) * size), tables.strings)
        if copied:
            made._copied = copied
            made._numbers = tables.at(tables.tags.get(_DT_VERSYM), 2 * (len(made._rows) // size))
        return made

    @cached_property
    def _versions(self) -> array[int]:
        """The version table: a number for each symbol."""
        return _numbers("H", self._numbers[: len(self._numbers) // 2 * 2], self._order)

    @cached_property
    def listed(self) -> array[int]:
        """Where the names of all symbols begin in the string table."""
        return _numbers("I", self._rows, self._order)[:: self._entry.size // 4]

    @cached_property
    def _searched(self) -> bytes:
        """The same as bytes: a name is found there in no time, where reading all names takes longer than all else."""
        return array("I", self._rows)[:: self._entry.size // 4].tobytes()

    def any(self, place: int, counts: Callable[[int], bool]) -> bool | None:
        """Does one of the symbols count whose name begins there? None if that takes too many tries."""
        searched, number = self._searched, place.to_bytes(4, self._endian)
        at = searched.find(number)
        for _ in range(_MOST_TRIES if len(searched) <= _MOST_SEARCHED else 0):
            if at < 0:
                return False
            if at % 4 == 0 and counts(at // 4):
                return True
            at = searched.find(number, at + 1)
        return None

    def is_taken(self, row: int) -> bool:
        """Does the file take that symbol from others?"""
        return not self._is_defined(row) or self.is_copied(row)

    def is_given(self, row: int) -> bool:
        """Does it give it to others, if it is no copy?"""
        return self._is_defined(row) and self._info(row) >> 4 != _LOCAL

    def is_copied(self, row: int) -> bool:
        """Is it a copy of a library's data?"""
        if not self._copied or self._info(row) & 15 != OBJECT:
            return False
        return row < len(self._versions) and self._versions[row] & _VERSION in self._copied

    def _is_defined(self, row: int) -> bool:
        at = row * self._entry.size + (6 if self._wide else 14)
        return self._rows[at : at + 2] != b"\0\0"

    def _info(self, row: int) -> int:
        return self._rows[row * self._entry.size + (4 if self._wide else 12)]

    @cached_property
    def _infos(self) -> bytes:
        return self._rows[4 if self._wide else 12 :: self._entry.size]

    @cached_property
    def _sections(self) -> array[int]:
        """Which are not 0 is all that is known of them."""
        return array("H", self._rows)[3 if self._wide else 7 :: self._entry.size // 2]

    @cached_property
    def _copies(self) -> frozenset[int]:
        data = compress(zip(self.listed, self._versions, strict=False), self._infos.translate(_DATA))
        return frozenset(name for name, version in data if version & _VERSION in self._copied)

    @cached_property
    def taken(self) -> frozenset[int]:
        """Where names begin that the file takes from others."""
        return self._copies.union(compress(self.listed, map(not_, self._sections)))

    @cached_property
    def given(self) -> frozenset[int]:
        """Where names begin that it gives to others."""
        bound = compress(self._infos.translate(_GLOBAL), self._sections)
        return frozenset(compress(compress(self.listed, self._sections), bound)) - self._copies

    def first(self, place: int) -> Symbol | None:
        """The first symbol whose name begins there."""
        number = place.to_bytes(4, self._endian)
        at = self._searched.find(number)
        while at % 4 and at >= 0:
            at = self._searched.find(number, at + 1)
        return self._symbol(at // 4) if at >= 0 else None

    def _symbol(self, number: int) -> Symbol:
        row = self._entry.unpack_from(self._rows, number * self._entry.size)
        return Symbol(*row) if self._wide else Symbol(row[0], *row[3:], *row[1:3])


def _numbers(kind: str, content: bytes, order: str) -> array[int]:
    found = array(kind, content)
    if (order == "<") != (sys.byteorder == "little"):
        found.byteswap()
    return found


def _count(tables: Tables) -> int:
    """How many entries the symbol table has; none if nothing tells."""
    tags, order, bits = tables.tags, tables.order, tables.header.bits
    if _DT_MIPS_SYMTABNO in tags:
        return tags[_DT_MIPS_SYMTABNO]
    if _DT_HASH in tags:
        words = f"{order}QQ" if bits == 64 and tables.header.machine in _WIDE_HASH else f"{order}II"
        counts = tables.at(tags[_DT_HASH], struct.calcsize(words))
        return int(struct.unpack(words, counts)[1]) if len(counts) == struct.calcsize(words) else 0
    return _count_gnu(tables) or _count_room(tags, _ENTRIES[bits, order].size)


def _count_gnu(tables: Tables) -> int:
    """The end of the last chain: the entry from the highest bucket on whose lowest bit is set; 0 if all are empty.

    Symbols that are only wanted stand before those in the table, and it does not say how many where it is empty.
    """
    data, order, address = tables.data, tables.order, tables.tags.get(_DT_GNU_HASH)
    at = tables.offset(address) if address else None
    if at is None or at + 16 > len(data):
        return 0
    buckets, first, bloom, _ = _GNU_HASH[order].unpack_from(data, at)
    chains = at + 16 + bloom * tables.header.bits // 8 + 4 * buckets
    if chains > len(data):
        return 0
    last = max(_numbers("I", data[chains - 4 * buckets : chains], order), default=0)
    if last < first:
        return 0
    lowest = 0 if order == "<" else 3
    for place in range(chains + 4 * (last - first), len(data) - 3, 4):
        last += 1
        if data[place + lowest] & 1:
            break
    return last


def _count_room(tags: dict[int, int], size: int) -> int:
    """How many entries fit between the symbol table and the table that comes next."""
    start = tags.get(_DT_SYMTAB, 0)
    return (min((tags[tag] for tag in _TABLES if tags.get(tag, 0) > start), default=start) - start) // size
