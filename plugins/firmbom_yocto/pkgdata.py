"""pkgdata: what BitBake keeps of every package it made, ``pkgdata/<machine>/`` (oe-core, ``package.bbclass``).

``runtime/<key>`` holds ``VARIABLE: value`` or ``VARIABLE:<key>: value`` a line, values escaped as Python's
``unicode_escape`` does; ``runtime-reverse/<installed name>`` links to it. The second form counts where both stand.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from functools import cached_property

import msgspec

from firmbom.model import Location
from firmbom.problems import Report
from firmbom.tree.base import File, FileTree
from firmbom_yocto.licences import expression
from firmbom_yocto.reading import named, prose, versioned
from firmbom_yocto.said import Files, Package, Recipe, Said, Stored

_SINGLE = frozenset(
    {"PN", "PE", "PV", "PKGE", "PKGV", "PKGR", "LICENSE", "SUMMARY", "DESCRIPTION", "SECTION", "HOMEPAGE"}
)
_OF_PACKAGE = frozenset({"PKG", "RDEPENDS", "RRECOMMENDS", "RPROVIDES", "FILES_INFO"}) | _SINGLE
_NEED = re.compile(r"([^\s()]+)(?:\s*\([^)]*\))?")
_TEXT_LINK = re.compile(r"\.\./runtime/([A-Za-z0-9][A-Za-z0-9.+_~-]*)\s*\Z")

LARGEST = 64 << 20
"""Bytes of one file; the largest seen are below 10 MiB."""


class PkgData:
    """The pkgdata of one machine."""

    def __init__(self, tree: FileTree, folder: str, report: Report) -> None:
        """Args: ``folder`` is the machine's, from the tree's root."""
        self._tree, self._report = tree, report
        self.folder = folder
        self._known: dict[str, Package | None] = {}
        """By key; None for what could not be read."""
        self.said = Said()

    @cached_property
    def keys(self) -> frozenset[str]:
        """Every package that the build made, by key."""
        names = self._tree.list(self._path("runtime"))
        return frozenset(name for name in names if not name.endswith(".packaged") and named(name))

    @cached_property
    def packaged(self) -> frozenset[str]:
        """Those of :attr:`keys` that were written as a package file; empty ones are not."""
        names = self._tree.list(self._path("runtime"))
        return frozenset(name.removesuffix(".packaged") for name in names if name.endswith(".packaged")) & self.keys

    def installed(self, name: str) -> Package | None:
        """The package that is installed as ``name``; the link in ``runtime-reverse`` decides, not the name."""
        if name in self.said.packages:
            return self.said.packages[name]
        keys = (self._reverse(name), name if name in self.keys else "")
        found = next((one for key in keys if key and (one := self.package(key)) and one.name == name), None)
        return found or self._all.get(name)

    def package(self, key: str) -> Package | None:
        """The package that its recipe calls ``key``."""
        if key not in self._known:
            self._known[key] = self._read(key)
        return self._known[key]

    @cached_property
    def _all(self) -> dict[str, Package]:
        """Every package by installed name; reading them all is the last resort."""
        found = (self.package(key) for key in sorted(self.keys))
        return {one.name: one for one in found if one}

    def _path(self, name: str) -> str:
        return posixpath.join(self.folder, name)

    def _reverse(self, name: str) -> str:
        """The key that ``runtime-reverse/<name>`` leads to; a copy of a build may hold the link's text instead."""
        file = self._tree.get(self._path(f"runtime-reverse/{name}"))
        if file is None:
            return ""
        if file.size < 512 and (found := _TEXT_LINK.match(file.head(512).decode("utf-8", "replace"))):
            return found[1]
        resolved = posixpath.basename(file.path)
        return resolved if resolved in self.keys else ""

    def _read(self, key: str) -> Package | None:
        file = self._tree.get(self._path(f"runtime/{key}"))
        if file is None:
            return None
        if file.size > LARGEST:
            self._report.say("error", f"larger than {LARGEST} bytes; not read", file.location_path)
            return None
        data = self._report.read(file)
        if data is None:
            return None
        values = parsed(data.decode("utf-8", "replace"), key)
        if not values.get("PN"):
            self._report.say("error", "names no recipe (PN), so it is no pkgdata; not read", file.location_path)
            return None
        return self._take(key, values, file)

    def _take(self, key: str, values: dict[str, str], file: File) -> Package:
        where = Location(file.location_path)
        recipe = named(values["PN"])
        package = Package(
            name=named(values.get("PKG", "")) or key,
            key=key,
            recipe=recipe,
            version=_version(values),
            licence=expression(values.get("LICENSE", "")),
            summary=prose(values.get("SUMMARY", "") or values.get("DESCRIPTION", "")),
            homepage=prose(values.get("HOMEPAGE", "")),
            section=prose(values.get("SECTION", "")),
            requires=tuple(needs(values.get("RDEPENDS", ""))),
            recommends=tuple(needs(values.get("RRECOMMENDS", ""))),
            provides=tuple(needs(values.get("RPROVIDES", ""))),
            files=self._files(values.get("FILES_INFO", ""), file),
            location=where,
        )
        self.said.packages[package.name] = package
        if recipe and recipe not in self.said.recipes:
            self.said.recipes[recipe] = Recipe(
                name=recipe,
                version=versioned(values.get("PV", "")),
                summary=package.summary,
                description=prose(values.get("DESCRIPTION", "")),
                homepage=package.homepage,
                location=where,
            )
        return package

    def _files(self, text: str, file: File) -> Files | None:
        if not text:
            return None
        try:
            found = msgspec.json.decode(text, type=dict[str, int])
        except (msgspec.DecodeError, RecursionError, UnicodeError):
            self._report.say("warning", "FILES_INFO is no JSON of sizes; its files are not known", file.location_path)
            return None
        return {path.lstrip("/"): Stored(size) for path, size in found.items()}


def parsed(text: str, key: str) -> dict[str, str]:
    """The variables that are used, each in its form for the package where it has one."""
    values: dict[str, str] = {}
    own: dict[str, str] = {}
    for line in text.split("\n"):
        head, colon, value = line.partition(": ")
        variable, _, package = head.partition(":")
        if not colon or variable not in _OF_PACKAGE or (package and package != key):
            continue
        (own if package else values)[variable] = _unescaped(value.strip())
    return values | own


def needs(text: str) -> Iterator[str]:
    """The names in a dependency list ``a (>= 1) b``, each once.

    >>> list(needs("busybox-inittab glibc (>= 2.36)"))
    ['busybox-inittab', 'glibc']
    """
    return iter(dict.fromkeys(_NEED.findall(text)))


def dependents(packages: Iterable[Package]) -> dict[str, set[str]]:
    """Every name that a package answers to, with the installed names of those that do: key, installed, provided."""
    answering: dict[str, set[str]] = {}
    for one in packages:
        for name in (one.name, one.key, *one.provides):
            if name:
                answering.setdefault(name, set()).add(one.name)
    return answering


def _version(values: dict[str, str]) -> str:
    """``[PE:]PKGV[-PKGR]``, as the package managers of deb and ipk write it."""
    epoch = values.get("PKGE") or values.get("PE") or ""
    version, release = values.get("PKGV") or values.get("PV") or "", values.get("PKGR") or values.get("PR") or ""
    if not version:
        return ""
    return versioned((f"{epoch}:" if epoch else "") + version + (f"-{release}" if release else ""))


def _unescaped(value: str) -> str:
    if "\\" not in value:
        return value
    try:
        return value.encode("latin-1", "backslashreplace").decode("unicode_escape")
    except UnicodeDecodeError:
        return value
