"""What an installation reaches from its direct dependencies: which packages are required, optional or for development.

A node is a package, or one extra of it. Levels grow weaker; a path is as weak as its weakest step, and a package counts
as the strongest of its paths.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import IntEnum
from itertools import chain
from typing import NamedTuple

from firmbom.model import Scope


class Level(IntEnum):
    """How a package comes to be installed; odd: only under a condition that the target does not decide."""

    MAIN = 0
    MAIN_CONDITIONAL = 1
    EXTRA = 2
    """By an extra or an optional group that nobody inside asks for."""
    EXTRA_CONDITIONAL = 3
    DEVELOPMENT = 4
    DEVELOPMENT_CONDITIONAL = 5

    @property
    def scope(self) -> Scope:
        """CycloneDX's word for it."""
        if self >= Level.DEVELOPMENT:
            return "excluded"
        return "optional" if self else "required"

    def weakened(self, conditional: bool) -> Level:
        """The level after a step that may have a condition."""
        return Level(self | 1) if conditional else self


MOST_CONDITIONS = 8
"""Alternatives stated for one package; beyond that they say nothing to a reader."""


class Node(NamedTuple):
    """A package by its number, or one of its extras."""

    package: int
    extra: str = ""


class Step(NamedTuple):
    """What a node needs, and the undecided marker that this depends on (empty: none)."""

    target: Node
    marker: str


class Reached(NamedTuple):
    """How a node was reached; ``conditions``: it is needed only where one of them holds (empty: too many to say)."""

    level: Level
    conditions: tuple[str, ...] = ()


Follow = Callable[[Node], Iterable[Step]]


def reach(starts: Iterable[tuple[Step, Level]], follow: Follow) -> dict[Node, Reached]:
    """Every node that can be reached, at its strongest level. Cost is linear in the steps; cycles end."""
    starts = list(starts)
    levels = _levels(starts, follow)
    conditions = _conditions(starts, levels, follow)
    return {node: Reached(level, conditions.get(node, ())) for node, level in levels.items()}


def _levels(starts: list[tuple[Step, Level]], follow: Follow) -> dict[Node, Level]:
    waiting: list[list[Node]] = [[] for _ in Level]
    for step, level in starts:
        waiting[level.weakened(bool(step.marker))].append(step.target)
    found: dict[Node, Level] = {}
    for level in Level:
        pending = waiting[level]
        while pending:
            node = pending.pop()
            if node in found:
                continue
            found[node] = level
            for step in follow(node):
                if step.target not in found:
                    waiting[level.weakened(bool(step.marker))].append(step.target)
    return found


def _conditions(
    starts: list[tuple[Step, Level]], levels: Mapping[Node, Level], follow: Follow
) -> dict[Node, tuple[str, ...]]:
    """For each conditional node the markers of which one must hold, handed on along steps without a marker."""
    found: dict[Node, set[str]] = {}
    pending: list[Node] = []

    def add(step: Step, markers: set[str]) -> None:
        known = found.setdefault(step.target, set())
        if len(known) <= MOST_CONDITIONS and not markers <= known:
            known |= markers
            pending.append(step.target)

    stated = chain((step for step, _ in starts), *(follow(node) for node in levels))
    for step in stated:
        if step.marker and levels[step.target] & 1:
            add(step, {step.marker})
    while pending:
        node = pending.pop()
        for step in follow(node):
            if not step.marker and levels[step.target] & 1:
                add(step, found[node])
    return {node: tuple(sorted(markers)) for node, markers in found.items() if len(markers) <= MOST_CONDITIONS}
