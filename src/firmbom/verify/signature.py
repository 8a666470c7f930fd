"""The first question: did those who must have signed sign every byte of meaning in the document?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from firmbom.errors import InputError
from firmbom.verify.answer import Answer

if TYPE_CHECKING:
    from firmbom.signing.demand import Demand
    from firmbom.signing.jsf import Checked
    from firmbom.signing.keys import PublicKey


class Signed(NamedTuple):
    """The answer, and who made it."""

    answer: Answer
    by: tuple[PublicKey, ...] = ()
    """The keys of those asked for who made a valid signature, in the order of the signatures."""


def signature(document: Mapping[str, Any], demand: Demand) -> Signed:
    """Judge the signatures at the root of the document by ``demand``; none of them may be broken."""
    from firmbom.signing import jsf
    from firmbom.signing.demand import Made

    if not demand.signatories:
        return Signed(Answer("failed", ("no key was given, and the one in the document proves nothing",)))
    if jsf.MEMBER not in document:
        return Signed(Answer("failed", (_unsigned(document),)))
    try:
        checked = jsf.verify(document, demand.keys)
    except InputError as error:
        return Signed(Answer("failed", (error.message,)))
    valid = {one.key.id: one for one in checked if one.valid and one.key}
    met = demand.weigh([Made(key=one.key, certificates=one.certificates) for one in checked if one.valid and one.key])
    counted = {key.id for key in met.by}
    invalid = [_invalid(number, one) for number, one in enumerate(checked, 1) if one.valid is False]
    others = [_other(one) for one in checked if one.valid is not False and (not one.key or one.key.id not in counted)]
    notes = [signed_by(valid[key.id].algorithm, key) for key in met.by]
    if met.missing or invalid:
        return Signed(Answer("failed", (*invalid, *met.missing, *others)), met.by)
    return Signed(Answer("passed", (*notes, *others)), met.by)


def _unsigned(document: Mapping[str, Any]) -> str:
    nested = _nested_signatures(document)
    rest = f"; {nested} inside it cover only parts and do not count" if nested else ""
    return f"the document carries no signature of its own{rest}"


def _nested_signatures(document: Mapping[str, Any]) -> int:
    found, rest = 0, list(document.values())
    while rest:
        part = rest.pop()
        if isinstance(part, dict):
            found += isinstance(part.get("signature"), dict)
            rest += part.values()
        elif isinstance(part, list):
            rest += part
    return found


def inner(document: Mapping[str, Any], keys: Sequence[PublicKey]) -> tuple[list[str], list[str]]:
    """What is wrong with the signatures of a document that is signed as a whole already, and what they add."""
    from firmbom.signing import jsf

    if jsf.MEMBER not in document:
        return [], []
    try:
        checked = jsf.verify(document, keys)
    except InputError as error:
        return [f"inside the SBOM: {error.message}"], []
    broken = [f"inside the SBOM {_invalid(number, one)}" for number, one in enumerate(checked, 1) if one.valid is False]
    good = [f"the SBOM itself is signed by {one.key}" for one in checked if one.valid and one.trusted and one.key]
    return broken, [*good, *(f"the SBOM itself is {_other(one)}" for one in checked if one.valid and not one.trusted)]


def signed_by(algorithm: str, key: PublicKey) -> str:
    """Who signed, and how where the key leaves a choice."""
    how = "" if algorithm == key.kind else f"{algorithm} by "
    return f"{how}{key}" + (f" ({key.note})" if key.note else "")


def _invalid(number: int, one: Checked) -> str:
    return f"signature {number} is not valid: {one.reason}"


def _other(one: Checked) -> str:
    if one.valid:
        return f"also signed by {'' if one.trusted else 'an unknown '}{one.key}"
    return f"a signature by {one.key_id or 'nobody named'!r} cannot be checked: {one.reason}"
