"""Shell patterns of file names (``*``, ``?``, ``[…]``), which a file's name is looked up in without trying them all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import NamedTuple

WILD = re.compile(r"[*?\[]")
_STEM = re.compile(r"[^*?\[]*")
_FIXED = re.compile(r"\[[^\]]*\]|[*?\[]")
_BEGINNING = 5
"""Characters by which the stems are told apart first: with fewer, half of all libraries begin alike."""


def fits(name: str, pattern: str) -> bool:
    """Does the whole name match?"""
    if not WILD.search(pattern):
        return name == pattern
    begin = pattern[:-1]
    if pattern.endswith("*") and not WILD.search(begin):
        return name.startswith(begin)  # most patterns, and no expression need be compiled for them
    return fnmatchcase(name, pattern)


class _Pattern(NamedTuple):
    whole: str
    name: str
    fixed: str = ""
    """Of one for a path: the longest part without wildcards."""

    def fits(self, path: str, base: str) -> bool:
        if not self.fixed:
            return fits(base, self.whole)
        return self.fixed in path and fnmatchcase(f"/{path}", f"*/{self.whole}")


class Patterns:
    """Patterns found by what stands before their first wildcard, or by a folder; one with ``/`` fits a path's end."""

    def __init__(self, patterns: Iterable[tuple[str, str]]) -> None:
        """Args: ``patterns`` are pairs of a pattern and the name it stands for."""
        self._by_stem: dict[str, list[_Pattern]] = {}
        self._by_folder: dict[str, list[_Pattern]] = {}
        """Those whose last part begins with a wildcard, by the first of their folders that has none."""
        for whole, name in patterns:
            by, key, pattern = self._by_stem, whole, _Pattern(whole, name)
            if "/" in whole:
                *folders, key = whole.split("/")
                folder = next((one for one in folders if not WILD.search(one)), "")
                pattern = _Pattern(whole, name, max(_FIXED.split(whole), key=len))
                if folder and WILD.match(key):
                    by, key = self._by_folder, folder
            stem = _STEM.match(key)
            by.setdefault(stem[0] if stem else "", []).append(pattern)
        stems = [stem for stem in self._by_stem if len(stem) > _BEGINNING]
        self._short = sorted({len(stem) for stem in self._by_stem if len(stem) <= _BEGINNING})
        """How long the short stems are, and by their beginning how long the others are."""
        self._long: dict[str, list[int]] = {}
        for beginning, length in sorted({(stem[:_BEGINNING], len(stem)) for stem in stems}):
            self._long.setdefault(beginning, []).append(length)

    def match(self, path: str, base: str) -> Mapping[str, str]:
        """Name → pattern, for each name with a pattern that fits."""
        return {one.name: one.whole for one in self._near(path, base) if one.fits(path, base)}

    def _near(self, path: str, base: str) -> Iterator[_Pattern]:
        for length in (*self._short, *self._long.get(base[:_BEGINNING], ())):
            if length <= len(base):
                yield from self._by_stem.get(base[:length], ())
        for folder in path.split("/")[:-1]:
            yield from self._by_folder.get(folder, ())
