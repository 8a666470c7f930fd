"""The symbols of one file: what it gives to others and what it takes from them.

The names are read in one go, because a file has thousands. How many there are stands in the hash tables only, once the
section headers are gone.
Source: System V gABI chapters 4 (symbol table) and 5 (hash table), glibc's elf.h for the GNU tables.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from firmbom.errors import printable
from firmbom_elf.binary.tables import Tables

MOST_NAME = 4096
"""Of one symbol, in bytes."""
MOST_TELLERS, MOST_TELLER = 200, 128
"""Names in one file that may tell a version, and bytes of each."""

_DT_HASH, _DT_STRTAB, _DT_SYMTAB, _DT_STRSZ = 4, 5, 6, 10
_DT_GNU_HASH, _DT_VERSYM, _DT_MIPS_SYMTABNO = 0x6FFF_FEF5, 0x6FFF_FFF0, 0x7000_0011
_ROWS = {32: "I8xBxH", 64: "IBxH16x"}
"""By class: an entry's ``st_name``, ``st_info`` and ``st_shndx``."""
_DEFINED = {32: "IIIBxH", 64: "IBxHQQ"}
"""With ``st_value`` and ``st_size``, where the class has them."""
_TELLING = (b"ersion", b"ERSION", b"_ver_")
"""What stands in the names of symbols that tell a version."""
_TABLES = (_DT_HASH, _DT_STRTAB, _DT_GNU_HASH, _DT_VERSYM, 7, 17, 23, 36, 0x6FFF_FFFC, 0x6FFF_FFFE)
"""Tags that hold the address of a table: RELA, REL, JMPREL, RELR, VERDEF and VERNEED too."""
_WIDE_HASH = frozenset({22, 0x9026})
"""``e_machine`` of those whose 64-bit files have hash tables of 64-bit words: s390 and Alpha."""
_SHT_SYMTAB = 2
_UNDEFINED = 0
_LOCAL = 0
_OBJECT, _FUNCTION = 1, 2
_VERSION = 0x7FFF
_PLAIN = bytes((0, *range(0x20, 0x7F)))
"""What names consist of, and their ends."""


class Symbols(NamedTuple):
    """Distinct names."""

    exports: frozenset[str]
    imports: frozenset[str]


