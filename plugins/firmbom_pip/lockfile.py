"""From packages as a lock states them to facts: resolves edges, decides scopes, leaves out what does not apply.

Every lock format reduces to :class:`Package` and :class:`Root` values; what they mean together is the same for all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from firmbom.identity import purl, pypi_name
from firmbom.model import (
    ROOT,
    Aggregate,
    Basis,
    Component,
    ComponentType,
    Coverage,
    Edge,
    ExternalReference,
    Fact,
    Licence,
    Property,
    Purl,
    Ref,
)
from firmbom.plugin import Context
from firmbom.tree.base import File
from firmbom_pip.conditions import UNKNOWN, Chosen, Conditions, Truth
from firmbom_pip.reach import Level, Node, Reached, Step, reach
from firmbom_pip.report import Report
from firmbom_pip.requirement import Need, allows
from firmbom_pip.source import DEFAULT, EXTRA, Source

CONDITION = "firmbom:condition"
"""A marker that nobody decided; the component is needed only where one of its conditions holds."""


GROUP = "firmbom:group"
"""A dependency group that names the component directly, where the official taxonomy has no word for it."""
MAIN = "main"
"""The group of what is no group's."""
MOST_STATED = 8
"""Conditions stated of one package; more say nothing to a reader."""
MOST_CANDIDATES = 50
"""Packages of one name that one need may mean; real locks have a handful."""


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """One package of a lock."""

    purl: Purl
    name: str
    place: str
    """Key path of its entry: ``package[3]``."""
    version: str = ""
    type: ComponentType = "library"
    source: Source = DEFAULT
    files: tuple[ExternalReference, ...] = ()
    summary: str = ""
    licences: tuple[Licence, ...] = ()
    needs: tuple[Need, ...] = ()
    extras: Mapping[str, tuple[Need, ...]] = {}
    """What each extra adds, by its normalised name."""
    conditions: tuple[str, ...] | None = None
    """Markers of the package itself, of which one must hold; empty: always needed. None: only the graph tells."""
    level: Level | None = None
    """What the lock itself says; None: only the graph tells."""
    properties: tuple[Property, ...] = ()
    aliases: tuple[str, ...] = ()
    """What needs call it; empty: its normalised name."""

    @property
    def keys(self) -> tuple[str, ...]:
        """Under which names needs find it."""
        return self.aliases or (pypi_name(self.name),)


class Root(msgspec.Struct, frozen=True):
    """A direct dependency: ``source`` is the project's ref, or ROOT where the project has no name."""

    need: Need
    level: Level = Level.MAIN
    source: Ref = ROOT
    group: str = ""
    """The dependency group that states it."""


