"""Which text a regular expression cannot match without: what the automaton looks for, or finds in any case."""

from __future__ import annotations

import re
from collections.abc import Iterator
from re import _constants as _ops  # type: ignore[attr-defined]  # the parser of re is the only one that knows re
from re import _parser  # type: ignore[attr-defined]  # same
from typing import Any, NamedTuple

from firmbom_elf.strings.automaton import Literal

SHORTEST = 4
"""Shorter literals hit everywhere."""
MOST_TEXTS = 8
"""Alternatives that are written out together with the text around them."""
_COMMON = re.compile("[Vv]ersion|[Cc]opyright")


class Needed(NamedTuple):
    """What every match of a pattern contains."""

    literals: tuple[Literal, ...] = ()
    """At least one of these; empty if there is no such set."""
    number: bool = False
    """A dotted number."""


def needed(pattern: str) -> Needed:
    """What every match of ``pattern`` contains. Raises ValueError: ``pattern`` is not a regular expression."""
    return Needed(required(pattern), _numbered(pattern))


def required(pattern: str) -> tuple[Literal, ...]:
    """Literals of which every match of ``pattern`` contains at least one; empty if there is no such set.

    Raises:
        ValueError: ``pattern`` is not a regular expression.
    """
    parsed = _parsed(pattern)
    caseless = bool(parsed.state.flags & re.IGNORECASE)
    return tuple(Literal(text, caseless) for text in _best(parsed))


def _parsed(pattern: str) -> Any:
    try:
        return _parser.parse(pattern, re.ASCII)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error


def _numbered(pattern: str) -> bool:
    """Does every match contain a digit, a dot and a digit in a row?"""
    parts = [(kind, value) for kind, value in _flat(_parsed(pattern)) if value is not None]
    return any(
        dot == (_ops.LITERAL, ord(".")) and _is_digit(*before) and _is_digit(*after)
        for before, dot, after in zip(parts, parts[1:], parts[2:], strict=False)
    )


def _is_digit(kind: Any, value: Any) -> bool:
    if kind is _ops.LITERAL:
        return chr(value) in "0123456789"
    return kind is _ops.IN and all(
        (what is _ops.CATEGORY and which is _ops.CATEGORY_DIGIT)
        or (what is _ops.RANGE and ord("0") <= which[0] <= which[1] <= ord("9"))
        or (what is _ops.LITERAL and _is_digit(what, which))
        for what, which in value
    )


def _best(parsed: Any) -> tuple[str, ...]:
    """The set whose literals tell most; empty if none tells anything."""
    telling = ((min(map(_telling, found)), -len(found), found) for found in _sets(parsed))
    most, _, best = max(telling, key=lambda one: one[:2], default=(0, 0, ()))
    return best if most else ()


def _telling(text: str) -> int:
    """How many characters a literal has besides words that stand in every other file."""
    return len(_COMMON.sub("", text))


def _sets(parsed: Any) -> Iterator[tuple[str, ...]]:
    """Every set of literals of at least :data:`SHORTEST` characters, one of which must occur."""
    runs: tuple[str, ...] = ("",)
    for kind, value in _flat(parsed):
        texts = _texts(kind, value)
        if texts and len(runs) * len(texts) <= MOST_TEXTS:
            runs = tuple(run + text for run in runs for text in texts)
            continue
        yield from _long_enough(runs)
        runs = texts or ("",)
        if kind is _ops.BRANCH and not texts:
            found = [_best(branch) for branch in value[1]]
            if all(found):
                yield tuple(sorted({text for texts in found for text in texts}))
    yield from _long_enough(runs)


def _texts(kind: Any, value: Any) -> tuple[str, ...]:
    """All that a part may match, where that is one of a few texts; else empty."""
    if kind is _ops.LITERAL and 0x20 <= value <= 0x7E:
        return (chr(value),)
    if kind is not _ops.BRANCH or len(value[1]) > MOST_TEXTS:
        return ()
    branches = [[_texts(*part) for part in branch] for branch in value[1]]
    plain = all(len(texts) == 1 for branch in branches for texts in branch)
    return tuple("".join(text for (text,) in branch) for branch in branches) if plain else ()


def _long_enough(runs: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if min(map(len, runs)) >= SHORTEST:
        yield tuple(sorted(set(runs)))


def _flat(parsed: Any) -> Iterator[tuple[Any, Any]]:
    """The parts that must match, groups and repeated parts opened; what may be absent is one opaque part."""
    for kind, value in parsed:
        if kind is _ops.SUBPATTERN and not value[1] and not value[2]:
            yield from _flat(value[3])
        elif kind in {_ops.MAX_REPEAT, _ops.MIN_REPEAT} and value[0] >= 1:
            yield from _flat(value[2])
            if value[:2] != (1, 1):
                yield kind, None
        else:
            yield kind, value
