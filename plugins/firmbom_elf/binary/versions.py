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


_NOTHING = Versions((), (), frozenset())
_TAGS = frozenset({_DT_VERDEF, _DT_VERNEED})


def read(tables: Tables) -> Versions:
    """Read both tables."""
    if not _TAGS & tables.tags.keys():
        return _NOTHING
    defines = dict.fromkeys(_defined(tables))
    requires: dict[tuple[str, str], None] = {}
    wanted: set[int] = set()
    left = MOST
    for at, (count, file, aux, _) in _chain(tables, _NEEDED[tables.order], _DT_VERNEED, _DT_VERNEEDNUM):
        library, nodes = tables.string(file), _rows(tables, _NODE[tables.order], at + aux, min(count, left))
        left -= len(nodes)
        for _, (other, name, _) in nodes:
            requires[library, tables.string(name)] = None
            wanted.add(other & _NUMBER)
    return Versions(tuple(defines), tuple(requires), frozenset(wanted))


def _defined(tables: Tables) -> Iterator[str]:
    for at, (flags, count, aux, _) in _chain(tables, _DEFINED[tables.order], _DT_VERDEF, _DT_VERDEFNUM):
        name = tables.data[at + aux : at + aux + 4]
        if not flags & _BASE and count and len(name) == 4:
            yield tables.string(int.from_bytes(name, tables.header.endian))


def _chain(tables: Tables, row: Struct, start: int, count: int) -> list[tuple[int, tuple[int, ...]]]:
    """The rows of the table that two dynamic tags tell the address and the length of."""
    at = tables.found(start)
    return [] if at is None else _rows(tables, row, at, min(tables.tags.get(count, 0), MOST))


def _rows(tables: Tables, row: Struct, at: int, count: int) -> list[tuple[int, tuple[int, ...]]]:
    """Rows and their offsets; the last field of each says how far on the next one is."""
    data, last = tables.data, len(tables.data) - row.size
    found: list[tuple[int, tuple[int, ...]]] = []
    while len(found) < count and at <= last:
        fields = row.unpack_from(data, at)
        found.append((at, fields))
        if not fields[-1]:
            break
        at += fields[-1]
    return found
