"""``poetry.lock``, lock versions 1.0 to 2.1, as Poetry's own reader (``poetry.packages.locker``) understands them.

1.x: ``category``, files in ``[metadata.files]`` or ``[metadata.hashes]``. 2.0: files in the package, neither category
nor groups. 2.1: ``groups`` and ``markers``, the latter text or a table by group. Dependencies of all versions: a range,
a table, or a list of either.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from firmbom import parse
from firmbom.identity import pypi_name
from firmbom.model import ExternalReference, Fact, Property
from firmbom.plugin import Context
from firmbom.tree.base import File
from firmbom_pip import files, project_file, source
from firmbom_pip.groups import is_development
from firmbom_pip.lockfile import Lock
from firmbom_pip.package import Package, package_purl
from firmbom_pip.reach import Level
from firmbom_pip.report import Report, at
from firmbom_pip.requirement import Need
from firmbom_pip.source import Source
from firmbom_pip.versions import check_version, identified

GROUP = "cdx:poetry:group"
NEWEST = (2, 1)
_STATED = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[([^\]]*)\])?")
"""What an extra adds: a name and perhaps its extras; Poetry's own ranges follow, which PEP 508 does not know."""
_VCS = frozenset({"git", "hg", "svn"})


def read(file: File, context: Context) -> Iterable[Fact]:
    """Everything a ``poetry.lock`` states."""
    lock = Lock(file, context, GROUP)
    table = parse.toml(file.read(), path=file.location_path)
    metadata = lock.report.table(table, "metadata", "")
    if not metadata:
        lock.report.say("error", "no [metadata], with which every such lock ends: it was cut short")
    check_version(lock.report, metadata.get("lock-version", "1.0"), NEWEST, "metadata.lock-version")
    lock.requires_python = lock.report.text(metadata, "python-versions", "metadata")
    project_file.attach(lock)
    reader = _Reader(lock.report, metadata)
    for place, entry in lock.report.tables(table, "package", "", "error"):
        package = reader.package(entry, place)
        if package:
            lock.packages.append(package)
    return lock.facts()


