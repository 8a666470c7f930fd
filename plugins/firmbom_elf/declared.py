"""What a file declares of itself and of its content: which reader looks at which file."""

from __future__ import annotations

from typing import NamedTuple

from firmbom.model import Component, Edge, Problem
from firmbom_elf.facts import Elf


class Declared(NamedTuple):
    """What one file states."""

    components: tuple[Component, ...] = ()
    edges: tuple[Edge, ...] = ()
    problems: tuple[Problem, ...] = ()


def read(data: bytes, elf: Elf | None, path: str, place: str) -> Declared:  # noqa: ARG001 - the readers follow
    """What one file states."""
    return Declared()
