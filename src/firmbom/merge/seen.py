"""What was seen in files speaks of their owners: which claims of a moved statement belong to which component."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from firmbom.merge.unify import Statements, Targets, guessed
from firmbom.model import Component, Ownership, Ref


class Seen:
    """The statements that rest on bytes and names, and went to the owners of the files."""

    def __init__(self, said: Statements, moves: Targets, ownership: Iterable[Ownership]) -> None:
        """Args: ``ownership`` names the owners as they end."""
        self._moved = frozenset(ref for ref in moves if ref in said and _stands_alone(said[ref]))
        self._goals = {ref: frozenset(moves[ref]) for ref in self._moved}
        self._staying = frozenset(ref for ref in self._moved if ref in moves[ref])
        self._reached = frozenset(end for ref in self._moved for end in moves[ref])
        self._owners: Mapping[str, set[Ref]] = _by_path(ownership, self._reached) if self._moved else {}

    def narrowed(self, ref: Ref, said: Sequence[Component]) -> tuple[Sequence[Component], Sequence[Component]]:
        """The statements about ``ref``, and the same without the claims that rest on files of other components.

        One of which nothing is left says nothing of this component, unless nothing else names it; all are kept if
        nothing is left of any.
        """
        if ref not in self._reached:
            return said, said
        left = [self._narrow(ref, one) for one in said]
        if not any(left):
            return said, said
        purl = ref.rpartition("!")[2]
        named = any(one and one.purl == purl for one in left)
        pairs = zip(said, left, strict=True)
        kept = [(one, narrow or one) for one, narrow in pairs if narrow or (not named and one.purl == purl)]
        return [one for one, _ in kept], [narrow for _, narrow in kept]

    def _narrow(self, ref: Ref, one: Component) -> Component | None:
        if one.ref not in self._moved:
            return one
        claims = tuple(claim for claim in one.claims if self._is_about(ref, one, claim.location.path))
        if len(claims) == len(one.claims):
            return one
        return msgspec.structs.replace(one, claims=claims) if claims else None

    def _is_about(self, ref: Ref, one: Component, path: str) -> bool:
        owners = self._owners.get(path, set()) & self._goals[one.ref]  # who moved for another reason has none there
        if owners:
            return ref in owners
        return ref == one.ref or one.ref not in self._staying


def _stands_alone(said: Sequence[Component]) -> bool:
    """Is it about a file by itself? What is inside a component goes where that goes."""
    return not said[0].within and guessed(said)


def _by_path(ownership: Iterable[Ownership], among: frozenset[Ref]) -> dict[str, set[Ref]]:
    found: dict[str, set[Ref]] = {}
    for owned in ownership:
        if owned.owner in among:
            found.setdefault(owned.path, set()).add(owned.owner)
    return found
