"""pacman's database: a folder for each package with ``desc`` and ``files``, sections headed ``%NAME%`` (alpm-db)."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence

from firmbom.errors import printable
from firmbom.identity import purl
from firmbom.model import Fact, Location, Purl
from firmbom.problems import Report
from firmbom.tree.base import File
from firmbom_packages.compare import Relation, rpm_satisfies
from firmbom_packages.control import NAME
from firmbom_packages.database import Database
from firmbom_packages.licences import stated
from firmbom_packages.listed import entries
from firmbom_packages.package import Need, Package, Provide
from firmbom_packages.party import party
from firmbom_packages.root import Root, Visit, read
from firmbom_packages.stanza import text_of

FOLDER = "var/lib/pacman/local"

_HEADING = re.compile(r"%([A-Z0-9]+)%\Z")
_WORD = re.compile(r"([^<>=\s]+)(?:(<=|>=|=|<|>)(\S+))?\Z")
_RELATIONS: Mapping[str, Relation] = {"": "", "<": "<", "<=": "<=", "=": "=", ">=": ">=", ">": ">"}

Sections = Mapping[str, Sequence[str]]


def collect(file: File, visit: Visit) -> Iterator[Fact]:
    """Read the whole folder when the first ``desc`` is offered."""
    folder = posixpath.dirname(posixpath.dirname(file.path))
    if not visit.first(folder):
        return
    root = Root(file.tree, folder.removesuffix(FOLDER), visit)
    database = Database(file, root)
    vendor = root.os.id
    if not vendor:
        database.report.say("note", "os-release does not name the distribution; taken as Arch Linux")
        vendor = "arch"
    for name in file.tree.list(folder):
        member = file.tree.get(f"{folder}/{name}/desc")
        found = read(member, database.report, "error") if member else None
        if found:
            database.take(found[0])
            package = _package(*found, vendor, root.os.distro, database.report)
            if package:
                package.paths = _paths(found[0], database.report)
                database.add(package)
        elif "." not in name[:1] and not member and file.tree.list(f"{folder}/{name}"):
            database.report.say("error", "a package without desc; it was not read", detail=name)
    yield from database.facts(rpm_satisfies)


def _sections(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in text.split("\n"):
        match = _HEADING.match(line)
        if match:
            current = found.setdefault(match[1], [])
        elif line and current is not None:
            current.append(line)
        elif not line:
            current = None
    return found


def _package(file: File, data: bytes, vendor: str, distro: str, report: Report) -> Package | None:
    path = file.location_path
    sections = _sections(text_of(data, report, path))

    def one(key: str) -> str:
        return printable((sections.get(key) or [""])[0].strip())

    name, version, base = one("NAME"), one("VERSION"), one("BASE")
    if not NAME.match(name):
        report.say("error", "names no package; it was not read", detail=name[:80], path=path)
        return None
    if not version:
        report.say("warning", "no version", detail=name, path=path)
    qualifiers = {"arch": one("ARCH"), "distro": distro, "upstream": base}
    return Package(
        purl=purl("alpm", name, version, namespace=vendor, qualifiers=qualifiers),
        name=name,
        version=version,
        architecture=one("ARCH"),
        location=Location(path, symbol="NAME"),
        description=one("DESC"),
        homepage=one("URL"),
        supplier=party(one("PACKAGER")) if one("PACKAGER") != "Unknown Packager" else party(""),
        licences=tuple(licence for text in sections.get("LICENSE", ()) for licence in stated(text)),
        upstream=_upstream(base or name, version, vendor, distro),
        provides=[Provide(need.name, need.version) for need in _needs(sections.get("PROVIDES", ()))],
        requires=[[need] for need in _needs(sections.get("DEPENDS", ()))],
    )


def _needs(lines: Sequence[str]) -> Iterator[Need]:
    for line in lines:
        match = _WORD.match(line.strip())
        if match:
            yield Need(match[1], _RELATIONS[match[2] or ""], match[3] or "")


def _upstream(base: str, version: str, vendor: str, distro: str) -> tuple[Purl, ...]:
    """The source package (pkgbase), and the project's release that it packages: without epoch and ``-<pkgrel>``."""
    if not NAME.match(base):
        return ()
    packaged = purl("alpm", base, version, namespace=vendor, qualifiers={"arch": "source", "distro": distro})
    release = version.rpartition(":")[2].rpartition("-")[0]
    return (packaged, purl("generic", base, release)) if release else (packaged,)


def _paths(file: File, report: Report) -> list[str]:
    """What ``files`` lists: paths without leading slash, folders with one at their end."""
    beside = file.sibling("files")
    found = read(beside, report) if beside else None
    if found is None:
        return []
    lines = _sections(found[1].decode("utf-8", "surrogateescape")).get("FILES", [])
    good, unfit = entries("\n".join(f"/{line}" for line in lines if not line.endswith("/")))
    for line in unfit:
        report.say("warning", "not a path in the root; ignored", detail=line[:80], path=found[0].location_path)
    return good
