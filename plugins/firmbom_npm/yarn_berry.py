"""Reads yarn.lock of yarn 2 and later, a YAML file of descriptors and their resolutions.

Format: what ``@yarnpkg/core`` (Project.ts) reads and writes; ``__metadata.version`` 4 to 10. A ``checksum`` is of
yarn's own cache file, not of what a registry serves, so it becomes a property and no digest of the distribution. What
is for development the file does not say; the package.json of each workspace does, where there is one.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from firmbom.model import Patch, Property
from firmbom.tree.base import File
from firmbom_npm import manifest
from firmbom_npm.graph import Graph
from firmbom_npm.package import NeedKind, Package
from firmbom_npm.peers import provide
from firmbom_npm.source import REGISTRY, UNKNOWN, Source, address, iri, is_address
from firmbom_npm.table import Report, Table, yaml_tables

NEWEST = 10
"""The newest ``__metadata.version`` that is known."""
_LOCATOR = re.compile(r"(@?[^@]+)@(.*)", re.DOTALL)
_CONDITION = re.compile(r"\b(os|cpu|libc)=([\w!-]+)")
_LOCAL = ("file:", "link:", "portal:", "exec:")
_UNSTATED = "0.0.0-use.local"
"""What yarn writes for the version of a workspace member."""


def read(file: File, data: bytes) -> Graph:
    """Read one lockfile.

    Raises:
        InputError: not YAML.
    """
    report = Report(file)
    table = yaml_tables(data, report)[0]
    version = table.table("__metadata").text("version")
    if version.isdecimal() and int(version[:9]) > NEWEST:
        report.newer(version, NEWEST, "__metadata.version")
    graph = Graph(report)
    entries = {key: entry for key, entry in table.tables() if key != "__metadata"}
    index = _Index()
    for key, entry in entries.items():
        package = _package(key, entry)
        if package:
            graph.add(package)
            index.add(package, entry.text("resolution"))
    peers: dict[str, Mapping[str, NeedKind]] = {}
    for key, package in graph.packages.items():
        for name, wanted, kind in _asks(file, package, entries[key]):
            graph.need(package, kind, name, index.find(name, wanted))
        peers[key] = _peers(entries[key])
        index.unpatched(graph, package, entries[key].text("resolution"))
    provide(graph, peers)
    _projects(graph)
    return graph


class _Index:
    """Finds the entry that a descriptor resolves to."""

    def __init__(self) -> None:
        self._by_descriptor: dict[str, str] = {}
        self._by_resolution: dict[str, str] = {}
        self._by_name: dict[str, dict[str, str]] = {}
        """Name to version to key."""

    def add(self, package: Package, resolution: str) -> None:
        """Add an entry; the one that yarn itself patches stands before the plain one."""
        self._by_resolution[resolution] = package.key
        for descriptor in package.key.split(", "):
            name, wanted = _split(descriptor)
            builtin = wanted.startswith("patch:") and "builtin<" in wanted
            spelt = f"{name}@builtin:{_inner(wanted).removeprefix('npm:')}" if builtin else descriptor
            self._by_descriptor[spelt] = package.key
            self._by_name.setdefault(name, {})[package.version] = package.key

    def find(self, name: str, wanted: str) -> str | None:
        """The key of the entry that ``wanted`` of ``name`` gets."""
        plain = wanted.removeprefix("npm:")
        for spelling in (f"builtin:{plain}", wanted, f"npm:{plain}"):
            found = self._by_descriptor.get(f"{name}@{spelling}")
            if found is not None:
                return found
        versions = self._by_name.get(name, {})  # "resolutions" replaces a descriptor by another one
        return next(iter(versions.values())) if len(versions) == 1 else None

    def unpatched(self, graph: Graph, package: Package, resolution: str) -> None:
        """A patched package and the plain one it was made from are one component, so each stands with the other."""
        name, reference = _split(resolution)
        if reference.startswith("patch:"):
            plain = self._by_resolution.get(f"{name}@{_inner(reference)}")
            if plain is not None:
                graph.need(package, "prod", name, plain)
                graph.need(graph.packages[plain], "prod", name, package.key)


def _package(key: str, entry: Table) -> Package | None:
    name, reference = _split(entry.text("resolution"))
    if not reference:
        entry.report.wrong(entry.at("resolution"), "name@reference", entry.data.get("resolution"))
        return None
    version = entry.text("version")
    workspace = reference.startswith("workspace:")
    if not version:
        entry.report.wrong(entry.at("version"), "text", entry.data.get("version"))
    checksum = entry.text("checksum")
    conditions = _CONDITION.findall(entry.text("conditions"))
    folder = posixpath.normpath(reference.removeprefix("workspace:")) if workspace else ""
    patch = reference.partition("#")[2].partition("::")[0] if reference.startswith("patch:") else ""
    return Package(
        key=key,
        name=name,
        version="" if version == _UNSTATED else version,
        project=workspace,
        source=UNKNOWN if workspace else _source(name, reference),
        place=key,
        path="" if folder == "." else folder,
        alias=next((one for one in map(_name, key.split(", ")) if one != name), ""),
        os=tuple(value for kind, value in conditions if kind == "os"),
        cpu=tuple(value for kind, value in conditions if kind == "cpu"),
        libc=tuple(value for kind, value in conditions if kind == "libc"),
        patches=(Patch("unofficial", iri(patch.removeprefix("~/"))),) if patch.endswith(".patch") else (),
        notes=(Property("firmbom:npm:yarn-checksum", checksum),) if checksum else (),
    )


def _source(name: str, reference: str) -> Source:
    if reference.startswith("patch:"):
        return _source(name, _inner(reference))
    if reference.startswith("npm:"):
        archive = reference.partition("::__archiveUrl=")[2].partition("&")[0]
        return address(name, unquote(archive)) if archive else REGISTRY
    if reference.startswith(_LOCAL):
        return Source("local", local=reference.partition(":")[2].partition("#")[0].partition("::")[0])
    return address(name, reference) if is_address(reference) else UNKNOWN


def _asks(file: File, package: Package, entry: Table) -> Iterator[tuple[str, str, NeedKind]]:
    """Name, range and kind of each dependency."""
    stated: Mapping[str, tuple[NeedKind, str]] = {}
    table = manifest.beside(file, entry.report, package.path) if package.project else None
    if table:
        manifest.describe(package, table)
        stated = manifest.asks(table, project=True)
    optional = _flagged(entry, "dependenciesMeta")
    for name, wanted in entry.pairs("dependencies").items():
        kind = "optional" if name in optional else stated.get(name, ("prod", ""))[0]
        yield name, wanted, "prod" if kind == "peer" else kind


def _peers(entry: Table) -> Mapping[str, NeedKind]:
    optional = _flagged(entry, "peerDependenciesMeta")
    names = entry.pairs("peerDependencies")
    return {name: "peer-optional" if name in optional else "peer" for name in names}


def _flagged(entry: Table, key: str) -> frozenset[str]:
    if key not in entry.data:
        return frozenset()
    return frozenset(name for name, one in entry.table(key).tables() if one.flag("optional"))


def _projects(graph: Graph) -> None:
    """The project at the top holds the members of the workspace."""
    projects = [package for package in graph.packages.values() if package.project]
    top = next((package for package in projects if not package.path), None)
    if top is None:
        top = Package(key="", name="", project=True)
        graph.add(top)
        graph.infer_roots(top)
        return
    for package in projects:
        if package is not top:
            graph.need(top, "workspace", package.name, package.key)


def _split(text: str) -> tuple[str, str]:
    found = _LOCATOR.fullmatch(text)
    return (found[1], found[2]) if found else (text, "")


def _name(descriptor: str) -> str:
    return _split(descriptor)[0]


def _inner(reference: str) -> str:
    """What a ``patch:`` reference patches, as a reference of its own: ``npm:4.9.5``."""
    inner = _split(unquote(reference.removeprefix("patch:").partition("#")[0]))[1]
    return inner if ":" in inner else f"npm:{inner}"
