"""The dynamic symbols of one file: what it gives to others and what it takes from them.

LIEF finds the tables by the dynamic section; the names are read here in one go, because a file has thousands. How many
there are stands in the hash tables only, once the section headers are gone.
Source: System V gABI chapters 4 (symbol table) and 5 (hash table), glibc's elf.h for the GNU tables.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from firmbom.errors import printable

if TYPE_CHECKING:
    import lief.ELF

    from firmbom_elf.elf import Header

MOST_NAME = 4096
"""Of one symbol, in bytes."""

_DT_HASH, _DT_STRTAB, _DT_SYMTAB, _DT_STRSZ = 4, 5, 6, 10
_DT_GNU_HASH, _DT_VERSYM, _DT_MIPS_SYMTABNO = 0x6FFF_FEF5, 0x6FFF_FFF0, 0x7000_0011
_LAYOUT = {32: ("IIIBBH", (0, 3, 5)), 64: ("IBBHQQ", (0, 1, 3))}
"""By class: an entry, and where in it ``st_name``, ``st_info`` and ``st_shndx`` stand."""
_TABLES = (_DT_HASH, _DT_STRTAB, _DT_GNU_HASH, _DT_VERSYM, 7, 17, 23, 36, 0x6FFF_FFFC, 0x6FFF_FFFE)
"""Tags that hold the address of a table: RELA, REL, JMPREL, RELR, VERDEF and VERNEED too."""
_WIDE_HASH = frozenset({22, 0x9026})
"""``e_machine`` of those whose 64-bit files have hash tables of 64-bit words: s390 and Alpha."""
_UNDEFINED = 0
_LOCAL = 0
_OBJECT = 1
_VERSION = 0x7FFF


class Symbols(NamedTuple):
    """Distinct names."""

    exports: frozenset[str]
    imports: frozenset[str]


def read(
    data: bytes,
    binary: lief.ELF.Binary,
    tags: dict[int, int],
    head: Header,
    *,
    program: bool,
) -> Symbols:
    """Read the names.

    A program's own copy of a library's data (a copy relocation) bears the library's version and counts as taken.

    Args:
        data: the file.
        binary: what LIEF read of it.
        tags: of the dynamic section, with values.
        head: the ELF header.
        program: it is started, not loaded.
    """
    order = "<" if head.endian == "little" else ">"
    layout, (name, info, section) = _LAYOUT[head.bits]
    entry = struct.Struct(order + layout)
    view = memoryview(data)
    table = _at(view, binary, tags.get(_DT_SYMTAB), _count(view, binary, tags, head, order) * entry.size)
    names = bytes(_at(view, binary, tags.get(_DT_STRTAB), tags.get(_DT_STRSZ, 0)))
    rows = list(entry.iter_unpack(table[: len(table) // entry.size * entry.size]))
    imports = {row[name] for row in rows if row[section] == _UNDEFINED}
    exports = {row[name] for row in rows if row[section] != _UNDEFINED and row[info] >> 4 != _LOCAL}
    if program and (theirs := _required(binary)):
        numbers = _at(view, binary, tags.get(_DT_VERSYM), 2 * len(rows))
        versions = struct.unpack(f"{order}{len(numbers) // 2}H", numbers[: len(numbers) // 2 * 2])
        copies = {
            row[name]
            for row, version in zip(rows, versions, strict=False)  # a table that is cut short is shorter
            if version & _VERSION in theirs and row[info] & 15 == _OBJECT
        }
        imports, exports = imports | copies, exports - copies
    return Symbols(_named(names, exports), _named(names, imports))


def _count(view: memoryview, binary: lief.ELF.Binary, tags: dict[int, int], head: Header, order: str) -> int:
    """How many entries the symbol table has; none if nothing tells."""
    if _DT_MIPS_SYMTABNO in tags:
        return tags[_DT_MIPS_SYMTABNO]
    if _DT_HASH in tags:
        words = f"{order}QQ" if head.bits == 64 and head.machine in _WIDE_HASH else f"{order}II"
        counts = _at(view, binary, tags[_DT_HASH], struct.calcsize(words))
        return int(struct.unpack(words, counts)[1]) if len(counts) == struct.calcsize(words) else 0
    known = _count_gnu(_at(view, binary, tags.get(_DT_GNU_HASH), len(view)), order, head.bits)
    return known or _count_room(tags, 24 if head.bits == 64 else 16)


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


def _required(binary: lief.ELF.Binary) -> frozenset[int]:
    """The numbers that versions of other libraries have in the version table."""
    return frozenset(
        node.other & _VERSION
        for library in binary.symbols_version_requirement
        for node in library.get_auxiliary_symbols()
    )


def _at(view: memoryview, binary: lief.ELF.Binary, address: int | None, size: int) -> memoryview:
    """So many bytes as the file still holds from where the loader would put them at ``address``."""
    offset = binary.virtual_address_to_offset(address) if address else None
    return view[offset : offset + size] if isinstance(offset, int) else view[:0]


def _named(names: bytes, offsets: set[int]) -> frozenset[str]:
    """The names that begin at these offsets of the string table."""
    if not names.isascii() or max(map(len, names.split(b"\0"))) > MOST_NAME:
        found = b"\0".join(names[one : one + MOST_NAME].split(b"\0", 1)[0] for one in offsets if one < len(names))
        return frozenset(map(printable, found.decode("utf-8", "backslashreplace").split("\0"))) - {""}
    text = names.decode("ascii") + "\0"
    end = text.find
    plain = frozenset([text[one : end("\0", one)] for one in offsets if one < len(names)]) - {""}
    return plain if text.replace("\0", "").isprintable() else frozenset(map(printable, plain))
