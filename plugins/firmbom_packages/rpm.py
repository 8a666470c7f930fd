"""rpm's databases in their three forms: packages from headers, whichever way they are stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from firmbom.errors import FirmbomError, InputError, printable
from firmbom.identity import purl
from firmbom.model import Fact, Location, Party, Problem, Purl
from firmbom.tree.base import File
from firmbom_packages import rpm_bdb, rpm_ndb, rpm_sqlite
from firmbom_packages import rpm_header as tag
from firmbom_packages.compare import rpm_satisfies
from firmbom_packages.control import NAME
from firmbom_packages.database import Database
from firmbom_packages.licences import stated
from firmbom_packages.listed import entries
from firmbom_packages.package import Need, Package, Provide
from firmbom_packages.party import party
from firmbom_packages.root import Root, Visit, read
from firmbom_packages.rpm_header import Header
from firmbom_packages.rpm_record import Read, Record
from firmbom_packages.rpm_rich import RELATIONS, requirements

FOLDERS = ("usr/lib/sysimage/rpm", "usr/share/rpm", "var/lib/rpm")
NAMES = ("rpmdb.sqlite", "Packages.db", "Packages")

KEY = "gpg-pubkey"
"""The name under which rpm keeps the public keys it trusts."""

_VENDORS: Mapping[str, str] = {"rhel": "redhat"}
"""Purl namespaces that are not os-release's ``ID``."""

_LESS, _GREATER, _EQUAL = 1 << 1, 1 << 2, 1 << 3
_MISSING_OK, _RPMLIB = 1 << 19, 1 << 24
"""Flags of a requirement (rpm's rpmds.h): the comparison; may be unmet; on rpm's own features."""

_RELATIONS = {
    _LESS: RELATIONS["<"],
    _LESS | _EQUAL: RELATIONS["<="],
    _EQUAL: RELATIONS["="],
    _GREATER | _EQUAL: RELATIONS[">="],
    _GREATER: RELATIONS[">"],
}


def collect(file: File, visit: Visit) -> Iterator[Fact]:
    """Read one database, unless a newer form of it stands beside: rpm leaves the old one lying when it is converted."""
    newer = next((name for name in NAMES[: NAMES.index(file.name)] if file.sibling(name)), None)
    if newer:
        message = f"not read, because rpm uses {newer} beside it"
        yield Problem("warning", message, file.location_path)
        return
    reader = _Reader(file, visit)
    reader.read()
    yield from reader.facts()


def _form(data: bytes) -> Read:
    if data.startswith(rpm_sqlite.MAGIC):
        return rpm_sqlite.records
    if data.startswith(rpm_ndb.MAGIC):
        return rpm_ndb.records
    if data[rpm_bdb.MAGIC_OFFSET : rpm_bdb.MAGIC_OFFSET + 4] in rpm_bdb.MAGICS:
        return rpm_bdb.records
    raise InputError("is none of rpm's databases (SQLite, ndb, Berkeley DB hash)")


