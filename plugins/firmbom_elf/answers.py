"""What the functions and data of a library that are there to tell its version say, without running anything."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from functools import cached_property

from firmbom_elf.code import LONGEST, returned
from firmbom_elf.code.constant import Code
from firmbom_elf.facts import Answer
from firmbom_elf.symbols import Defined, tellers
from firmbom_elf.tables import Tables

MOST_BYTES = 16 << 20
"""Of a table of relocations."""
_TEXT = re.compile(rb"[\x20-\x7e]{3,120}\0")
_RELATIVE = {"aarch64": 1027, "x86_64": 8, "arm": 23, "i386": 8, "riscv": 3}
"""By machine: the relocation that adds the address at which the file is loaded."""
_ADDED = {"aarch64": {257}, "x86_64": {1}, "arm": {2}, "i386": {1}, "riscv": {1, 2}, "mips": {3}}
"""Those that put a symbol's address there and add to it; MIPS has symbol 0 for that of the file itself."""
_TABLED = {"aarch64": 1025, "x86_64": 6, "arm": 21, "i386": 6}
"""That which puts it into the global offset table."""
_DT_RELA, _DT_RELASZ, _DT_REL, _DT_RELSZ, _DT_SYMTAB = 7, 8, 17, 18, 6


def read(tables: Tables, machine: str) -> Iterator[Answer]:
    """The answers, in the order of the names.

    Args:
        tables: those of the file.
        machine: as :attr:`firmbom_elf.facts.Elf.machine`; of one that is not known, functions say nothing.
    """
    told = _Told(tables, machine)
    for symbol in tellers(tables):
        said = told.by_function(symbol) if symbol.function else told.by_data(symbol)
        if isinstance(said, int):
            yield Answer(symbol.name, number=said)
        elif said:
            yield Answer(symbol.name, text=said)


class _Told:
    def __init__(self, tables: Tables, machine: str) -> None:
        self._tables, self._machine = tables, machine
        self._word = tables.header.bits // 8

    @cached_property
    def _relocations(self) -> list[tuple[bytes, bool]]:
        """The tables, and whether each row has an addend."""
        at, tags = self._tables.at, self._tables.tags
        places = ((_DT_RELA, _DT_RELASZ, True), (_DT_REL, _DT_RELSZ, False))
        return [(bytes(at(tags.get(tag), min(tags.get(size, 0), MOST_BYTES))), added) for tag, size, added in places]

    def by_function(self, symbol: Defined) -> str | int | None:
        start = symbol.address & ~1 if self._machine == "arm" else symbol.address
        code = Code(self._memory(start, LONGEST), symbol.address, self._tables.order, self._memory)
        found = returned(self._machine, code)
        if found is None:
            return None
        if found.kind == "number":
            return found.value if found.value < 1 << 31 else None
        if found.kind == "address":
            return self._text(found.value)
        target = self._pointer(found.value)
        if target is None:
            return self._number(found.value) if found.size == 4 else None
        inner = self._pointer(target)  # through the global offset table
        return self._text(target) or (self._text(inner) if inner is not None else None)

    def by_data(self, symbol: Defined) -> str | int | None:
        if symbol.size == self._word and (target := self._pointer(symbol.address)) is not None:
            return self._text(target)
        return self._number(symbol.address) if symbol.size == 4 else self._text(symbol.address)

    def _memory(self, address: int, size: int) -> bytes:
        return bytes(self._tables.at(address, size))

    def _text(self, address: int) -> str | None:
        found = _TEXT.match(self._tables.at(address, 121))
        return found[0][:-1].decode("ascii") if found else None

    def _number(self, address: int) -> int | None:
        word = self._tables.at(address, 4)
        return int.from_bytes(word, self._tables.header.endian) if len(word) == 4 else None

    def _pointer(self, address: int) -> int | None:
        """Where the pointer that stands there leads, if the loader makes one of it."""
        tables, word = self._tables, self._word
        place = address.to_bytes(word, tables.header.endian) if 0 < address < 1 << 8 * word else b""
        for rows, added in self._relocations:
            each, at = word * (3 if added else 2), rows.find(place) if place else -1
            while at >= 0 and at % each:
                at = rows.find(place, at + 1)
            if at < 0 or at + each > len(rows):
                continue
            letter = "Q" if word == 8 else "I"
            _, info, *rest = struct.unpack_from(f"{tables.order}{2 + added}{letter}", rows, at)
            addend = rest[0] if rest else int.from_bytes(tables.at(address, word), tables.header.endian)
            kind, number = self._kind(info)
            if kind == _RELATIVE.get(self._machine):
                return int(addend)
            if kind in _ADDED.get(self._machine, ()):
                return self._address(number) + int(addend)
            if kind == _TABLED.get(self._machine):
                return self._address(number)
        return None

    def _kind(self, info: int) -> tuple[int, int]:
        """The kind of a relocation, and the number of its symbol."""
        if self._word == 4:
            return info & 0xFF, info >> 8
        if self._machine == "mips":  # up to three kinds in one, the first of which is meant
            little = self._tables.header.endian == "little"
            return (info >> 56, info & 0xFFFF_FFFF) if little else (info & 0xFF, info >> 32)
        return info & 0xFFFF_FFFF, info >> 32

    def _address(self, number: int) -> int:
        """Of a symbol; 0 if it is another file's, and of symbol 0."""
        layout, each = ("8xQ", 24) if self._word == 8 else ("4xI", 16)
        start = self._tables.tags.get(_DT_SYMTAB, 0)
        row = self._tables.at(start + number * each, each) if start else b""
        return int(struct.unpack_from(self._tables.order + layout, row)[0]) if len(row) == each else 0
