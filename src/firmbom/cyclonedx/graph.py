"""The dependency graph: an entry for every component, everything reachable from the product."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from firmbom.inventory import Merged
from firmbom.model import ROOT, Edge, Ref

Graph = dict[Ref, set[Ref]]


def graph(
    components: Sequence[Merged],
    edges: Iterable[Edge],
    images: Sequence[Ref] = (),
    places: Mapping[Ref, Sequence[Ref]] = MappingProxyType({}),
    held: Mapping[Ref, set[Ref]] = MappingProxyType({}),
) -> tuple[Graph, frozenset[Ref]]:
    """The edges between known components, and the components that none of them leads to from the product.

    Those hang on what contains them: the enclosing component, the images they were seen in (``places``), else the
    product. Of a circle that nothing leads to, the first component is hung. Edges to themselves and to unknown refs are
    dropped: the merge has reported the latter.

    Args:
        components: those below the product.
        edges: as the merge left them.
        images: their bom-refs; the product depends on each.
        places: those that a component was seen in.
        held: what is no component of its own but part of an image, and what that depends on.
    """
    within = {one.ref: one.component.within for one in components}
    made: Graph = {ROOT: set(images), **{ref: set() for ref in (*images, *within)}}
    made.update({ref: set(targets) for ref, targets in held.items()})
    for edge in edges:
        known = edge.source in within or edge.source == ROOT
        if known and edge.target in within and edge.source != edge.target:
            made[edge.source].add(edge.target)
    targets = set[Ref]().union(*made.values())
    reached: set[Ref] = set()
    unreached: set[Ref] = set()

    def hang(ref: Ref) -> None:
        container = within[ref]
        for parent in (container,) if container in within else places.get(ref) or (ROOT,):
            made[parent].add(ref)
        unreached.add(ref)

    for ref in within:
        if ref not in targets:
            hang(ref)
    _reach(made, ROOT, reached)
    circling = (ref for ref in within if ref not in reached)
    for ref in sorted(circling, key=lambda one: (one.count("!"), one)):  # what contains a component comes before it
        if ref not in reached:
            hang(ref)
            _reach(made, ref, reached)
    return made, frozenset(unreached)


def dependencies(made: Graph, root: str) -> list[dict[str, Any]]:
    """``dependencies[]``: the product first, then by ref."""
    return [
        {"ref": ref or root, "dependsOn": sorted(made[ref])}
        for ref in sorted(made)  # ROOT is the empty text, so it sorts first
    ]


def _reach(made: Graph, start: Ref, reached: set[Ref]) -> None:
    pending = [start]
    while pending:
        ref = pending.pop()
        if ref not in reached:
            reached.add(ref)
            pending.extend(made[ref])