def read(tables: Tables, *, copied: frozenset[int]) -> Symbols:
    """Read the names of the dynamic symbols.

    A program's own copy of a library's data (a copy relocation) bears the library's version and counts as taken.

    Args:
        tables: those of the file.
        copied: of a program, the numbers that versions of other libraries have in the version table.
    """
    tags = tables.tags
    entry = struct.Struct(tables.order + _ROWS[tables.header.bits])
    table = tables.at(tags.get(_DT_SYMTAB), _count(tables) * entry.size)
    names = _Names(_strings(tables))
    rows = list(entry.iter_unpack(table[: len(table) // entry.size * entry.size]))
    imports = {name for name, _, section in rows if section == _UNDEFINED}
    exports = {name for name, info, section in rows if section != _UNDEFINED and info >> 4 != _LOCAL}
    if copied:
        numbers = tables.at(tags.get(_DT_VERSYM), 2 * len(rows))
        versions = struct.unpack(f"{tables.order}{len(numbers) // 2}H", numbers[: len(numbers) // 2 * 2])
        copies = {
            name
            for (name, info, _), version in zip(rows, versions, strict=False)  # a table that is cut short is shorter
            if version & _VERSION in copied and info & 15 == _OBJECT
        }
        imports, exports = imports | copies, exports - copies
    return Symbols(names.at(exports), names.at(imports))


class Defined(NamedTuple):
    """A symbol that the file defines."""

    name: str
    address: int
    size: int
    """Of data, in bytes."""
    function: bool


def tellers(tables: Tables) -> Iterator[Defined]:
    """The functions and data in whose names ``version`` or ``_ver_`` stands; of one name the first."""
    return _defined(tables, dict(_named(_strings(tables))))


def ending(tables: Tables, ends: Iterable[bytes]) -> Iterator[Defined]:
    """The functions and data whose names end so; of one name the first."""
    names = _strings(tables)
    return _defined(tables, dict(found for end in ends for found in _ended(names, end + b"\0")))


def _strings(tables: Tables) -> bytes:
    return bytes(tables.at(tables.tags.get(_DT_STRTAB), tables.tags.get(_DT_STRSZ, 0)))


def _defined(tables: Tables, wanted: Mapping[int, str]) -> Iterator[Defined]:
    """What has these names, which begin at these offsets of the table of names."""
    tags, bits = tables.tags, tables.header.bits
    entry = struct.Struct(tables.order + _DEFINED[bits])
    table = bytes(tables.at(tags.get(_DT_SYMTAB), _count(tables) * entry.size)) if wanted else b""
    for offset, called in islice(wanted.items(), MOST_TELLERS):
        number = offset.to_bytes(4, tables.header.endian)
        at = table.find(number)
        while at % entry.size and at >= 0:
            at = table.find(number, at + 1)
        if 0 <= at <= len(table) - entry.size:
            row = entry.unpack_from(table, at)
            _, info, section, address, size = row if bits == 64 else (row[0], *row[3:], *row[1:3])
            if section != _UNDEFINED and info >> 4 != _LOCAL and info & 15 in (_OBJECT, _FUNCTION):
                yield Defined(called, address, size, info & 15 == _FUNCTION)


def _ended(names: bytes, end: bytes) -> Iterator[tuple[int, str]]:
    """Offset and text of the names; one that is no more than ``end`` may share the bytes of a longer one."""
    at = names.find(end)
    while at >= 0:
        start = names.rfind(b"\0", 0, at) + 1
        for begin in {start, at}:
            name = names[begin : at + len(end) - 1]
            if len(name) <= MOST_TELLER and name.isascii():
                yield begin, name.decode("ascii")
        at = names.find(end, at + len(end))


def _named(names: bytes) -> Iterator[tuple[int, str]]:
    """Offset and text of the names that may tell; those of C++ say for what, in their own way."""
    for part in _TELLING:
        at = names.find(part)
        while at >= 0:
            start, end = names.rfind(b"\0", 0, at) + 1, names.find(b"\0", at)
            name = names[start:end]
            if end - start <= MOST_TELLER and name.isascii() and not name.startswith(b"_Z"):
                yield start, name.decode("ascii")
            at = names.find(part, end) if end > 0 else -1


def listed(tables: Tables) -> frozenset[str]:
    """All names in ``.symtab``, by which an object file is linked."""
    table = next((one for one in tables.sections if one.type == _SHT_SYMTAB), None)
    if table is None or table.link >= len(tables.sections):
        return frozenset()
    entry = struct.Struct(tables.order + _ROWS[tables.header.bits])
    rows = tables.view[table.offset : table.offset + table.size]
    offsets = {row[0] for row in entry.iter_unpack(rows[: len(rows) // entry.size * entry.size])}
    return _Names(tables.content(tables.sections[table.link])).at(offsets)


def _count(tables: Tables) -> int:
    """How many entries the symbol table has; none if nothing tells."""
    tags, order, bits = tables.tags, tables.order, tables.header.bits
    if _DT_MIPS_SYMTABNO in tags:
        return tags[_DT_MIPS_SYMTABNO]
    if _DT_HASH in tags:
        words = f"{order}QQ" if bits == 64 and tables.header.machine in _WIDE_HASH else f"{order}II"
        counts = tables.at(tags[_DT_HASH], struct.calcsize(words))
        return int(struct.unpack(words, counts)[1]) if len(counts) == struct.calcsize(words) else 0
    known = _count_gnu(tables.at(tags.get(_DT_GNU_HASH), len(tables.data)), order, bits)
    return known or _count_room(tags, 24 if bits == 64 else 16)


def _count_gnu(table: memoryview, order: str, bits: int) -> int:
    """The end of the last chain: the entry from the highest bucket on whose lowest bit is set; 0 if all are empty.

    Symbols that are only wanted stand before those in the table, and it does not say how many where it is empty.
    """
    if len(table) < 16:
        return 0
    buckets, first, bloom, _ = struct.unpack_from(f"{order}4I", table)
    chains = 16 + bloom * bits // 8 + 4 * buckets
    if chains > len(table):
        return 0
    last = max(struct.unpack_from(f"{order}{buckets}I", table, chains - 4 * buckets), default=0)
    if last < first:
        return 0
    chain = table[chains + 4 * (last - first) :]
    for (value,) in struct.iter_unpack(f"{order}I", chain[: len(chain) // 4 * 4]):
        last += 1
        if value & 1:
            break
    return int(last)


def _count_room(tags: dict[int, int], size: int) -> int:
    """How many entries fit between the symbol table and the table that comes next."""
    start = tags.get(_DT_SYMTAB, 0)
    return (min((tags[tag] for tag in _TABLES if tags.get(tag, 0) > start), default=start) - start) // size


class _Names:
    """A string table."""

    def __init__(self, names: bytes) -> None:
        self._names = names
        plain = not names.translate(None, _PLAIN) and not _long(names)
        self._text = names.decode("ascii") + "\0" if plain else None

    def at(self, offsets: Iterable[int]) -> frozenset[str]:
        """The names that begin at these offsets."""
        text, names, size = self._text, self._names, len(self._names)
        if text is not None:
            end = text.find
            return frozenset([text[one : end("\0", one)] for one in offsets if one < size]) - {""}
        found = b"\0".join(names[one : one + MOST_NAME].split(b"\0", 1)[0] for one in offsets if one < size)
        return frozenset(map(printable, found.decode("utf-8", "backslashreplace").split("\0"))) - {""}


def _long(names: bytes) -> bool:
    """Is there a name of more than :data:`MOST_NAME` bytes? Perhaps also if one has half of that."""
    half = MOST_NAME // 2
    return any(names.find(b"\0", at, at + half) < 0 for at in range(0, len(names) - half + 1, half))
