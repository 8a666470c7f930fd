"""One pass over a file's bytes that finds every literal of the catalogue and every dotted number (Hyperscan).

Only the beginnings of literals and some trivial expressions go in: hundreds of them compile in 15 ms and are searched
for at 2 GB/s, where the same number of whole expressions takes seconds to compile. What the hits mean, Python decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import msgspec

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
        sought = list(map(_Sought.of, literals))
        self._wholes = [(one.whole, one.behind) for one in sought]
        self._literals = _Database([(one.expression, one.caseless) for one in sought])
        self.places = {literal: place for place, literal in enumerate(literals)}
        self._numbers = _Database([(number, False) for number in _NUMBERS])

    def scan(self, data: bytes) -> Hits:
        """Search all of ``data``; too many hits of one kind are cut off, see the limits above."""
        hits = Hits(self.places, literals={}, numbers=[])
        literals, numbers, wholes = hits.literals, hits.numbers, self._wholes
        calls = 0

        def literal(place: int, _start: int, end: int, _flags: int, _context: object) -> bool | None:
            nonlocal calls
            calls += 1
            whole, behind = wholes[place]
            if not whole or (end >= behind and data.startswith(whole, end - behind)):
                ends = literals.setdefault(place, [])
                if len(ends) < MOST_HITS:
                    ends.append(end - behind + len(whole))
            return True if calls >= MOST_CALLS else None

        def number(_place: int, _start: int, end: int, _flags: int, _context: object) -> bool | None:
            numbers.append(end)
            return True if len(numbers) >= MOST_NUMBERS else None

        self._literals.scan(data, literal)
        self._numbers.scan(data, number)
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
            return cls(_escaped(text), literal.caseless)
        begins = min(spare, len(text) - len(text.lstrip(b" ")))
        behind = begins + _BEGINNING
        return cls(_escaped(text[begins:behind]), whole=text, behind=behind)


def _escaped(text: bytes) -> bytes:
    return re.escape(text).replace(b"\0", rb"\x00")  # an expression ends with its first zero


_NUMBERS = (rb"[0-9]\.[0-9]", rb"ersion [0-9][0-9]", rb"elease [0-9][0-9]", rb"\) [0-9][0-9]")


class _Database:
    """Expressions that Hyperscan looks for. Literals alone compile in a third of the time that a mixture takes."""

    def __init__(self, expressions: Sequence[tuple[bytes, bool]]) -> None:
        """Args: ``expressions`` are each one and whether its letters' case does not matter."""
        import hyperscan as hs  # heavy, and only workers need it

        self._database = hs.Database(mode=hs.HS_MODE_BLOCK)
        self._database.compile(
            expressions=[text for text, _ in expressions],
            ids=list(range(len(expressions))),
            elements=len(expressions),
            flags=[hs.HS_FLAG_DOTALL | (hs.HS_FLAG_CASELESS if caseless else 0) for _, caseless in expressions],
        )
        self._terminated = hs.ScanTerminated
        self._scratch = hs.Scratch(self._database)

    def scan(self, data: bytes, found: Callable[[int, int, int, int, object], bool | None]) -> None:
        """Tell ``found`` of each hit, until it returns True."""
        with suppress(self._terminated):
            self._database.scan(data, match_event_handler=found, scratch=self._scratch)
