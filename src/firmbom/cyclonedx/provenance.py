"""Who said what: fields on which the statements about one component differ, and conflicts, as properties."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from firmbom.cyclonedx import names
from firmbom.inventory import Conflict, Merged
from firmbom.model import Claim, Component, Party

MEMBER: Mapping[str, str] = {
    "type": "type",
    "supplier": "supplier",
    "manufacturer": "manufacturer",
    "author": "authors",
    "version": "version",
    "description": "description",
    "scope": "scope",
    "digests": "hashes",
    "licences": "licenses",
    "copyright": "copyright",
    "cpes": "cpe",
    "references": "externalReferences",
    "patches": "pedigree",
    "upstream": "pedigree",
}
"""CycloneDX member that each field of a component becomes, in the order of the document."""

_NOBODY = Party()


def sources(merged: Merged) -> Iterator[tuple[str, list[Component]]]:
    """The members that not every statement carries or agrees on, each with the statements that its value rests on."""
    for field, member in MEMBER.items():
        value = getattr(merged.component, field)
        if value and value != _NOBODY:
            carriers = [one for one in merged.statements if _carries(getattr(one, field), value)]
            if 0 < len(carriers) < len(merged.statements):
                yield member, carriers


def provenance(merged: Merged) -> list[tuple[str, str]]:
    """``firmbom:provenance:<member>`` properties."""
    return [
        (names.PROVENANCE + member, who(claim for one in carriers for claim in one.claims[:1]))
        for member, carriers in sources(merged)
    ]


def conflicts(found: Iterable[Conflict]) -> list[tuple[str, str]]:
    """``firmbom:conflict:<field>`` properties."""
    return [
        (
            names.CONFLICT + one.field,
            f"chosen {one.chosen} ({who(one.chosen_by)}); rejected {one.rejected} ({who(one.rejected_by)})",
        )
        for one in found
    ]


def who(claims: Iterable[Claim]) -> str:
    """``plugin, file`` of each claim, once, joined by ``; ``."""
    return "; ".join(
        sorted({", ".join(part for part in (claim.plugin, claim.location.path) if part) for claim in claims})
    )


def _carries(stated: object, resolved: object) -> bool:
    """Does a statement take part in the resolved value? The merge unites collections and chooses single values."""
    return bool(stated) if isinstance(stated, tuple) else stated == resolved
