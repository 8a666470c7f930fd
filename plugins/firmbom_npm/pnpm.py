"""Reads pnpm-lock.yaml, lockfileVersion 5.3 to 9.0, one document or several, and node_modules/.pnpm/lock.yaml.

Format: pnpm documentation, "pnpm-lock.yaml", and ``@pnpm/dependency-path``. Three spellings of a package's key:

- 5.x: ``/name/1.0.0_peer@2.0.0``
- 6.x: ``/name@1.0.0(peer@2.0.0)``
- 9.0: ``name@1.0.0(peer@2.0.0)``; ``packages`` holds it without peers, ``snapshots`` with.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping

from firmbom.model import Basis, Fact, Patch
from firmbom.plugin import Context
from firmbom.tree.base import File
from firmbom_npm import manifest
from firmbom_npm.graph import Graph, once
from firmbom_npm.package import NeedKind, Package
from firmbom_npm.source import REGISTRY, Source, address, git, iri, is_address, registry
from firmbom_npm.table import Report, Table, yaml_tables

NEWEST = (9, 0)
"""The newest lockfileVersion that is known."""
_VERSION = re.compile(r"(\d{1,4})(?:\.(\d{1,4}))?")
_KEY_5 = re.compile(
    r"(?P<host>[^/@][^/]*)?/?(?P<name>@[^/]+/[^/]+|[^/@]+)/(?P<version>[^/_(]+)(?P<peers>.*)", re.DOTALL
)
_KEY_6 = re.compile(r"(?:(?P<host>[^/@]*)/)?(?P<name>@[^/@]+/[^@/]+|[^@/]+)@(?P<version>[^(]+)(?P<peers>.*)", re.DOTALL)
_LISTS: Mapping[str, NeedKind] = {
    "dependencies": "prod",
    "optionalDependencies": "optional",
    "devDependencies": "dev",
    "configDependencies": "dev",
    "packageManagerDependencies": "dev",
}


def collect(file: File, context: Context) -> Iterator[Fact]:
    """Say what one lockfile states."""
    yield from read(file).facts(context)


@once
def read(file: File) -> Graph:
    """Read one lockfile.

    Raises:
        InputError: not YAML.
    """
    installed = file.name == "lock.yaml"
    folder = "../.." if installed else ""
    graph = Graph(Report(file), basis=Basis.PACKAGE_DATABASE if installed else Basis.LOCKFILE)
    for table in yaml_tables(file.read(), graph.report):
        _Document(file, folder, table, graph).read()
    graph.complete_local(file, folder)
    return graph


class _Document:
    def __init__(self, file: File, folder: str, table: Table, graph: Graph) -> None:
        self._file = file
        self._folder = folder
        self._table = table
        self._graph = graph
        self._report = graph.report
        self._importers: dict[str, Table] = {}
        self._version = _version(table)

    def read(self) -> None:
        """Add what the document holds to the graph."""
        packages = self._table.table("packages")
        snapshots = dict(self._table.table("snapshots").tables())
        stated = dict(packages.tables())
        for key, snapshot in snapshots.items():
            self._add(key, stated.get(key.partition("(")[0], Table({}, f"snapshots.{key}", self._report)), snapshot)
        covered = {key.partition("(")[0] for key in snapshots}
        for key, entry in stated.items():
            if key not in covered:
                self._add(key, entry, entry)
        inside = self._table.table("importers") if "importers" in self._table.data else None
        self._importers = dict(inside.tables()) if inside else {".": self._table}
        for folder in self._importers:
            self._project(folder)
        for folder, importer in self._importers.items():
            self._project_needs(folder, importer)
        for key, entry in snapshots.items() if snapshots else stated.items():
            self._needs(key, entry)

    def _add(self, key: str, entry: Table, snapshot: Table) -> None:
        name, version, source = self._identify(key, entry)
        if not name:
            self._report.wrong(entry.place or key, "a package with a name", key)
            return
        patches = self._table.table("patchedDependencies") if "patchedDependencies" in self._table.data else None
        patch = patches.data.get(f"{name}@{version}", patches.data.get(name)) if patches else None
        path = patch.get("path") if isinstance(patch, dict) else patch
        self._graph.add(
            Package(
                key=key,
                name=name,
                version=version,
                source=source,
                digests=entry.table("resolution").digests("integrity"),
                place=snapshot.place,
                os=entry.texts("os"),
                cpu=entry.texts("cpu"),
                libc=entry.texts("libc"),
                patches=(Patch("unofficial", iri(path)),) if isinstance(path, str) and "/" in path else (),
                notes=manifest.conditions(entry),
            )
        )

    def _identify(self, key: str, entry: Table) -> tuple[str, str, Source]:
        """Name, version and source that a key and its ``resolution`` say."""
        found = (_KEY_5 if self._version < (6, 0) else _KEY_6).fullmatch(key)
        name, version, host = "", "", ""
        if found:
            name, version, host = found["name"], found["version"], found["host"] or ""
        if is_address(version) or is_address(key):
            version, host = "", ""
        name, version = entry.text("name") or name, entry.text("version") or version
        return name, version.removeprefix("runtime:"), _source(name, entry.table("resolution"), host)

    def _project(self, folder: str) -> None:
        table = manifest.beside(self._file, self._report, posixpath.join(self._folder, folder))
        path = "" if folder == "." else folder
        package = self._graph.packages.get(_importer(folder))
        if package is None:
            package = Package(key=_importer(folder), name="", project=True, path=path)
            self._graph.add(package)
        if table:
            manifest.describe(package, table)

    def _project_needs(self, folder: str, importer: Table) -> None:
        package = self._graph.packages[_importer(folder)]
        for key, kind in _LISTS.items():
            for name, reference in _references(importer, key).items():
                self._graph.need(package, kind, name, self._find(name, reference, folder))
        if folder == ".":
            for other in self._importers:
                if other != ".":
                    self._graph.need(package, "workspace", other, _importer(other))

    def _needs(self, key: str, entry: Table) -> None:
        package = self._graph.packages.get(key)
        if package is None:
            return
        peers = entry.data.get("peerDependencies")
        for listed in ("dependencies", "optionalDependencies"):
            for name, reference in entry.pairs(listed).items():
                peer = isinstance(peers, dict) and name in peers
                self._graph.need(package, "peer" if peer else _LISTS[listed], name, self._find(name, reference, "."))

    def _find(self, name: str, reference: str, folder: str) -> str | None:
        """The key that a reference such as ``1.0.0(peer@2.0.0)`` of ``name`` stands for."""
        if reference.startswith("link:"):
            return self._linked(name, posixpath.normpath(posixpath.join(folder, reference[5:])))
        for key in (f"{name}@{reference}", f"/{name}@{reference}", f"/{name}/{reference}", reference, f"/{reference}"):
            if key in self._graph.packages:
                return key
        return None

    def _linked(self, name: str, folder: str) -> str:
        """A folder outside the lockfile: a member of the workspace, or one that nothing more is known of."""
        key = _importer(folder)
        if key not in self._graph.packages:
            self._graph.add(Package(key=key, name=name, source=Source("local", local=folder), place="importers"))
        return key


def _version(table: Table) -> tuple[int, int]:
    text = table.text("lockfileVersion")
    found = _VERSION.fullmatch(text)
    if not found:
        table.report.wrong("lockfileVersion", "a number", table.data.get("lockfileVersion"))
        return NEWEST
    version = (int(found[1]), int(found[2] or 0))
    if version > NEWEST:
        table.report.newer(text, "9.0", "lockfileVersion")
        return NEWEST
    return version


def _references(importer: Table, key: str) -> Mapping[str, str]:
    """A project's dependencies: name to reference; 5.x has text, later versions ``{specifier, version}``."""
    if key not in importer.data:
        return {}
    found = {}
    listed = importer.table(key)
    for name, value in listed.data.items():
        if isinstance(value, dict):
            found[name] = listed.inside(name, value).text("version")
        elif isinstance(value, str):
            found[name] = value
        else:
            importer.report.wrong(listed.at(name), "text", value)
    return found


def _source(name: str, resolution: Table, host: str) -> Source:
    kind = resolution.text("type")
    if kind == "git":
        return git(resolution.text("repo"), resolution.text("commit"))
    if kind == "directory":
        return Source("local", local=resolution.text("directory"))
    tarball = resolution.text("tarball")
    if tarball:
        return address(name, tarball)
    base = resolution.text("registry") or (f"https://{host}" if "." in host else "")
    return registry(base) if base else REGISTRY


def _importer(folder: str) -> str:
    return f"importer {posixpath.normpath(folder)}"
