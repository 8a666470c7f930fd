"""The dynamic symbols of one file: what it gives to others and what it takes from them.

LIEF finds the tables, without section headers too; the names are read here in one go, because a file has thousands.
Source: System V gABI chapter 4 (symbol table), the GNU version tables as glibc's elf.h declares them.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Literal, NamedTuple

from firmbom.errors import printable

if TYPE_CHECKING:
    import lief.ELF

MOST_NAME = 4096
"""Of one symbol, in bytes."""

_DT_STRTAB, _DT_SYMTAB, _DT_STRSZ, _DT_VERSYM = 5, 6, 10, 0x6FFF_FFF0
_LAYOUT = {32: ("IIIBBH", (0, 3, 5)), 64: ("IBBHQQ", (0, 1, 3))}
"""By class: an entry, and where in it ``st_name``, ``st_info`` and ``st_shndx`` stand."""
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
    bits: Literal[32, 64],
    endian: Literal["little", "big"],
    *,
    program: bool,
) -> Symbols:
    """Read the names.

    A program's own copy of a library's data (a copy relocation) bears the library's version and counts as taken.

    Args:
        data: the file.
        binary: what LIEF read of it.
        tags: of the dynamic section, with values.
        bits: the file's class.
        endian: its byte order.
        program: it is started, not loaded.
    """
    order = "<" if endian == "little" else ">"
    layout, (name, info, section) = _LAYOUT[bits]
    entry = struct.Struct(order + layout)
    table = _at(data, binary, tags.get(_DT_SYMTAB), len(binary.dynamic_symbols) * entry.size)
    names = _at(data, binary, tags.get(_DT_STRTAB), tags.get(_DT_STRSZ, 0))
    rows = list(entry.iter_unpack(table[: len(table) // entry.size * entry.size]))
    taken_versions = _required(binary) if program else frozenset()
    versions: tuple[int, ...] = ()
    if taken_versions:
        numbers = _at(data, binary, tags.get(_DT_VERSYM), 2 * len(rows))
        versions = struct.unpack(f"{order}{len(numbers) // 2}H", numbers[: len(numbers) // 2 * 2])
    imports: set[int] = set()
    exports: set[int] = set()
    for number, row in enumerate(rows):
        if row[section] == _UNDEFINED:
            imports.add(row[name])
        elif row[info] >> 4 != _LOCAL:
            copied = row[info] & 15 == _OBJECT and number < len(versions)
            (imports if copied and versions[number] & _VERSION in taken_versions else exports).add(row[name])
    return Symbols(_named(names, exports), _named(names, imports))


def _required(binary: lief.ELF.Binary) -> frozenset[int]:
    """The numbers that versions of other libraries have in the version table."""
    return frozenset(
        node.other & _VERSION
        for library in binary.symbols_version_requirement
        for node in library.get_auxiliary_symbols()
    )


def _at(data: bytes, binary: lief.ELF.Binary, address: int | None, size: int) -> bytes:
    """So many bytes as the file still holds from where the loader would put them at ``address``."""
    offset = binary.virtual_address_to_offset(address) if address else None
    return data[offset : offset + size] if isinstance(offset, int) else b""


def _named(names: bytes, offsets: set[int]) -> frozenset[str]:
    found = {
        names[offset : end if (end := names.find(b"\0", offset, offset + MOST_NAME)) >= 0 else offset + MOST_NAME]
        for offset in offsets
        if offset < len(names)
    }
    text = b"\0".join(found).decode("utf-8", "backslashreplace")
    parts = text.split("\0")
    return frozenset(parts if text.replace("\0", "").isprintable() else map(printable, parts)) - {""}
