"""A lock's packages joined by what they need."""

from __future__ import annotations

from collections.abc import Iterator

from firmbom_pip.conditions import UNKNOWN, Chosen, Conditions, Truth
from firmbom_pip.package import Package, Root
from firmbom_pip.reach import Level, Node, Reached, Step
from firmbom_pip.report import Report
from firmbom_pip.requirement import Need, allows

MOST_STATED = 8
"""Conditions stated of one package; more say nothing to a reader."""
MOST_CANDIDATES = 50
"""Packages of one name that one need may mean; real locks have a handful."""


class Graph:
    """Packages joined by what they need; each node's steps are worked out once."""

    def __init__(self, packages: list[Package], conditions: Conditions, report: Report) -> None:
        self._packages, self._conditions, self._report = packages, conditions, report
        self._by_key: dict[str, list[int]] = {}
        for number, package in enumerate(packages):
            for key in package.keys:
                self._by_key.setdefault(key, []).append(number)
        self._resolved: dict[tuple[str, str, str], tuple[int, ...]] = {}
        self._steps: dict[Node, list[Step]] = {}
        self.refused: dict[Node, list[Step]] = {}
        """Steps whose marker does not hold, by the node they start from."""
        self.nodes: list[Node] = []
        """Every package, and every extra that something asks for."""
        self.asked: dict[int, list[str]] = {}
        """The extras of each package that something asks for."""

    def holds(self, marker: str, place: str, chosen: Chosen = UNKNOWN) -> Truth:
        """Decide a marker; a malformed one is told and left undecided."""
        try:
            return self._conditions.holds(marker, chosen)
        except ValueError as error:
            self._report.say("warning", str(error), place)
            return None

    def simplified(self, found: Reached) -> Reached:
        """Without its condition, if the alternatives leave nothing out; without the alternatives, if they are many."""
        if len(found.conditions) > 1 and found.exact:
            from firmbom_pip.alternatives import always

            if always(frozenset(found.conditions), self._conditions.least):
                return Reached(Level(found.level & ~1))
        return found if len(found.conditions) <= MOST_STATED else Reached(found.level)

    def starts(self, root: Root) -> list[Step]:
        """The steps of a direct dependency; none when its marker does not hold."""
        return self._towards(root.need, "", UNKNOWN, None)

    def steps(self, node: Node) -> list[Step]:
        """What the node needs on the target."""
        if node not in self._steps:
            self._steps[node] = list(self._worked_out(node))
        return self._steps[node]

    def every_step(self, node: Node) -> list[Step]:
        """What the node needs on any target."""
        return self.steps(node) + self.refused.get(node, [])

    def _worked_out(self, node: Node) -> Iterator[Step]:
        package = self._packages[node.package]
        place = f"{package.place}.dependencies"
        if not node.extra:
            for need in package.needs:
                yield from self._towards(need, place, UNKNOWN, node)
            return
        yield Step(Node(node.package), "")
        chosen = Chosen(extras=frozenset({node.extra}))
        for need in package.extras.get(node.extra, ()):
            yield from self._towards(need, place, chosen, node)

    def _towards(self, need: Need, place: str, chosen: Chosen, origin: Node | None) -> list[Step]:
        truth = self.holds(need.marker, place, chosen)
        undecided = need.marker if truth is None else ""
        steps = [Step(node, undecided) for node in self.nodes_of(need)]
        if truth is not False:
            return steps
        if origin:
            self.refused.setdefault(origin, []).extend(steps)
        return []

    def nodes_of(self, need: Need) -> Iterator[Node]:
        """The packages that meet a need, and the extras of them that it asks for."""
        for number in self.resolve(need):
            yield Node(number)
            known = self._packages[number].extras
            yield from (Node(number, extra) for extra in need.extras if extra in known)

    def resolve(self, need: Need) -> tuple[int, ...]:
        """The packages that can meet a need: of the versions locked the one stated, else those its specifier allows."""
        key = (need.key, need.version, need.specifier)
        if key not in self._resolved:
            found = self._by_key.get(need.key, [])
            if len(found) > 1:
                found = [number for number in found if self._meets(need, self._packages[number].version)] or found
            if len(found) > MOST_CANDIDATES:
                self._report.say("warning", f"more than {MOST_CANDIDATES} packages are named {need.key}")
            self._resolved[key] = tuple(found[:MOST_CANDIDATES])
        return self._resolved[key]

    @staticmethod
    def _meets(need: Need, version: str) -> bool:
        return version == need.version if need.version else not need.specifier or allows(need.specifier, version)

    def settle(self, roots: list[Root] | None) -> None:
        """Find which extras are asked for, from the roots or by any package, and so which nodes there are."""
        seen = dict.fromkeys(Node(number) for number in range(len(self._packages)))
        pending = list(seen)
        for root in roots or ():
            pending += [step.target for step in self.starts(root)]
            self._note(root.need)
        while pending:
            node = pending.pop()
            seen[node] = None
            package = self._packages[node.package]
            for need in package.extras.get(node.extra, ()) if node.extra else package.needs:
                self._note(need)
            pending += [step.target for step in self.every_step(node) if step.target not in seen]
        self.nodes = list(seen)

    def _note(self, need: Need) -> None:
        for number in self.resolve(need) if need.extras else ():
            asked = self.asked.setdefault(number, [])
            asked.extend(extra for extra in need.extras if extra not in asked)