class Lock:
    """One lock while it is read. A reader appends packages and roots, then yields from :meth:`facts`."""

    def __init__(self, file: File, context: Context, group_property: str = GROUP) -> None:
        self.file = file
        self._group_property = group_property
        self.report = Report(file.location_path)
        self.packages: list[Package] = []
        self.roots: list[Root] | None = None
        """None: the format does not tell what is direct."""
        self.project: Component | None = None
        """The project, where the lock does not hold it itself."""
        self.has_edges = True
        """Does the format state dependencies between packages?"""
        self.is_closed = False
        """Does the format promise that whatever a package needs is in the lock?"""
        self.requires_python = ""
        """The range of Python versions the lock was made for."""
        self._context = context

    def facts(self) -> Iterator[Fact]:
        """Everything this lock states, its problems and its coverage last."""
        graph = _Graph(self.packages, Conditions(self._context.target, self.requires_python), self.report)
        if self.is_closed:
            self._tell_missing(graph)
        kept = _Selection(self, graph, self._context.omit)
        yield from self._components(graph, kept)
        yield from self._edges(graph, kept)
        kept.tell(self.report)
        yield from self.report.problems()
        whole: Aggregate = "incomplete" if self.report.lost else "complete"
        edges: Aggregate = whole if self.roots is not None else "incomplete"
        yield Coverage(self.file.location_path, components=whole, dependencies=edges if self.has_edges else "unknown")

    def _tell_missing(self, graph: _Graph) -> None:
        """A need without its package: the lock was cut short or edited."""
        for package in self.packages:
            for need in package.needs:
                if not graph.resolve(need):
                    self.report.say("error", f"needs {need.name}, which is not in the lock", package.place)

    def _components(self, graph: _Graph, kept: _Selection) -> Iterator[Component]:
        if self.project:
            yield self.project
        groups: dict[int, list[str]] = {}
        for root in self.roots or ():
            for number in graph.resolve(root.need) if root.group else ():
                groups.setdefault(number, []).append(root.group)
        for number, package in enumerate(self.packages):
            found = kept.found.get(number)
            if found:
                yield self._component(package, found, graph.asked.get(number, ()), groups.get(number, ()))

    def _component(self, package: Package, found: Reached, extras: Iterable[str], groups: Iterable[str]) -> Component:
        said = [Property(CONDITION, marker) for marker in found.conditions]
        if self._group_property not in {one.name for one in package.properties}:
            said += [Property(self._group_property, group) for group in groups]
        if package.type == "library":
            said += [Property(EXTRA, extra) for extra in extras]
        return Component(
            purl=package.purl,
            name=package.name,
            version=package.version,
            type=package.type,
            scope=found.level.scope,
            claims=(self.file.claim(Basis.LOCKFILE, symbol=package.place),),
            description=package.summary,
            licences=package.licences,
            references=_unique((*package.files, *package.source.references)),
            properties=tuple(sorted({*package.properties, *package.source.properties, *said})),
        )

    def _edges(self, graph: _Graph, kept: _Selection) -> Iterator[Edge]:
        refs = [Ref(package.purl) for package in self.packages]
        used = set()
        for node in graph.nodes:
            for step in graph.steps(node) if node.package in kept.found else ():
                target = step.target.package
                if target != node.package and target in kept.found:
                    used.add(target)
                    yield Edge(refs[node.package], refs[target])
        if self.project:
            yield Edge(ROOT, self.project.ref)
        for root in self.roots or ():
            for step in graph.starts(root):
                if step.target.package in kept.found and refs[step.target.package] != root.source:
                    yield Edge(root.source, refs[step.target.package])
        if self.roots is None:
            yield from (Edge(ROOT, refs[number]) for number in kept.found if number not in used)


class _Graph:
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
        steps = [Step(node, undecided) for node in self._nodes_of(need)]
        if truth is not False:
            return steps
        if origin:
            self.refused.setdefault(origin, []).extend(steps)
        return []

    def _nodes_of(self, need: Need) -> Iterator[Node]:
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


class _Selection:
    """Which packages are kept, and at which level."""

    def __init__(self, lock: Lock, graph: _Graph, omit: frozenset[str]) -> None:
        graph.settle(lock.roots)
        self.found: dict[int, Reached] = {}
        self._left_out: list[str] = []
        starts = [(step, root.level) for root in lock.roots or () for step in graph.starts(root)]
        reached = _strongest(reach(starts, graph.steps))
        dropped: set[int] = set()
        if graph.refused or any(not graph.starts(root) for root in lock.roots or ()):
            every = [(Step(node, ""), root.level) for root in lock.roots or () for node in graph._nodes_of(root.need)]
            dropped = _strongest(reach(every, graph.every_step)).keys() - reached.keys()
        for number, package in enumerate(lock.packages):
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


def _settled(package: Package, reached: Reached | None, graph: _Graph) -> Reached | None:
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


def _unique(references: Iterable[ExternalReference]) -> tuple[ExternalReference, ...]:
    return tuple(dict.fromkeys(references))


def package_purl(name: str, version: str, source: Source) -> Purl:
    """The purl of a Python package from its source."""
    return purl("pypi", name, version, qualifiers=source.qualifiers)
