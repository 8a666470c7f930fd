"""``Pipfile.lock`` (pipfile-spec 6): one table a category, no edges; a ``Pipfile`` beside it tells what is direct."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

import msgspec

from firmbom import parse
from firmbom.errors import FirmbomError
from firmbom.identity import pypi_name
from firmbom.model import Fact, Property
from firmbom.plugin import Context
from firmbom.tree.base import File
from firmbom_pip import files, requirement, source
from firmbom_pip.groups import is_development
from firmbom_pip.lockfile import Lock
from firmbom_pip.package import Package, Root, package_purl
from firmbom_pip.reach import Level
from firmbom_pip.report import Report, at
from firmbom_pip.requirement import Need, is_name, is_version
from firmbom_pip.source import Source
from firmbom_pip.versions import check_version

CATEGORY = "cdx:pipenv:category"
NEWEST = (6,)
_META = "_meta"
_LEVELS = {"default": Level.MAIN, "develop": Level.DEVELOPMENT}
_TOOLS = ("git", "hg", "svn", "bzr")
_NO_CATEGORY = frozenset({"source", "requires", "scripts", "pipenv"})
"""Tables of a Pipfile that list no packages."""


def read(file: File, context: Context) -> Iterable[Fact]:
    """Everything a ``Pipfile.lock`` states."""
    lock = Lock(file, context, CATEGORY)
    table = parse.json(file.read(), path=file.location_path, on_duplicate=partial(_twice, lock.report))
    if not isinstance(table, dict):
        lock.report.say("error", "an object expected")
        return lock.facts()
    meta = lock.report.table(table, _META, "")
    check_version(lock.report, meta.get("pipfile-spec", NEWEST[0]), NEWEST, "_meta.pipfile-spec")
    requires = lock.report.table(meta, "requires", _META)
    stated = (lock.report.text(requires, key, "_meta.requires") for key in ("python_full_version", "python_version"))
    lock.requires_python = next(filter(None, stated), "")
    lock.has_edges = False
    reader = _Reader(lock.report, meta)
    lock.packages += _joined(reader.packages(table))
    lock.roots = _direct(lock)
    return lock.facts()


def _twice(report: Report, key: str) -> None:
    report.say("error", f"key {key[:80]!r} stands twice in one object; the first was not read")


def _joined(found: Iterable[Package]) -> list[Package]:
    """One package where several categories lock the same: needed where any of them needs it."""
    packages: dict[str, Package] = {}
    for package in found:
        known = packages.get(package.purl)
        packages[package.purl] = _either(known, package) if known else package
    return list(packages.values())


def _either(one: Package, other: Package) -> Package:
    both = {*(one.conditions or ()), *(other.conditions or ())}
    return msgspec.structs.replace(
        min(one, other, key=lambda package: package.level or Level.MAIN),
        properties=(*one.properties, *other.properties),
        conditions=tuple(sorted(both)) if one.conditions and other.conditions else (),
    )


def _direct(lock: Lock) -> list[Root] | None:
    """The packages that the ``Pipfile`` names; None without one."""
    beside = lock.file.sibling("Pipfile")
    if beside is None:
        return None
    try:
        table = parse.toml(beside.read(), path=beside.location_path)
    except FirmbomError as error:
        lock.report.say("warning", f"direct dependencies are not known: {error}")
        return None
    categories = [value for name, value in table.items() if isinstance(value, dict) and name not in _NO_CATEGORY]
    names = {pypi_name(name) for category in categories for name in category}
    return [Root(Need(name)) for name in sorted(names)]


class _Reader:
    def __init__(self, report: Report, meta: Mapping[str, Any]) -> None:
        self._report = report
        self._indexes: dict[str, str] = {}
        for place, one in report.tables(meta, "sources", _META):
            self._indexes[report.text(one, "name", place)] = report.text(one, "url", place)

    def packages(self, table: Mapping[str, Any]) -> Iterator[Package]:
        """Every package of every category."""
        for category in table:
            if category != _META:
                packages = self._report.table(table, category, "", "error")
                for name in packages:
                    yield from self._package(category, name, packages)

    def _package(self, category: str, name: str, packages: Mapping[str, Any]) -> Iterator[Package]:
        place = at(category, name)
        entry = packages[name]
        if not isinstance(entry, dict) or not is_name(name):
            self._report.say("error", "no project's name" if isinstance(entry, dict) else "a table expected", place)
            return
        version = requirement.pinned(self._report.text(entry, "version", place))
        if version and not is_version(version):
            version = ""
        found = files.digests(self._report, self._report.strings(entry, "hashes", place), at(place, "hashes"))
        origin = self._source(entry, place)
        marker = self._report.text(entry, "markers", place)
        extras = self._report.strings(entry, "extras", place)
        yield Package(
            purl=package_purl(name, version, origin),
            name=name,
            version=version,
            place=place,
            source=origin,
            files=() if origin.references else files.by_digest_only(name, version, found, origin),
            conditions=(marker,) if marker else (),
            level=self._level(category),
            properties=(
                Property(CATEGORY, category),
                *(Property(source.EXTRA, pypi_name(extra)) for extra in extras if extra),
            ),
        )

    @staticmethod
    def _level(category: str) -> Level:
        return _LEVELS.get(category, Level.DEVELOPMENT if is_development(category) else Level.EXTRA)

    def _source(self, entry: Mapping[str, Any], place: str) -> Source:
        text = partial(self._report.text, entry, place=place)
        folder = text("subdirectory")
        for tool in _TOOLS:
            if tool in entry:
                url = text(tool).partition("#")[0].removeprefix(f"{tool}+")
                made = partial(source.from_repository, tool, url, text("ref"), subdirectory=folder)
                return self._report.tried(made, source.DEFAULT, at(place, tool))
        found = files.digests(self._report, self._report.strings(entry, "hashes", place), at(place, "hashes"))
        where = text("file") or text("path")
        if where and "://" in where and not where.startswith("file:"):
            return self._report.tried(partial(source.from_archive, where, found), source.DEFAULT, place)
        if where:
            editable = self._report.flag(entry, "editable", place)
            return source.from_path(where, found, editable=editable, archive="path" not in entry)
        index = self._indexes.get(text("index"), "")
        if not index and len(self._indexes) == 1:
            index = next(iter(self._indexes.values()))
        return self._report.tried(partial(source.from_index, index), source.DEFAULT, place) if index else source.DEFAULT
