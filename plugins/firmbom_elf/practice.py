"""Signs that somebody keeps a program well: what it says of its own version is then more often up to date.

Measured (``benchmarks/identify.py --calibrate``): of bare numbers in programs without such a sign one in four is not
the release that the program is of, mostly since nobody changed it for a new one; with three signs one in forty.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from firmbom_elf.automaton import Literal
from firmbom_elf.facts import Elf
from firmbom_elf.grounds import Ground
from firmbom_elf.numbers import Number

_OPTION, _SECURED = Literal("--version"), Literal("https://")
TEXTS = (_OPTION, _SECURED)
"""What is looked for in each file."""
_LONG_OPTIONS = {"getopt_long", "getopt_long_only"}
_TRANSLATED = {"bindtextdomain", "dcgettext"}
_LARGE = 1 << 17
"""Bytes; small programs are often finished, and so is what they say."""
_LATE = re.compile(r"\d\d")
"""Many releases came before one that is numbered so."""
_WELL = 3
"""So many of the five signs say that a program is well kept."""


class Practice:
    """One program or library, looked at when somebody asks: most files hold no version that would need it."""

    def __init__(self, size: int, elf: Elf, texts: Collection[Literal]) -> None:
        """Args: ``size`` in bytes; ``texts`` are those of :data:`TEXTS` that it holds."""
        self._size, self._elf, self._texts = size, elf, texts

    @property
    def documented(self) -> bool:
        """Do its texts offer to tell the version?"""
        return _OPTION in self._texts

    @property
    def _signs(self) -> int:
        """How many of these it has: long options, an address of the secured web, translations, size."""
        options = self.documented or not _LONG_OPTIONS.isdisjoint(self._elf.imports)
        translated = not _TRANSLATED.isdisjoint(self._elf.imports)
        return options + (_SECURED in self._texts) + translated + (self._size >= _LARGE)

    def of_text(self, ground: Ground) -> Ground:
        """What a text with a version rests on here."""
        if ground is Ground.ITSELF and self._elf.kind == "library":
            return Ground.ABOUT
        return Ground.OPTION if ground is Ground.TEXT and self.documented else ground

    def of_number(self, number: Number) -> Ground:
        """What a bare number rests on here."""
        if number.foreign:
            return Ground.NUMBER
        if number.named and self._elf.kind == "library":
            return Ground.BESIDE
        return Ground.KEPT if self._signs + bool(_LATE.search(number.version)) >= _WELL else Ground.NUMBER
