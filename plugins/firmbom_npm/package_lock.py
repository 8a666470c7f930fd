"""Reads package-lock.json and npm-shrinkwrap.json, versions 1 to 3, and node_modules/.package-lock.json.

Format: npm documentation, "package-lock.json". The file alone counts: whether package.json agrees is not asked. A
package finds what it asks for by walking up the ``node_modules`` folders, as Node does ("Modules: loading from
node_modules folders").
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from firmbom.model import Basis, Fact, Property
from firmbom.plugin import Context
from firmbom.tree.base import File
from firmbom.tree.match import Patterns
from firmbom_npm import manifest
from firmbom_npm.graph import Graph, once
from firmbom_npm.package import Package
from firmbom_npm.source import address, is_address
from firmbom_npm.table import Report, Table, json_table

NEWEST = 3
"""The newest lockfileVersion that is known."""
_DEEPEST = 200
"""Folders in one install path; npm's own stay below twenty."""
_ALIAS = re.compile(r"npm:((?:@[^/@]+/)?[^@]+)@(.+)", re.DOTALL)
_MODULES = "node_modules/"


def collect(file: File, context: Context) -> Iterator[Fact]:
    """Say what one lockfile states."""
    yield from read(file).facts(context)


@once
def read(file: File) -> Graph:
    """Read one lockfile.

    Raises:
        InputError: not JSON, or not a lockfile at all.
    """
    report = Report(file)
    table = json_table(file.read(), report)
    hidden = file.name == ".package-lock.json"
    version = _version(table)
    graph = Graph(report, basis=Basis.PACKAGE_DATABASE if hidden else Basis.LOCKFILE)
    graph.flags_stated = True
    reader = _Reader(file, ".." if hidden else "", table, graph)
    packages = table.data.get("packages")
    if isinstance(packages, dict) or (packages is not None and "dependencies" not in table.data):
        reader.packages()
    elif "dependencies" in table.data or ("lockfileVersion" in table.data and version == 1):
        reader.dependencies()
    else:
        report.wrong("packages", "an object", None)
        reader.dependencies()
    graph.complete_local(file, ".." if hidden else "")
    return graph


def _version(table: Table) -> int:
    value = table.data.get("lockfileVersion", 1)
    if not isinstance(value, int) or isinstance(value, bool):
        table.report.wrong("lockfileVersion", "a number", value)
        return NEWEST
    if value > NEWEST:
        table.report.newer(value, NEWEST, "lockfileVersion")
    return value


