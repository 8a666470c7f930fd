"""What is installed in the ``node_modules`` folders of a tree, found as Node finds it.

"Modules: loading from node_modules folders" of the Node documentation: a package looks into its own ``node_modules``,
then into those of the folders above. What package.json does not say (where the package was downloaded, whether it is
for development) comes from the lockfile that describes the folder, if there is one.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from weakref import WeakKeyDictionary

from firmbom.errors import FirmbomError
from firmbom.model import Purl
from firmbom.tree.base import File, FileTree
from firmbom_npm import locks, manifest
from firmbom_npm.graph import Graph
from firmbom_npm.package import Need, NeedKind, Package, purl_of
from firmbom_npm.source import address
from firmbom_npm.table import Report, Table, json_table

_STORES = frozenset({".pnpm", ".bun", ".store"})
"""Where pnpm, bun and npm's linked strategy keep the packages that ``node_modules`` links to."""
_ONE = r"(?:@[^/]+/)?[^/@][^/]*"
_STORED = r"\.(?:pnpm|bun|store)/[^/]+"
_INSTALLED = re.compile(
    rf"((?:.*?/)??)node_modules/((?:(?:{_STORED}|{_ONE})/node_modules/)*{_ONE})/package\.json", re.DOTALL
)
_TRIALS = frozenset({"test", "tests", "__tests__", "spec", "fixture", "fixtures", "example", "examples", "demo"})
"""Folders inside a package whose own node_modules are made up for trials."""
_MOST = 100_000
"""So many packages are looked through to learn which of them nobody asks for."""


class Installed:
    """One package.json that was read."""

    def __init__(
        self, package: Package, asks: Mapping[str, tuple[NeedKind, str]], report: Report, workspaces: tuple[str, ...]
    ) -> None:
        self.package = package
        self.asks = asks
        """Name of each dependency to its kind and range."""
        self.report = report
        """What was wrong in the file."""
        self.workspaces = workspaces
        """Patterns of the folders of its members, if it is a project that has any."""
        try:
            self.purl = purl_of(package)
        except ValueError:
            self.purl = Purl("")


class Shelf:
    """The installed packages of one tree; each package.json is read once for all who look for it."""

    def __init__(self) -> None:
        self._read: dict[str, Installed | None] = {}
        self._roots: dict[str, frozenset[str]] = {}
        self._settled: set[str] = set()

    def take(self, file: File) -> Installed:
        """Read the offered file, unless it was read already.

        Raises:
            InputError: not JSON, or not an object.
        """
        found = self._read.get(file.path)
        if found is None:
            found = self._read[file.path] = _installed(file)
        self._settle(file.tree, project_folder(file.path))
        return found

    def find(self, tree: FileTree, folder: str, name: str) -> Installed | None:
        """What Node finds for ``name`` from ``folder``."""
        while True:
            if posixpath.basename(folder) != "node_modules":
                found = self._at(tree, posixpath.join(folder, "node_modules"), name)
                if found or not folder:
                    return found
            folder = posixpath.dirname(folder)

    def carrier(self, tree: FileTree, path: str) -> Installed | None:
        """The package that carries this one in a folder of its own (``dist/node_modules``), if one does."""
        folder = project_folder(path) or ""
        while "node_modules" in folder.split("/"):
            modules, _, name = folder.rpartition("node_modules/")
            found = self._at(tree, f"{modules}node_modules", name) if name else None
            if found:
                return found
            folder = posixpath.dirname(folder)
        return None

    def is_root(self, tree: FileTree, path: str) -> bool:
        """Does nothing say who wants this package: no package.json, no lockfile, no other package?"""
        folder = project_folder(path) or ""
        if folder not in self._roots:
            self._roots[folder] = frozenset(self._unasked(tree, folder))
        return path in self._roots[folder]

    def _at(self, tree: FileTree, modules: str, name: str) -> Installed | None:
        scope, _, last = name.rpartition("/")
        if last not in tree.list(posixpath.join(modules, scope)):
            return None
        file = tree.get(posixpath.join(modules, name, "package.json"))
        if file is None:
            return None
        if file.path not in self._read:
            self._read[file.path] = None
            with suppress(FirmbomError):  # reported when that file itself is offered
                self._read[file.path] = _installed(file)
        return self._read[file.path]

    def _settle(self, tree: FileTree, folder: str | None) -> None:
        """Where no lockfile says what is for development, the project's package.json and what it reaches do."""
        if folder is None or folder in self._settled:
            return
        self._settled.add(folder)
        file = tree.get(posixpath.join(folder, "package.json"))
        if file is None or any(True for _ in locks.above(tree, folder)):
            return
        with suppress(FirmbomError):
            project = _installed(file)
            pending = [project, *self._members(file, project)]
            graph = Graph(project.report)
            for one in pending:
                one.package.project = True
                graph.add(one.package)
            while pending:
                one = pending.pop()
                for name, (kind, _) in one.asks.items():
                    found = self.find(tree, one.package.key, name)
                    if found:
                        one.package.needs.append(Need(kind, name, found.package.key))
                        if found.package.key not in graph.packages:
                            graph.add(found.package)
                            pending.append(found)
            graph.settle()

    def _members(self, file: File, project: Installed) -> Iterator[Installed]:
        """The members of a project's workspace, whose wishes for development are its own."""
        folder = posixpath.dirname(file.path)
        for member in manifest.members(file, project.workspaces):
            found = file.tree.get(posixpath.join(folder, member, "package.json"))
            if found:
                with suppress(FirmbomError):  # reported when that file itself is offered
                    yield _installed(found)

    def _unasked(self, tree: FileTree, folder: str) -> Iterator[str]:
        carried = "node_modules" in folder.split("/")
        if not carried and (tree.get(posixpath.join(folder, "package.json")) or locks.beside(tree, folder)):
            return
        top = posixpath.join(folder, "node_modules")
        here: list[Installed] = []
        asked: set[str] = set()
        seen: set[str] = set()
        pending = [top]
        while pending and len(seen) < _MOST:
            modules = pending.pop()
            for name in _names(tree, modules):
                if posixpath.dirname(name) in _STORES:
                    pending.append(posixpath.join(modules, name, "node_modules"))
                    continue
                found = self._at(tree, modules, name)
                if found is None:
                    continue
                if modules == top:
                    here.append(found)
                if found.package.key not in seen:
                    seen.add(found.package.key)
                    pending.append(posixpath.join(found.package.key, "node_modules"))
                    gets = (self.find(tree, found.package.key, one) for one in found.asks)
                    asked.update(one.package.key for one in gets if one)
        yield from (f"{one.package.key}/package.json" for one in here if one.package.key not in asked)


