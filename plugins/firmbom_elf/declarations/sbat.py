"""SBAT, by which EFI programs say what they are and which generation of fixes they have.

Format: shim's ``SBAT.md``: the section ``.sbat`` holds CSV rows of component, generation, vendor, package, version,
url. A component with a dot (``grub.debian``) is a distribution's build of the one before it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from typing import NamedTuple

from firmbom.errors import InputError
from firmbom.identity import purl
from firmbom.model import Component, ExternalReference, Property
from firmbom_elf.catalogue.load import licences
from firmbom_elf.declarations.subject import Declared, Subject, plain, upstream_version, with_stated

LARGEST = 64 << 10
_MOST = 200

_NAME = re.compile(r"[a-z0-9][\w+-]{0,63}\Z", re.IGNORECASE | re.ASCII)
_BEGINNING = re.compile(rb"sbat,1,[^,\n\0]{1,40},sbat,")
"""Not the list of revocations that shim carries too: its rows have no vendor."""
_CPES = {"grub": "a:gnu:grub2", "shim": "a:redhat:shim", "systemd": "a:systemd_project:systemd"}
_UNVERSIONED = frozenset({"shim"})
"""Upstream's row is the same in every release of these: its version says nothing, a distribution's row does."""


class Row(NamedTuple):
    """One line."""

    component: str
    generation: str
    vendor: str
    package: str
    version: str
    url: str


def read(subject: Subject) -> Declared:
    """A component for each row of an upstream project; the distribution's rows give its version more exactly.

    Raises:
        InputError: the section is no such table.
    """
    offset, content = _table(subject)
    rows = parse(content) if content else ()
    return Declared(tuple(_component(subject, offset, rows, row) for row in rows if "." not in row.component))


def _table(subject: Subject) -> tuple[int, bytes]:
    """The section; without one the table stands among the data, as it does where the PE header was written by hand."""
    section = subject.section(".sbat")
    if section:
        return section.offset, subject.content(section)
    found = next(subject.matches(b"sbat,1,", _BEGINNING), None)
    return (found.start(), subject.data[found.start() : found.start() + LARGEST]) if found else (-1, b"")


def parse(content: bytes) -> tuple[Row, ...]:
    """The rows that describe the program; SBAT's own is not among them.

    Raises:
        InputError: no table of that kind.
    """
    text = content[:LARGEST].partition(b"\0")[0].decode("utf-8", "replace")
    cells = [line for line in csv.reader(text.splitlines()[:_MOST]) if line]
    if not cells or cells[0][0] != "sbat":
        raise InputError("its SBAT does not begin as one")
    rows = [Row(*map(plain, line[:6])) for line in cells[1:] if len(line) >= 6]
    return tuple(row for row in rows if _NAME.match(row.component.partition(".")[0]))


def _component(subject: Subject, offset: int, rows: Sequence[Row], row: Row) -> Component:
    part, package = row.component.lower(), row.package.lower()
    builds = [one for one in rows if one.component.lower().startswith(f"{part}.")]
    name = package if package and part.startswith(f"{package}-") else part  # systemd-boot is of the package systemd
    version = _version(row, builds)
    stated = [f"{one.component},{one.generation},{one.vendor},{one.package},{one.version}" for one in (row, *builds)]
    cpe = _CPES.get(name)
    return Component(
        purl=purl("generic", name, version),
        name=name,
        version=version,
        type="application",
        cpes=(f"cpe:2.3:{cpe}:{version}:*:*:*:*:*:*:*",) if cpe and version else (),
        licences=licences(name, version),
        claims=with_stated(
            subject.claim(offset, ".sbat", text=stated[0], confidence=0.95),
            version,
            *(one.version for one in (row, *builds)),
        ),
        references=(ExternalReference("website", row.url),) if row.url.startswith("http") else (),
        properties=tuple(Property("firmbom:efi:sbat", text) for text in stated),
    )


def _version(row: Row, builds: Sequence[Row]) -> str:
    """Upstream's; a build of its stable line says it more exactly (252 and ``252.39-1``)."""
    stated = "" if row.component in _UNVERSIONED else row.version
    for build in builds:
        version = upstream_version(build.version.rpartition(":")[2])
        if version and (not stated or version.startswith(f"{stated}.")):
            return version
    return upstream_version(stated) or (stated if stated.isdigit() else "")
