"""The fourth question: does the document keep the rules of CycloneDX, and not contradict itself?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from firmbom.verify.answer import Answer


def soundness(document: Mapping[str, Any], disagreements: Sequence[str] = ()) -> Answer:
    """Judge the document by the schema of its version and by what the schema does not ask.

    Args:
        document: the document.
        disagreements: where the attestation that it came in contradicts it.
    """
    from firmbom.cyclonedx.check import faults

    if found := (*disagreements, *faults(document)):
        return Answer("failed", found)
    count = len(document.get("components", ()))
    return Answer("passed", (f"CycloneDX {document.get('specVersion')}, {count} component{'s'[: count != 1]}",))
