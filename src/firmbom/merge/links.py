"""Links between files become edges between the components that the files belong to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from firmbom.inventory import Merged
from firmbom.model import Edge, Link, Ownership, Ref


def lifted(links: Iterable[Link], components: Sequence[Merged], ownership: Iterable[Ownership]) -> Iterator[Edge]:
    """The edges that ``links`` give, sorted; a component's files loading each other are none.

    A file belongs to its owner among ``components``; one that none of them owns to those that were read in it, save
    what is inside them.
    """
    listed = tuple(links)
    if not listed:
        return
    belongs = _owners({end for link in listed for end in (link.source, link.target)}, components, ownership)
    pairs = {
        (source, target)
        for link in listed
        for source in belongs[link.source]
        for target in belongs[link.target]
        if source != target
    }
    yield from (Edge(source, target) for source, target in sorted(pairs))


def _owners(paths: set[str], components: Sequence[Merged], ownership: Iterable[Ownership]) -> dict[str, set[Ref]]:
    known = {merged.ref for merged in components}
    owned: dict[str, set[Ref]] = {}
    for one in ownership:
        if one.path in paths and one.owner in known:
            owned.setdefault(one.path, set()).add(one.owner)
    seen: dict[str, set[Ref]] = {}
    for merged in components:
        if not merged.component.within:
            for claim in merged.component.claims:
                if claim.location.path in paths:
                    seen.setdefault(claim.location.path, set()).add(merged.ref)
    return {path: owned.get(path) or seen.get(path) or set() for path in paths}
