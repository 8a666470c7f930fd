"""Installed distributions: ``*.dist-info/METADATA``, ``*.egg-info`` as folder or file, ``EGG-INFO/PKG-INFO`` of eggs.

The distributions of one folder (``site-packages``) are read together, because only together do they tell which edges
exist: ``Requires-Dist`` names projects, and extras count when something asks for them.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from weakref import WeakKeyDictionary

import msgspec

from firmbom.errors import FirmbomError, InputError
from firmbom.identity import pypi_name
from firmbom.model import (
    ROOT,
    Basis,
    Component,
    ComponentType,
    Coverage,
    Edge,
    Fact,
    Ownership,
    Problem,
    Property,
    Ref,
)
from firmbom.plugin import Context, Target
from firmbom.tree.base import File, FileTree
from firmbom_pip import direct_url, metadata, record
from firmbom_pip.conditions import Chosen, Conditions
from firmbom_pip.groups import is_development
from firmbom_pip.package import package_purl
from firmbom_pip.report import Report, clean
from firmbom_pip.requirement import Need, is_name, is_version

INSTALLER = "firmbom:installer"
"""Which tool installed the distribution, as the file INSTALLER says."""

_PYTHON = re.compile(r"python(3\.\d+)(?:/|\Z)")
_SITES = ("site-packages", "dist-packages")
_DEBIAN = "/python3/dist-packages"
_OF_VERSION = re.compile(r"python3\.\d+")
_DIRECTORY_NAME = re.compile(r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._]*[A-Za-z0-9])?)-(?P<version>[^-]+)(?:-py\d.*)?\Z")


class Dist(msgspec.Struct, frozen=True, kw_only=True):
    """One installed distribution."""

    info: File
    component: Component
    needs: tuple[Need, ...]
    extras: tuple[str, ...]
    requested: bool
    """Did the user ask for it by name (file REQUESTED)?"""
    problems: tuple[Problem, ...]

    @property
    def key(self) -> str:
        """The normalised name."""
        return pypi_name(self.component.name)


class Used(msgspec.Struct, frozen=True):
    """What a distribution uses of its folder."""

    refs: tuple[Ref, ...]
    whole: bool
    """Was all found that it needs?"""


class Graph(msgspec.Struct, frozen=True):
    """The edges inside one folder."""

    uses: dict[str, Used]
    """By the path of METADATA or PKG-INFO."""
    used: frozenset[Ref]
    """What another distribution uses."""


class Site:
    """The distributions in one folder of one tree."""

    def __init__(self, tree: FileTree, folder: str) -> None:
        self._tree = tree
        self.folder = folder
        self._faults: dict[str, FirmbomError] = {}
        self._installed: dict[str, list[str]] | None = None
        self._owners: dict[str, Ref] | None = None
        self.dists: dict[str, Dist] = {}
        """By the path of METADATA or PKG-INFO."""
        carrier = self._carrier()
        for path in _info_paths(tree, folder):
            file = tree.get(path)
            try:
                if file:
                    self.dists[path] = _dist(file, carrier)
            except FirmbomError as error:
                self._faults[path] = error
        self.by_key: dict[str, list[Dist]] = {}
        for dist in self.dists.values():
            self.by_key.setdefault(dist.key, []).append(dist)
        self._graphs: dict[Target, Graph] = {}
        self._asked = {
            (need.key, extra) for dist in self.dists.values() for need in dist.needs for extra in need.extras
        }

    def dist(self, file: File) -> Dist:
        """The distribution that a file describes.

        Raises:
            FirmbomError: it cannot be read.
        """
        if file.path in self._faults:
            raise self._faults[file.path]
        if file.path not in self.dists:
            raise InputError("not beside the distributions of its folder", path=file.location_path)
        return self.dists[file.path]

    def owner_of(self, path: str) -> Ref:
        """Who installed the file at the path; ROOT: nobody that is known."""
        if self._owners is None:
            quiet = Report("")
            self._owners = {
                owned: dist.component.ref for dist in self.dists.values() for owned in self.files_of(dist, quiet)
            }
        return self._owners.get(path, ROOT)

    def files_of(self, dist: Dist, report: Report) -> Iterable[str]:
        """The paths of the files that a distribution installed; see :mod:`firmbom_pip.record`."""
        listed = record.paths(dist.info, report)
        return self._of_packages().get(dist.info.path, ()) if listed is None else listed

    def _of_packages(self) -> dict[str, list[str]]:
        """The files of the distributions that have no list of them, by the path of METADATA or PKG-INFO."""
        if self._installed is None:
            self._installed = {}
            brought = {
                path: record.brought(one.info, one.key) for path, one in self.dists.items() if _is_installed(one.info)
            }
            for folder in (self.folder, *self._of_versions()):
                for owner, path in record.of_packages(self._tree, folder, brought):
                    self._installed.setdefault(owner, []).append(path)
        return self._installed

    def _of_versions(self) -> Iterator[str]:
        """Debian's folders for one version of Python each, where packages have parts whose metadata is in this one.

        Source: Debian Python Policy, "Module Path".
        """
        lib = self.folder.removesuffix(_DEBIAN)
        for name in self._tree.list(lib) if lib != self.folder else ():
            folder = f"{lib}/{name}/dist-packages"
            if _OF_VERSION.fullmatch(name) and not any(_info_paths(self._tree, folder)):
                yield folder

    def _carrier(self) -> Ref:
        """For distributions inside a package (``setuptools/_vendor``): the package that carries them, else ROOT."""
        parts = self.folder.split("/")
        outer = next((index for index, part in enumerate(parts[:-1]) if part in _SITES), None)
        if outer is None:
            return ROOT
        site = site_of(self._tree, "/".join(parts[: outer + 1]))
        owners = (site.owner_of(path) for path in _info_paths(self._tree, self.folder))
        return next((owner for owner in owners if owner), ROOT)

    def graph(self, target: Target) -> Graph:
        """The edges that hold for a target."""
        if target not in self._graphs:
            conditions = Conditions(target)
            uses = {path: self._used(dist, conditions) for path, dist in self.dists.items()}
            used = frozenset(ref for one in uses.values() for ref in one.refs)
            self._graphs[target] = Graph(uses, used)
        return self._graphs[target]

    def _used(self, dist: Dist, conditions: Conditions) -> Used:
        found: dict[str, Dist] = {}
        whole = True
        for need in dist.needs:
            plain = _holds(conditions, need, frozenset())
            extra = plain is False and any(
                _holds(conditions, need, frozenset({pypi_name(name)})) is not False
                for name in dist.extras
                if self._is_used(dist, name, conditions)
            )
            if plain is False and not extra:
                continue
            there = self.by_key.get(need.key, [])
            whole = whole and (bool(there) or plain is not True)
            found.update((one.info.path, one) for one in there if one is not dist)
        return Used(tuple(one.component.ref for one in found.values()), whole)

    def _is_used(self, dist: Dist, extra: str, conditions: Conditions) -> bool:
        """Does something ask for the extra, or is all that it asks for there? Development extras are never assumed."""
        if (dist.key, pypi_name(extra)) in self._asked:
            return True
        chosen = frozenset({pypi_name(extra)})
        own = [
            need
            for need in dist.needs
            if _holds(conditions, need, frozenset()) is False and _holds(conditions, need, chosen) is not False
        ]
        return bool(own) and not is_development(extra) and all(need.key in self.by_key for need in own)


_SITES_READ: WeakKeyDictionary[FileTree, dict[str, Site]] = WeakKeyDictionary()


def site_of(tree: FileTree, folder: str) -> Site:
    """The distributions of a folder, read once a tree."""
    sites = _SITES_READ.setdefault(tree, {})
    if folder not in sites:
        sites[folder] = Site(tree, folder)
    return sites[folder]


def site_folder(info_path: str) -> str:
    """The folder that holds the distribution which METADATA, PKG-INFO or an egg-info file describes."""
    folder, name = posixpath.split(info_path)
    if name.endswith(".egg-info"):
        return folder
    above, holder = posixpath.split(folder)
    return posixpath.dirname(above) if holder == "EGG-INFO" else above


def read(file: File, context: Context) -> Iterator[Fact]:
    """The distribution that one file describes, its edges to those beside it, and the files it installed."""
    folder = site_folder(file.path)
    site = site_of(file.tree, folder)
    dist = site.dist(file)
    report = Report(file.location_path)
    yield from dist.problems
    yield dist.component
    ref = dist.component.ref
    graph = site.graph(_target(folder, context.target))
    used = graph.uses[file.path]
    yield from (Edge(ref, other) for other in used.refs if other != ref)
    if not dist.component.within:
        if dist.requested or ref not in graph.used:
            yield Edge(ROOT, ref)
        yield from (Ownership(ref, file.tree.place(path)) for path in site.files_of(dist, report))
    yield from report.problems()
    yield Coverage(file.location_path, dependencies="complete" if used.whole else "incomplete")


def _holds(conditions: Conditions, need: Need, extras: frozenset[str]) -> bool | None:
    try:
        return conditions.holds(need.marker, Chosen(extras=extras))
    except ValueError:
        return None


def _target(folder: str, target: Target | None) -> Target:
    """The target; where it does not tell Python's version, the path does: ``lib/python3.11/site-packages``."""
    python = _PYTHON.search(folder)
    known = target or Target()
    return msgspec.structs.replace(known, python=python[1]) if python and not known.python else known


