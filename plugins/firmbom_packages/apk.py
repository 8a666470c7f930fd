"""apk's database ``installed``: one-letter fields, a blank line after each package (apk-v2 database)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from firmbom.errors import printable
from firmbom.identity import purl
from firmbom.model import Fact, Location, Purl
from firmbom.problems import Report
from firmbom.tree.base import File
from firmbom_packages.control import NAME, is_whole
from firmbom_packages.database import Database
from firmbom_packages.licences import stated
from firmbom_packages.listed import entries
from firmbom_packages.package import Need, Package, Provide
from firmbom_packages.party import party
from firmbom_packages.root import Root, Visit
from firmbom_packages.stanza import text_of

PLACES = ("usr/lib/apk/db/installed", "lib/apk/db/installed")

_VIRTUAL = re.compile(r"\.[A-Za-z0-9+._-]+\Z")
_COMPARES = "<>=~"


class _Entry(NamedTuple):
    """One package's lines."""

    line: int
    fields: Mapping[str, str]
    paths: list[str]


def collect(file: File, visit: Visit) -> Iterator[Fact]:
    """Read ``installed``."""
    root = Root.around(file, PLACES, visit)
    database = Database(file, root)
    report = database.report
    data = file.read()
    if not is_whole(data, report):
        report.uncertain.add("components")
    vendor = root.os.id
    if not vendor:
        report.say("note", "os-release does not name the distribution; taken as Alpine")
        vendor = "alpine"
    virtual = 0
    for entry in _entries(text_of(data, report), report):
        if _VIRTUAL.match(entry.fields.get("P", "")) and not entry.paths:
            virtual += 1
        elif _is_named(entry, report):
            database.add(_package(entry, file.location_path, vendor, root.os.distro, report))
    if virtual:
        report.say("note", f"names for groups of packages (apk add --virtual), left out: {virtual}")
    yield from database.facts(lambda *_: True)


def _entries(text: str, report: Report) -> Iterator[_Entry]:
    fields: dict[str, str] = {}
    paths: list[str] = []
    start, folder = 0, ""
    for number, line in enumerate(text.split("\n"), 1):
        if not line:
            if fields:
                yield _Entry(start, fields, paths)
            fields, paths, folder = {}, [], ""
            continue
        key, value = line[0], line[2:]
        if line[1:2] != ":":
            report.say("warning", "not a field (no colon); ignored", line=number)
        elif key == "F":
            folder = value
        elif key == "R":
            paths.append(f"/{folder}/{value}" if folder else f"/{value}")
        elif key not in "MaZ":
            start = start if fields else number
            fields[key] = value
    if fields:
        yield _Entry(start, fields, paths)


def _is_named(entry: _Entry, report: Report) -> bool:
    name = entry.fields.get("P", "")
    if NAME.match(name):
        return True
    what = "not a package name" if name else "no package name"
    report.say("error", f"{what}; the entry was not read", detail=name[:80], line=entry.line)
    return False


def _package(entry: _Entry, path: str, vendor: str, distro: str, report: Report) -> Package:
    fields = {key: printable(value.strip()) for key, value in entry.fields.items()}
    name, version, origin = fields["P"], fields.get("V", ""), fields.get("o", "")
    if not version:
        report.say("warning", "no version", detail=name, line=entry.line)
    good, unfit = entries("\n".join(entry.paths))
    for one in unfit:
        report.say("warning", "not a path in the root; ignored", detail=one[:80], line=entry.line)
    qualifiers = {"arch": fields.get("A", ""), "distro": distro, "upstream": origin if origin != name else ""}
    return Package(
        purl=purl("apk", name, version, namespace=vendor, qualifiers=qualifiers),
        name=name,
        version=version,
        architecture=fields.get("A", ""),
        location=Location(path, line=entry.line),
        description=fields.get("T", ""),
        homepage=fields.get("U", ""),
        supplier=party(fields.get("m", "")),
        licences=stated(fields.get("L", "")),
        upstream=_upstream(origin or name, version, vendor, distro),
        provides=[_provide(word) for word in fields.get("p", "").split()],
        requires=[[Need(_name(word))] for word in fields.get("D", "").split() if word[0] != "!"],
        paths=good,
    )


def _upstream(origin: str, version: str, vendor: str, distro: str) -> tuple[Purl, ...]:
    """The source package (aport), and the project's release that it packages: the version without ``-r<n>``."""
    if not NAME.match(origin):
        return ()
    packaged = purl("apk", origin, version, namespace=vendor, qualifiers={"arch": "source", "distro": distro})
    release = version.rpartition("-r")[0]
    return (packaged, purl("generic", origin, release)) if release else (packaged,)


def _name(word: str) -> str:
    """The name in ``name>=1``, ``so:libc.musl.so.1=1``, ``name@repository``; versions add nothing: it stands once."""
    for position, character in enumerate(word):
        if character in _COMPARES or (character == "@" and position):
            return word[:position]
    return word


def _provide(word: str) -> Provide:
    return Provide(_name(word))
