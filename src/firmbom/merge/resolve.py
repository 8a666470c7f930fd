"""The fields of one component out of all that was said of it, and what was in dispute."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from typing import Any

import msgspec

from firmbom.identity import STRENGTH
from firmbom.merge.unify import downloads
from firmbom.model import (
    Claim,
    Component,
    Conflict,
    Digest,
    ExternalReference,
    Licence,
    Merged,
    Party,
    Ref,
    Scope,
)

_FIRST_WINS = ("type", "author", "description", "copyright")
"""Wording, not fact: the strongest statement's stands and nobody is in dispute."""

_UNITED = ("cpes", "properties", "patches", "upstream")
_PARTIES = ("supplier", "manufacturer")
_SCOPES: tuple[Scope, ...] = ("required", "optional", "excluded")


def resolve(ref: Ref, said: Sequence[Component]) -> tuple[Merged, list[Conflict]]:
    """Merge the statements about one component; ``said`` is sorted by content and has no repetitions.

    The ref decides the identity. The strongest statement (:data:`firmbom.identity.STRENGTH`, then confidence, then
    content) decides every other field it states; what it leaves open the next one fills. Collections are united.
    """
    if len(said) == 1 and said[0].ref == ref:
        return Merged(ref=ref, component=said[0], statements=(said[0],)), []
    ranked = sorted(said, key=_rank)
    within, _, purl = ref.rpartition("!")
    named = next(one for one in ranked if one.purl == purl)
    chosen: dict[str, Any] = {field: _first(ranked, field) for field in _FIRST_WINS}
    chosen |= {
        field: next((v for v in (getattr(s, field) for s in ranked) if v != Party()), Party()) for field in _PARTIES
    }
    chosen |= {field: _united(ranked, field) for field in _UNITED}
    chosen["claims"] = tuple(dict.fromkeys(claim for one in ranked for claim in one.claims))
    chosen["scope"] = _scope(ranked)
    chosen["digests"] = _digests(ranked)
    chosen["references"] = _references(ranked)
    chosen["licences"] = _licences(ranked)
    merged = msgspec.structs.replace(named, within=Ref(within), **chosen)
    return Merged(ref=ref, component=merged, statements=tuple(ranked)), list(_conflicts(ref, ranked))


def _rank(component: Component) -> tuple[int, float]:
    """Of equals the first by content goes first, since sorting keeps their order."""
    claim = component.claims[0]
    return -STRENGTH[claim.basis], -claim.confidence


def _first(ranked: Sequence[Component], field: str) -> object:
    return next((value for value in (getattr(one, field) for one in ranked) if value), getattr(ranked[0], field))


def _united(ranked: Sequence[Component], field: str) -> tuple[object, ...]:
    return tuple(sorted({value for one in ranked for value in getattr(one, field)}))


def _scope(ranked: Sequence[Component]) -> Scope:
    stated = {one.scope for one in ranked}
    return next((scope for scope in _SCOPES if scope in stated), "")


def _digests(ranked: Sequence[Component]) -> tuple[Digest, ...]:
    found: dict[str, Digest] = {}
    for one in ranked:
        for digest in one.digests:
            found.setdefault(digest.algorithm, digest)
    return tuple(sorted(found.values()))


def _references(ranked: Sequence[Component]) -> tuple[ExternalReference, ...]:
    found: dict[tuple[str, str], ExternalReference] = {}
    for one in ranked:
        for reference in one.references:
            key = reference.type, reference.url
            known = found.setdefault(key, reference)
            if known != reference:
                digests = tuple(sorted({*known.digests, *reference.digests}))
                found[key] = msgspec.structs.replace(known, digests=digests, comment=known.comment or reference.comment)
    return tuple(sorted(found.values()))


def _licences(ranked: Sequence[Component]) -> tuple[Licence, ...]:
    found: list[Licence] = []
    for acknowledgement in ("declared", "concluded"):
        found += next(filter(None, (_acknowledged(one, acknowledgement) for one in ranked)), [])
    return tuple(found)


def _acknowledged(component: Component, acknowledgement: str) -> list[Licence]:
    return [licence for licence in component.licences if licence.acknowledgement == acknowledgement]


def _conflicts(ref: Ref, ranked: Sequence[Component]) -> Iterator[Conflict]:
    """Facts, not wordings, on which two statements cannot both be right."""
    yield from _disputes(ref, ranked, "version", _version, _versions_agree)
    yield from _disputes(ref, ranked, "licences", _spdx, str.__eq__)
    for algorithm in sorted({digest.algorithm for one in ranked for digest in one.digests}):
        yield from _disputes(ref, ranked, f"digests[{algorithm}]", partial(_digest, algorithm), str.__eq__)
    files = [downloads([one]) for one in ranked]
    said = {key: {" ".join(sorted(one[key])) for one in files if key in one} for one in files for key in one}
    for name, kind in sorted(key for key, values in said.items() if len(values) > 1):
        yield from _disputes(ref, ranked, f"references[{name}][{kind}]", partial(_download, (name, kind)), str.__eq__)


def _disputes(
    ref: Ref,
    ranked: Sequence[Component],
    field: str,
    value_of: Callable[[Component], str],
    agree: Callable[[str, str], bool],
) -> Iterator[Conflict]:
    by_value: dict[str, list[Claim]] = {}
    for one in ranked:
        value = value_of(one)
        if value:
            by_value.setdefault(value, []).extend(one.claims)
    chosen, *others = by_value or [""]
    for other in others:
        if not agree(chosen, other):
            yield Conflict(ref, field, chosen, tuple(by_value[chosen]), other, tuple(by_value[other]))


def _version(component: Component) -> str:
    return component.version


def _versions_agree(package: str, seen: str) -> bool:
    """Is ``seen`` the package's version, or the upstream part of it (``3.0.13`` of ``1:3.0.13-1+deb12u1``)?"""
    upstream = package.split(":", 1)[-1]
    rest = upstream.removeprefix(seen)
    return upstream == seen or (rest != upstream and not rest[0].isalnum() and rest[0] != ".")


def _spdx(component: Component) -> str:
    """The declared licence in canonical SPDX spelling; empty when it is free text, which nobody can compare."""
    declared = _acknowledged(component, "declared")
    return _canonical_licence(declared[0].value) if len(declared) == 1 else ""


@lru_cache(4096)
def _canonical_licence(text: str) -> str:
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    try:
        return canonicalize_license_expression(text)
    except InvalidLicenseExpression:
        return ""


def _digest(algorithm: str, component: Component) -> str:
    return next((digest.value for digest in component.digests if digest.algorithm == algorithm), "")


def _download(key: tuple[str, str], component: Component) -> str:
    return " ".join(sorted(downloads([component]).get(key, ())))
