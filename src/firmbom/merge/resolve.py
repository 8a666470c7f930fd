"""The fields of one component out of all that was said of it, and what was in dispute."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from operator import attrgetter
from typing import Any

import msgspec

from firmbom.identity import STRENGTH, says_less, without_qualifiers
from firmbom.inventory import Conflict, Merged
from firmbom.merge.unify import downloads
from firmbom.model import (
    Claim,
    Component,
    Digest,
    ExternalReference,
    Licence,
    LicenceText,
    Party,
    Purl,
    Ref,
    Scope,
    own_value,
)
from firmbom.spdx import canonical

_SCOPES: tuple[Scope, ...] = ("required", "optional", "excluded")
_NOBODY = Party()


def resolve(ref: Ref, said: Sequence[Component], narrowed: Sequence[Component]) -> tuple[Merged, list[Conflict]]:
    """Merge the statements about one component; ``said`` is sorted by content and has no repetitions.

    The ref decides the identity. The strongest statement (:data:`firmbom.identity.STRENGTH`, then confidence, then
    content) decides every other field it states; what it leaves open the next one fills. Collections are united.
    ``narrowed`` are the same statements with the claims that concern this component.
    """
    if len(said) == 1 and said[0].ref == ref:
        return Merged(ref=ref, component=narrowed[0], statements=(said[0],)), []
    within, _, purl = ref.rpartition("!")
    ranked = [one if one.purl == purl else _spelt_out(one) for one in sorted(narrowed, key=_rank)]
    named = next(one for one in ranked if one.purl == purl)
    stated = zip(_RULES, zip(*map(_stated, ranked), strict=True), strict=True)
    chosen = {field: _RULES[field](values) for field, values in stated if not _settled(values)}
    merged = msgspec.structs.replace(named, within=Ref(within), **chosen)
    in_doubt = not chosen.keys().isdisjoint(_DISPUTABLE) or any(one.version != named.version for one in ranked)
    conflicts = list(_conflicts(ref, ranked)) if in_doubt else []
    return Merged(ref=ref, component=merged, statements=tuple(sorted(said, key=_rank))), conflicts


def _spelt_out(one: Component) -> Component:
    """With the value of every claim, for in another component an empty one would stand for that one's."""
    if all(claim.value for claim in one.claims):
        return one
    claims = [
        claim if claim.value else msgspec.structs.replace(claim, value=own_value(one, claim.field))
        for claim in one.claims
    ]
    return msgspec.structs.replace(one, claims=tuple(claims))


def _rank(component: Component) -> tuple[int, float]:
    """Of equals the first by content goes first, since sorting keeps their order."""
    claim = component.claims[0]
    return -STRENGTH[claim.basis], -claim.confidence


def _settled(values: tuple[Any, ...]) -> bool:
    """Do all say the same, so that no rule is needed? Several things in one field are put in order all the same."""
    first = values[0]
    return values.count(first) == len(values) and not (isinstance(first, tuple) and len(first) > 1)


def _first(values: Sequence[str]) -> str:
    """Wording, not fact: the strongest statement's stands and nobody is in dispute."""
    return next(filter(None, values), "")


def _party(values: Sequence[Party]) -> Party:
    return next((value for value in values if value != _NOBODY), _NOBODY)


def _all(values: Sequence[tuple[Any, ...]]) -> tuple[Any, ...]:
    return tuple(sorted(set(chain.from_iterable(values))))


def _in_turn(values: Sequence[tuple[Any, ...]]) -> tuple[Any, ...]:
    """In the order of who states them: the first CPE is the one that a document gives the component."""
    return tuple(dict.fromkeys(chain.from_iterable(values)))


def _scope(values: Sequence[Scope]) -> Scope:
    return next((scope for scope in _SCOPES if scope in values), "")


def _digests(values: Sequence[tuple[Digest, ...]]) -> tuple[Digest, ...]:
    found: dict[str, Digest] = {}
    for digest in chain.from_iterable(values):
        found.setdefault(digest.algorithm, digest)
    return tuple(sorted(found.values()))


