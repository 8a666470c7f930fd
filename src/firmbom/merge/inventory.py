"""merge: combine, unify, resolve, in this order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain

from firmbom.inventory import Conflict, Inventory, Merged
from firmbom.merge.assess import assessed
from firmbom.merge.combine import distinct, ordered, statements, united
from firmbom.merge.links import lifted
from firmbom.merge.resolve import resolve
from firmbom.merge.seen import Seen
from firmbom.merge.unify import Targets, targets, unify
from firmbom.model import ROOT, Component, ComponentSet, Edge, Ownership, Problem, Ref


def merge(sets: Iterable[ComponentSet]) -> Inventory:
    """What all sets together say, each component once.

    A pure function of the union of its inputs: their order, their grouping and repetitions change nothing. Linear in
    the number of statements but for sorting.
    """
    listed = tuple(sets)
    said = statements(listed)
    combined = united(listed, said)
    moves = unify(said, combined)
    groups = _groups(said, moves)
    ownership = ordered(Ownership(end, o.path) for o in combined.ownership for end in targets(o.owner, moves))
    seen = Seen(said, moves, ownership)
    components: list[Merged] = []
    conflicts: list[Conflict] = []
    for ref in sorted(groups):
        merged, disputed = resolve(ref, *seen.narrowed(ref, groups[ref]))
        components.append(merged)
        conflicts.extend(disputed)
    stated, dangling = _edges(combined.edges, moves, groups)
    assessments, unknown = assessed(combined.assessments, moves, groups)
    return Inventory(
        components=tuple(components),
        edges=ordered(chain(stated, lifted(combined.links, components, ownership))),
        ownership=ownership,
        files=combined.files,
        file_properties=combined.file_properties,
        assessments=assessments,
        coverage=combined.coverage,
        problems=tuple(sorted(chain(combined.problems, dangling, unknown))),
        plugins=combined.plugins,
        conflicts=tuple(sorted(conflicts)),
    )


def _groups(said: Mapping[Ref, list[Component]], moves: Targets) -> dict[Ref, list[Component]]:
    """What is said of each component, whatever ref it was said of; sorted by content, without repetitions."""
    joined: dict[Ref, list[Component]] = {}
    for ref, ones in said.items():
        for target in moves.get(ref, ()):
            joined.setdefault(target, list(said.get(target, ()))).extend(ones)
    alone = {ref: ones for ref, ones in said.items() if ref not in moves}
    return alone | {ref: distinct(ones) for ref, ones in joined.items()}


def _edges(edges: Iterable[Edge], moves: Targets, groups: Mapping[Ref, object]) -> tuple[list[Edge], set[Problem]]:
    known = {ROOT, *groups}
    kept: list[Edge] = []
    dangling: set[Problem] = set()
    for edge in chain.from_iterable(_moved(edge, moves) for edge in edges):
        if edge.source not in known or edge.target not in known:
            missing = edge.target if edge.source in known else edge.source
            dangling.add(Problem("warning", f"a dependency names {missing}, which no input describes"))
        elif edge.source != edge.target:
            kept.append(edge)
    return kept, dangling


def _moved(edge: Edge, moves: Targets) -> Iterable[Edge]:
    if edge.source not in moves and edge.target not in moves:
        return (edge,)
    return (Edge(source, target) for source in targets(edge.source, moves) for target in targets(edge.target, moves))