class _Reader:
    def __init__(self, report: Report, metadata: Mapping[str, Any]) -> None:
        self._report = report
        files = report.table(metadata, "files", "metadata")
        self._files = {pypi_name(name): value for name, value in files.items()}
        hashes = report.table(metadata, "hashes", "metadata")
        self._hashes = {pypi_name(name): value for name, value in hashes.items()}

    def package(self, entry: Mapping[str, Any], place: str) -> Package | None:
        """One ``[[package]]``; None, with an error told, when it has no usable name."""
        name, version = identified(self._report, entry, place)
        if not name:
            return None
        origin = self._source(entry, place)
        groups = self._groups(entry, place)
        dependencies = self._report.table(entry, "dependencies", place)
        stated = self._extras(entry, place)
        return Package(
            purl=package_purl(name, version, origin),
            name=name,
            version=version,
            place=place,
            source=origin,
            files=tuple(self._references(entry, name, version, place)),
            summary=self._report.text(entry, "description", place),
            needs=tuple(self._needs(dependencies, place, optional=False)),
            extras=self._extra_needs(stated, dependencies, place),
            conditions=self._conditions(entry, groups, place) if "groups" in entry else None,
            level=self._level(entry, groups, place),
            properties=tuple(Property(GROUP, group) for group in groups),
        )

    def _groups(self, entry: Mapping[str, Any], place: str) -> list[str]:
        category = self._report.text(entry, "category", place)
        return [category] if category else self._report.strings(entry, "groups", place)

    def _level(self, entry: Mapping[str, Any], groups: list[str], place: str) -> Level | None:
        """Groups decide; in 2.0, which has none, ``optional`` is all that the lock says."""
        optional = self._report.flag(entry, "optional", place)
        if "main" in groups or (not groups and optional):
            return Level.EXTRA if optional else Level.MAIN
        if not groups:
            return None
        development = not optional or any(is_development(group) for group in groups)
        return Level.DEVELOPMENT if development else Level.EXTRA

    def _conditions(self, entry: Mapping[str, Any], groups: list[str], place: str) -> tuple[str, ...]:
        markers = entry.get("markers")
        if not isinstance(markers, dict):
            marker = self._report.text(entry, "markers", place)
            return (marker,) if marker else ()
        relevant = ["main"] if "main" in groups else groups
        texts = [self._report.text(markers, group, at(place, "markers")) for group in relevant]
        return tuple(sorted(set(texts))) if all(texts) else ()

    def _source(self, entry: Mapping[str, Any], place: str) -> Source:
        table = self._report.table(entry, "source", place)
        place = at(place, "source")
        kind, url = self._report.text(table, "type", place), self._report.text(table, "url", place)
        if not url:
            return source.DEFAULT
        if kind in _VCS:
            resolved, asked = (self._report.text(table, key, place) for key in ("resolved_reference", "reference"))
            folder = self._report.text(table, "subdirectory", place)
            commit = resolved or asked
            made = partial(source.from_repository, kind, url, commit, requested=asked, subdirectory=folder)
            return self._report.tried(made, source.DEFAULT, place)
        if kind in {"directory", "file"}:
            return source.from_path(url, archive=kind == "file")
        make: Callable[[str], Source] = source.from_archive if kind == "url" else source.from_index
        return self._report.tried(partial(make, url), source.DEFAULT, place)

    def _references(self, entry: Mapping[str, Any], name: str, version: str, place: str) -> Iterator[ExternalReference]:
        key = pypi_name(name)
        if "files" in entry or key not in self._files:
            yield from files.listed(self._report, entry, "files", place)
        else:
            yield from files.listed(self._report, self._files, key, "metadata.files")
        bare = [f"sha256:{text}" for text in self._report.strings(self._hashes, key, "metadata.hashes")]
        digests = files.digests(self._report, bare, "metadata.hashes")
        yield from files.by_digest_only(name, version, digests, source.DEFAULT)

    def _extras(self, entry: Mapping[str, Any], place: str) -> dict[str, list[Need]]:
        table = self._report.table(entry, "extras", place)
        place = at(place, "extras")
        found: dict[str, list[Need]] = {}
        for extra in table:
            texts = self._report.strings(table, extra, place)
            stated = [_STATED.match(text) for text in texts]
            found[pypi_name(extra)] = [
                Need(
                    pypi_name(one[1]),
                    tuple(sorted(pypi_name(asked.strip()) for asked in (one[2] or "").split(",") if asked)),
                )
                for one in stated
                if one
            ]
        return found

    def _extra_needs(
        self, stated: Mapping[str, list[Need]], dependencies: Mapping[str, Any], place: str
    ) -> dict[str, tuple[Need, ...]]:
        """What each extra adds; its markers stand in the table of dependencies, under the same name."""
        optional: dict[str, list[Need]] = {}
        if stated:
            for need in self._needs(dependencies, place, optional=True):
                optional.setdefault(need.key, []).append(need)
        return {
            extra: tuple(other for need in needs for other in optional.get(need.key, [need]))
            for extra, needs in stated.items()
        }

    def _needs(self, dependencies: Mapping[str, Any], place: str, *, optional: bool) -> Iterator[Need]:
        place = at(place, "dependencies")
        for name, stated in dependencies.items():
            for table in stated if isinstance(stated, list) else [stated]:
                facts = {"version": table} if isinstance(table, str) else table
                if not isinstance(facts, dict):
                    self._report.say("warning", "text or a table expected", at(place, name))
                elif self._report.flag(facts, "optional", at(place, name)) == optional:
                    yield self._need(name, facts, at(place, name))

    def _need(self, name: str, facts: Mapping[str, Any], place: str) -> Need:
        extras = tuple(sorted(map(pypi_name, self._report.strings(facts, "extras", place))))
        version = self._report.text(facts, "version", place)
        specifier = version if version[:1] in set("<>=!~") and "|" not in version else ""
        return Need(pypi_name(name), extras, specifier, self._report.text(facts, "markers", place), "", name)
