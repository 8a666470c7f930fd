"""Licences as CycloneDX ``licenses``: what is an SPDX identifier, an expression, free text, and what may be mixed.

Version 1.6 allows a list of identifiers and names, or one expression and nothing else; 1.7 allows any mixture.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from firmbom.cyclonedx.schema import spdx_identifiers
from firmbom.cyclonedx.spec import Spec
from firmbom.model import Licence
from firmbom.spdx import canonical

Choice = list[dict[str, Any]]
"""A ``licenses`` array."""


class _Told(NamedTuple):
    acknowledgement: str
    kind: Literal["id", "expression", "name"]
    text: str


def choices(licences: Iterable[Licence], spec: Spec) -> tuple[Choice, Choice]:
    """``licenses`` and ``evidence.licenses``.

    The second is used only where 1.6 cannot hold an expression beside licences of the other acknowledgement: then the
    concluded ones stand in ``licenses`` (BSI TR-03183-2: the distribution licence) and the declared ones in evidence.
    """
    told = _told(tuple(licences))
    if spec.mixes_licences or len(told) < 2 or all(one.kind != "expression" for one in told):
        return [_entry(one) for one in told], []
    by_acknowledgement = [
        _alone([one for one in told if one.acknowledgement == which]) for which in ("concluded", "declared")
    ]
    concluded, declared = ([_entry(one) for one in group] for group in by_acknowledgement)
    if not concluded or not declared:
        return concluded or declared, []
    return concluded, declared


@lru_cache(1 << 12)
def _told(licences: tuple[Licence, ...]) -> tuple[_Told, ...]:
    """Classified, sorted; many components have the same licences."""
    return tuple(sorted({_Told(one.acknowledgement, *classify(one.value)) for one in licences if one.value.strip()}))


@lru_cache(1 << 14)
def classify(value: str) -> tuple[Literal["id", "expression", "name"], str]:
    """What a licence's text is, and its canonical spelling if it is SPDX."""
    text = value.strip()
    if text in spdx_identifiers():
        return "id", text
    spelt = canonical(text)
    if not spelt:
        return "name", text
    return ("id" if spelt in spdx_identifiers() else "expression"), spelt


def _alone(told: list[_Told]) -> list[_Told]:
    """Licences of one acknowledgement as 1.6 can hold them: all of them apply, so expressions are joined by AND.

    Free text cannot be part of an expression; beside it the expressions are written as names too.
    """
    if len(told) < 2 or all(one.kind != "expression" for one in told):
        return told
    if any(one.kind == "name" for one in told):
        return [one._replace(kind="name") for one in told]
    joined = " AND ".join(f"({one.text})" if " OR " in one.text else one.text for one in told)
    return [_Told(told[0].acknowledgement, "expression", joined)]


def _entry(told: _Told) -> dict[str, Any]:
    if told.kind == "expression":
        return {"expression": told.text, "acknowledgement": told.acknowledgement}
    return {"license": {told.kind: told.text, "acknowledgement": told.acknowledgement}}
