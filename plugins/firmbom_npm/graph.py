"""The packages of one lockfile and what they need of each other; turns them into facts.

Every format builds a :class:`Graph`; scopes, ``--omit``, the target machine, the union of places and edges are decided
here.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from functools import wraps
from weakref import WeakKeyDictionary

from firmbom.model import ROOT, Aggregate, Basis, Claim, Component, Coverage, Edge, Fact, Location, Purl, Ref
from firmbom.plugin import Context, Target
from firmbom.tree.base import File, FileTree
from firmbom_npm import manifest
from firmbom_npm.package import Need, NeedKind, Package, component, purl_of
from firmbom_npm.source import Source
from firmbom_npm.table import Report
from firmbom_npm.target import fits

_MUST = frozenset({"prod", "dev", "peer", "workspace"})
_FLAGS = ("dev", "optional", "peer")
_Follow = Callable[[NeedKind], bool]


class Graph:
    """Packages by key; those that are projects are the roots."""

    def __init__(self, report: Report, *, basis: Basis = Basis.LOCKFILE) -> None:
        self.report = report
        self.basis = basis
        self.packages: dict[str, Package] = {}
        self.edges_told = True
        """Does the file (with a package.json beside it) say all that anyone asks for, peers included?"""
        self._settled = False
        self.flags_stated = False
        """Does the file say which packages are for development, optional, peers? Else the needs tell."""

    def add(self, package: Package) -> None:
        """Add a package."""
        self.packages[package.key] = package

    def need(self, package: Package, kind: NeedKind, name: str, target: str | None) -> None:
        """``package`` asks for ``name`` and gets ``target``; None where something must be there is reported."""
        if target is not None:
            package.needs.append(Need(kind, name, target))
        elif kind in _MUST:
            self.report.say("warning", f"needs {name}, which the file does not hold", package.place or "the project")
            self.report.doubtful |= kind != "peer"

    def infer_roots(self, project: Package) -> None:
        """Where nothing says what the project asks for: it asks for what nobody else does."""
        self.edges_told = False
        asked = {need.target for package in self.packages.values() for need in package.needs}
        project.needs = [
            Need("optional" if package.optional else "prod", package.name, key)
            for key, package in self.packages.items()
            if key not in asked and not package.project
        ]

    def complete_local(self, file: File, folder: str = "") -> None:
        """Packages that lie beside the project may say their version in a package.json of their own."""
        for package in self.packages.values():
            if package.source.kind == "local" and not package.version:
                table = manifest.beside(file, self.report, posixpath.join(folder, package.source.local))
                if table and table.data.get("name") == package.name:
                    manifest.describe(package, table)

    def facts(self, context: Context) -> Iterator[Fact]:
        """All that the file states, without what ``context`` leaves out."""
        self.settle()
        dropped = self._dropped(context)
        refs: dict[str, Ref] = {}
        yield from self._components(dropped, refs)
        yield from self._edges(refs)
        doubtful = self.report.doubtful
        components: Aggregate = "incomplete" if doubtful else "complete"
        edges: Aggregate = "complete" if self.edges_told and not doubtful else "incomplete"
        yield Coverage(self.report.path, components, edges)
        yield from self.report.problems()

    def settle(self) -> None:
        """Work out what follows from the whole: flags, and sources that stand elsewhere in the file."""
        if not self._settled:
            self._settled = True
            if not self.flags_stated:
                self._compute_flags()
            self._share_sources()

    def _components(self, dropped: set[str], refs: dict[str, Ref]) -> Iterator[Component]:
        places: dict[Purl, list[Package]] = {}
        for key, package in self.packages.items():
            if key in dropped:
                continue
            if not package.name and package.project:
                refs[key] = ROOT
                continue
            try:
                purl = purl_of(package)
            except ValueError:
                self.report.unnamed(package.place)
                if package.project:
                    refs[key] = ROOT
                continue
            refs[key] = Ref(purl)
            places.setdefault(purl, []).append(package)
        for purl, packages in places.items():
            claims = [
                Claim(self.basis, Location(self.report.path, line=one.line, symbol=one.place)) for one in packages
            ]
            yield component(purl, packages, claims)

    def _edges(self, refs: dict[str, Ref]) -> Iterator[Edge]:
        pairs: dict[tuple[Ref, Ref], None] = {}
        asked = {need.target for one in self.packages.values() for need in one.needs}
        for key, package in self.packages.items():
            source = refs.get(key)
            if source is None:
                continue
            if package.project and source != ROOT and (not package.path or key not in asked):
                pairs[ROOT, source] = None
            for need in package.needs:
                target = refs.get(need.target, ROOT)
                if target not in (ROOT, source):
                    pairs[source, target] = None
        for source, target in pairs:
            yield Edge(source, target)

    def _share_sources(self) -> None:
        """A package without address (bundled, say) is the one that the same file names elsewhere with its address."""
        known: dict[tuple[str, str], set[Source]] = {}
        for one in self.packages.values():
            if one.source.kind != "unknown" and one.version:
                known.setdefault((one.name, one.version), set()).add(one.source)
        for one in self.packages.values():
            sources = known.get((one.name, one.version), ())
            if one.source.kind == "unknown" and not one.project and len(sources) == 1:
                one.source = next(iter(sources))

    def _compute_flags(self) -> None:
        """Set dev, optional and peer as npm does: what is reached only by such needs (arborist, calc-dep-flags)."""
        everything = self.reached(lambda _: True)
        shipped = self.reached(lambda kind: kind != "dev")
        firm = self.reached(lambda kind: kind not in ("optional", "peer-optional"))
        both = self.reached(lambda kind: kind not in ("dev", "optional", "peer-optional"))
        asked = self.reached(lambda kind: kind not in ("peer", "peer-optional"))
        for key in everything:
            package = self.packages[key]
            package.dev = key not in shipped
            package.optional = key not in firm
            package.dev_optional = key not in both and not package.dev and not package.optional
            package.peer = key not in asked

    def reached(self, follow: _Follow, without: frozenset[str] = frozenset()) -> set[str]:
        """Keys of what the projects reach by the kinds of need that ``follow`` admits, never through ``without``."""
        found = {key for key, package in self.packages.items() if package.project}
        pending = list(found)
        while pending:
            package = self.packages.get(pending.pop())
            for need in package.needs if package else ():
                if need.target not in found and need.target not in without and follow(need.kind):
                    found.add(need.target)
                    pending.append(need.target)
        return found

    def _dropped(self, context: Context) -> set[str]:
        dropped = {key for key, one in self.packages.items() if not one.project and is_omitted(one, context.omit)}
        if context.target:
            dropped |= self._misfits(context.target)
        return dropped

    def _misfits(self, target: Target) -> set[str]:
        """Optional packages that npm would not install there, with what nobody else needs."""
        misfits = frozenset(
            key
            for key, one in self.packages.items()
            if (one.optional or one.dev_optional) and not fits(target, one.os, one.cpu, one.libc)
        )
        if not misfits:
            return set()
        gone = self.reached(lambda _: True) - self.reached(lambda _: True, misfits) | misfits
        message = f"{len(gone)} optional packages for other machines than the target were left out"
        self.report.say("note", message)
        return set(gone)


_READ: WeakKeyDictionary[FileTree, dict[str, Graph]] = WeakKeyDictionary()


def once(read: Callable[[File], Graph]) -> Callable[[File], Graph]:
    """``read``, done once for a file: it is asked for as a lockfile, and by every package.json that it may describe."""

    @wraps(read)
    def kept(file: File) -> Graph:
        known = _READ.setdefault(file.tree, {})
        if file.path not in known:
            known[file.path] = read(file)
        return known[file.path]

    return kept


def is_omitted(package: Package, omit: frozenset[str]) -> bool:
    """Does ``npm --omit`` leave it out?"""
    if any(kind in omit and getattr(package, kind) for kind in _FLAGS):
        return True
    return package.dev_optional and omit >= {"dev", "optional"}
