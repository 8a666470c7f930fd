"""The JSON Canonicalization Scheme (RFC 8785): one value, one sequence of bytes."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import msgspec

from firmbom.errors import InputError

LARGEST_INTEGER = 2**53 - 1
"""Beyond it a JSON number is no longer one value for every reader (RFC 8785 section 3.2.2.3, RFC 7493 section 2.2)."""

_TEXT = frozenset({str, bool, type(None)})
_SUPPLEMENTARY = re.compile(rb"[\xf0-\xf4]")
_ABOVE_SURROGATES = re.compile(rb"[\xee\xef]")


def canonical(value: Any) -> bytes:
    r"""The canonical bytes of a JSON value made of dict, list or tuple, str, int, float, bool and None.

    A part that is a :class:`msgspec.Raw` from :func:`prepared` stands as it is.

    ``msgspec`` writes, and what it writes is JCS once :func:`_plain` has gone over the value, because

    - *numbers*: an integer of at most 53 bits is its decimal digits in both; any float whose text differs from the
      ECMAScript form (1.0 → 1) is replaced before by that form, float for float;
    - *strings*: both escape the quote, the backslash and U+0000 to U+001F only, with the same short forms and
      lower-case ``\u00xx``; lone surrogates are refused by both;
    - *order*: JCS sorts names by UTF-16 code units, msgspec by UTF-8 bytes, which is by code points. A code point of
      the basic plane is its own code unit, so two names can sort differently only where one has a supplementary
      character (code units D800 to DFFF) against one of U+E000 to U+FFFF in the other. In UTF-8 these begin with the
      bytes F0 to F4 and EE to EF. If the output lacks either, or no name has a supplementary character, the orders
      agree; else the members are put in order here.

    Raises:
        InputError: NaN, infinity, an integer beyond 53 bits, a lone surrogate, a name or value JSON does not know,
            nested too deeply.
    """
    try:
        plain = _plain(value)
        encoded = msgspec.json.encode(plain, order="sorted")
        if encoded.isascii() or not (_SUPPLEMENTARY.search(encoded) and _ABOVE_SURROGATES.search(encoded)):
            return encoded
        return msgspec.json.encode(_in_order(plain)) if _has_supplementary_name(plain) else encoded
    except RecursionError as error:
        raise InputError("nested too deeply to be signed") from error
    except UnicodeEncodeError as error:
        raise InputError("a text holds half of a surrogate pair, which has no canonical form") from error
    except TypeError as error:
        raise InputError("a member's name is not text") from error


def prepared(value: Any) -> msgspec.Raw:
    """A value in canonical form, to be part of several values without being written anew for each."""
    return msgspec.Raw(canonical(value))


def _plain(value: Any) -> Any:
    """``value`` with each number msgspec would spell otherwise replaced; the very same object where nothing is."""
    kind = type(value)
    if kind is dict:
        return _plain_members(value)
    if kind is list or kind is tuple:
        return _plain_items(value)
    if kind is float:
        return _float(value) or value
    if kind is int:
        if -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
            return value
        raise InputError(f"the integer {_short(value)} is beyond 53 bits, which has no canonical form")
    if kind in _TEXT or kind is msgspec.Raw:
        return value
    if isinstance(value, str):  # StrEnum: its text, not its name
        return str.__str__(value)
    raise InputError(f"a {kind.__name__} is not a JSON value")


def _plain_members(value: dict[str, Any]) -> dict[str, Any]:
    changed: dict[str, Any] | None = None
    for name, child in value.items():
        if type(child) in _TEXT:
            continue
        made = _plain(child)
        if made is not child:
            changed = changed or {}
            changed[name] = made
    return {**value, **changed} if changed else value


def _plain_items(value: list[Any] | tuple[Any, ...]) -> list[Any] | tuple[Any, ...]:
    changed: list[Any] | None = None
    for index, child in enumerate(value):
        if type(child) in _TEXT:
            continue
        made = _plain(child)
        if made is not child:
            changed = changed or list(value)
            changed[index] = made
    return value if changed is None else changed


@lru_cache(4096)
def _float(value: float) -> msgspec.Raw | None:
    """The ECMAScript text of a float, or None where msgspec writes just that (documents repeat few confidences)."""
    import rfc8785

    try:
        text = rfc8785.dumps(value)
    except rfc8785.FloatDomainError as error:
        raise InputError(f"{value} is not a JSON number") from error
    return None if text == msgspec.json.encode(value) else msgspec.Raw(text)


def _has_supplementary_name(value: Any) -> bool:
    """Whether any member's name, at any depth, holds a character beyond U+FFFF; prepared parts are in order."""
    rest = [value]
    while rest:
        part = rest.pop()
        if isinstance(part, dict):
            if any(max(name, default="") > "\uffff" for name in part):
                return True
            rest += part.values()
        elif isinstance(part, (list, tuple)):
            rest += part
    return False


def _in_order(value: Any) -> Any:
    """``value`` with the members of every object in the order of their names' UTF-16 code units."""
    if isinstance(value, dict):
        ordered = sorted(value.items(), key=lambda member: member[0].encode("utf-16-be"))
        return {name: _in_order(child) for name, child in ordered}
    if isinstance(value, (list, tuple)):
        return [_in_order(child) for child in value]
    return value


def _short(value: int) -> str:
    return hex(value)[:20] + "…" if value.bit_length() > 128 else str(value)
