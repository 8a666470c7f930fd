"""Which packages of a lock the product needs on its target, and how much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from firmbom_pip.graph import Graph
from firmbom_pip.package import Package, Root
from firmbom_pip.reach import Level, Node, Reached, Step, reach
from firmbom_pip.report import Report


class Selection:
    """Which packages are kept, and at which level."""

    def __init__(
        self, packages: Sequence[Package], roots: list[Root] | None, graph: Graph, omit: frozenset[str]
    ) -> None:
        graph.settle(roots)
        self.found: dict[int, Reached] = {}
        self._left_out: list[str] = []
        starts = [(step, root.level) for root in roots or () for step in graph.starts(root)]
        reached = _strongest(reach(starts, graph.steps))
        dropped: set[int] = set()
        if graph.refused or any(not graph.starts(root) for root in roots or ()):
            every = [(Step(node, ""), root.level) for root in roots or () for node in graph.nodes_of(root.need)]
            dropped = _strongest(reach(every, graph.every_step)).keys() - reached.keys()
        for number, package in enumerate(packages):
            found = None if number in dropped else _settled(package, reached.get(number), graph)
            if found is None:
                self._left_out.append(package.name)
            elif not _omitted(found.level, omit):
                self.found[number] = found

    def tell(self, report: Report) -> None:
        """One note on what the target does not need."""
        if self._left_out:
            names = ", ".join(sorted(self._left_out)[:5]) + (", …" if len(self._left_out) > 5 else "")
            count = len(self._left_out)
            report.say("note", f"{count} left out, because no marker holds for the target: {names}")


def _strongest(reached: Mapping[Node, Reached]) -> dict[int, Reached]:
    """By package: how the package itself was reached (an extra always reaches its package too)."""
    return {node.package: found for node, found in reached.items() if not node.extra}


def _settled(package: Package, reached: Reached | None, graph: Graph) -> Reached | None:
    """The level and conditions of one package; None: it is not for this target."""
    level = package.level if package.level is not None else reached.level if reached else Level.MAIN
    if package.conditions is None:
        conditional = reached and reached.level & 1 and reached.level == level.weakened(True)
        return graph.simplified(reached) if reached and conditional else Reached(level)
    truths = {marker: graph.holds(marker, f"{package.place}.marker") for marker in package.conditions}
    if not truths or True in truths.values():
        return reached if reached and reached.level == level else Reached(level)
    undecided = tuple(marker for marker, truth in truths.items() if truth is None)
    return Reached(level.weakened(True), undecided) if undecided else None


def _omitted(level: Level, omit: frozenset[str]) -> bool:
    if level >= Level.DEVELOPMENT:
        return "dev" in omit
    return level >= Level.EXTRA and "optional" in omit
