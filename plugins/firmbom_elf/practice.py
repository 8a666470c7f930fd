"""Signs that somebody keeps a program well: what it says of its own version is then more often up to date.

Measured (``benchmarks/identify.py --calibrate``): of bare numbers in programs without such a sign one in four is not
the release that the program is of, mostly since nobody changed it for a new one; with three signs one in forty.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cached_property

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
_SURE = 0.8
"""So sure is a number about which everything around it speaks of the program's version."""
_LATELY = 2015
"""A program whose copyright was claimed in that year or later has somebody who looks after its texts."""
_CLAIMS = (b"opyright", b"(C) ", b"(c) ")
_CLAIM = 90
"""So far after one of these is the year, in bytes."""
_MOST_CLAIMS = 40
_YEAR = re.compile(rb"(?<!\d)(?:19|20)\d\d(?!\d)")
_BUGS = (b"bugs", b"Bugs", b"ug report")
_WELL = 4
"""So many of the eight signs say that a program is well kept."""
_SHORT = 0.7
"""So sure a number like 5.4 must be, which anything may be."""
_OTHERWISE = re.compile(r"(?:\d+\.){3}0$|-(?:alpha|beta|rc|pre)$")
"""What others call 4.1.9 is 4.1.9.0 inside, and 1.2.0-beta is the first or the second one."""
_UNFINISHED = re.compile(r"[-+~](?:\d+$|dev|git|svn|snapshot|pre|rc|undefined|unknown)", re.IGNORECASE)
"""What follows the number of no release, or of one that goes on: ``0.74-3``, ``1.13-dev``."""


class Practice:
    """One program or library, looked at when somebody asks: most files hold no version that would need it."""

    def __init__(self, data: bytes, elf: Elf, texts: Collection[Literal]) -> None:
        """Args: ``texts`` are those of :data:`TEXTS` that it holds."""
        self._data, self._elf, self._texts = data, elf, texts

    @property
    def documented(self) -> bool:
        """Do its texts offer to tell the version?"""
        return _OPTION in self._texts

    @property
    def _signs(self) -> int:
        """How many of these it has: long options, an address of the secured web, translations, size."""
        options = self.documented or not _LONG_OPTIONS.isdisjoint(self._elf.imports)
        translated = not _TRANSLATED.isdisjoint(self._elf.imports)
        return options + (_SECURED in self._texts) + translated + (len(self._data) >= _LARGE)

    def of_text(self, ground: Ground, version: str) -> Ground:
        """What a text with a version rests on here."""
        if ground is Ground.ITSELF and (self._elf.kind == "library" or version.count(".") < 2):
            return Ground.ABOUT
        return Ground.OPTION if ground is Ground.TEXT and self.documented else ground

    def of_number(self, number: Number, sure: float) -> Ground:
        """What a bare number rests on here that is ``sure`` to be the version, 0..1, by what stands around it."""
        telling = number.version.count(".") > 1
        if number.foreign:
            return Ground.NUMBER
        if _OTHERWISE.search(number.version) or _UNFINISHED.match(number.string.text.partition(number.version)[2]):
            return Ground.NUMBER
        if self._elf.kind == "library":
            return Ground.BESIDE if number.named and telling else Ground.NUMBER
        if not telling and sure < _SHORT:
            return Ground.NUMBER
        signs = self._signs + bool(_LATE.search(number.version)) + (sure >= _SURE)
        return Ground.KEPT if signs >= _WELL or signs + self._looked_after >= _WELL else Ground.NUMBER

    @cached_property
    def _looked_after(self) -> int:
        """How many it has of two further signs: it says where to send reports, and claims copyright for late years."""
        return any(text in self._data for text in _BUGS) + (_claimed(self._data) >= _LATELY)


def _claimed(data: bytes) -> int:
    """The last year in which copyright is claimed in a file; 0 if it is not."""
    latest = 0
    for claim in _CLAIMS:
        end = -1
        for _ in range(_MOST_CLAIMS):
            end = data.find(claim, end + 1)
            if end < 0:
                break
            text = data[end : end + _CLAIM].partition(b"\0")[0]
            latest = max(latest, *(int(year) for year in _YEAR.findall(text)), 0)
    return latest
