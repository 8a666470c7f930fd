"""The libraries that a program opens by itself, as far as their names stand in it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from firmbom_elf.facts import Elf
from firmbom_elf.strings.automaton import Literal

MOST = 500
"""Names in one file."""

ENDS = (Literal(".so\0"), Literal(".so."))
"""How the name of a library ends, or goes on with the version of its interface."""
OPENERS = ("dlopen", "dlmopen")

_REACH, _SHORTEST = 260, 4
"""Bytes before what :data:`ENDS` say ends: of a name, and of these themselves."""
_VERSION = re.compile(rb"(?:[0-9]{1,9}\.){0,3}[0-9]{1,9}\0")
_LIBRARY = re.compile(r"(?:[$\w.+/-]*/)?[\w.+-]+\.so(?:\.[0-9]+)*", re.ASCII)


def names(data: bytes, elf: Elf, ends: Iterable[int]) -> tuple[str, ...]:
    """What the notes list, and names that stand as strings of their own, beside those of what the file needs.

    Args:
        data: the file.
        elf: what its tables say; it imports one of :data:`OPENERS`.
        ends: offsets behind each of :data:`ENDS`.
    """
    found = _strings(data, ends, {*elf.needed, elf.soname, elf.interpreter})
    return tuple(sorted(found.union(elf.dlopens)))[:MOST]


def _strings(data: bytes, ends: Iterable[int], known: Collection[str]) -> set[str]:
    found: set[str] = set()
    for at in sorted(ends):
        if data[at - 1] == 0:
            end = at - 1
        elif version := _VERSION.match(data, at):
            end = version.end() - 1
        else:
            continue
        start = data.rfind(b"\0", max(0, at - _REACH), at - _SHORTEST) + 1
        name = data[start:end].decode("ascii", "replace") if start else ""
        if _LIBRARY.fullmatch(name) and name not in known:
            found.add(name)
            if len(found) == MOST:
                break
    return found
