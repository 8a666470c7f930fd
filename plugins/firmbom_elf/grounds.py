"""What a version rests on, how often each kind of ground told the right one, and how sure one must be to be stated.

The figures are measured, not estimated: ``benchmarks/identify.py --calibrate`` examines Debian packages whose versions
are known, tells for each ground how many of the versions that rested on it were right, and compares that with what
stands here. Grounds that need no entry of the catalogue are measured twice, on what it does not know and, for that is
little, on all as if it had no entries; the worse of the two figures stands here. A version is right if it is the one
that the package is made of, or one that the program itself goes by where a package holds several programs with releases
of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple


class Ground(StrEnum):
    """What was read, and where; :class:`firmbom_elf.facts.Rule` says only by which means."""

    RULE = "a rule of the catalogue"
    LIKENESS = "a known file that it is like"
    BUILD = "a build path that names the component"
    LINKED = "the version that a Go program was linked with, -X main.version=1.2.3"
    CRATE = "the version right behind the name of a Rust program"
    METADATA = "a pkg-config file"
    MODULE = "the module of Perl, Tcl, R or Erlang that loads the library"
    UNIT = "GHC's name of the library, which is its package's with the release"
    ANSWER = "a function or datum of the library that is there to tell its version"
    PLUGIN = "the structure that the host of a plugin of GStreamer or the X.Org server asks it for"
    RELEASE = "a release in the file's name"
    BRACKETS = "a text with the project in brackets"
    ITSELF = "a program's text with its name and version, %s version 1.2.3"
    ASKED = "a number in a program right beside the text that tells its version, thing version %s"
    BESIDE = "a number beside the library's name"
    AGREED = "numbers in the file's name that a text or number agrees with"
    TWICE = "a package string that a number agrees with"
    CONFIRMED = "a text or number in a program whose manual or metainfo names the same"
    TITLED = "a number in a program whose manual page has it behind the program's name"
    PACKAGE = "a package string and nothing else, as build systems make it"
    OPTION = "a text that names the component, in a program that documents --version"
    TEXT = "a text that names the component"
    ABOUT = "a text about some version, of a library or without a name"
    NUMBER = "a number"
    NAME = "numbers in the file's name"
    OTHER = "a text that names another component"
    SILENT = "other evidence, where the catalogue's own rules read nothing"

    def before(self, other: Ground) -> bool:
        """Is it the stronger one?"""
        return _ORDER.index(self) < _ORDER.index(other)


class Measured(NamedTuple):
    """How often a ground was right."""

    right: int
    told: int

    @property
    def share(self) -> float:
        """0..1."""
        return self.right / self.told


STATED = 0.975
"""A version is stated if, of the versions with such grounds, at least this share was right: 98 of 100, rounded."""
MEASURED: Mapping[Ground, Measured] = {
    Ground.RULE: Measured(2671, 2681),
    Ground.BUILD: Measured(294, 296),
    Ground.LINKED: Measured(63, 63),
    Ground.CRATE: Measured(42, 42),
    Ground.METADATA: Measured(22, 22),
    Ground.MODULE: Measured(552, 552),
    Ground.UNIT: Measured(482, 482),
    Ground.ANSWER: Measured(128, 131),
    Ground.PLUGIN: Measured(123, 125),
    Ground.RELEASE: Measured(69, 79),
    Ground.BRACKETS: Measured(90, 96),
    Ground.ITSELF: Measured(23, 23),
    Ground.ASKED: Measured(129, 129),
    Ground.BESIDE: Measured(177, 180),
    Ground.AGREED: Measured(63, 73),
    Ground.TWICE: Measured(56, 57),
    Ground.CONFIRMED: Measured(359, 364),
    Ground.TITLED: Measured(55, 56),
    Ground.PACKAGE: Measured(410, 462),
    Ground.OPTION: Measured(270, 304),
    Ground.TEXT: Measured(616, 830),
    Ground.ABOUT: Measured(34, 48),
    Ground.NUMBER: Measured(1402, 1705),
    Ground.NAME: Measured(0, 1),
    Ground.OTHER: Measured(14, 19),
    Ground.SILENT: Measured(35, 57),
}
"""Of each ground, where none that stands before it in :class:`Ground` was there too."""
_BUILDERS = (
    Ground.LIKENESS,
    Ground.BUILD,
    Ground.LINKED,
    Ground.CRATE,
    Ground.METADATA,
    Ground.MODULE,
    Ground.UNIT,
    Ground.ANSWER,
    Ground.PLUGIN,
    Ground.RELEASE,
)
"""What the build itself put there, or is told from, and what others ask for the version."""
_CONFIRMING = {Ground.CONFIRMED, Ground.TITLED}
_WORDS = {Ground.ASKED, Ground.BESIDE, Ground.TEXT, Ground.ABOUT, Ground.NUMBER, Ground.OTHER}
_NUMBERS = {Ground.ASKED, Ground.BESIDE, Ground.NUMBER}
_SPEAKS = 0.15
"""Evidence with less confidence is in doubt for a reason, and no ground."""
_ORDER = tuple(Ground)


def strongest(version: str, evidence: Iterable[tuple[Ground, float]], *, listed: bool) -> Ground:
    """What ``version`` rests on most.

    Args:
        version: as it would be stated.
        evidence: the ground and the confidence of each sighting of that version, in any of the component's files.
        listed: does the catalogue know the component?
    """
    found = {ground for ground, confidence in evidence if confidence >= _SPEAKS}
    if Ground.NAME in found and _telling(version) and not found.isdisjoint(_WORDS):
        found.add(Ground.AGREED)
    if Ground.PACKAGE in found and version.count(".") > 1 and not found.isdisjoint(_NUMBERS):
        found.add(Ground.TWICE)
    best = min(found, key=_ORDER.index, default=Ground.OTHER)
    if listed and best not in (Ground.RULE, *_BUILDERS):
        return min(found & _CONFIRMING, key=_ORDER.index, default=Ground.SILENT)
    return best


def precise(ground: Ground, share: float = STATED) -> bool:
    """Is a version with this ground right often enough to be stated? A likeness has its own score."""
    return ground is Ground.LIKENESS or MEASURED[ground].share >= share


def _telling(version: str) -> bool:
    """Is it more than what interfaces begin to count with, 1.0.0?"""
    return version.count(".") > 1 and not version.endswith(".0.0")
