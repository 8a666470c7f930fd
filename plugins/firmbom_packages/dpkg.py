"""dpkg's database: ``status``, distroless ``status.d``, file lists, diversions, copyright files (deb(7), dpkg(1))."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from firmbom.errors import printable
from firmbom.identity import purl
from firmbom.model import Fact, Location, Purl
from firmbom.tree.base import File
from firmbom_packages import openembedded
from firmbom_packages.compare import deb_satisfies
from firmbom_packages.control import NAME, REMOVED, is_present, is_whole, state
from firmbom_packages.database import Database
from firmbom_packages.dpkg_files import InstalledFiles
from firmbom_packages.package import Package
from firmbom_packages.party import party
from firmbom_packages.relations import provides, relations
from firmbom_packages.root import Root, Visit
from firmbom_packages.stanza import Stanza, stanzas, text_of

STATUS = "var/lib/dpkg/status"
ORIGIN = "etc/dpkg/origins/default"
STATUS_FOLDER = "var/lib/dpkg/status.d"

_SOURCE = re.compile(r"(\S+)(?:\s+\(([^)\s]+)\))?")
_REPACKED = re.compile(r"(?:[+~.](?:dfsg|ds|repack|debian)\d*(?:\.\d+)*)+\Z")


def collect_status(file: File, visit: Visit) -> Iterator[Fact]:
    """Read ``var/lib/dpkg/status``."""
    reader = _Reader(file, Root.around(file, (STATUS,), visit))
    reader.read(file, needs_status=True)
    yield from reader.facts()


def collect_folder(file: File, visit: Visit) -> Iterator[Fact]:
    """Read the whole of ``var/lib/dpkg/status.d`` when the first of its files is offered."""
    folder = posixpath.dirname(file.path)
    if not visit.first(folder):
        return
    reader = _Reader(file, Root(file.tree, folder.removesuffix(STATUS_FOLDER), visit))
    for name in file.tree.list(folder):
        member = file.tree.get(f"{folder}/{name}")
        if member and not name.endswith(".md5sums"):
            reader.read(member, needs_status=False)
    yield from reader.facts()


class _Reader:
    """One dpkg database while it is read."""

    def __init__(self, file: File, root: Root) -> None:
        self._database = Database(file, root)
        self._root, self._report = root, self._database.report
        self._made_by_bitbake = False
        self._installed = InstalledFiles(root, self._report)
        self._removed = 0

    def read(self, file: File, *, needs_status: bool) -> None:
        """Add the packages of one file."""
        path = file.location_path
        data = file.read()
        self._database.take(file)
        if needs_status and not is_whole(data, self._report, path):
            self._report.uncertain.add("components")
        found = list(stanzas(text_of(data, self._report, path), self._report, path))
        self._made_by_bitbake = self._made_by_bitbake or any(map(openembedded.is_made, found))
        for stanza in found:
            self._removed += state(stanza) == REMOVED
            if is_present(stanza, self._report, path, needs_status=needs_status):
                self._add(stanza, file)

    def facts(self) -> Iterator[Fact]:
        """All that the database states."""
        if self._removed:
            self._report.say("note", f"removed packages of which only configuration files are left: {self._removed}")
        self._installed.tell()
        yield from self._database.facts(deb_satisfies)

    def _add(self, stanza: Stanza, file: File) -> None:
        path, name = file.location_path, stanza.get("package")
        version, architecture = printable(stanza.get("version")), printable(stanza.get("architecture"))
        if not version:
            self._report.say("warning", "no version", detail=name, line=stanza.line, path=path)

        def unread(part: str) -> None:
            self._report.say(
                "warning", "not a relation; ignored", detail=f"{name}: {part}", line=stanza.line, path=path
            )

        source = Source.read(printable(stanza.get("source")))
        package = Package(
            purl=self._purl(name, version, architecture, source.qualifier),
            name=name,
            version=version,
            architecture=architecture,
            location=Location(path, line=stanza.line),
            description=printable(stanza.first_line("description")),
            homepage=printable(stanza.get("homepage")),
            supplier=party(stanza.get("maintainer")),
            licences=self._installed.licences(name),
            upstream=self._upstream(stanza, source, version),
            provides=provides(stanza.get("provides"), unread),
            requires=relations(stanza.get("pre-depends"), unread) + relations(stanza.get("depends"), unread),
            paths=self._installed.paths(name, architecture, stanza, file),
        )
        self._database.add(package)

    def _purl(self, name: str, version: str, architecture: str, upstream: str) -> Purl:
        qualifiers = {"arch": architecture, "distro": self._root.os.distro, "upstream": upstream}
        return purl("deb", name, version, namespace=self._vendor, qualifiers=qualifiers)

    @cached_property
    def _vendor(self) -> str:
        """The purl's namespace: os-release's ``ID``, else who made the packages, else debian with a note."""
        if self._root.os.id or self._made_by_bitbake:
            return self._root.os.id or openembedded.VENDOR
        found = self._root.read(ORIGIN, self._report)
        for stanza in stanzas(text_of(found[1], self._report, ORIGIN), self._report, ORIGIN) if found else ():
            if NAME.match(stanza.get("vendor")):
                return stanza.get("vendor").lower()
        self._report.say("note", "neither os-release nor dpkg's origin names the distribution; taken as Debian")
        return "debian"

    def _upstream(self, stanza: Stanza, source: Source, whole: str) -> tuple[Purl, ...]:
        """The source package or recipe, and the project's release that it packages where the version tells it."""
        if openembedded.is_made(stanza):
            return openembedded.recipe(stanza)
        name, version = source.name or stanza.get("package"), source.version or whole
        qualifiers = {"arch": "source", "distro": self._root.os.distro}
        packaged = purl("deb", name, version, namespace=self._vendor, qualifiers=qualifiers)
        release = released(version)
        return (packaged, purl("generic", name, release)) if release else (packaged,)


class Source(NamedTuple):
    """The ``Source`` field: the source package, if it is not named as the package, and its version, if it differs."""

    name: str = ""
    version: str = ""

    @classmethod
    def read(cls, text: str) -> Source:
        """Read ``name`` or ``name (version)``."""
        match = _SOURCE.match(text)
        return cls(match[1], match[2] or "") if match else cls()

    @property
    def qualifier(self) -> str:
        """As the purl qualifier ``upstream``: ``bash@5.2.15-2``."""
        return f"{self.name}@{self.version}" if self.version else self.name


def released(version: str) -> str:
    """The upstream's own version: without epoch, Debian revision and repacking mark; empty for a native package.

    >>> released("1:2023.01+dfsg-2+deb12u3")
    '2023.01'
    """
    upstream, _, _ = version.partition(":")[2].rpartition("-") if ":" in version else version.rpartition("-")
    return _REPACKED.sub("", upstream.rpartition("+really")[2])
