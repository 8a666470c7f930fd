"""The CycloneDX VEX document of an SBOM: ``vulnerabilities`` that affect, by BOM-Link, what stands in the SBOM."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firmbom.cyclonedx import names
from firmbom.cyclonedx.component import LONGEST_VERSION
from firmbom.cyclonedx.names import properties
from firmbom.cyclonedx.write import numbered
from firmbom.inventory import Assessed, Inventory
from firmbom.model import Ref
from firmbom.reason import Status
from firmbom.vex import link, words
from firmbom.vex.subject import Subjects

_PRODUCT = (
    "type", "bom-ref", "supplier", "manufacturer", "group", "name", "version", "description", "hashes", "copyright",
    "cpe", "purl",
)  # fmt: skip
"""Members of the SBOM's product that say which product it is."""
_METADATA = ("timestamp", "authors", "manufacturer", "supplier")


def document(inventory: Inventory, sbom: Mapping[str, Any]) -> dict[str, Any]:
    """The document as plain values, in the SBOM's version of CycloneDX.

    The same statements about the same SBOM always give the same document: its serial number is derived from them.

    Args:
        inventory: with its assessments.
        sbom: the document of ``inventory``, signed or not.
    """
    subjects = Subjects(inventory, sbom)
    own = link.of(sbom)
    body = {
        "$schema": sbom["$schema"],
        "bomFormat": "CycloneDX",
        "specVersion": sbom["specVersion"],
        "serialNumber": "",
        "version": 1,
        "metadata": _metadata(inventory, sbom),
        "externalReferences": [{"type": "bom", "url": str(own), "comment": "the SBOM that this document speaks of"}],
        "vulnerabilities": [_vulnerability(one, subjects, own) for one in ordered(inventory)],
    }
    return numbered(body)


def ordered(inventory: Inventory) -> list[Assessed]:
    """The statements by vulnerability, which is how they are asked for."""
    return sorted(inventory.assessments, key=lambda one: (_number(one.vulnerability), one.ref))


def _number(vulnerability: str) -> tuple[int | str, ...]:
    """``CVE-2024-10000`` after ``CVE-2024-9999``."""
    parts = vulnerability.split("-")
    plain = len(parts) == 3 and all(one.isascii() and one.isdecimal() and len(one) < 10 for one in parts[1:])
    return (parts[0], int(parts[1]), int(parts[2])) if plain else (vulnerability,)


def _metadata(inventory: Inventory, sbom: Mapping[str, Any]) -> dict[str, Any]:
    stated = sbom["metadata"]
    said = {one.plugin for each in inventory.assessments for one in each.statements}
    listed = {names.FIRMBOM, *(names.TOOL + plugin for plugin in said)}
    tools = [one for one in stated["tools"]["components"] if one["bom-ref"].partition("@")[0] in listed]
    members = {
        **{name: stated.get(name) for name in _METADATA},
        "tools": {"components": tools},
        "component": {name: stated["component"][name] for name in _PRODUCT if name in stated["component"]},
        "properties": properties([(names.REPRODUCIBLE, "true")]),
    }
    order = ("timestamp", "tools", "authors", "component", "manufacturer", "supplier", "properties")
    return {name: members[name] for name in order if members.get(name)}


def _vulnerability(one: Assessed, subjects: Subjects, own: link.Link) -> dict[str, Any]:
    made: dict[str, Any] = {"bom-ref": f"{one.vulnerability} in {one.ref or 'the product'}", "id": one.vulnerability}
    if page := words.page(one.vulnerability):
        made["source"] = {"name": "NVD", "url": page}
    made["analysis"] = _analysis(one, subjects)
    made["affects"] = [_affected(ref, one, subjects, own) for ref in subjects.about(one)]
    made["properties"] = properties(_properties(one, subjects))
    return made


def _affected(ref: Ref, one: Assessed, subjects: Subjects, own: link.Link) -> dict[str, Any]:
    """What a statement is about, with what it says of the version that is there."""
    made: dict[str, Any] = {"ref": str(own._replace(ref=ref))}
    if version := subjects.version(ref):
        made["versions"] = [{"version": version[:LONGEST_VERSION], "status": _AFFECTED[one.chosen.reason.status]}]
    return made


_AFFECTED: Mapping[Status, str] = {
    "affected": "affected",
    "fixed": "unaffected",
    "not_affected": "unaffected",
    "under_investigation": "unknown",
}
"""CycloneDX ``affects[].versions[].status``."""


def _analysis(one: Assessed, subjects: Subjects) -> dict[str, Any]:
    meaning = one.chosen.reason.meaning
    mended = meaning.state == "resolved" and subjects.has_pedigree(one)
    members = {
        "state": "resolved_with_pedigree" if mended else meaning.state,
        "justification": meaning.cause,
        "response": [meaning.response] if meaning.response else [],
        "detail": words.explanation(one),
    }
    return {name: value for name, value in members.items() if value}


def _properties(one: Assessed, subjects: Subjects) -> list[tuple[str, str]]:
    pairs = [(names.VEX_BASIS, one.chosen.basis), (names.VEX_WORD, one.chosen.word)]
    pairs += [(names.VEX_PATCH, patch) for patch in one.patches]
    pairs += [(names.VEX_SOURCE, source) for source in words.sources(one)]
    pairs += [(names.VEX_UNNAMED, str(count)) for count in (subjects.unnamed(one),) if count]
    pairs += [(names.VEX_CONTRADICTION, text) for text in words.contradictions(one)]
    return [(name, value) for name, value in pairs if value]
