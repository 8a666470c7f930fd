"""The symbol versions of one file: the nodes that it defines, and those that it wants of other libraries.

Source: the Linux Standard Base, "Symbol Versioning"; glibc's elf.h (``Verdef``, ``Verneed``); alike in both classes.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import NamedTuple

from firmbom_elf.binary.tables import Tables

MOST = 5_000
"""Nodes of one file."""

_DT_VERDEF, _DT_VERDEFNUM, _DT_VERNEED, _DT_VERNEEDNUM = 0x6FFF_FFFC, 0x6FFF_FFFD, 0x6FFF_FFFE, 0x6FFF_FFFF
_BASE = 1
"""``VER_FLG_BASE``: the file itself."""
_NUMBER = 0x7FFF
_DEFINED, _NEEDED, _NODE = (
    {order: Struct(order + fields) for order in "<>"} for fields in ("2xH2xH4x2I", "2xH3I", "6xH2I")
)
"""By byte order: ``vd_flags``, ``vd_cnt``, ``vd_aux``, ``vd_next``; ``vn_cnt``, ``vn_file``, ``vn_aux``, ``vn_next``;
``vna_other``, ``vna_name``, ``vna_next``."""


class Versions(NamedTuple):
    """Names in file order, without repetitions."""

    defines: tuple[str, ...]
    requires: tuple[tuple[str, str], ...]
    """(library, node)."""
    wanted: frozenset[int]
    """The numbers that the nodes of ``requires`` have in the version table."""


def read(tables: Tables) -> Versions:
    """Read both tables."""
    defines = dict.fromkeys(_defined(tables))
    requires: dict[tuple[str, str], None] = {}
    wanted = set()
    for library, node, number in _required(tables):
        requires[library, node] = None
        wanted.add(number)
    return Versions(tuple(defines), tuple(requires), frozenset(wanted))


def _defined(tables: Tables) -> Iterator[str]:
    for at, (flags, count, aux, _) in _chain(tables, _DEFINED[tables.order], _DT_VERDEF, _DT_VERDEFNUM):
        name = tables.data[at + aux : at + aux + 4]
        if not flags & _BASE and count and len(name) == 4:
            yield tables.string(int.from_bytes(name, tables.header.endian))


def _required(tables: Tables) -> Iterator[tuple[str, str, int]]:
    node = _NODE[tables.order]
    left = MOST
    for at, (count, file, aux, _) in _chain(tables, _NEEDED[tables.order], _DT_VERNEED, _DT_VERNEEDNUM):
        library = tables.string(file)
        for _, (other, name, _) in _rows(tables, node, at + aux, min(count, left)):
            left -= 1
            yield library, tables.string(name), other & _NUMBER


def _chain(tables: Tables, row: Struct, start: int, count: int) -> Iterator[tuple[int, tuple[int, ...]]]:
    """The rows of the table that two dynamic tags tell the address and the length of."""
    at = tables.found(start)
    return _rows(tables, row, at, min(tables.tags.get(count, 0), MOST)) if at is not None else iter(())


def _rows(tables: Tables, row: Struct, at: int, count: int) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Rows and their offsets; the last field of each says how far on the next one is."""
    data, last = tables.data, len(tables.data) - row.size
    for _ in range(count):
        if at > last:
            return
        fields = row.unpack_from(data, at)
        yield at, fields
        if not fields[-1]:
            return
        at += fields[-1]
