"""The texts that anything here asks a file for: all of them are found in one pass over its bytes."""

from __future__ import annotations

from functools import cache

from firmbom_elf.catalogue.load import catalogue
from firmbom_elf.declarations import signs
from firmbom_elf.loading import opened
from firmbom_elf.rules import general
from firmbom_elf.strings.automaton import Automaton, Hits, Literal


def found(data: bytes) -> Hits:
    """Where they stand in ``data``."""
    return automaton().scan(data)


@cache
def automaton() -> Automaton:
    """What looks for them, built once a process."""
    stated = (Literal(text.decode("ascii")) for text in signs.TEXTS)
    every = (*catalogue().index.literals, *general.PROJECT_LITERALS, *general.TEXTS, *opened.ENDS, *stated)
    return Automaton(tuple(dict.fromkeys(every)))