class _Reader:
    """One rpm database while it is read."""

    def __init__(self, file: File, visit: Visit) -> None:
        self._file = file
        places = [f"{folder}/{name}" for folder in FOLDERS for name in NAMES]
        self._database = Database(file, Root.around(file, places, visit), several_versions=True)
        self._report, self._os = self._database.report, self._database.root.os
        self._vendor = _VENDORS.get(self._os.id, self._os.id)
        self._keys = 0
        self._rich: list[tuple[Package, str]] = []
        if not self._vendor:
            self._report.say("note", "os-release does not name the distribution; purls are without a vendor")

    def read(self) -> None:
        """Add every package that can be read."""
        data = self._file.read()
        self._database.take(self._file)
        log = self._file.sibling(f"{self._file.name}-wal")
        found = read(log, self._report) if log else None
        if found:
            data = rpm_sqlite.with_log(data, found[1])
        try:
            for record in _form(data)(data, lambda message: self._report.say("error", message)):
                self._add(record)
        except FirmbomError as error:
            self._report.say("error", error.within(""))

    def facts(self) -> Iterator[Fact]:
        """All that the database states."""
        if self._keys:
            self._report.say(
                "note", f"public keys that rpm trusts, left out because they are no packages: {self._keys}"
            )
        there = self._database.names()
        for package, text in self._rich:
            try:
                package.requires = [*package.requires, *requirements(text, there.__contains__)]
            except ValueError as error:
                self._report.say("warning", f"boolean dependency {error}; ignored", detail=f"{package.name}: {text}")
        yield from self._database.facts(rpm_satisfies)

    def _add(self, record: Record) -> None:
        try:
            header = Header(record.blob)
            name = header.text(tag.NAME)
            if name == KEY:
                self._keys += 1
            elif NAME.match(name):
                self._database.add(self._package(name, header, record))
            else:
                raise ValueError("names no package" if not name else f"name {name[:80]!r}")
        except ValueError as error:
            self._report.say("error", "header cannot be read", detail=f"number {record.number}: {error}")

    def _package(self, name: str, header: Header, record: Record) -> Package:
        number = header.numbers(tag.EPOCH)
        epoch = str(number[0]) if number else ""
        released = "-".join(printable(one) for one in (header.text(tag.VERSION), header.text(tag.RELEASE)) if one)
        if not released:
            self._report.say("warning", "no version", detail=name)
        architecture, source = printable(header.text(tag.ARCH)), printable(header.text(tag.SOURCE_RPM))
        distro = self._os.distro
        qualifiers = {"arch": architecture, "distro": distro, "epoch": epoch, "upstream": source}
        needs, rich = _requires(header)
        package = Package(
            purl=purl("rpm", name, released, namespace=self._vendor, qualifiers=qualifiers),
            name=name,
            version=f"{epoch}:{released}" if epoch else released,
            architecture=architecture,
            location=Location(self._file.location_path, offset=record.offset, symbol=f"header {record.number}"),
            description=printable(header.text(tag.SUMMARY)),
            homepage=printable(header.text(tag.URL)),
            supplier=_supplier(header),
            licences=stated(header.text(tag.LICENSE)),
            upstream=self._upstream(source),
            provides=_provides(header),
            requires=needs,
            paths=self._paths(name, header),
        )
        self._rich.extend((package, text) for text in rich)
        return package

    def _upstream(self, source: str) -> tuple[Purl, ...]:
        """The source package, and the project's release that it packages, from ``name-version-release.src.rpm``."""
        parts = source.removesuffix(".rpm").rpartition(".")[0].rsplit("-", 2)
        if len(parts) != 3 or not NAME.match(parts[0]):
            return ()
        name, version, release = parts
        qualifiers = {"arch": "src", "distro": self._os.distro}
        packaged = purl("rpm", name, f"{version}-{release}", namespace=self._vendor, qualifiers=qualifiers)
        return (packaged, purl("generic", name, version))

    def _paths(self, name: str, header: Header) -> list[str]:
        """What the package installed; version 3 kept whole paths, version 4 keeps folders apart."""
        bases, folders = header.raw(tag.BASE_NAMES), header.raw(tag.DIR_NAMES)
        indexes = header.numbers(tag.DIR_INDEXES)
        if len(indexes) != len(bases) or any(index >= len(folders) for index in indexes):
            self._report.say("warning", "file names do not fit each other; its files are not known", detail=name)
            return []
        paths = [folders[index] + base for index, base in zip(indexes, bases, strict=True)]
        text = b"\n".join(paths or header.raw(tag.OLD_FILE_NAMES)).decode("utf-8", "surrogateescape")
        good, unfit = entries(text)
        for line in unfit:
            self._report.say("warning", "not a path in the root; ignored", detail=f"{name}: {line[:80]}")
        return good


def _supplier(header: Header) -> Party:
    vendor = header.text(tag.VENDOR).strip()
    return party(vendor if vendor not in ("", "(none)") else header.text(tag.PACKAGER))


def _requires(header: Header) -> tuple[list[list[Need]], list[str]]:
    """Plain requirements, and boolean ones as they are written; without rpm's own features and what may be missing."""
    names, versions = header.texts(tag.REQUIRE_NAME), header.texts(tag.REQUIRE_VERSION)
    flags = header.numbers(tag.REQUIRE_FLAGS)
    if not len(names) == len(versions) == len(flags):
        versions, flags = [""] * len(names), (0,) * len(names)
    needs: dict[Need, None] = {}
    rich = []
    for name, version, flag in zip(names, versions, flags, strict=True):
        if flag & (_MISSING_OK | _RPMLIB) or name.startswith("rpmlib("):
            continue
        if name.startswith("("):
            rich.append(name)
        elif name:
            relation = _RELATIONS.get(flag & (_LESS | _GREATER | _EQUAL)) if version else None
            needs[Need(name, relation or "", version if relation else "")] = None
    return [[need] for need in needs], rich


def _provides(header: Header) -> list[Provide]:
    names, versions = header.texts(tag.PROVIDE_NAME), header.texts(tag.PROVIDE_VERSION)
    if len(names) != len(versions):
        versions = [""] * len(names)
    return [Provide(name, version) for name, version in zip(names, versions, strict=True)]