def _references(values: Sequence[tuple[ExternalReference, ...]]) -> tuple[ExternalReference, ...]:
    found: dict[tuple[str, str], ExternalReference] = {}
    for reference in chain.from_iterable(values):
        key = reference.type, reference.url
        known = found.setdefault(key, reference)
        if known != reference:
            digests = tuple(sorted({*known.digests, *reference.digests}))
            found[key] = msgspec.structs.replace(known, digests=digests, comment=known.comment or reference.comment)
    return tuple(sorted(found.values()))


def _licences(values: Sequence[tuple[Licence, ...]]) -> tuple[Licence, ...]:
    found: list[Licence] = []
    for acknowledgement in ("declared", "concluded"):
        found += next(filter(None, (_acknowledged(one, acknowledgement) for one in values)), [])
    return tuple(found)


def _texts(values: Sequence[tuple[LicenceText, ...]]) -> tuple[LicenceText, ...]:
    found: dict[str, LicenceText] = {}
    for text in chain.from_iterable(values):
        found.setdefault(text.name, text)
    return tuple(sorted(found.values()))


def _upstream(values: Sequence[tuple[Purl, ...]]) -> tuple[Purl, ...]:
    """All, without those that mean what a richer one does, as a recipe whose layer only the build knows."""
    found = sorted(set(chain.from_iterable(values)))
    return tuple(one for one in found if not any(says_less(one, other) for other in found)) if found[1:] else (*found,)


_RULES: Mapping[str, Callable[[Any], Any]] = {
    "type": _first,
    "author": _first,
    "description": _first,
    "copyright": _first,
    "supplier": _party,
    "manufacturer": _party,
    "cpes": _in_turn,
    "properties": _all,
    "patches": _all,
    "upstream": _upstream,
    "claims": _in_turn,
    "scope": _scope,
    "digests": _digests,
    "references": _references,
    "licences": _licences,
    "licence_texts": _texts,
}
"""What each field becomes, given its values in all statements, the strongest first."""

_stated = attrgetter(*_RULES)
_DISPUTABLE = ("digests", "references", "licences")
"""Beside the version: facts, on which two statements cannot both be right if they differ."""


def _acknowledged(licences: Sequence[Licence], acknowledgement: str) -> list[Licence]:
    return [licence for licence in licences if licence.acknowledgement == acknowledgement]


def _conflicts(ref: Ref, ranked: Sequence[Component]) -> Iterator[Conflict]:
    """What the statements differ on and cannot both be right about: see :data:`_DISPUTABLE`."""
    released = frozenset(chain.from_iterable(one.upstream for one in ranked))
    strongest = next((one.version for one in ranked if one.version), "")
    yield from _disputes(ref, ranked, "version", partial(_version, released, strongest), _versions_agree)
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


def _version(released: frozenset[Purl], strongest: str, component: Component) -> str:
    """The version; of what speaks of the upstream release that is packaged (3.45.1 as 3450100) the package's own."""
    return strongest if without_qualifiers(component.purl) in released else component.version


_REPACKED = re.compile(r"[.+~-]?(?:dfsg|ds|repack)[\d.+~]*(?:-|\Z)")
"""What a distribution adds to upstream's version when it leaves files out."""


def _versions_agree(package: str, seen: str) -> bool:
    """Is ``seen`` the package's version, or the upstream part of it (``3.0.13`` of ``1:3.0.13.dfsg-1+deb12u1``)?"""
    upstream = _REPACKED.sub("-", package.split(":", 1)[-1])
    rest = upstream.removeprefix(seen)
    return upstream == seen or (rest != upstream and not rest[0].isalnum() and rest[0] != ".")


def _spdx(component: Component) -> str:
    """The declared licence in canonical SPDX spelling; empty when it is free text, which nobody can compare."""
    declared = _acknowledged(component.licences, "declared")
    return canonical(declared[0].value) if len(declared) == 1 else ""


def _digest(algorithm: str, component: Component) -> str:
    return next((digest.value for digest in component.digests if digest.algorithm == algorithm), "")


def _download(key: tuple[str, str], component: Component) -> str:
    return " ".join(sorted(downloads([component]).get(key, ())))
