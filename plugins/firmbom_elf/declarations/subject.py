"""One file as the readers of declarations see it: its bytes, its sections, and the values they make of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

import msgspec

from firmbom.errors import InputError, printable
from firmbom.model import Basis, Claim, Component, Edge, Location, Problem, Ref
from firmbom_elf.binary.layout import Layout, Section, elf_headers
from firmbom_elf.binary.layout import read as read_layout
from firmbom_elf.binary.tables import MAGIC, Tables
from firmbom_elf.facts import Elf
from firmbom_elf.strings.automaton import Hits, Literal
from firmbom_elf.strings.quoted import quoted

MOST_HITS = 64
"""So many places of one text are looked at in one file."""

LONGEST = 300
"""Characters of a text that becomes a value or a property."""

_VERSION = re.compile(r"\d+(?:\.\d+)+(?:-?rc\d+)?")


class Declared(NamedTuple):
    """What a file declares of itself and its content."""

    components: tuple[Component, ...] = ()
    edges: tuple[Edge, ...] = ()
    problems: tuple[Problem, ...] = ()


_NOTHING = Declared()
"""As most files do."""


class Subject:
    """The file that is read."""

    def __init__(
        self,
        data: bytes,
        elf: Elf | None,
        path: str,
        place: str,
        tables: Tables | None = None,
        hits: Hits | None = None,
    ) -> None:
        """Of one file.

        Args:
            data: the whole file.
            elf: what its ELF header says; None for anything else (a PE file, a bare image).
            path: in its tree.
            place: as evidence states it, through every container.
            tables: those of an ELF file, where they have been read.
            hits: where the texts stand that every file is searched for.
        """
        self.data, self.elf, self.path, self.place, self._hits = data, elf, path, place, hits
        self.tables = tables or _tables(data)
        """Those of an ELF file, by which much is told without reading all of its layout."""
        self._names = self.tables.section_names.decode("latin-1") if self.tables else ""
        self._has_sections: bool | None = None

    @cached_property
    def layout(self) -> Layout:
        """Its sections and segments; empty when it is neither ELF nor PE, or damaged."""
        return read_layout(self.data, self.tables)

    @property
    def kind(self) -> str:
        """``elf``, ``pe``, or neither."""
        return "elf" if self.tables else self.layout.kind

    def has_sections(self) -> bool:
        """Does a section hold bytes of the file?"""
        if self._has_sections is None:
            self._has_sections = any(elf_headers(self.tables) if self.tables else self.layout.sections)
        return self._has_sections

    def section(self, name: str) -> Section | None:
        """The first section of that name that holds bytes of the file."""
        if self.tables is None:
            return next((one for one in self.layout.sections if one.name == name), None)
        if name not in self._names:
            return None
        ended, names = (name, name + "\0"), self._names
        found = (one for one in elf_headers(self.tables) if names[one.name : one.name + len(name) + 1] in ended)
        return next((Section(name, one.offset, one.size) for one in found), None)

    def content(self, section: Section) -> bytes:
        """The section's bytes, as far as the file has them."""
        return self.data[section.offset : section.offset + section.size]

    @property
    def bare(self) -> bool:
        """Runs without a loader and a C library, as kernels, boot loaders and firmware do, or is no ELF file."""
        elf = self.elf
        if elf and (elf.kind == "object" or elf.interpreter or elf.needed or elf.soname):
            return False
        return not self.section(".go.buildinfo")

    def holds(self, text: bytes) -> bool:
        """Is ``text`` in it?"""
        return next(self.find(text, 1), None) is not None

    def find(self, text: bytes, most: int = MOST_HITS) -> Iterator[int]:
        """Offsets of ``text``, at most ``most`` of them; known already if every file is searched for it."""
        literal = Literal(text.decode("latin-1"))
        if self._hits and literal in self._hits.places:
            yield from (end - len(text) for end in self._hits.ends(literal)[:most])
            return
        at = self.data.find(text)
        while at >= 0 and most:
            yield at
            at, most = self.data.find(text, at + len(text)), most - 1

    def matches(self, text: bytes, pattern: re.Pattern[bytes], reach: int = 512) -> Iterator[re.Match[bytes]]:
        """What ``pattern`` matches where ``text`` stands and its match begins; it sees ``reach`` bytes."""
        for at in self.find(text):
            found = pattern.match(self.data, at, at + reach)
            if found:
                yield found

    def claim(
        self,
        offset: int,
        symbol: str = "",
        *,
        text: str = "",
        basis: Basis = Basis.EMBEDDED,
        confidence: float = 1.0,
    ) -> Claim:
        """A claim that rests on ``offset`` of this file, where ``text`` stands."""
        location = Location(self.place, offset=offset, symbol=symbol, text=quoted(plain(text)))
        return Claim(basis, location, confidence)

    def banner(
        self, offset: int, text: str, version: str, stated: str = "", *, confidence: float = 0.95
    ) -> tuple[Claim, ...]:
        """The claims that rest on a text meant for people; see :func:`with_stated`."""
        claim = self.claim(offset, text=text, basis=Basis.VERSION_STRING, confidence=confidence)
        return with_stated(claim, version, stated)

    def problem(self, message: str) -> Problem:
        """What could not be read; other parts of the file may have been."""
        return Problem("warning", printable(message), self.place)


def _tables(data: bytes) -> Tables | None:
    try:
        return Tables(data) if data.startswith(MAGIC) else None
    except InputError:
        return None


def plain(raw: bytes | str) -> str:
    """Text on one line with no control characters, at most :data:`LONGEST` characters."""
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    return printable(" ".join(text[: 4 * LONGEST].split()))[:LONGEST]


def with_stated(claim: Claim, version: str, *stated: str) -> tuple[Claim, ...]:
    """The claim, and one more for each text that is written there as the version and says more than ``version``."""
    versions = (plain(one) for one in dict.fromkeys(stated) if one not in ("", version))
    return (claim, *(msgspec.structs.replace(claim, field="version", value=one) for one in versions))


def upstream_version(text: str) -> str:
    """The version at the beginning of ``text`` without what distributions append; empty if it begins with none.

    >>> upstream_version("2023.01+dfsg-2+deb12u3"), upstream_version("2022.01-rc3-dirty")
    ('2023.01', '2022.01-rc3')
    """
    found = _VERSION.match(text)
    return found[0] if found else ""


def merged(components: Iterable[Component]) -> tuple[Component, ...]:
    """One component for each ref, with the claims and properties of all that speak of it."""
    found: dict[Ref, Component] = {}
    for one in components:
        first = found.setdefault(one.ref, one)
        if first is not one:
            found[one.ref] = msgspec.structs.replace(
                first,
                claims=tuple(dict.fromkeys((*first.claims, *one.claims))),
                properties=tuple(dict.fromkeys((*first.properties, *one.properties))),
            )
    return tuple(found.values())


def refused(subject: Subject, what: str, error: InputError) -> Declared:
    """Nothing but the problem."""
    return Declared(problems=(subject.problem(f"{what} cannot be read: {error.message}"),))


def joined(parts: Iterator[Declared]) -> Declared:
    """All that several readings say; what two of them speak of is one component."""
    every = list(parts)
    if not every:
        return _NOTHING
    return Declared(
        merged(one for part in every for one in part.components),
        tuple(dict.fromkeys(one for part in every for one in part.edges)),
        tuple(one for part in every for one in part.problems),
    )
