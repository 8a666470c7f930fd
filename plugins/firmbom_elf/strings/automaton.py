"""One pass over a file's bytes that finds every literal of the catalogue and every dotted number (Hyperscan).

Only the beginnings of literals go in, and the hundred ways in which two digits stand around a dot: hundreds of them
compile in 15 ms and are searched for at 3 GB/s, where as many expressions take seconds to compile. What the hits mean,
Python decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import msgspec

from firmbom_elf.strings.database import Database, escaped

MOST_HITS = 2_000
"""Of one literal in one file; further ones say nothing new."""
MOST_NUMBERS = 30_000
"""Dotted numbers in one file that are looked at."""
MOST_CALLS = 400_000
"""Hits of literals in one file: whoever fills a file with literals gets no more of our time."""

_BEGINNING = 12
"""Bytes of a literal that are searched for, what follows being compared: with 16 it takes five times as long to compile
hundreds of them, and with 8 there are many hits more. Spaces that a literal begins with stand in every help text."""


class Literal(msgspec.Struct, frozen=True, gc=False, order=True):
    """Bytes to be found."""

    text: str
    """ASCII."""
    caseless: bool = False


class Hits(msgspec.Struct, gc=False):
    """Where what was found in one file ends: the offset after the last byte, ascending."""

    places: Mapping[Literal, int]
    """The place of each literal in the sequence that the automaton was made of."""
    literals: dict[int, list[int]] = {}
    """By the literal's place."""
    numbers: list[int] = []
    """Behind the first ``digit . digit`` of a dotted number, or the digit after ``version``."""

    def ends(self, literal: Literal) -> Sequence[int]:
        """Where that one ends. Raises KeyError if it was not looked for."""
        return self.literals.get(self.places[literal], ())

    def holds(self, literal: Literal) -> bool:
        """Is it in the file?"""
        return self.places[literal] in self.literals


class Automaton:
    """Finds ``literals`` and dotted numbers; built once a process, used for many files."""

    def __init__(self, literals: Sequence[Literal]) -> None:
        self._sought = list(map(_Sought.of, literals))
        self.places = {literal: place for place, literal in enumerate(literals)}
        self._all = Database([*self._expressions, *((expression, False) for expression in _NUMBERS)])

    @property
    def _expressions(self) -> list[tuple[bytes, bool]]:
        return [(one.expression, one.caseless) for one in self._sought]

    @cached_property
    def _literals(self) -> Database:
        return Database(self._expressions)

    def scan(self, data: bytes) -> Hits:
        """Search all of ``data``; too many hits of one kind are cut off, see the limits above."""
        hits = Hits(self.places, literals={}, numbers=[])
        literals, numbers, sought, calls = hits.literals, hits.numbers, self._sought, 0
        first, words = len(sought), len(sought) + len(_DOTTED)

        def literal(place: int, _start: int, end: int, _flags: int, _context: object) -> bool | None:
            nonlocal calls
            calls += 1
            one = sought[place]
            if not one.whole or (end >= one.behind and data.startswith(one.whole, end - one.behind)):
                ends = literals.setdefault(place, [])
                if len(ends) < MOST_HITS:
                    ends.append(end - one.behind + len(one.whole))
            return True if calls >= MOST_CALLS else None

        def either(place: int, start: int, end: int, flags: int, context: object) -> bool | None:
            nonlocal calls
            if place < first:
                return literal(place, start, end, flags, context)
            if place < words:
                numbers.append(end)
            else:
                calls += 1
                if data[end : end + 1].isdigit():
                    numbers.append(end + 1)
            return True if calls >= MOST_CALLS or len(numbers) >= MOST_NUMBERS else None

        if not self._all.scan(data, either) and calls < MOST_CALLS:  # there are too many numbers, but not literals
            literals.clear()
            calls = 0
            self._literals.scan(data, literal)
        return hits


class _Sought(msgspec.Struct, frozen=True, gc=False):
    """What is searched for in the place of one literal."""

    expression: bytes
    caseless: bool = False
    whole: bytes = b""
    """The literal, to be compared at each hit; empty if a hit is all of it."""
    behind: int = 0
    """From the literal's beginning to a hit's end, in bytes; 0 if a hit is all of it."""

    @classmethod
    def of(cls, literal: Literal) -> _Sought:
        text = literal.text.encode("ascii")
        spare = 0 if literal.caseless else len(text) - _BEGINNING
        if spare <= 0:
            return cls(escaped(text), literal.caseless)
        begins = min(spare, len(text) - len(text.lstrip(b" ")))
        behind = begins + _BEGINNING
        return cls(escaped(text[begins:behind]), whole=text, behind=behind)


_DOTTED = tuple(rb"%d\.%d" % (first, second) for first in range(10) for second in range(10))
_WORDS = tuple(word + b"%d" % digit for word in (b"ersion ", b"elease ", rb"\) ") for digit in range(10))
_NUMBERS = (*_DOTTED, *_WORDS)
"""Expressions for the beginnings of numbers, each a literal; behind those of :data:`_WORDS` is one more digit."""
