"""``pdm.lock``, lock versions 2 to 4.5 (``pdm.project.lockfile``).

2 to 4.3: files in ``[metadata.files]`` under ``"<name> <version>"`` (from 4.2 on in the package), no groups. From 4.4
on every package inherits ``groups`` and ``marker``. A package with extras has an entry of its own, with ``extras``,
beside the plain one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

import msgspec

from firmbom import parse
from firmbom.identity import pypi_name
from firmbom.model import ExternalReference, Fact, Property
from firmbom.plugin import Context
from firmbom.tree.base import File
from firmbom_pip import files, project_file, requirement, source
from firmbom_pip.groups import is_development
from firmbom_pip.lockfile import Lock
from firmbom_pip.package import GROUP, Package, package_purl
from firmbom_pip.project_file import ProjectFile
from firmbom_pip.reach import Level
from firmbom_pip.report import Report, at
from firmbom_pip.requirement import Need
from firmbom_pip.source import Source
from firmbom_pip.versions import check_version, identified

NEWEST = (4, 5)
_MAIN = "default"


def read(file: File, context: Context) -> Iterable[Fact]:
    """Everything a ``pdm.lock`` states."""
    lock = Lock(file, context)
    table = parse.toml(file.read(), path=file.location_path)
    metadata = lock.report.table(table, "metadata", "")
    if not metadata:
        lock.report.say("error", "no [metadata], which every such lock has: it was cut short")
    check_version(lock.report, metadata.get("lock_version"), NEWEST, "metadata.lock_version")
    for place, target in lock.report.tables(metadata, "targets", "metadata"):
        lock.requires_python = lock.requires_python or lock.report.text(target, "requires_python", place)
    reader = _Reader(lock.report, metadata, project_file.attach(lock))
    lock.packages += _joined(reader.packages(table))
    return lock.facts()


def _joined(found: Iterable[tuple[Package, tuple[str, ...]]]) -> list[Package]:
    """One package for the plain entry and the entries with extras, which add only what the extras need."""
    packages: dict[tuple[str, str, str], Package] = {}
    for package, extras in found:
        key = (package.purl, package.source.references[0].url if package.source.references else "", package.name)
        known = packages.get(key)
        if extras:
            added = dict.fromkeys(extras, package.needs)
            base = known or msgspec.structs.replace(package, needs=())
            packages[key] = msgspec.structs.replace(base, extras={**base.extras, **added})
        elif known:
            packages[key] = msgspec.structs.replace(package, extras=known.extras)
        else:
            packages[key] = package
    return list(packages.values())


class _Reader:
    def __init__(self, report: Report, metadata: Mapping[str, Any], project: ProjectFile | None) -> None:
        self._report = report
        self._files = report.table(metadata, "files", "metadata")
        self._shipped = project.extras() if project else None
        """The project's extras; None: what a group is, only its name tells."""

    def packages(self, table: Mapping[str, Any]) -> Iterator[tuple[Package, tuple[str, ...]]]:
        """Each ``[[package]]`` with the extras that its entry is for."""
        for place, entry in self._report.tables(table, "package", "", "error"):
            name, version = identified(self._report, entry, place, required=False)
            if name:
                extras = tuple(map(pypi_name, self._report.strings(entry, "extras", place)))
                yield self._package(entry, place, name, version), extras

    def _package(self, entry: Mapping[str, Any], place: str, name: str, version: str) -> Package:
        origin = self._source(entry, place)
        groups = self._report.strings(entry, "groups", place) + self._report.strings(entry, "sections", place)
        marker = self._report.text(entry, "marker", place)
        return Package(
            purl=package_purl(name, version, origin),
            name=name,
            version=version,
            place=place,
            source=origin,
            files=tuple(self._references(entry, name, version, place)),
            summary=self._report.text(entry, "summary", place),
            needs=tuple(self._needs(entry, place)),
            conditions=((marker,) if marker else ()) if groups else None,
            level=self._level(groups),
            properties=tuple(Property(GROUP, group) for group in groups),
        )

    def _level(self, groups: list[str]) -> Level | None:
        if not groups:
            return None
        if _MAIN in groups:
            return Level.MAIN
        if self._shipped is None:
            development = all(is_development(group) for group in groups)
        else:
            development = self._shipped.isdisjoint(map(pypi_name, groups))
        return Level.DEVELOPMENT if development else Level.EXTRA

    def _source(self, entry: Mapping[str, Any], place: str) -> Source:
        text = partial(self._report.text, entry, place=place)
        for tool in ("git", "hg", "svn", "bzr"):
            if tool in entry:
                commit = text("revision") or text("ref")
                made = partial(
                    source.from_repository,
                    tool,
                    text(tool),
                    commit,
                    requested=text("ref"),
                    subdirectory=text("subdirectory"),
                )
                return self._report.tried(made, source.DEFAULT, at(place, tool))
        url, path = text("url"), text("path")
        if url:
            made = partial(source.from_archive, url, subdirectory=text("subdirectory"))
            return self._report.tried(made, source.DEFAULT, at(place, "url"))
        if path:
            editable = self._report.flag(entry, "editable", place)
            archive = path.endswith((".whl", ".zip", ".gz", ".bz2", ".xz"))
            return source.from_path(path, editable=editable, archive=archive)
        return source.DEFAULT

    def _references(self, entry: Mapping[str, Any], name: str, version: str, place: str) -> Iterator[ExternalReference]:
        yield from files.listed(self._report, entry, "files", place)
        key = f"{name} {version}"
        if "files" not in entry and key in self._files:
            yield from files.listed(self._report, self._files, key, "metadata.files")

    def _needs(self, entry: Mapping[str, Any], place: str) -> Iterator[Need]:
        stated = entry.get("dependencies")
        if isinstance(stated, dict):  # the oldest locks: name = "range"
            texts = [f"{name}{_range(value)}" for name, value in stated.items()]
        else:
            texts = self._report.strings(entry, "dependencies", place)
        for index, text in enumerate(texts):
            need = self._report.tried(partial(requirement.parse, text), None, f"{place}.dependencies[{index}]")
            if need:
                yield need


def _range(value: object) -> str:
    return value if isinstance(value, str) and value[:1] in set("<>=!~") else ""