def _info_paths(tree: FileTree, folder: str) -> Iterator[str]:
    for name in tree.list(folder):
        here = posixpath.join(folder, name)
        if name.endswith(".dist-info"):
            yield posixpath.join(here, "METADATA")
        elif name.endswith(".egg-info"):
            inside = posixpath.join(here, "PKG-INFO")
            yield inside if tree.get(inside) else here
        elif name.endswith(".egg"):
            yield posixpath.join(here, "EGG-INFO", "PKG-INFO")


def _dist(file: File, carrier: Ref) -> Dist:
    report = Report(file.location_path)
    stated = metadata.read(file.read(), report)
    name, version, confidence = _identity(file, stated, report)
    origin = direct_url.read(file, report)
    installer = file.sibling("INSTALLER") if file.name != "PKG-INFO" else None
    said = [Property(INSTALLER, _first_line(installer))] if installer and installer.size < 200 else []
    kind, basis = _standing(file)
    component = Component(
        purl=package_purl(name, version, origin),
        name=name,
        version=version,
        type=kind,
        within=carrier,
        claims=(file.claim(Basis.EMBEDDED if carrier else basis, symbol="Name, Version", confidence=confidence),),
        author=stated.author,
        description=stated.summary,
        licences=stated.licences,
        references=(*origin.references, *stated.references),
        properties=tuple(sorted({*origin.properties, *said})),
    )
    return Dist(
        info=file,
        component=component,
        needs=stated.needs,
        extras=stated.extras,
        requested=file.name == "METADATA" and file.sibling("REQUESTED") is not None,
        problems=tuple(report.problems()),
    )


