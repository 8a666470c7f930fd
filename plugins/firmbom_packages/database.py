"""One database while it is read, and everything it states once it has been."""

from __future__ import annotations

from collections.abc import Iterator

from firmbom.model import Aggregate, Coverage, Digest, Fact, Ownership
from firmbom.problems import Report
from firmbom.tree.base import File
from firmbom_packages.graph import MOST_OFFERS, Graph, Satisfies
from firmbom_packages.package import Package
from firmbom_packages.root import Root

NAMED = 5
"""So many examples stand in a note."""


class Database:
    """Gathers packages; a reader adds them, then yields from :meth:`facts`."""

    def __init__(self, file: File, root: Root, *, several_versions: bool = False) -> None:
        """Start empty.

        Args:
            file: the database, or the first file of one that is a folder.
            root: what it stands in.
            several_versions: may several versions of one package be installed, as rpm allows?
        """
        self.file, self.root = file, root
        self.report = Report(file.location_path)
        self._packages: dict[tuple[str, str, str], Package] = {}
        self._inputs: dict[str, tuple[Digest, ...]] = {}
        self._several_versions = several_versions

    def take(self, file: File) -> None:
        """Note another file as a part of this database."""
        self._inputs[file.location_path] = file.digests

    def add(self, package: Package) -> None:
        """Add a package; of two of one name and architecture the later stands."""
        key = (package.name, package.architecture, package.version if self._several_versions else "")
        if key in self._packages:
            self.report.say(
                "warning",
                "package stands twice; the last counts",
                detail=package.name,
                line=package.location.line,
                path=package.location.path,
            )
        self._packages[key] = package

    def names(self) -> set[str]:
        """Every name that is there, as a package or provided by one."""
        packages = self._packages.values()
        return {package.name for package in packages} | {one.name for package in packages for one in package.provides}

    def facts(self, satisfies: Satisfies) -> Iterator[Fact]:
        """Components, edges, ownership, problems and how complete it is."""
        packages = sorted(self._packages.values(), key=lambda package: package.purl)
        yield from (package.component() for package in packages)
        graph = Graph(packages, satisfies)
        yield from graph.edges()
        self._tell_about(graph)
        for package in packages:
            yield from self._ownership(package)
        yield from self.report.problems()
        whole: Aggregate = "incomplete" if self.report.lost else "unknown" if self.report.uncertain else "complete"
        for path, digests in (self._inputs or {self.file.location_path: ()}).items():
            yield Coverage(path, components=whole, dependencies=whole, digests=digests)

    def _ownership(self, package: Package) -> Iterator[Ownership]:
        if package.paths:
            owner, place = package.ref, self.file.tree.place
            for path in self.root.files.among(self.root.base, package.paths):
                yield Ownership(owner, place(path))

    def _tell_about(self, graph: Graph) -> None:
        if graph.crowded:
            message = f"names that more than {MOST_OFFERS} packages answer to; edges to the others are left out"
            self.report.say("warning", message, detail=examples(graph.crowded))
        if graph.unmet:
            names = dict.fromkeys(f"{name} for {package.name}" for package, name in graph.unmet)
            self.report.say(
                "note", f"dependencies that nothing installed meets ({len(graph.unmet)})", detail=examples(names)
            )


def examples(names: dict[str, None]) -> str:
    """The first few names and whether there are more."""
    return ", ".join(list(names)[:NAMED]) + (", …" if len(names) > NAMED else "")
