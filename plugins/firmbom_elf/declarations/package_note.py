"""Package metadata that a distribution's build puts into each binary: which source package it was built from.

Format: "Package Metadata for Executable Files" (systemd.io). ELF: a note of owner ``FDO`` and type 0xcafe1a7e, in the
section ``.note.package`` and a PT_NOTE segment; PE: the section ``.pkgnote``. Its content is one JSON object; ``name``
and ``version`` are those of the source package, ``architecture`` that of the binary.

The note is about the package that the file is of. So its claim is one on bytes: where a package database names the
owner of the file, it is evidence about that one, and no second component.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from firmbom import parse
from firmbom.errors import InputError
from firmbom.identity import purl
from firmbom.model import Basis, Component, ExternalReference, Property, Purl
from firmbom_elf import names
from firmbom_elf.declarations.signs import OWNER
from firmbom_elf.declarations.subject import Declared, Subject, plain

TYPE = 0xCAFE1A7E
LARGEST = 64 << 10
"""Bytes of a note; real ones have 200."""
_MOST_NOTES = 256
_MOST_TEXTS = 64
"""That are kept for the next files."""

_SOURCE = {"deb": "source", "rpm": "src", "apk": "source", "alpm": "source"}
"""Package types with a purl of their own, and the architecture by which that purl tells a source package."""

_REPACKED = re.compile(r"[+~].*")

_SYSTEMS = {"debian_linux": "debian", "ubuntu_linux": "ubuntu", "enterprise_linux": "rhel", "alpine_linux": "alpine"}
"""Products of the CPE dictionary whose os-release ID is another; ``fedora`` and most others are alike."""


class _Note(NamedTuple):
    offset: int
    where: str
    text: bytes


class _Package(NamedTuple):
    """What a component says of itself, but for its claims."""

    purl: Purl
    name: str
    version: str
    upstream: tuple[Purl, ...]
    cpes: tuple[str, ...]
    references: tuple[ExternalReference, ...]
    properties: tuple[Property, ...]


def read(subject: Subject) -> Declared:
    """The source package, as one component.

    Raises:
        InputError: the note is no JSON object, or too large.
    """
    for note in _notes(subject):
        text = note.text.rstrip(b"\0")
        if len(text) > LARGEST:
            raise InputError(f"a note of {len(text)} bytes")
        package = _stated(text)
        said = f"{package.name} {package.version}"
        claim = subject.claim(note.offset, note.where, text=said, basis=Basis.VERSION_STRING)
        return Declared((Component(claims=(claim,), **package._asdict()),))
    return Declared()


def _notes(subject: Subject) -> Iterator[_Note]:
    section = subject.section(".pkgnote")
    if subject.kind == "pe" and section:
        yield _Note(section.offset, ".pkgnote", subject.content(section))
        return
    section = subject.section(".note.package")
    if section:
        yield from _in(subject, section.offset, section.size, ".note.package")
    for segment in subject.layout.segments:
        if segment.note:
            yield from _in(subject, segment.offset, segment.size, "PT_NOTE")


def _in(subject: Subject, at: int, size: int, where: str) -> Iterator[_Note]:
    """Notes of that type: three words (lengths of owner and content, type), then both, each padded to 4 bytes."""
    header = struct.Struct(f"{subject.tables.order if subject.tables else '<'}3I")
    data, end = subject.data, min(at + size, len(subject.data))
    for _ in range(_MOST_NOTES):
        if at + header.size > end:
            return
        owner, length, kind = header.unpack_from(data, at)
        start = at + header.size + (owner + 3) // 4 * 4
        if kind == TYPE and data[at + header.size : at + header.size + 4] == OWNER:
            if start + length > end:
                raise InputError("it is cut off")
            yield _Note(start, where, data[start : start + length])
        at = start + (length + 3) // 4 * 4


@lru_cache(_MOST_TEXTS)
def _stated(text: bytes) -> _Package:
    """What a note says: the files of one package have the same one.

    Raises:
        InputError: the note is no JSON object, or names no package.
    """
    table = parse.json(text, on_duplicate=lambda _: None)
    if not isinstance(table, dict):
        raise InputError("it is no JSON object")
    said = {key: str(value) for key, value in table.items() if isinstance(value, str)}
    name, version = said.get("name", ""), said.get("version", "")
    if not name or not name.isprintable() or not version.isprintable():
        raise InputError("it names no package")
    debug = said.get("debugInfoUrl", "")
    properties = (("type", said.get("type", "")), ("architecture", said.get("architecture", "")))
    return _Package(
        purl=_purl(name, version, said),
        name=name,
        version=version,
        upstream=_upstream(name, version) if said.get("type") in _SOURCE else (),
        cpes=tuple(said[key] for key in ("appCpe",) if said.get(key, "").startswith("cpe:")),
        references=(ExternalReference("other", debug, comment="debuginfod"),) if debug.startswith("http") else (),
        properties=tuple(Property(f"firmbom:package-note:{key}", plain(value)) for key, value in properties if value),
    )


def _purl(name: str, version: str, said: Mapping[str, str]) -> Purl:
    kind = said.get("type", "")
    system, release = _system(said)
    distro = "-".join(part for part in (system, release) if part)
    try:
        if kind not in _SOURCE:
            return purl("generic", name, version, qualifiers={"distro": distro})
        qualifiers = {"arch": _SOURCE[kind], "distro": distro}
        if kind == "rpm" and ":" in version:
            qualifiers["epoch"], _, version = version.partition(":")
        return purl(kind, name, version, namespace=system, qualifiers=qualifiers)
    except ValueError as error:
        raise InputError(f"it names no package: {error}") from error


def _upstream(name: str, version: str) -> tuple[Purl, ...]:
    """The project's release that is packaged, where the version tells it: without epoch, revision, repacking marks."""
    stated, _, revision = version.rpartition(":")[2].rpartition("-")
    release = _REPACKED.sub("", names.upstream(stated)) if revision else ""
    return (purl("generic", name, release),) if release[:1].isdigit() else ()


def _system(said: Mapping[str, str]) -> tuple[str, str]:
    """ID and VERSION_ID of os-release, from ``os`` and ``osVersion`` or ``osCpe`` (``cpe:/o:vendor:product:38``)."""
    if said.get("os"):
        return said["os"].lower(), said.get("osVersion", "")
    fields = (
        said.get("osCpe", "").removeprefix("cpe:/o:").split(":") if said.get("osCpe", "").startswith("cpe:/") else []
    )
    if len(fields) < 2:
        return "", ""
    return _SYSTEMS.get(fields[1], fields[1]), fields[2] if len(fields) > 2 else ""