def _identity(file: File, stated: metadata.Metadata, report: Report) -> tuple[str, str, float]:
    """Name and version as the headers say, else as the folder is called, with half the confidence."""
    if is_name(stated.name) and is_version(stated.version):
        return stated.name, stated.version, 1.0
    path = file.path if file.name.endswith(".egg-info") else posixpath.dirname(file.path)
    called = posixpath.basename(posixpath.dirname(path) if path.endswith("EGG-INFO") else path)
    match = _DIRECTORY_NAME.match(called.rpartition(".")[0])
    name = stated.name if is_name(stated.name) else match["name"] if match else ""
    version = stated.version if is_version(stated.version) else match["version"] if match else ""
    if not name:
        raise InputError("no Name, and the folder does not tell it", path=file.location_path)
    missing = "Name" if not is_name(stated.name) else "Version"
    report.say("warning", f"no usable {missing}; taken from the name of the folder", missing)
    return name, version if is_version(version) else "", 0.5


def _standing(file: File) -> tuple[ComponentType, Basis]:
    """Installed by an installer, or the metadata that setuptools leaves beside a project's own source."""
    return ("library", Basis.PACKAGE_DATABASE) if _is_installed(file) else ("application", Basis.EMBEDDED)


def _is_installed(file: File) -> bool:
    if file.name == "METADATA" or any(part in _SITES for part in file.path.split("/")):
        return True
    return not (file.name == "PKG-INFO" and file.sibling("SOURCES.txt") and not file.sibling("installed-files.txt"))


def _first_line(file: File) -> str:
    return clean(file.read().decode("utf-8", "replace").strip().split("\n", 1)[0])
