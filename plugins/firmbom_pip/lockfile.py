"""From packages as a lock states them to facts: resolves edges, decides scopes, leaves out what does not apply."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from firmbom.model import ROOT, Aggregate, Basis, Component, Coverage, Edge, ExternalReference, Fact, Property, Ref
from firmbom.plugin import Context
from firmbom.tree.base import File
from firmbom_pip.conditions import Conditions
from firmbom_pip.graph import Graph
from firmbom_pip.package import CONDITION, GROUP, Package, Root
from firmbom_pip.reach import Reached
from firmbom_pip.report import Report
from firmbom_pip.selection import Selection
from firmbom_pip.source import EXTRA


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
        self.others: list[Report] = []
        """What is to be told of other files that were read for this one."""
        self.is_closed = False
        """Does the format promise that whatever a package needs is in the lock?"""
        self.requires_python = ""
        """The range of Python versions the lock was made for."""
        self._context = context

    def facts(self) -> Iterator[Fact]:
        """Everything this lock states, its problems and its coverage last."""
        graph = Graph(self.packages, Conditions(self._context.target, self.requires_python), self.report)
        if self.is_closed:
            self._tell_missing(graph)
        kept = Selection(self.packages, self.roots, graph, self._context.omit)
        yield from self._components(graph, kept)
        yield from self._edges(graph, kept)
        kept.tell(self.report)
        for report in (self.report, *self.others):
            yield from report.problems()
        whole: Aggregate = "incomplete" if self.report.lost else "complete"
        edges: Aggregate = whole if self.roots is not None else "incomplete"
        yield Coverage(self.file.location_path, components=whole, dependencies=edges if self.has_edges else "unknown")

    def _tell_missing(self, graph: Graph) -> None:
        """A need without its package: the lock was cut short or edited."""
        for package in self.packages:
            for need in package.needs:
                if not graph.resolve(need):
                    self.report.say("error", f"needs {need.name}, which is not in the lock", package.place)

    def _components(self, graph: Graph, kept: Selection) -> Iterator[Component]:
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

    def _edges(self, graph: Graph, kept: Selection) -> Iterator[Edge]:
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


def _unique(references: Iterable[ExternalReference]) -> tuple[ExternalReference, ...]:
    return tuple(dict.fromkeys(references))
