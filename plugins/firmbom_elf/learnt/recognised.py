"""Files that a database of known files recognises: exactly, or by likeness with its score."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from firmbom.identity import canonical, purl
from firmbom.model import Basis, Claim, Component, Location, Ownership, Purl
from firmbom_elf.facts import Examined, Rule, Sighting
from firmbom_elf.grounds import Ground
from firmbom_elf.learnt.known import Known, Match
from firmbom_elf.strings.quoted import quoted

_SAME = 0.9
"""So much of the loaded bytes is the same: the file is that very build, patched or with another search path."""
_CONFIDENCE = {"same bytes": 1.0, "same build": 0.95, "same code": 0.9, "similar symbols": 0.6}
"""Of each way to match; for the last two times the score."""


def recognise(files: Sequence[Examined], database: Known) -> tuple[list[Examined], list[Component | Ownership]]:
    """Look every file up.

    Returns:
        The files, with a sighting where one is only like a known file; and the components whose very files were found,
        which own these files.

    Raises:
        InputError: the database is damaged.
    """
    told: list[Examined] = []
    facts: list[Component | Ownership] = []
    for file in files:
        found = database.match(file)
        if found and found.score == 1 and found.versions == 1 and found.how in {"same bytes", "same build"}:
            facts += _exactly(file, found)
            told.append(file)
        elif found:
            sightings = (*file.sightings, _likeness(found))
            told.append(msgspec.structs.replace(file, sightings=sightings))
        else:
            told.append(file)
    return told, facts


def _sure(match: Match) -> float:
    return round(_CONFIDENCE[match.how] * match.score, 2)


def _exactly(file: Examined, found: Match) -> Iterator[Component | Ownership]:
    package = found.package
    text = quoted(f"{found.how} as {found.path} of {package.name} {package.version}")
    claim = Claim(Basis.HASH, Location(file.place, text=text), _sure(found))
    made = Component(
        purl=canonical(package.purl),
        name=package.name,
        version=package.version,
        claims=(claim,),
        upstream=_upstream(found),
    )
    yield made
    yield Ownership(made.ref, file.place)


def _upstream(found: Match) -> tuple[Purl, ...]:
    package = found.package
    made = purl("generic", package.upstream or package.name, package.upstream_version)
    return () if made == package.purl else (made,)


def _likeness(found: Match) -> Sighting:
    package = found.package
    sure = found.versions == 1 and found.how != "similar symbols" and found.score >= _SAME
    text = f"{found.how}, {found.score:.2f}: {found.path} of {package.name} {package.version}"
    return Sighting(
        name=package.upstream or package.name,
        version=package.upstream_version if sure else "",
        rule=Rule.SIMILAR,
        confidence=_sure(found),
        listed=False,
        own=True,
        text=quoted(text),
        ground=Ground.LIKENESS,
    )
