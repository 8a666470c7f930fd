"""opkg's database: ``status``, and what ``info/`` holds of each package (opkg(1); OpenWrt, Yocto, Entware).

No purl type is registered for opkg, so the purls are generic ones with ``arch`` and ``distro``; the property
``firmbom:package-manager`` says what installed them.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from firmbom.errors import printable
from firmbom.identity import purl
from firmbom.model import Fact, Location, Property, Purl
from firmbom.tree.base import File
from firmbom_packages import openembedded
from firmbom_packages.compare import deb_satisfies
from firmbom_packages.control import is_present, is_whole
from firmbom_packages.database import Database
from firmbom_packages.licences import stated
from firmbom_packages.listed import entries
from firmbom_packages.package import Package
from firmbom_packages.party import party
from firmbom_packages.relations import provides, relations
from firmbom_packages.root import Root, Visit
from firmbom_packages.stanza import Stanza, stanzas, text_of

FOLDERS = ("opt/lib/opkg", "usr/lib/opkg", "var/lib/opkg", "lib/opkg")
"""Where the database lies in a root; its own paths count from that root even below ``/opt``."""

MANAGER = Property("firmbom:package-manager", "opkg")

_PATH_END = re.compile(r"\t.*")


def collect_status(file: File, visit: Visit) -> Iterator[Fact]:
    """Read ``status``."""
    reader = _Reader(file, visit)
    data = file.read()
    reader.database.take(file)
    if not is_whole(data, reader.report):
        reader.report.uncertain.add("components")
    for stanza in stanzas(text_of(data, reader.report), reader.report):
        if is_present(stanza, reader.report, file.location_path):
            reader.add(stanza, file)
    yield from reader.facts()


def collect_folder(file: File, visit: Visit) -> Iterator[Fact]:
    """Read ``info/*.control`` where an image keeps no status, when the first of the files is offered."""
    folder = posixpath.dirname(file.path)
    if not visit.first(folder) or file.sibling("../status"):
        return
    reader = _Reader(file, visit)
    for name in file.tree.list(folder):
        member = file.tree.get(f"{folder}/{name}") if name.endswith(".control") else None
        if member:
            reader.database.take(member)
            path = member.location_path
            for stanza in stanzas(text_of(member.read(), reader.report, path), reader.report, path):
                if is_present(stanza, reader.report, path, needs_status=False):
                    reader.add(stanza, member)
    yield from reader.facts()


class _Reader:
    """One opkg database while it is read."""

    def __init__(self, file: File, visit: Visit) -> None:
        self.root = Root.around(
            file, [f"{folder}/{rest}" for folder in FOLDERS for rest in ("status", f"info/{file.name}")], visit
        )
        self.database = Database(file, self.root)
        self.report = self.database.report
        folder = posixpath.dirname(file.path)
        self._info = folder if file.name.endswith(".control") else f"{folder}/info"
        self._known = frozenset(file.tree.list(self._info))
        self._unlisted = 0

    def add(self, stanza: Stanza, file: File) -> None:
        """Add a package; what ``status`` leaves out stands in the package's own control file."""
        name = stanza.get("package")
        control = self._control(name, file)
        version, architecture = printable(stanza.get("version")), printable(stanza.get("architecture"))
        if not version:
            self.report.say("warning", "no version", detail=name, line=stanza.line, path=file.location_path)

        def said(field: str) -> str:
            return stanza.get(field) or control.get(field)

        def unread(part: str) -> None:
            detail = f"{name}: {part}"
            self.report.say(
                "warning", "not a relation; ignored", detail=detail, line=stanza.line, path=file.location_path
            )

        cpe = printable(said("cpe-id"))
        self.database.add(
            Package(
                purl=self._purl(name, version, architecture),
                name=name,
                version=version,
                architecture=architecture,
                location=Location(file.location_path, line=stanza.line),
                description=printable(said("description").strip().partition("\n")[0]),
                homepage=printable(said("homepage") or said("url")),
                supplier=party(said("maintainer")),
                licences=stated(said("license")),
                cpes=(cpe,) if cpe.startswith("cpe:") else (),
                upstream=openembedded.recipe(stanza, control),
                properties=(MANAGER,),
                provides=provides(said("provides"), unread),
                requires=relations(said("pre-depends"), unread) + relations(said("depends"), unread),
                paths=self._paths(name),
            )
        )

    def facts(self) -> Iterator[Fact]:
        """All that the database states."""
        if self._unlisted:
            self.report.say("note", f"packages without a list, so that their files are not known: {self._unlisted}")
        yield from self.database.facts(deb_satisfies)

    def _purl(self, name: str, version: str, architecture: str) -> Purl:
        return purl("generic", name, version, qualifiers={"arch": architecture, "distro": self.root.os.distro})

    def _control(self, name: str, file: File) -> Stanza:
        known = f"{name}.control"
        found = None
        if known in self._known and file.name != known:
            found = self.root.read_at(f"{self._info}/{known}", self.report)
        if found is None:
            return Stanza(0, {})
        path = found[0].location_path
        return next(stanzas(text_of(found[1], self.report, path), self.report, path), Stanza(0, {}))

    def _paths(self, name: str) -> list[str]:
        """What ``info/<name>.list`` lists: a path a line, newer versions add mode and link target after tabs."""
        if f"{name}.list" not in self._known:
            self._unlisted += 1
            return []
        found = self.root.read_at(f"{self._info}/{name}.list", self.report)
        if found is None:
            return []
        good, unfit = entries(_PATH_END.sub("", found[1].decode("utf-8", "surrogateescape")))
        for line in unfit:
            path = found[0].location_path
            self.report.say("warning", "not a path in the root; ignored", detail=line[:80], path=path)
        return good
