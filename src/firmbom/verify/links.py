"""Does a VEX document speak of this very SBOM? Each of its BOM-Links must lead to a bom-ref there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from firmbom.cyclonedx.vulnerabilities import is_vex
from firmbom.cyclonedx.walk import at
from firmbom.errors import printable
from firmbom.vex import link

AFFECTS = ("vulnerabilities", "*", "affects", "*", "ref")


def link_faults(vex: Mapping[str, Any], sbom: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the tie between two sound documents; nothing if it holds."""
    if not is_vex(vex):
        yield "is no VEX document, so it is tied to no SBOM"
        return
    if "serialNumber" not in sbom:
        yield "the SBOM has no serial number, so nothing can refer to it"
        return
    own, known = link.of(sbom), set(link.refs(sbom))
    if not any(link.parse(url) == own for _, url in at(vex, ("externalReferences", "*", "url"))):
        yield f"/externalReferences: none is {own}"
    for pointer, text in at(vex, AFFECTS):
        found = link.parse(text)
        if found is None or found[:2] != own[:2]:
            yield f"{pointer}: {printable(text[:200])} does not lead into {own}"
        elif found.ref not in known:
            yield f"{pointer}: {printable(found.ref[:200])} is no bom-ref of {own}"


def told(vex: Mapping[str, Any], sbom: Mapping[str, Any] | None) -> str:
    """What is said of a sound VEX document."""
    count = len(vex["vulnerabilities"])
    about = f", all about {sbom['serialNumber']}" if sbom is not None else ""
    return f"CycloneDX {vex['specVersion']} VEX, {count} statement{'s'[: count != 1]}{about}"
