"""``uv.lock`` version 1 (``uv-resolver``'s lock module): one ``[[package]]`` a distribution, the projects among them.

A dependency names its package and, where that is ambiguous, version and source. ``source`` holds one of ``registry``,
``git``, ``url``, ``path``, ``directory``, ``editable``, ``virtual``; the last three with ``.`` mean the project itself,
and ``[manifest] members`` the other projects of a workspace.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from firmbom import parse
from firmbom.identity import pypi_name
from firmbom.model import Digest, ExternalReference, Fact, Ref
from firmbom.plugin import Context
from firmbom.tree.base import File
from firmbom_pip import files, source
from firmbom_pip.lockfile import Lock
from firmbom_pip.package import Package, Root, package_purl
from firmbom_pip.reach import Level
from firmbom_pip.report import Report, at
from firmbom_pip.requirement import Need, is_name
from firmbom_pip.source import Source
from firmbom_pip.versions import check_version, identified

NEWEST = (1,)
_SINGLE = frozenset({"url", "path"})
"""Sources that are one file, of which ``sdist`` or ``wheels`` only tells the digest."""
_FOLDERS = ("editable", "virtual", "directory")


def read(file: File, context: Context) -> Iterable[Fact]:
    """Everything a ``uv.lock`` states."""
    lock = Lock(file, context)
    table = parse.toml(file.read(), path=file.location_path)
    check_version(lock.report, table.get("version"), NEWEST, "version")
    lock.requires_python = lock.report.text(table, "requires-python", "")
    manifest = lock.report.table(table, "manifest", "")
    reader = _Reader(lock.report, frozenset(map(pypi_name, lock.report.strings(manifest, "members", "manifest"))))
    roots = list(reader.manifest_roots(manifest))
    for place, entry in lock.report.tables(table, "package", "", "error"):
        package = reader.package(entry, place)
        if package:
            lock.packages.append(package)
            if package.type == "application":
                roots += reader.project_roots(entry, place, package)
    lock.roots = roots or None
    lock.is_closed = True
    return lock.facts()


class _Reader:
    def __init__(self, report: Report, members: frozenset[str]) -> None:
        self._report, self._members = report, members

    def manifest_roots(self, manifest: Mapping[str, Any]) -> Iterator[Root]:
        """What the workspace needs without being a project (``[manifest]`` of a virtual workspace, or of a script)."""
        for need in self._needs(manifest, "requirements", "manifest"):
            yield Root(need)
        groups = self._report.table(manifest, "dependency-groups", "manifest")
        for group in groups:
            for need in self._needs(groups, group, "manifest.dependency-groups"):
                yield Root(need, Level.DEVELOPMENT, group=group)

    def project_roots(self, entry: Mapping[str, Any], place: str, project: Package) -> Iterator[Root]:
        """A project and its extras are direct dependencies of the product, its groups are for development."""
        yield Root(Need(project.keys[0], version=project.version))
        for extra in project.extras:
            yield Root(Need(project.keys[0], (extra,), version=project.version), Level.EXTRA)
        ref = Ref(project.purl)
        for need in project.needs:
            yield Root(need, source=ref)
        groups = self._report.table(entry, "dev-dependencies", place)
        for group in groups:
            for need in self._needs(groups, group, f"{place}.dev-dependencies"):
                yield Root(need, Level.DEVELOPMENT, ref, group)

    def package(self, entry: Mapping[str, Any], place: str) -> Package | None:
        """One ``[[package]]``; None, with an error told, when it has no usable name."""
        name, version = identified(self._report, entry, place, required=False)
        if not name:
            return None
        table = self._report.table(entry, "source", place)
        origin = self._source(table, at(place, "source"), self._digests(entry, place))
        is_project = self._is_project(table, pypi_name(name))
        extras = self._report.table(entry, "optional-dependencies", place)
        return Package(
            purl=package_purl(name, version, origin),
            name=name,
            version=version,
            place=place,
            type="application" if is_project else "library",
            source=source.DEFAULT if is_project else origin,
            files=() if table.keys() & _SINGLE else tuple(self._references(entry, place)),
            needs=tuple(self._needs(entry, "dependencies", place)),
            extras={
                pypi_name(extra): tuple(self._needs(extras, extra, f"{place}.optional-dependencies"))
                for extra in extras
            },
            conditions=self._forks(entry, place),
        )

    def _forks(self, entry: Mapping[str, Any], place: str) -> tuple[str, ...] | None:
        """The forks of the resolution that a package belongs to; None: to all of them, so the graph decides."""
        return tuple(self._report.strings(entry, "resolution-markers", place)) or None

    def _is_project(self, table: Mapping[str, Any], key: str) -> bool:
        folder = next((table[kind] for kind in _FOLDERS if kind in table), None)
        return folder == "." or (folder is not None and key in self._members)

    def _source(self, table: Mapping[str, Any], place: str, found: tuple[Digest, ...]) -> Source:
        kind = next((kind for kind in ("registry", "git", "url", "path", *_FOLDERS) if kind in table), "")
        where = self._report.text(table, kind, place) if kind else ""
        if not where:
            return source.DEFAULT
        if kind in {"path", *_FOLDERS}:
            return source.from_path(where, found, editable=kind == "editable", archive=kind == "path")
        folder = self._report.text(table, "subdirectory", place)
        made = {
            "registry": partial(source.from_index, where),
            "git": partial(_from_git, where),
            "url": partial(source.from_archive, where, found, subdirectory=folder),
        }
        return self._report.tried(made[kind], source.DEFAULT, at(place, kind))

    def _digests(self, entry: Mapping[str, Any], place: str) -> tuple[Digest, ...]:
        """Of a source that is one file: the digest of its only file."""
        if not self._report.table(entry, "source", place).keys() & _SINGLE:
            return ()
        texts = [self._report.text(file, "hash", here) for here, file in self._files(entry, place)]
        return files.digests(self._report, texts, place)

    def _files(self, entry: Mapping[str, Any], place: str) -> list[tuple[str, dict[str, Any]]]:
        sdist = self._report.table(entry, "sdist", place)
        listed = [(at(place, "sdist"), sdist)] if sdist else []
        return [*listed, *self._report.tables(entry, "wheels", place)]

    def _references(self, entry: Mapping[str, Any], place: str) -> Iterator[ExternalReference]:
        for here, file in self._files(entry, place):
            found = files.digests(self._report, [self._report.text(file, "hash", here)], at(here, "hash"))
            yield from files.reference(self._report, file, here, found)

    def _needs(self, table: Mapping[str, Any], key: str, place: str) -> Iterator[Need]:
        for here, stated in self._report.tables(table, key, place):
            name = self._report.text(stated, "name", here)
            if not is_name(name):
                self._report.say("warning", f"no project's name: {name[:80]!r}", at(here, "name"))
                continue
            extras = [*self._report.strings(stated, "extra", here), *self._report.strings(stated, "extras", here)]
            yield Need(
                pypi_name(name),
                tuple(sorted(map(pypi_name, extras))),
                self._report.text(stated, "specifier", here),
                self._report.text(stated, "marker", here),
                name=name,
                version=self._report.text(stated, "version", here),
            )


def _from_git(where: str) -> Source:
    """``https://host/path?tag=v1#<commit>``; the query holds what was asked for, and the folder in the repository."""
    split = urlsplit(where)
    asked = parse_qs(split.query)
    requested = next((asked[key][0] for key in ("rev", "tag", "branch") if key in asked), "")
    folder = asked.get("subdirectory", [""])[0]
    address = split._replace(query="", fragment="").geturl()
    return source.from_repository("git", address, unquote(split.fragment), requested=requested, subdirectory=folder)
