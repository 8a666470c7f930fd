"""Which refs speak of one component: the rules, each with its reason, and the mapping they give.

Two equal canonical purls are one component by construction. Beyond that four rules apply, and only these:

1. *Fewer qualifiers.* A purl that lacks qualifiers another one has (``?vcs_url=``, ``?arch=``) is the same package seen
   by somebody who knew less, unless the digests of their downloads disagree, which makes them two artefacts.
2. *No version.* A manifest that wants ``requests`` and a lockfile in the same folder that pins it mean one component.
3. *Owned file.* What the bytes or the name of a file suggest is evidence about the component that owns the file. What
   the same statement says of a file that nobody owns stays a component of its own: a copy beside the package.
4. *Upstream.* What the bytes suggest is evidence about the components that are packagings of it.

Rules 3 and 4 move only claims read from bytes or names (:data:`firmbom.identity.READ_FROM_BYTES`): a declared component
inside an owned file (a crate in a wheel) stays a component.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping

from firmbom.identity import READ_FROM_BYTES, parts, without_qualifiers, without_version
from firmbom.model import Basis, Component, ComponentSet, Purl, Ref, nested_ref

Statements = Mapping[Ref, list[Component]]
Targets = dict[Ref, tuple[Ref, ...]]
"""Where the statements of a ref go, if not to the ref alone; never to a ref that itself moves, but for its own."""


def unify(said: Statements, combined: ComponentSet) -> Targets:
    """Decide which refs are the same component as another one.

    Args:
        said: every statement by ref, sorted.
        combined: the set they come from, for file ownership.
    """
    moves: Targets = {}
    for level in _by_depth(said):
        alive: dict[Ref, list[Component]] = {}
        for ref in level:
            new = _rebased(ref, said[ref][0], moves, combined)
            if new != ref:
                moves[ref] = (new,)
            alive[new] = alive[new] + said[ref] if new in alive else said[ref]
        for rule in (_fewer_qualifiers, _no_version):
            _apply(rule(alive), alive, moves)
        if any(not one.within for one in said[level[0]]):
            _apply(_read_from_bytes(alive, combined, moves), alive, moves)
    return moves


def targets(ref: Ref, moves: Targets) -> tuple[Ref, ...]:
    """The refs that ``ref`` ends as; itself when it does not move."""
    return moves.get(ref, (ref,))


def _by_depth(said: Statements) -> list[list[Ref]]:
    """Refs grouped by how deeply they are nested, outermost first."""
    levels: dict[int, list[Ref]] = {}
    for ref in said:
        depth, above = 0, said[ref][0].within
        while above in said:  # ends: a container's ref is shorter than what it contains
            depth, above = depth + 1, said[above][0].within
        levels.setdefault(depth, []).append(ref)
    return [levels[depth] for depth in sorted(levels)]


def _rebased(ref: Ref, component: Component, moves: Targets, combined: ComponentSet) -> Ref:
    """The ref once its container has moved; to several, then to the one that owns the file it was seen in."""
    if not component.within or component.within not in moves:
        return ref
    goal, *others = moves[component.within]
    if others:
        place = component.claims[0].location.path
        owning = (owned.owner for owned in combined.ownership if owned.path == place)
        goal = next((end for owner in owning for end in targets(owner, moves) if end in others), goal)
    return nested_ref(goal, component.purl)


def _apply(found: Targets, alive: dict[Ref, list[Component]], moves: Targets) -> None:
    for ref, new in found.items():
        for target in new:
            alive[target] = alive[target] + alive[ref]
    for ref, new in found.items():
        if ref not in new:
            del alive[ref]
        moves[ref] = new
    for ref, old in list(moves.items()):
        if any(one in found for one in old):
            moves[ref] = tuple(dict.fromkeys(end for one in old for end in found.get(one, (one,))))


def _fewer_qualifiers(alive: Mapping[Ref, list[Component]]) -> Targets:
    buckets: dict[tuple[Ref, Purl], list[Ref]] = {}
    for ref, said in alive.items():
        buckets.setdefault((said[0].within, without_qualifiers(said[0].purl)), []).append(ref)
    found: Targets = {}
    for refs in buckets.values():
        if len(refs) > 1:
            found.update(_within_bucket(refs, alive))
    return found


def _within_bucket(refs: list[Ref], alive: Mapping[Ref, list[Component]]) -> Targets:
    knows = {ref: _qualifiers(alive[ref][0].purl) for ref in refs}
    found: Targets = {}
    for ref in refs:
        richer = [other for other in refs if knows[ref] < knows[other] and not _disagree(alive[ref], alive[other])]
        richest = tuple(sorted(one for one in richer if not any(knows[one] < knows[other] for other in richer)))
        if len(richest) == 1 or (richest and _only(Basis.REPORTED, alive[ref])):
            found[ref] = richest
    return found


def _qualifiers(purl: Purl) -> frozenset[tuple[str, str]]:
    parsed = parts(purl)
    return frozenset(parsed.qualifiers.items()) | ({("#", parsed.subpath)} if parsed.subpath else frozenset())


def _disagree(left: Iterable[Component], right: Iterable[Component]) -> bool:
    """Do two groups of statements give different digests for a download of the same name?"""
    mine, theirs = downloads(left), downloads(right)
    return any(mine[key].isdisjoint(theirs[key]) for key in mine.keys() & theirs.keys())


def downloads(said: Iterable[Component]) -> dict[tuple[str, str], set[str]]:
    """Digest values by (file name, algorithm) of every ``distribution`` reference."""
    found: dict[tuple[str, str], set[str]] = {}
    for component in said:
        for reference in component.references:
            if reference.type == "distribution":
                name = posixpath.basename(reference.url.split("#", 1)[0].split("?", 1)[0])
                for digest in reference.digests:
                    found.setdefault((name, digest.algorithm), set()).add(digest.value)
    return found


def _no_version(alive: Mapping[Ref, list[Component]]) -> Targets:
    unpinned = ((ref, said) for ref, said in alive.items() if not said[0].version)
    wanted = {ref: said for ref, said in unpinned if _only(Basis.MANIFEST, said) or _only(Basis.REPORTED, said)}
    pinned: dict[tuple[Ref, Purl], list[Ref]] = {}
    for ref, said in alive.items() if wanted else ():
        if said[0].version:
            pinned.setdefault((said[0].within, without_version(said[0].purl)), []).append(ref)
    found: Targets = {}
    for ref, said in wanted.items():
        folders = _folders(said)
        beside = [one for one in pinned.get((said[0].within, said[0].purl), ()) if folders <= _folders(alive[one])]
        if len(beside) == 1 or (beside and _only(Basis.REPORTED, said)):
            found[ref] = tuple(sorted(beside))
    return found


def _folders(said: Iterable[Component]) -> set[str]:
    return {posixpath.dirname(claim.location.path) for component in said for claim in component.claims}


def _only(basis: Basis, said: Iterable[Component]) -> bool:
    return all(claim.basis is basis for component in said for claim in component.claims)


def _read_from_bytes(alive: Mapping[Ref, list[Component]], combined: ComponentSet, moves: Targets) -> Targets:
    seen = [ref for ref, said in alive.items() if guessed(said)]
    if not seen:
        return {}
    owners: dict[str, set[Ref]] = {}
    for path, owner in ((owned.path, end) for owned in combined.ownership for end in targets(owned.owner, moves)):
        if owner in alive and not guessed(alive[owner]):
            owners.setdefault(path, set()).add(owner)
    packagings: dict[Purl, set[Ref]] = {}
    for ref, said in alive.items():
        for component in said:
            for upstream in component.upstream:
                packagings.setdefault(upstream, set()).add(ref)
    found: Targets = {}
    for ref in seen:
        said = alive[ref]
        paths = {claim.location.path for component in said for claim in component.claims}
        goal = {owner for path in paths for owner in owners.get(path, ())}
        if goal and not paths <= owners.keys():
            goal.add(ref)
        goal = goal or packagings.get(said[0].purl, set()) - {ref}
        if goal:
            found[ref] = (ref,) * (ref in goal) + tuple(sorted(goal - {ref}))
    return {ref: goal for ref, goal in found.items() if not (set(goal) - {ref}) & found.keys()}


def guessed(said: Iterable[Component]) -> bool:
    """Does all that is said rest on bytes and names?"""
    return all(claim.basis in READ_FROM_BYTES for component in said for claim in component.claims)
