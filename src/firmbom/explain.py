"""Why a document says what it says of a component: every claim with its place, what disagreed, who needs it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from firmbom.believed import version_lines
from firmbom.cyclonedx import names, read
from firmbom.errors import meant
from firmbom.identity import STRENGTH, canonical, parts, without_qualifiers, without_version
from firmbom.model import ROOT, Claim, Component, ComponentSet, Ref


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """One component and the ground on which it stands."""

    component: Component
    claims: tuple[Claim, ...]
    """Strongest first."""
    version: tuple[str, ...]
    """Sentences on why its version is stated, or none is."""
    conflicts: tuple[tuple[str, str], ...]
    """(field, what was chosen and what was rejected, by whom)."""
    files: tuple[str, ...]
    """That it installed."""
    needs: tuple[Ref, ...]
    needed_by: tuple[Ref, ...]
    """:data:`firmbom.model.ROOT` is the product."""
    holds: tuple[Ref, ...]
    """What is inside it, at any depth."""

    def supports(self, claim: Claim) -> bool:
        """Does it speak for the component as it is stated, or for another version of it?"""
        stated = {self.component.version, *(parts(purl).version or "" for purl in self.component.upstream)}
        return claim.field != "version" or not claim.value or claim.value in stated


def explain(document: Mapping[str, Any], subject: str, *, location: str) -> tuple[Explained, ...]:
    """The components that ``subject`` means, by ref.

    Args:
        document: CycloneDX, of firmbom or another tool.
        subject: a purl with or without version and qualifiers, a bom-ref, a name, ``name@version``, a CPE, or the path
            of a file; ``*`` and ``?`` as in a shell; upper and lower case are the same.
        location: the document's file name, for claims of a document that has no evidence.
    """
    said = read.component_set(document, plugin="document", location=location)
    installed: dict[Ref, list[str]] = {}
    for owned in said.ownership:
        installed.setdefault(owned.owner, []).append(owned.path)
    wanted = subject.strip().casefold()
    found = [one for one in said.components if _is_meant(one, installed.get(one.ref, ()), wanted)]
    return tuple(
        _explained(one, installed.get(one.ref, ()), said) for one in sorted(found, key=lambda component: component.ref)
    )


def near(document: Mapping[str, Any], subject: str, *, location: str) -> str:
    """``did you mean zlib?`` where a component of the document is called nearly so; else empty."""
    said = read.component_set(document, plugin="document", location=location)
    names_of = {name for one in said.components for name in (one.name, f"{one.name}@{one.version}", one.purl)}
    return meant(subject.strip(), names_of)


def _is_meant(one: Component, installed: Iterable[str], wanted: str) -> bool:
    terms = {one.ref, one.purl, without_qualifiers(one.purl), without_version(one.purl), one.name, *one.cpes}
    terms |= {f"{one.name}@{one.version}", f"{one.group}/{one.name}" if one.group else one.name}
    if "/" in wanted and not wanted.startswith("pkg:"):
        places = [*installed, *(claim.location.path for claim in one.claims)]
        terms |= {path for place in places for path in (place, place.rpartition("!/")[2])}
        wanted = wanted.lstrip("/")
    folded = {term.casefold() for term in terms}
    if wanted in folded or _spelt_as_purl(wanted) in folded:
        return True
    return any(letter in wanted for letter in "*?") and any(fnmatchcase(term, wanted) for term in folded)


def _spelt_as_purl(wanted: str) -> str:
    try:
        return canonical(wanted).casefold()
    except ValueError:
        return wanted


def _explained(one: Component, installed: Iterable[str], said: ComponentSet) -> Explained:
    claims = tuple(sorted(one.claims, key=lambda claim: (-STRENGTH[claim.basis], -claim.confidence, claim)))
    return Explained(
        component=one,
        claims=claims,
        version=tuple(version_lines(one, claims)),
        conflicts=tuple(
            (each.name.removeprefix(names.CONFLICT), each.value)
            for each in one.properties
            if each.name.startswith(names.CONFLICT)
        ),
        files=tuple(sorted(installed)),
        needs=tuple(sorted(edge.target for edge in said.edges if edge.source == one.ref)),
        needed_by=tuple(sorted(edge.source for edge in said.edges if edge.target == one.ref)),
        holds=tuple(sorted(each.ref for each in said.components if each.ref.startswith(f"{one.ref}!"))),
    )


def shown_ref(ref: Ref) -> str:
    """A ref for people."""
    return "the product" if ref == ROOT else ref
