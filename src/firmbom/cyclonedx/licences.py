"""Licences as CycloneDX ``licenses``: what is an SPDX identifier, an expression, free text, and what may be mixed.

Version 1.6 allows a list of identifiers and names, or one expression and nothing else; 1.7 allows any mixture. The text
of a ``LicenseRef-`` stands in 1.7 beside the expression that it is part of; in 1.6 in its own entry, which stands in
``evidence.licenses`` where the licence is only a part of the expression.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from firmbom.cyclonedx.schema import spdx_identifiers
from firmbom.cyclonedx.spec import Spec
from firmbom.model import Licence, LicenceText
from firmbom.spdx import REFERENCE, canonical

Choice = list[dict[str, Any]]
"""A ``licenses`` array."""


_REFERENCE = re.compile(rf"{REFERENCE}[A-Za-z0-9.-]+")


class _Told(NamedTuple):
    acknowledgement: str
    kind: Literal["id", "expression", "name"]
    text: str


def choices(licences: Iterable[Licence], spec: Spec, texts: Iterable[LicenceText] = ()) -> tuple[Choice, Choice]:
    """``licenses`` and ``evidence.licenses``.

    The second is used only where 1.6 cannot hold an expression beside licences of the other acknowledgement: then the
    concluded ones stand in ``licenses`` (BSI TR-03183-2: the distribution licence) and the declared ones in evidence.
    Then there is no room for the ``texts`` of licences, where those are an expression.
    """
    chosen, observed = _choices(licences, spec)
    known = {one.name: one.text for one in sorted(set(texts), reverse=True)}
    return _with_texts(chosen, observed, known, spec) if known else (chosen, observed)


def _choices(licences: Iterable[Licence], spec: Spec) -> tuple[Choice, Choice]:
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


def _with_texts(chosen: Choice, observed: Choice, known: Mapping[str, str], spec: Spec) -> tuple[Choice, Choice]:
    """The texts of the references that occur, each once."""
    used = {name for one in chosen + observed for name in _REFERENCE.findall(one.get("expression", ""))}
    kept = {name: {"content": text} for name, text in sorted(known.items()) if name in used}
    if spec.mixes_licences:
        return [_detailed(one, kept) for one in chosen], observed
    alone = chosen[0].get("expression") if len(chosen) == 1 else None
    if alone in kept:
        licence = {"name": alone, "acknowledgement": chosen[0]["acknowledgement"], "text": kept[alone]}
        return [{"license": licence}], observed
    if any("expression" in one for one in observed):
        return chosen, observed
    return chosen, observed + [{"license": {"name": name, "text": text}} for name, text in kept.items()]


def _detailed(entry: dict[str, Any], kept: Mapping[str, dict[str, str]]) -> dict[str, Any]:
    parts = set(_REFERENCE.findall(entry.get("expression", "")))
    details = [{"licenseIdentifier": name, "text": text} for name, text in kept.items() if name in parts]
    return {**entry, "expressionDetails": details} if details else entry


def _entry(told: _Told) -> dict[str, Any]:
    if told.kind == "expression":
        return {"expression": told.text, "acknowledgement": told.acknowledgement}
    return {"license": {told.kind: told.text, "acknowledgement": told.acknowledgement}}