class _Reader:
    def __init__(self, file: File, folder: str, table: Table, graph: Graph) -> None:
        self._file = file
        self._folder = folder
        """The project's, seen from the file's."""
        self._table = table
        self._graph = graph
        self._report = graph.report
        self._links: dict[str, str] = {}
        """Install path of a link to the path of the folder."""
        self._folders: dict[str, tuple[str, ...]] = {}

    # versions 2 and 3: a table of install paths

    def packages(self) -> None:
        """Read ``packages``."""
        entries = dict(self._table.table("packages").tables())
        root = entries.pop("", Table({}, "packages.", self._report))
        project = self._project(root)
        read = [(package, entry) for path, entry in entries.items() if (package := self._entry(path, entry))]
        self._check_links()
        for package, entry in read:
            self._needs(package, entry)
        if self._folder:  # the hidden lockfile, which leaves the project out
            self._manifest_needs(project)
        else:
            self._needs(project, root)
            self._workspaces(project, root)
        self._extraneous()

    def _project(self, root: Table) -> Package:
        project = Package(
            key="",
            name=root.text("name") or self._table.text("name"),
            version=root.text("version") or self._table.text("version"),
            project=True,
            place=root.place if root.data else "",
            licences=manifest.licences(root),
            notes=manifest.conditions(root),
        )
        stated = manifest.beside(self._file, self._report, self._folder)
        if stated and (not project.name or stated.data.get("name") == project.name):
            manifest.describe(project, stated)
        self._graph.add(project)
        return project

    def _check_links(self) -> None:
        for path, folder in self._links.items():
            target = self._graph.packages.get(folder)
            if target:
                target.notes += (Property("cdx:npm:package:path", path),)
            elif folder != ".":
                self._report.say("warning", f"links to {folder}, which the file does not hold", f"packages.{path}")

    def _entry(self, path: str, entry: Table) -> Package | None:
        if path.count("/") > _DEEPEST:
            self._report.wrong(entry.place[:200], f"a path of at most {_DEEPEST} folders", path)
            return None
        if entry.flag("link"):
            self._links[path] = posixpath.normpath(entry.text("resolved") or ".")
            return None
        package = self._package(path, entry)
        if package:
            self._graph.add(package)
            beside = posixpath.join(self._folder, path)
            stated = manifest.beside(self._file, self._report, beside) if package.project else None
            if stated and stated.data.get("name", package.name) == package.name:
                manifest.describe(package, stated)
        return package

    def _package(self, path: str, entry: Table) -> Package | None:
        installed = path.rpartition(_MODULES)[2] if _MODULES in path else ""
        name = entry.text("name") or installed or _folder_name(path)
        version = entry.text("version")
        optional = entry.flag("optional")
        if not version and installed and (optional or entry.flag("peer")) and "resolved" not in entry.data:
            self._report.say("note", "was never resolved, so it is not installed", entry.place)
            return None
        if not version and installed:
            self._report.wrong(entry.at("version"), "text", entry.data.get("version"))
        return Package(
            key=path,
            name=name,
            version=version,
            project=not installed,
            source=address(name, entry.text("resolved")) if installed else address(name, path),
            digests=entry.digests("integrity"),
            place=entry.place,
            path=path,
            alias=installed if installed not in ("", name) else "",
            dev=entry.flag("dev"),
            optional=optional,
            dev_optional=entry.flag("devOptional"),
            peer=entry.flag("peer"),
            bundled=entry.flag("inBundle"),
            extraneous=entry.flag("extraneous"),
            os=entry.texts("os"),
            cpu=entry.texts("cpu"),
            libc=entry.texts("libc"),
            licences=manifest.licences(entry),
            notes=manifest.conditions(entry),
        )

    def _needs(self, package: Package, entry: Table) -> None:
        project = _MODULES not in package.key
        for name, (kind, _) in manifest.asks(entry, project=project).items():
            self._graph.need(package, kind, name, self._resolve(package.key, name))

    def _workspaces(self, project: Package, root: Table) -> None:
        if "workspaces" not in root.data:
            return
        patterns = [one.removeprefix("./").rstrip("/") for one in manifest.workspaces(root)]
        taken = Patterns(one for one in patterns if not one.startswith("!"))
        left = Patterns(one[1:].removeprefix("./") for one in patterns if one.startswith("!"))
        folders = self._links or {one.key: one.source.local for one in self._graph.packages.values()}
        for path, folder in folders.items():
            target = self._links.get(path, path)
            if target in self._graph.packages and taken.match(folder) and not left.match(folder):
                self._graph.need(project, "workspace", path.rpartition(_MODULES)[2], target)

    def _extraneous(self) -> None:
        """What nobody asks for hangs on the package in whose folder it lies, as ``npm ls`` shows it."""
        for package in list(self._graph.packages.values()):
            if package.extraneous:
                folder = package.key.rpartition(_MODULES)[0].rstrip("/")
                holder = self._graph.packages.get(self._links.get(folder, folder))
                if holder:
                    self._graph.need(holder, "optional", package.name, package.key)

    def _resolve(self, path: str, name: str) -> str | None:
        """The key of the package that Node finds from ``path``, or None."""
        for folder in self._search(path):
            found = folder + name
            found = self._links.get(found, found)
            if found in self._graph.packages:
                return found
            if found == ".":
                return ""
        return None

    def _search(self, path: str) -> tuple[str, ...]:
        """The ``node_modules`` folders that Node looks into from ``path``, nearest first."""
        known = self._folders.get(path)
        if known is None:
            own = f"{path}/{_MODULES}" if path else _MODULES
            parent = posixpath.dirname(path)
            above = () if path in ("", "..", parent) else self._search(parent)
            known = above if path.endswith("node_modules") else (own, *above)
            self._folders[path] = known
        return known

    # version 1: tables inside tables

    def dependencies(self) -> None:
        """Read ``dependencies``, however deeply they nest; of peers they say nothing."""
        self._graph.edges_told = False
        project = self._project(self._table)
        found: list[tuple[str, Table]] = []
        pending = [("", self._table)]
        while pending:
            parent, holder = pending.pop()
            if "dependencies" not in holder.data:
                continue
            for name, entry in holder.table("dependencies").tables():
                path = f"{parent}/{_MODULES}{name}" if parent else f"{_MODULES}{name}"
                if path.count("/") > _DEEPEST:
                    self._report.wrong(entry.place[:200], f"a path of at most {_DEEPEST} folders", path)
                    continue
                found.append((path, entry))
                pending.append((path, entry))
        for path, entry in found:
            self._graph.add(self._package_1(path, entry))
        for path, entry in found:
            if not isinstance(entry.data.get("requires"), bool):
                for name in entry.pairs("requires"):
                    self._graph.need(self._graph.packages[path], "prod", name, self._resolve(path, name))
        self._manifest_needs(project)

    def _package_1(self, path: str, entry: Table) -> Package:
        installed = path.rpartition(_MODULES)[2]
        name, version = installed, entry.text("version")
        alias = _ALIAS.match(version)
        if alias:
            name, version = alias[1], alias[2]
        resolved = entry.text("resolved") if isinstance(entry.data.get("resolved"), str) else ""
        if is_address(version):
            resolved, version = version, _version_of(name, version)
        elif not version:
            self._report.wrong(entry.at("version"), "text", entry.data.get("version"))
        return Package(
            key=path,
            name=name,
            version=version,
            source=address(name, resolved),
            digests=entry.digests("integrity"),
            place=entry.place,
            path=path,
            alias=installed if installed != name else "",
            dev=entry.flag("dev"),
            optional=entry.flag("optional"),
            bundled=entry.flag("bundled"),
        )

    def _manifest_needs(self, project: Package) -> None:
        """The file does not say what the project asks for; package.json does, if there is one."""
        stated = manifest.beside(self._file, self._report, self._folder)
        if stated is None:
            self._graph.infer_roots(project)
            return
        self._workspaces(project, stated)
        for name, (kind, _) in manifest.asks(stated, project=True).items():
            self._graph.need(project, kind, name, self._resolve("", name))


def _folder_name(path: str) -> str:
    """A package's name told from its folder (npm, name-from-folder)."""
    parent, _, last = path.rpartition("/")
    scope = parent.rpartition("/")[2]
    return f"{scope}/{last}" if scope.startswith("@") else last


def _version_of(name: str, url: str) -> str:
    """The version in a registry's file name, ``<name>-<version>.tgz``; npm reads it so too (version-from-tgz)."""
    file = url.partition("?")[0].partition("#")[0].rpartition("/")[2]
    found = re.fullmatch(re.escape(name.rpartition("/")[2]) + r"-(\d+\.\d+\.\d+(?:[-+][\w.+-]+)?)\.tgz", file)
    return found[1] if found and url.startswith(("https://", "http://")) else ""
