"""Vulnerabilities in a document: an SBOM holds none; a VEX document nothing else, about what stands in an SBOM."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from firmbom.cyclonedx.walk import at

_LINK = "urn:cdx:"


def is_vex(document: Mapping[str, Any]) -> bool:
    """Is it a VEX document: one that speaks of vulnerabilities and has no inventory?"""
    return "vulnerabilities" in document and not document.get("components") and not document.get("dependencies")


def vulnerability_faults(document: Mapping[str, Any]) -> Iterator[str]:
    """What of a document's vulnerabilities does not belong where it stands."""
    if not is_vex(document):
        if document.get("vulnerabilities"):
            yield "/vulnerabilities: an SBOM must not hold any (BSI TR-03183-2); give them in a VEX document of its own"
        return
    for pointer, ref in at(document, ("vulnerabilities", "*", "affects", "*", "ref")):
        if not ref.startswith(_LINK):
            yield f"{pointer}: is no BOM-Link, and a VEX document has no components of its own"
