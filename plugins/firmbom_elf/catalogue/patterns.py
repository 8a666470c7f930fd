"""Shell patterns of file names (``*``, ``?``, ``[…]``), which a file's name is looked up in without trying them all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase

import msgspec

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


class Pattern(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One pattern, taken apart once for all files."""

    whole: str
    name: str
    """What it stands for."""
    begins: str = ""
    """Of one that is a beginning and ``*``, as most are."""
    fixed: str = ""
    """Of one for a path: the longest part without wildcards."""

    def fits(self, path: str, base: str) -> bool:
        """Does it fit the file at ``path``, called ``base``?"""
        if self.begins:
            return base.startswith(self.begins)
        if self.fixed:
            return self.fixed in path and fnmatchcase(f"/{path}", f"*/{self.whole}")
        return fits(base, self.whole)


class Patterns(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Patterns found by what stands before their first wildcard, or by a folder; one with ``/`` fits a path's end."""

    by_stem: dict[str, list[Pattern]]
    by_folder: dict[str, list[Pattern]]
    """Those whose last part begins with a wildcard, by the first of their folders that has none."""
    short: list[int]
    """How long the short stems are, and by their beginning how long the others are."""
    long: dict[str, list[int]]

    @classmethod
    def of(cls, patterns: Iterable[tuple[str, str]]) -> Patterns:
        """Args: ``patterns`` are pairs of a pattern and the name it stands for."""
        by_stem: dict[str, list[Pattern]] = {}
        by_folder: dict[str, list[Pattern]] = {}
        for whole, name in patterns:
            *folders, last = whole.split("/")
            stem = WILD.split(last, maxsplit=1)[0]
            folder = next((one for one in folders if not WILD.search(one)), "")
            by, key = (by_stem, stem) if stem or not folder else (by_folder, folder)
            begins = stem if not folders and last == f"{stem}*" else ""
            fixed = max(_FIXED.split(whole), key=len) if folders else ""
            by.setdefault(key, []).append(Pattern(whole, name, begins, fixed))
        long: dict[str, list[int]] = {}
        stems = [stem for stem in by_stem if len(stem) > _BEGINNING]
        for beginning, length in sorted({(stem[:_BEGINNING], len(stem)) for stem in stems}):
            long.setdefault(beginning, []).append(length)
        return cls(by_stem, by_folder, sorted({len(stem) for stem in by_stem if len(stem) <= _BEGINNING}), long)

    def match(self, path: str, base: str) -> Mapping[str, str]:
        """Name → pattern, for each name with a pattern that fits."""
        return {one.name: one.whole for one in self._near(path, base) if one.fits(path, base)}

    def _near(self, path: str, base: str) -> Iterator[Pattern]:
        for length in (*self.short, *self.long.get(base[:_BEGINNING], ())):
            if length <= len(base):
                yield from self.by_stem.get(base[:length], ())
        for folder in path.split("/")[:-1]:
            yield from self.by_folder.get(folder, ())
