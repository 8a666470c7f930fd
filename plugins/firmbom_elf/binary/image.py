"""What stands at addresses of a file once it is loaded: pointers, texts, numbers, and what short functions return."""

from __future__ import annotations

import re
import struct
from functools import cached_property

from firmbom_elf.binary.symbols import Defined
from firmbom_elf.binary.tables import Tables
from firmbom_elf.code import LONGEST, returned
from firmbom_elf.code.constant import Code, Constant

MOST_BYTES = 16 << 20
"""Of a table of relocations."""
_TEXT = re.compile(rb"[\x20-\x7e]{2,120}\0")
_RELATIVE = {"aarch64": 1027, "x86_64": 8, "arm": 23, "i386": 8, "riscv": 3}
"""By machine: the relocation that adds the address at which the file is loaded."""
_ADDED = {"aarch64": {257}, "x86_64": {1}, "arm": {2}, "i386": {1}, "riscv": {1, 2}, "mips": {3}}
"""Those that put a symbol's address there and add to it; MIPS has symbol 0 for that of the file itself."""
_TABLED = {"aarch64": 1025, "x86_64": 6, "arm": 21, "i386": 6}
"""That which puts it into the global offset table."""
_DT_RELA, _DT_RELASZ, _DT_REL, _DT_RELSZ, _DT_SYMTAB = 7, 8, 17, 18, 6


class Image:
    """A file as the loader would have it in memory; nothing is loaded."""

    def __init__(self, tables: Tables, machine: str) -> None:
        """Of a machine that is not known here, code and pointers say nothing."""
        self._tables, self._machine = tables, machine
        self.word = tables.header.bits // 8
        """Bytes of a pointer."""
        self.order = tables.order
        """Of the bytes of a number, as :mod:`struct` writes it."""

    @cached_property
    def _relocations(self) -> list[tuple[bytes, bool]]:
        """The tables, and whether each row has an addend."""
        at, tags = self._tables.at, self._tables.tags
        places = ((_DT_RELA, _DT_RELASZ, True), (_DT_REL, _DT_RELSZ, False))
        return [(at(tags.get(tag), min(tags.get(size, 0), MOST_BYTES)), added) for tag, size, added in places]

    def returned(self, function: Defined) -> Constant | None:
        """What a function returns, if it is always the same."""
        start = function.address & ~1 if self._machine == "arm" else function.address
        code = Code(self.memory(start, LONGEST), function.address, self.order, self.memory)
        return returned(self._machine, code)

    def returned_address(self, function: Defined) -> int | None:
        """Where what a function returns leads; itself, if it is no pointer to a pointer."""
        found = self.returned(function)
        if found is None or found.kind == "number":
            return None
        return found.value if found.kind == "address" else self.pointer(found.value)

    def memory(self, address: int, size: int) -> bytes:
        """So many bytes, as far as the file holds them."""
        return self._tables.at(address, size)

    def text(self, address: int) -> str | None:
        """The text that begins there: printable, of 2 to 120 characters."""
        found = _TEXT.match(self._tables.at(address, 121))
        return found[0][:-1].decode("ascii") if found else None

    def text_at(self, address: int) -> str | None:
        """The text to which the pointer leads that stands there."""
        target = self.pointer(address)
        return None if target is None else self.text(target)

    def number(self, address: int) -> int | None:
        """The four bytes there."""
        word = self._tables.at(address, 4)
        return int.from_bytes(word, self._tables.header.endian) if len(word) == 4 else None

    def pointer(self, address: int) -> int | None:
        """Where the pointer that stands there leads, if the loader makes one of it."""
        tables, word = self._tables, self.word
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
        if self.word == 4:
            return info & 0xFF, info >> 8
        if self._machine == "mips":  # up to three kinds in one, the first of which is meant
            little = self._tables.header.endian == "little"
            return (info >> 56, info & 0xFFFF_FFFF) if little else (info & 0xFF, info >> 32)
        return info & 0xFFFF_FFFF, info >> 32

    def _address(self, number: int) -> int:
        """Of a symbol; 0 if it is another file's, and of symbol 0."""
        layout, each = ("8xQ", 24) if self.word == 8 else ("4xI", 16)
        start = self._tables.tags.get(_DT_SYMTAB, 0)
        row = self._tables.at(start + number * each, each) if start else b""
        return int(struct.unpack_from(self._tables.order + layout, row)[0]) if len(row) == each else 0
