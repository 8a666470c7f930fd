"""``conda-lock.yml`` version 1 (conda-lock's ``lockfile.v1``): one entry a package **and platform**, conda's and pip's.

A conda package's purl carries build, channel, subdir and archive type, read from its address
``<channel>/<subdir>/<name>-<version>-<build>.<type>``.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

from firmbom import parse
from firmbom.identity import purl, pypi_name
from firmbom.model import Digest, ExternalReference, Fact, Property, Purl
from firmbom.plugin import Context, Target
from firmbom.tree.base import File
from firmbom_pip import files, source
from firmbom_pip.groups import is_development
from firmbom_pip.lockfile import Lock
from firmbom_pip.package import CONDITION, GROUP, MAIN, Package, package_purl
from firmbom_pip.reach import Level
from firmbom_pip.report import Report, at
from firmbom_pip.requirement import Need
from firmbom_pip.source import Source
from firmbom_pip.versions import check_version, identified

NEWEST = (1,)
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]*\Z")
_TOKEN = re.compile(r"/t/[^/]+(?=/)")
_ARCHIVE = re.compile(r"(?P<stem>.+)\.(?P<type>conda|tar\.bz2)\Z")
_NULL = frozenset({"", "~", "null"})
"""YAML's null, which a strict reader gives as text."""
_PLATFORMS = {"linux": "linux", "darwin": "osx", "win32": "win"}
_MACHINES = {"x86_64": "64", "amd64": "64", "AMD64": "64", "i686": "32", "i386": "32"}
"""conda's words where they differ from ``uname -m``: ``linux-64``, but ``linux-aarch64``."""


def read(file: File, context: Context) -> Iterable[Fact]:
    """Everything a ``conda-lock.yml`` states; for a target, of its platform only."""
    lock = Lock(file, context)
    documents = parse.yaml(file.read(), path=file.location_path, on_duplicate=partial(_twice, lock.report))
    table = documents[0] if documents and isinstance(documents[0], dict) else {}
    if not table:
        lock.report.say("error", "a mapping expected")
    check_version(lock.report, table.get("version", "1"), NEWEST, "version")
    metadata = lock.report.table(table, "metadata", "")
    reader = _Reader(lock.report, metadata)
    found = [(platform, one) for platform, one in reader.packages(table) if one]
    wanted = _platform(context.target)
    present = {platform for platform, _ in found}
    if wanted and wanted in present:
        left_out = sum(platform != wanted for platform, _ in found)
        if left_out:
            lock.report.say("note", f"{left_out} left out, because they are not for {wanted}")
        found = [(platform, one) for platform, one in found if platform == wanted]
    lock.packages += _joined(found, len({platform for platform, _ in found}))
    return lock.facts()


def _is_name(text: str) -> bool:
    return _NAME.match(text) is not None


def _twice(report: Report, key: str) -> None:
    report.say("error", f"key {key[:80]!r} stands twice in one mapping; the first was not read")


def _platform(target: Target | None) -> str:
    """Conda's name of the target; empty when the target does not tell system and machine."""
    if not target or not target.machine or target.platform not in _PLATFORMS:
        return ""
    machine = _MACHINES.get(target.machine, target.machine)
    return f"{_PLATFORMS[target.platform]}-{machine}"


def _joined(found: list[tuple[str, Package]], platforms: int) -> list[Package]:
    """One package for each distinct purl; one that is not on every platform of the lock is needed conditionally."""
    packages: dict[str, Package] = {}
    where: dict[str, list[str]] = {}
    for platform, package in found:
        where.setdefault(package.purl, []).append(platform)
        known = packages.get(package.purl, package)
        packages[package.purl] = msgspec.structs.replace(
            min(known, package, key=lambda one: one.level or Level.MAIN),
            aliases=tuple(dict.fromkeys((*known.aliases, *package.aliases))),
            needs=tuple(dict.fromkeys((*known.needs, *package.needs))),
            files=tuple(dict.fromkeys((*known.files, *package.files))),
        )
    return [_conditional(one, where[key]) if len(set(where[key])) < platforms else one for key, one in packages.items()]


def _conditional(package: Package, platforms: list[str]) -> Package:
    said = tuple(Property(CONDITION, f"conda platform {platform}") for platform in sorted(set(platforms)))
    level = (package.level or Level.MAIN).weakened(True)
    return msgspec.structs.replace(package, level=level, properties=package.properties + said)


