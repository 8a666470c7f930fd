"""The fourth question: does the document keep the rules of CycloneDX, and not contradict itself?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firmbom.verify.answer import Answer


def soundness(document: Mapping[str, Any]) -> Answer:
    """Judge the document by the schema of its version and by what the schema does not ask."""
    from firmbom.cyclonedx.check import faults

    if found := faults(document):
        return Answer("failed", found)
    count = len(document.get("components", ()))
    return Answer("passed", (f"CycloneDX {document.get('specVersion')}, {count} component{'s'[: count != 1]}",))
