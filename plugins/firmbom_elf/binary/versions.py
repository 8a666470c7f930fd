"""The symbol versions of one file: the nodes that it defines, and those that it wants of other libraries.

Source: the Linux Standard Base, "Symbol Versioning"; glibc's elf.h (``Verdef``, ``Verneed``); alike in both classes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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
    requires, wanted = _required(tables)
    return Versions(tuple(dict.fromkeys(_defined(tables))), tuple(requires), frozenset(wanted))


def _defined(tables: Tables) -> Iterator[str]:
    at = tables.found(_DT_VERDEF)
    if at is None:
        return
    for flags, count, aux, behind in _rows(tables, _DEFINED, at, tables.tags.get(_DT_VERDEFNUM, 0)):
        name = tables.data[at + aux : at + aux + 4]
        if not flags & _BASE and count and len(name) == 4:
            yield tables.string(int.from_bytes(name, tables.header.endian))
        at += behind


def _required(tables: Tables) -> tuple[Iterable[tuple[str, str]], Iterable[int]]:
    """Libraries and nodes, and the numbers of these."""
    requires: dict[tuple[str, str], None] = {}
    wanted: set[int] = set()
    at, left = tables.found(_DT_VERNEED), MOST
    if at is None:
        return requires, wanted
    data, string, node = tables.data, tables.string, _NODE[tables.order]
    for count, file, aux, behind in _rows(tables, _NEEDED, at, tables.tags.get(_DT_VERNEEDNUM, 0)):
        library, place, more = string(file), at + aux, count
        while more and left and place + node.size <= len(data):
            other, name, ahead = node.unpack_from(data, place)
            requires[library, string(name)] = None
            wanted.add(other & _NUMBER)
            left, more, place = left - 1, more - 1 if ahead else 0, place + ahead
        at += behind
    return requires, wanted


def _rows(tables: Tables, rows: Mapping[str, Struct], at: int, count: int) -> list[tuple[int, ...]]:
    """So many rows from that offset on, at most :data:`MOST`; the last field of each says how far on the next is."""
    row, data, found = rows[tables.order], tables.data, []
    last = len(data) - row.size
    for _ in range(min(count, MOST)):
        if at > last:
            break
        fields = row.unpack_from(data, at)
        found.append(fields)
        if not fields[-1]:
            break
        at += fields[-1]
    return found
