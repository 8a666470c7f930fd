"""The fourth question: does the document keep the rules of CycloneDX, and not contradict itself?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from firmbom.verify.answer import Answer


def soundness(
    document: Mapping[str, Any], disagreements: Sequence[str] = (), sbom: Mapping[str, Any] | None = None
) -> Answer:
    """Judge the document by the schema of its version and by what the schema does not ask.

    Args:
        document: the document.
        disagreements: where the attestation that it came in contradicts it.
        sbom: what the document must speak of, if it is a VEX document.
    """
    from firmbom.cyclonedx.check import faults
    from firmbom.cyclonedx.vulnerabilities import is_vex
    from firmbom.verify import links

    found = (*disagreements, *faults(document))
    if sbom is not None and not found:
        found = tuple(f"the SBOM: {fault}" for fault in faults(sbom)) or tuple(links.link_faults(document, sbom))
    if found:
        return Answer("failed", found)
    if is_vex(document):
        return Answer("passed", (links.told(document, sbom),))
    count = _components(document)
    return Answer("passed", (f"CycloneDX {document.get('specVersion')}, {count} component{'s'[: count != 1]}",))


def _components(document: Mapping[str, Any]) -> int:
    """How many components a valid document names, with those that stand in another, as ``build`` counts them."""
    count, waiting = 0, [*document.get("components", ())]
    while waiting:
        count += 1
        waiting += waiting.pop().get("components", ())
    return count
