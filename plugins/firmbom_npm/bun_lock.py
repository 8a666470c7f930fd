"""Reads bun.lock, the text lockfile of bun 1.2 and later: JSON with comments and trailing commas.

Format: bun's own writer (``bun.lock.zig``). A key of ``packages`` is an install path without the ``node_modules``: what
``a`` needs is ``a/b`` if that exists, else ``b``. A value is a list that begins with ``name@resolution``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from firmbom import parse
from firmbom.model import Coverage, Fact, Problem
from firmbom.plugin import Context
from firmbom.tree.base import File
from firmbom_npm import manifest
from firmbom_npm.graph import Graph, once
from firmbom_npm.package import NeedKind, Package
from firmbom_npm.source import REGISTRY, Source, address, is_address, registry
from firmbom_npm.table import Report, Table, json_table

NEWEST = 2
"""The newest lockfileVersion that is known."""
_DEEPEST = 200
_COMMENT = re.compile(r'("[^"\\]*(?:\\.[^"\\]*)*(?:"|\Z))|//[^\n]*|/\*.*?(?:\*/|\Z)', re.DOTALL)
_COMMA = re.compile(r'("[^"\\]*(?:\\.[^"\\]*)*(?:"|\Z))|,(?=\s*[}\]])', re.DOTALL)
_RESOLVED = re.compile(r"(@?[^@]+)@(.*)", re.DOTALL)
_SRI = re.compile(r"(?:sha1|sha256|sha384|sha512)-")
_LOCAL = ("file:", "link:", "root:")


def collect(file: File, context: Context) -> Iterator[Fact]:
    """Say what one lockfile states; the binary form of older versions is refused with the way out."""
    if file.name == "bun.lockb":
        if file.sibling("bun.lock") is None:
            message = "bun's binary lockfile is not read (write the text form: bun install --save-text-lockfile)"
            yield Problem("error", message, file.location_path)
            yield Coverage(file.location_path, "incomplete", "incomplete")
        return
    yield from read(file).facts(context)


@once
def read(file: File) -> Graph:
    """Read one lockfile.

    Raises:
        InputError: not JSON, even without its comments and trailing commas.
    """
    report = Report(file)
    text = parse.text(file.read(), path=report.path)
    for pattern in (_COMMENT, _COMMA):
        text = pattern.sub(lambda found: found[1] or "", text)
    table = json_table(text.encode(), report)
    version = table.data.get("lockfileVersion")
    if not isinstance(version, int):
        report.wrong("lockfileVersion", "a number", version)
    elif version > NEWEST:
        report.newer(version, NEWEST, "lockfileVersion")
    graph = Graph(report)
    _Reader(file, table, graph).read()
    graph.complete_local(file)
    return graph


class _Reader:
    def __init__(self, file: File, table: Table, graph: Graph) -> None:
        self._file = file
        self._table = table
        self._graph = graph
        self._report = graph.report
        self._members: dict[str, str] = {}
        """Key of a workspace member among the packages, to its key in the graph."""

    def read(self) -> None:
        """Add what the file holds to the graph."""
        workspaces = dict(self._table.table("workspaces").tables())
        for folder, entry in workspaces.items():
            self._project(folder, entry)
        infos = {}
        for key, value in self._table.table("packages").data.items():
            infos[key] = self._package(key, value)
        for key, info in infos.items():
            if info and key in self._graph.packages:
                self._needs(self._graph.packages[key], key, info)
        for folder, entry in workspaces.items():
            project = self._graph.packages[_member(folder)]
            inside = next((key for key, member in self._members.items() if member == project.key), "")
            self._needs(project, inside, entry)
            if folder and "" in workspaces:
                self._graph.need(self._graph.packages[_member("")], "workspace", project.name, project.key)
        if "" not in workspaces:
            top = Package(key=_member(""), name="", project=True)
            self._graph.add(top)
            self._graph.infer_roots(top)

    def _project(self, folder: str, entry: Table) -> None:
        name, version = entry.text("name"), entry.text("version")
        package = Package(key=_member(folder), name=name, version=version, project=True, path=folder, place=entry.place)
        stated = manifest.beside(self._file, self._report, folder)
        if stated and stated.data.get("name", name) == (name or stated.data.get("name")):
            manifest.describe(package, stated)
        self._graph.add(package)

    def _package(self, key: str, value: Any) -> Table | None:
        place = f"packages.{key}"
        found = (
            _RESOLVED.fullmatch(value[0]) if isinstance(value, list) and value and isinstance(value[0], str) else None
        )
        if not found or key.count("/") > _DEEPEST:
            self._report.wrong(place[:200], "a list that begins with name@version", value)
            return None
        name, resolution = found[1], found[2]
        if resolution.startswith("workspace:"):
            self._members[key] = _member(resolution.removeprefix("workspace:"))
            return None
        texts = [one for one in value[1:] if isinstance(one, str)]
        info = Table(next((one for one in value[1:] if isinstance(one, dict)), {}), place, self._report)
        integrity = next((one for one in texts if _SRI.match(one)), "")
        entry = Table({"integrity": integrity}, place, self._report)
        plain = not is_address(resolution) and not resolution.startswith(_LOCAL) and "/" not in resolution
        installed = _names(key)[-1]
        self._graph.add(
            Package(
                key=key,
                name=name,
                version=resolution.removeprefix("npm:") if plain else "",
                source=_source(name, resolution, plain, texts[0] if texts else ""),
                digests=entry.digests("integrity"),
                place=place,
                alias=installed if installed != name else "",
                bundled=info.flag("bundled"),
                os=info.texts("os"),
                cpu=info.texts("cpu"),
                libc=info.texts("libc"),
            )
        )
        return info

    def _needs(self, package: Package, key: str, entry: Table) -> None:
        optional = set(entry.texts("optionalPeers"))
        for name, (kind, _) in manifest.asks(entry, project=package.project).items():
            spelt: NeedKind = "peer-optional" if kind == "peer" and name in optional else kind
            self._graph.need(package, spelt, name, self._resolve(key, name))

    def _resolve(self, key: str, name: str) -> str | None:
        names = _names(key)
        while True:
            found = "/".join([*names, name])
            found = self._members.get(found, found)
            if found in self._graph.packages:
                return found
            if not names:
                return None
            names.pop()


def _source(name: str, resolution: str, plain: bool, second: str) -> Source:
    if not plain:
        return address(name, resolution)
    if second.startswith(("https://", "http://")):
        return address(name, second) if f"/{name}/-/" in second else registry(second)
    return REGISTRY


def _names(key: str) -> list[str]:
    """The packages along a key: ``@a/b/c`` is ``["@a/b", "c"]``."""
    found: list[str] = []
    for part in key.split("/") if key else ():
        if found and found[-1].startswith("@") and "/" not in found[-1]:
            found[-1] += f"/{part}"
        else:
            found.append(part)
    return found


def _member(folder: str) -> str:
    return f"workspace {folder}"
