"""What is known of vulnerabilities by component: statements follow their component, and the strongest decides."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import get_args

from firmbom.inventory import Assessed
from firmbom.merge.unify import Targets, targets
from firmbom.model import ROOT, Assessment, Ground, Problem, Ref
from firmbom.reason import Status

_GROUNDS: tuple[Ground, ...] = get_args(Ground)
_CAUTION: tuple[Status, ...] = ("affected", "under_investigation", "not_affected", "fixed")
"""Of two statements on equal ground that contradict each other, the one counts that asks for more care."""


def assessed(
    said: Iterable[Assessment], moves: Targets, known: Container[Ref]
) -> tuple[tuple[Assessed, ...], set[Problem]]:
    """Group the statements by the component that they end at, and by vulnerability.

    Args:
        said: every statement, sorted and without repetitions.
        moves: where the statements about a component went.
        known: the components there are.

    Returns:
        What is known, sorted; and a problem for each component that nobody describes.
    """
    found: dict[tuple[Ref, str], list[Assessment]] = {}
    lost: dict[Ref, int] = {}
    for one in said:
        for ref in targets(one.ref, moves):
            if ref == ROOT or ref in known:
                found.setdefault((ref, one.vulnerability), []).append(one)
            else:
                lost[ref] = lost.get(ref, 0) + 1
    made = tuple(
        Assessed(ref=ref, vulnerability=vulnerability, statements=tuple(sorted(found[ref, vulnerability], key=_rank)))
        for ref, vulnerability in sorted(found)
    )
    return made, {
        Problem("warning", f"{count} statements on vulnerabilities name {ref}, which no input describes")
        for ref, count in lost.items()
    }


def _rank(one: Assessment) -> tuple[int, int, bool, Assessment]:
    """Of statements with one status the one goes first that gives its reason in words."""
    return _GROUNDS.index(one.basis), _CAUTION.index(one.reason.status), not one.note, one
