"""The texts that anything here asks a file for: all of them are found in one pass over its bytes."""

from __future__ import annotations

from functools import cache

from firmbom_elf import general, node, opened, practice
from firmbom_elf.automaton import Automaton, Hits
from firmbom_elf.catalogue.load import catalogue


def found(data: bytes) -> Hits:
    """Where they stand in ``data``."""
    return automaton().scan(data)


@cache
def automaton() -> Automaton:
    """What looks for them, built once a process."""
    others = (*general.PROJECT_LITERALS, *practice.TEXTS, *node.MARKS, *opened.ENDS)
    return Automaton(tuple(dict.fromkeys((*catalogue().literals, *others))))
