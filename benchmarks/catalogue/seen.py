"""Which licence a release has in upstream's own files (``licences_seen.tsv``), and whether the catalogue says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from firmbom_elf.catalogue import load
from firmbom_elf.catalogue.entry import Entry
from firmbom_elf.catalogue.releases import before

TABLE = Path(__file__).with_name("licences_seen.tsv")


class Seen(NamedTuple):
    """One look into upstream's sources, or into what upstream announced."""

    entry: str
    release: str
    """Of upstream; empty where the project has none, or where every release has it."""
    licence: str
    """SPDX expression, of the programs and libraries."""
    where: str
    """What was looked into: repository, tag and files."""


def read(file: Path = TABLE) -> list[Seen]:
    """The rows of a table: four columns with tabs between them, ``#`` before what is for people."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return [Seen(*line.split("\t")) for line in lines if line and not line.startswith("#")]


def told(entries: Iterable[Entry], seen: Sequence[Seen]) -> Iterator[str]:
    """Yield what does not go with what was seen, and which licences of entries with several were never looked at."""
    known = {entry.name: entry for entry in entries}
    for row in seen:
        entry = known.get(row.entry)
        stated = _stated(entry, row.release) if entry else "no entry of that name"
        if stated != row.licence:
            yield f"seen: {row.entry} {row.release}: {row.licence} in {row.where}; the catalogue: {stated or 'nothing'}"
    for entry in known.values():
        yield from (f"not looked at: {entry.name}: {one}" for one in _unseen(entry, seen) if entry.licensed)


def _stated(entry: Entry, release: str) -> str:
    return load.licence_of(entry, release) if release else entry.licence


def _unseen(entry: Entry, seen: Sequence[Seen]) -> Iterator[str]:
    """The spans of releases for which a licence is stated and nothing was seen: ``before 3.0``, ``today``."""
    looked = {_span(entry, row.release) for row in seen if row.entry == entry.name}
    stated = [*((one.before, one.licence) for one in entry.licensed), ("", entry.licence)]
    yield from (f"before {end}" if end else "today" for end, licence in stated if licence and end not in looked)


def _span(entry: Entry, release: str) -> str:
    """The boundary behind the release; empty where it is under today's licence."""
    return next((one.before for one in entry.licensed if release and before(release, one.before)), "")
