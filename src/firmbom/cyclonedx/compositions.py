"""``compositions``: how complete the document is, no better than the inputs and the problems allow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from firmbom.inventory import Inventory, Merged
from firmbom.model import Aggregate, Coverage, Ref

Read = Mapping[tuple[str, str], Coverage]
"""What was read, by path and plugin."""

_AGGREGATES: Sequence[Aggregate] = ("complete", "incomplete", "unknown")
_WEAKEST: Sequence[Aggregate] = ("incomplete", "unknown", "complete")
_BEST: Sequence[Aggregate] = ("complete", "incomplete", "unknown")


def readings(inventory: Inventory) -> dict[tuple[str, str], Coverage]:
    """Every input once for each plugin; an input with an error problem is incomplete, whatever the plugin believed."""
    broken = {problem.path for problem in inventory.problems if problem.severity == "error"}
    found: dict[tuple[str, str], Coverage] = {}
    for one in inventory.coverage:
        key = one.path, one.plugin
        if one.path in broken:
            one = msgspec.structs.replace(one, components="incomplete", dependencies="incomplete")  # noqa: PLW2901 - the same reading, corrected
        found[key] = _weaker(found[key], one) if key in found else one
    return found


def compositions(
    root: str, images: Sequence[Ref], components: Sequence[Merged], inventory: Inventory, read: Read
) -> list[dict[str, Any]]:
    """At most one entry for each of complete, incomplete, unknown; every ref stands under ``dependencies`` of one.

    - The product and its images, as assemblies and in their dependencies: incomplete if there is any error problem or
      an input that knows itself incomplete, else unknown. Never complete: no input can rule out what is compiled in.
    - A component's dependencies: complete if an input that names it names every edge; incomplete if such an input was
      damaged; else unknown.
    - A component that holds others, as an assembly: the weakest that the inputs naming those say of their components.
    """
    short = any(problem.severity == "error" for problem in inventory.problems)
    short = short or any(one.components == "incomplete" for one in read.values())
    whole: Aggregate = "incomplete" if short else "unknown"
    assemblies: dict[Aggregate, list[str]] = {name: [] for name in _AGGREGATES}
    edges: dict[Aggregate, list[str]] = {name: [] for name in _AGGREGATES}
    assemblies[whole] += [root, *images]
    edges[whole] += [root, *images]
    inside: dict[Ref, list[Aggregate]] = {}
    known = {one.ref for one in components}
    for one in components:
        naming = [read[key] for key in _keys(one) if key in read]
        edges[_first(_BEST, (each.dependencies for each in naming))].append(one.ref)
        if one.component.within in known:
            inside.setdefault(one.component.within, []).append(_first(_BEST, (each.components for each in naming)))
    for ref, stated in inside.items():
        assemblies[_first(_WEAKEST, stated)].append(ref)
    found = [
        {"aggregate": name, "assemblies": sorted(assemblies[name]), "dependencies": sorted(edges[name])}
        for name in _AGGREGATES
    ]
    return [{name: value for name, value in one.items() if value} for one in found if _holds(one)]


def _holds(composition: Mapping[str, Any]) -> bool:
    return bool(composition["assemblies"] or composition["dependencies"])


def _keys(merged: Merged) -> set[tuple[str, str]]:
    return {(claim.location.path, claim.plugin) for claim in merged.component.claims}


def _first(order: Sequence[Aggregate], stated: Iterable[Aggregate]) -> Aggregate:
    found = set(stated)
    return next((name for name in order if name in found), "unknown")


def _weaker(left: Coverage, right: Coverage) -> Coverage:
    return msgspec.structs.replace(
        left,
        components=_first(_WEAKEST, (left.components, right.components)),
        dependencies=_first(_WEAKEST, (left.dependencies, right.dependencies)),
        digests=tuple(sorted({*left.digests, *right.digests})),
    )
