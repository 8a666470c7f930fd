"""``citations`` (CycloneDX 1.7): which plugin each part of the document comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from firmbom.cyclonedx.evidence import Tools
from firmbom.cyclonedx.provenance import sources
from firmbom.inventory import Merged
from firmbom.model import Component


def citations(pointers: Mapping[str, Merged], tools: Tools, timestamp: str) -> list[dict[str, Any]]:
    """One citation for each tool, with the JSON pointers (RFC 6901) of what it said.

    A component that one plugin alone spoke of is cited whole; of others each member that not all agree on, and the
    purl. A citation must have a time, so a document without one has none: its properties say the same.

    Args:
        pointers: every component by where it stands in the document.
        tools: the bom-refs of the plugins.
        timestamp: RFC 3339.
    """
    if not timestamp:
        return []
    said: dict[str, set[str]] = {}
    for pointer, merged in pointers.items():
        everybody = _plugins(merged.statements)
        if len(everybody) == 1:
            said.setdefault(everybody[0], set()).add(pointer)
            continue
        for plugin in everybody:
            said.setdefault(plugin, set()).add(f"{pointer}/purl")
        for member, carriers in sources(merged):
            for plugin in _plugins(carriers):
                said.setdefault(plugin, set()).add(f"{pointer}/{member}")
    return [
        {
            "bom-ref": f"citation:{ref}",
            "pointers": sorted(said[plugin], key=_in_order),
            "timestamp": timestamp,
            "attributedTo": ref,
        }
        for plugin in sorted(said)
        for ref in tools.get(plugin, ())
    ]


def _plugins(said: Iterable[Component]) -> list[str]:
    return sorted({claim.plugin for one in said for claim in one.claims})


def _in_order(pointer: str) -> list[tuple[int, str]]:
    """Sorts ``/components/10`` after ``/components/9``."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in pointer.split("/")]
