"""What an installation reaches from its direct dependencies: which packages are required, optional or for development.

A node is a package, or one extra of it. Levels grow weaker; a path is as weak as its weakest step, and a package counts
as the strongest of its paths.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import IntEnum
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


MOST_ALTERNATIVES = 24
"""Alternatives kept for one package."""
MOST_CONJUNCTS = 4
"""Markers that one alternative joins by ``and``; a longer path keeps only its last, which it needs as well."""

Alternative = frozenset[str]
"""Markers that must all hold."""


class Node(NamedTuple):
    """A package by its number, or one of its extras."""

    package: int
    extra: str = ""


class Step(NamedTuple):
    """What a node needs, and the undecided marker that this depends on (empty: none)."""

    target: Node
    marker: str


class Reached(NamedTuple):
    """How a node was reached; ``conditions``: it is needed only where one of them holds (empty: nothing to say)."""

    level: Level
    conditions: tuple[str, ...] = ()
    exact: bool = True
    """Is it also needed wherever one of them holds?"""


Follow = Callable[[Node], Iterable[Step]]


def reach(starts: Iterable[tuple[Step, Level]], follow: Follow) -> dict[Node, Reached]:
    """Every node that can be reached, at its strongest level. Cost is linear in the steps; cycles end."""
    starts = list(starts)
    levels = _levels(starts, follow)
    search = _Alternatives(levels)
    search.run(starts, follow)
    return {node: search.reached(node) for node in levels}


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


class _Alternatives:
    """Finds for each conditional node under which markers it is needed.

    Only paths as strong as the node's level count. An alternative that asks for more than another one says nothing,
    which also ends cycles.
    """

    def __init__(self, levels: Mapping[Node, Level]) -> None:
        self._levels = levels
        self._found: dict[Node, set[Alternative]] = {}
        self._inexact: set[Node] = set()
        self._pending: list[Node] = []

    def reached(self, node: Node) -> Reached:
        """What was found of a node."""
        texts = sorted(" and ".join(sorted(map(_operand, one, [len(one) > 1] * len(one)))) for one in self._of(node))
        return Reached(self._levels[node], tuple(texts), node not in self._inexact)

    def _of(self, node: Node) -> set[Alternative]:
        return self._found.get(node, set())

    def run(self, starts: Iterable[tuple[Step, Level]], follow: Follow) -> None:
        """Walk until nothing changes."""
        for step, level in starts:
            if level.weakened(bool(step.marker)) <= self._levels[step.target]:
                self._add(step.target, {frozenset({step.marker})})
        for node, level in self._levels.items():
            if not level & 1:
                for step in follow(node):
                    self._add(step.target, {frozenset({step.marker})}, level)
        while self._pending:
            node = self._pending.pop()
            for step in follow(node):
                self._hand_on(node, step)

    def _hand_on(self, node: Node, step: Step) -> None:
        own = self._of(node)
        if step.marker:
            own = {one | {step.marker} for one in own}
        short = {one if len(one) <= MOST_CONJUNCTS else frozenset({step.marker}) for one in own}
        exact = short == own and node not in self._inexact
        self._add(step.target, short, self._levels[node], exact=exact)

    def _add(self, node: Node, new: set[Alternative], level: Level = Level.MAIN, *, exact: bool = True) -> None:
        """Take alternatives over from a step that starts at ``level``."""
        reached = self._levels[node]
        if not reached & 1 or level > reached:
            return
        known = self._found.setdefault(node, set())
        useful = [one for one in sorted(new, key=sorted) if not any(other <= one for other in known)]
        if len(known) + len(useful) > MOST_ALTERNATIVES:
            useful, exact = [], False
        for one in useful:
            known -= {other for other in known if one < other}
            known.add(one)
        doubtful = not exact and node not in self._inexact
        if doubtful:
            self._inexact.add(node)
        if useful or doubtful:
            self._pending.append(node)


def _operand(marker: str, joined: bool) -> str:
    return f"({marker})" if joined and " or " in marker else marker