class _Reader:
    def __init__(self, report: Report, metadata: Mapping[str, Any]) -> None:
        self._report = report
        stated = [
            report.text(channel, "url", place) for place, channel in report.tables(metadata, "channels", "metadata")
        ]
        self._own_channels = tuple(_TOKEN.sub("", url).rstrip("/") for url in stated if "://" in url)
        """Channels stated by address; the others are names on the default servers."""

    def packages(self, table: Mapping[str, Any]) -> Iterator[tuple[str, Package | None]]:
        """Each entry with its platform."""
        for place, entry in self._report.tables(table, "package", "", "error"):
            name, version = identified(self._report, entry, place, is_name=_is_name)
            if not name:
                continue
            platform = self._report.text(entry, "platform", place)
            make = self._pip if self._report.text(entry, "manager", place) == "pip" else self._conda
            yield platform, self._report.tried(partial(make, entry, place, name, version, platform), None, place)

    def _conda(self, entry: Mapping[str, Any], place: str, name: str, version: str, platform: str) -> Package:
        url = _TOKEN.sub("", self._report.text(entry, "url", place))
        qualifiers = self._qualifiers(url, name, version)
        origin = source.DEFAULT
        identity = purl("conda", name, version, qualifiers=qualifiers)
        return self._package(entry, place, identity, (name, version, platform), origin, self._file(entry, url, place))

    def _pip(self, entry: Mapping[str, Any], place: str, name: str, version: str, platform: str) -> Package:
        url = self._report.text(entry, "url", place)
        if "+" in urlsplit(url).scheme:
            tool, _, address = url.partition("+")
            path, _, commit = address.rpartition("@")
            origin = source.from_repository(tool, path or address, commit.partition("#")[0] if path else "")
            shown: tuple[ExternalReference, ...] = ()
        else:
            origin, shown = source.DEFAULT, self._file(entry, url, place)
        identity = package_purl(name, version, origin)
        return self._package(entry, place, identity, (name, version, platform), origin, shown)

    def _package(
        self,
        entry: Mapping[str, Any],
        place: str,
        identity: Purl,
        called: tuple[str, str, str],
        origin: Source,
        shown: tuple[ExternalReference, ...],
    ) -> Package:
        name, version, platform = called
        category = self._category(entry, place)
        return Package(
            purl=identity,
            name=name,
            version=version,
            place=place,
            source=origin,
            files=shown,
            aliases=(f"{platform}/{pypi_name(name)}",),
            needs=tuple(self._needs(entry, place, platform)),
            properties=() if category == MAIN else (Property(GROUP, category),),
            conditions=(),
            level=self._level(entry, place),
        )

    def _category(self, entry: Mapping[str, Any], place: str) -> str:
        return self._report.text(entry, "category", place) or MAIN

    def _level(self, entry: Mapping[str, Any], place: str) -> Level:
        category = self._category(entry, place)
        if category != MAIN:
            return Level.DEVELOPMENT if is_development(category) else Level.EXTRA
        return Level.EXTRA if self._report.flag(entry, "optional", place) else Level.MAIN

    def _needs(self, entry: Mapping[str, Any], place: str, platform: str) -> Iterator[Need]:
        for name in self._report.table(entry, "dependencies", place):
            if not name.startswith("__"):  # a property of the machine, such as __glibc
                yield Need(f"{platform}/{pypi_name(name)}", name=name)

    def _file(self, entry: Mapping[str, Any], url: str, place: str) -> tuple[ExternalReference, ...]:
        hashes = self._report.table(entry, "hash", place)
        stated = {name: self._report.text(hashes, name, at(place, "hash")) for name in sorted(hashes)}
        texts = [f"{name}:{value}" for name, value in stated.items() if value not in _NULL]
        found: tuple[Digest, ...] = files.digests(self._report, texts, at(place, "hash"))
        return tuple(files.reference(self._report, {"url": url}, place, found)) if url else ()

    def _qualifiers(self, url: str, name: str, version: str) -> dict[str, str]:
        folder, base = posixpath.split(unquote(urlsplit(url).path))
        archive = _ARCHIVE.match(base)
        if not archive:
            return {}
        channel, subdir = posixpath.split(folder)
        prefix = f"{name}-{version}-"
        build = archive["stem"][len(prefix) :] if archive["stem"].startswith(prefix) else ""
        said = {"build": build, "subdir": subdir, "type": archive["type"], "channel": channel.strip("/")}
        own = next((known for known in self._own_channels if url.startswith(f"{known}/")), "")
        if own:
            server, _, said["channel"] = source.public(own).rpartition("/")
            said["repository_url"] = server
        return said
