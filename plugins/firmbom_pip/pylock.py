"""``pylock.toml`` and ``pylock.<name>.toml`` (PEP 751, "pylock.toml Specification" of the PyPA), lock version 1.0.

A package's marker may ask for extras and groups; what only an extra or only a group asks for is optional or excluded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from firmbom import parse
from firmbom.identity import pypi_name
from firmbom.model import Digest, ExternalReference, Fact, Property
from firmbom.plugin import Context
from firmbom.tree.base import File
from firmbom_pip import files, source
from firmbom_pip.conditions import Chosen, Conditions
from firmbom_pip.lockfile import Lock
from firmbom_pip.package import Package, package_purl
from firmbom_pip.reach import Level
from firmbom_pip.report import Report, at
from firmbom_pip.requirement import Need
from firmbom_pip.source import Source
from firmbom_pip.versions import check_version, identified

NEWEST = (1, 0)
ATTESTED_BY = "firmbom:attestation-publisher"
"""The kind of publisher that attests the files (PEP 740), such as ``GitHub``."""


def read(file: File, context: Context) -> Iterable[Fact]:
    """Everything a ``pylock.toml`` states."""
    lock = Lock(file, context)
    table = parse.toml(file.read(), path=file.location_path)
    check_version(lock.report, table.get("lock-version"), NEWEST, "lock-version")
    lock.requires_python = lock.report.text(table, "requires-python", "")
    reader = _Reader(lock.report, table)
    for place, entry in lock.report.tables(table, "packages", "", "error"):
        package = reader.package(entry, place)
        if package:
            lock.packages.append(package)
    lock.has_edges = any(package.needs for package in lock.packages)
    return lock.facts()


class _Reader:
    def __init__(self, report: Report, table: Mapping[str, Any]) -> None:
        self._report = report
        self._open = Conditions(None)
        extras = frozenset(map(pypi_name, report.strings(table, "extras", "")))
        groups = frozenset(map(pypi_name, report.strings(table, "dependency-groups", "")))
        usual = frozenset(map(pypi_name, report.strings(table, "default-groups", "")))
        self._levels = (
            (Level.MAIN, Chosen(frozenset(), usual)),
            (Level.EXTRA, Chosen(extras, usual)),
            (Level.DEVELOPMENT, Chosen(extras, groups | usual)),
        )

    def package(self, entry: Mapping[str, Any], place: str) -> Package | None:
        """One ``[[packages]]``; None, with an error told, when it has no usable name."""
        name, version = identified(self._report, entry, place, required=False)
        if not name:
            return None
        origin = self._source(entry, place)
        marker = self._report.text(entry, "marker", place)
        return Package(
            purl=package_purl(name, version, origin),
            name=name,
            version=version,
            place=place,
            type="application" if self._is_project(entry) else "library",
            source=origin,
            files=tuple(self._references(entry, place)),
            needs=tuple(self._needs(entry, place)),
            conditions=(marker,) if marker else (),
            level=self._level(marker),
            properties=tuple(self._properties(entry, place)),
        )

    def _level(self, marker: str) -> Level:
        """The first of main, extras and groups for which the marker can hold; what is malformed is told later."""
        try:
            fitting = (level for level, chosen in self._levels if self._open.holds(marker, chosen) is not False)
            return next(fitting, Level.MAIN)
        except ValueError:
            return Level.MAIN

    @staticmethod
    def _is_project(entry: Mapping[str, Any]) -> bool:
        folder = entry.get("directory")
        return isinstance(folder, dict) and folder.get("path") in {".", "./"}

    def _source(self, entry: Mapping[str, Any], place: str) -> Source:
        for kind in ("vcs", "archive", "directory"):
            table, here = self._report.table(entry, kind, place), at(place, kind)
            if table:
                return self._report.tried(partial(getattr(self, f"_from_{kind}"), table, here), source.DEFAULT, here)
        index = self._report.text(entry, "index", place)
        if not index:
            return source.DEFAULT
        return self._report.tried(partial(source.from_index, index), source.DEFAULT, at(place, "index"))

    def _from_vcs(self, table: Mapping[str, Any], place: str) -> Source:
        text = partial(self._report.text, table, place=place)
        where = text("url") or source.local_path(text("path"))
        asked, folder = text("requested-revision"), text("subdirectory")
        return source.from_repository(text("type"), where, text("commit-id"), requested=asked, subdirectory=folder)

    def _from_archive(self, table: Mapping[str, Any], place: str) -> Source:
        text, found = partial(self._report.text, table, place=place), self._digests(table, place)
        if text("url"):
            return source.from_archive(text("url"), found, subdirectory=text("subdirectory"))
        return source.from_path(text("path"), found)

    def _from_directory(self, table: Mapping[str, Any], place: str) -> Source:
        editable = self._report.flag(table, "editable", place)
        return source.from_path(self._report.text(table, "path", place), editable=editable, archive=False)

    def _references(self, entry: Mapping[str, Any], place: str) -> Iterator[ExternalReference]:
        sdist = self._report.table(entry, "sdist", place)
        listed = [(at(place, "sdist"), sdist)] if sdist else []
        for here, file in [*listed, *self._report.tables(entry, "wheels", place)]:
            yield from files.reference(self._report, file, here, self._digests(file, here))

    def _digests(self, table: Mapping[str, Any], place: str) -> tuple[Digest, ...]:
        hashes = self._report.table(table, "hashes", place)
        texts = [f"{name}:{self._report.text(hashes, name, at(place, 'hashes'))}" for name in hashes]
        return files.digests(self._report, texts, at(place, "hashes"))

    def _needs(self, entry: Mapping[str, Any], place: str) -> Iterator[Need]:
        """Edges need only name their package as far as it is ambiguous."""
        for here, stated in self._report.tables(entry, "dependencies", place):
            name = self._report.text(stated, "name", here)
            if name:
                yield Need(pypi_name(name), name=name, version=self._report.text(stated, "version", here))

    def _properties(self, entry: Mapping[str, Any], place: str) -> Iterator[Property]:
        for here, identity in self._report.tables(entry, "attestation-identities", place):
            kind = self._report.text(identity, "kind", here)
            if kind:
                yield Property(ATTESTED_BY, kind)