_SHELVES: WeakKeyDictionary[FileTree, Shelf] = WeakKeyDictionary()


def shelf_of(tree: FileTree) -> Shelf:
    """The shelf of a tree."""
    return _SHELVES.setdefault(tree, Shelf())


def project_folder(path: str) -> str | None:
    """The folder whose ``node_modules`` holds the package.json at ``path``; None if it is no installed package's."""
    found = _INSTALLED.fullmatch(path)
    if not found or posixpath.basename(found[2]).startswith("."):
        return None
    base = found[1].rstrip("/")
    above = base.split("/")
    return None if "node_modules" in above and not _TRIALS.isdisjoint(above) else base


def _names(tree: FileTree, modules: str) -> Iterator[str]:
    """What a ``node_modules`` folder holds: ``name``, ``@scope/name`` and the entries of stores."""
    for name in tree.list(modules):
        if name.startswith("@") or name in _STORES:
            yield from (f"{name}/{inner}" for inner in tree.list(posixpath.join(modules, name)))
        elif not name.startswith("."):
            yield name


def _installed(file: File) -> Installed:
    report = Report(file)
    table = json_table(file.read(), report)
    folder = posixpath.dirname(file.path)
    base = project_folder(file.path)
    installed = folder.rpartition("node_modules/")[2]
    package = Package(key=folder, name="", project=base is None, path=folder[len(base) + 1 if base else 0 :])
    manifest.describe(package, table)
    if base is not None:
        for key in ("name", "version"):
            if not table.data.get(key):
                report.wrong(key, "text", table.data.get(key))
        package.name = package.name or installed
        package.alias = installed if installed != package.name else ""
        package.bundled = "node_modules" in base.split("/")
        _complete(package, file.tree, base, table)
    patterns = manifest.workspaces(table) if base is None and "workspaces" in table.data else ()
    return Installed(package, manifest.asks(table, project=base is None), report, patterns)


def _complete(package: Package, tree: FileTree, base: str, table: Table) -> None:
    """Add what the lockfile says; npm 6 and older wrote it into the installed package.json itself."""
    for folder, lock in locks.above(tree, base):
        path = package.key[len(folder) + 1 if folder else 0 :]
        known = lock.find(path, package.name, package.version)
        if known:
            package.path = path
            package.source, package.digests = known.source, known.digests
            package.dev, package.optional, package.dev_optional = known.dev, known.optional, known.dev_optional
            package.peer, package.bundled, package.extraneous = known.peer, known.bundled, known.extraneous
            return
    if isinstance(table.data.get("_resolved"), str):
        package.source = address(package.name, table.text("_resolved"))
        if isinstance(table.data.get("_integrity"), str):
            package.digests = table.digests("_integrity")
