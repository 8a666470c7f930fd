"""Shell patterns of file names (``*``, ``?``, ``[…]``), which a file's name is looked up in without trying them all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

WILD = re.compile(r"[*?\[]")
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


class Patterns:
    """Patterns found by what stands before their first wildcard; one with ``/`` fits the end of a path."""

    def __init__(self, patterns: Iterable[tuple[str, str]]) -> None:
        """Args: ``patterns`` are pairs of a pattern and the name it stands for."""
        self._by_stem: dict[str, list[tuple[str, str, str]]] = {}
        for pattern, name in patterns:
            stem = WILD.split(pattern.rpartition("/")[2], maxsplit=1)[0]
            fixed = max(_FIXED.split(pattern), key=len)
            self._by_stem.setdefault(stem, []).append((fixed, pattern, name))
        stems = [stem for stem in self._by_stem if len(stem) > _BEGINNING]
        self._short = sorted({len(stem) for stem in self._by_stem if len(stem) <= _BEGINNING})
        """How long the short stems are, and by their beginning how long the others are."""
        self._long: dict[str, list[int]] = {}
        for beginning, length in sorted({(stem[:_BEGINNING], len(stem)) for stem in stems}):
            self._long.setdefault(beginning, []).append(length)

    def match(self, path: str, base: str) -> Mapping[str, str]:
        """Name → pattern, for each name with a pattern that fits."""
        return {
            name: pattern
            for length in (*self._short, *self._long.get(base[:_BEGINNING], ()))
            if length <= len(base)
            for fixed, pattern, name in self._by_stem.get(base[:length], ())
            if fixed in path and (fnmatchcase(f"/{path}", f"*/{pattern}") if "/" in pattern else fits(base, pattern))
        }
