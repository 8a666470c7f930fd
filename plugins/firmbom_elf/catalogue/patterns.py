"""Shell patterns of file names (``*``, ``?``, ``[…]``), which a file's name is looked up in without trying them all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache, lru_cache

import msgspec

WILD = re.compile(r"[*?]|\[!?\]?[^\]]*\]")
"""What stands for something else; a bracket that is not closed is itself."""
_BEGINNING = 5
"""Characters by which the stems are told apart first: with fewer, half of all libraries begin alike."""


def fits(name: str, pattern: str) -> bool:
    """Does the whole name match?"""
    if "[" in pattern or "?" in pattern:
        return fnmatchcase(name, pattern)
    first, *others = pattern.split("*")
    return _in_turn(name, first, others) if others else name == first


def _in_turn(name: str, first: str, others: Sequence[str]) -> bool:
    """Are those the name's parts, with anything between them? No expression need be compiled to tell that."""
    at = len(first)
    *between, last = others
    for part in between:
        found = name.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return name.startswith(first) and name.endswith(last) and at + len(last) <= len(name)


class Pattern(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One pattern, taken apart once for all files."""

    whole: str
    name: str
    """What it stands for."""
    fixed: str
    """The longest part without wildcards, which stands in each path that fits."""
    path: bool = False
    """Has it a folder?"""

    def fits(self, path: str, base: str) -> bool:
        """Does it fit the file at ``path``, called ``base``?"""
        return fits(f"/{path}", f"*/{self.whole}") if self.path else fits(base, self.whole)


class Patterns(msgspec.Struct, frozen=True, gc=False, eq=False, array_like=True):
    """Patterns found by what stands before their first wildcard, or by a folder; one with ``/`` fits a path's end."""

    ended: list[Pattern]
    """Those without a folder that begin with a wildcard."""
    ends: tuple[str, ...]
    """What stands behind the last wildcard of these."""
    wild: list[Pattern]
    """Those whose folders all have wildcards, as has the beginning of their last part."""
    by_stem: dict[str, bytes]
    """MessagePack of each list, for few are ever read."""
    by_folder: dict[str, bytes]
    """Those whose last part begins with a wildcard, by the first of their folders that has none; likewise."""
    short: list[int]
    """How long the short stems are."""
    long: dict[str, bytes]
    """By the beginnings of the others: how long the stems are that begin so, or with which that begins, a byte each."""

    @classmethod
    def of(cls, patterns: Iterable[tuple[str, str]]) -> Patterns:
        """Args: ``patterns`` are pairs of a pattern and the name it stands for."""
        ended: list[Pattern] = []
        wild: list[Pattern] = []
        by_stem: dict[str, list[Pattern]] = {}
        by_folder: dict[str, list[Pattern]] = {}
        for whole, name in patterns:
            *folders, last = whole.split("/")
            stem = WILD.split(last, maxsplit=1)[0]
            folder = next((one for one in folders if not WILD.search(one)), "")
            fixed = max(WILD.split(whole), key=len)
            one = Pattern(whole, name, fixed, path=bool(folders))
            if stem:
                by_stem.setdefault(stem, []).append(one)
            elif folder:
                by_folder.setdefault(folder, []).append(one)
            else:
                (wild if folders else ended).append(one)
        short = sorted({len(stem) for stem in by_stem if len(stem) <= _BEGINNING})
        long: dict[str, list[int]] = {}
        stems = [stem for stem in by_stem if len(stem) > _BEGINNING]
        for beginning, length in sorted({(stem[:_BEGINNING], len(stem)) for stem in stems}):
            if beginning not in long:
                long[beginning] = [shorter for shorter in short if beginning[:shorter] in by_stem]
            long[beginning].append(length)
        packed_stems, packed_folders = (
            {key: msgspec.msgpack.encode(listed) for key, listed in index.items()} for index in (by_stem, by_folder)
        )
        packed_lengths = {beginning: bytes(lengths) for beginning, lengths in long.items()}
        ends = tuple(sorted({WILD.split(one.whole)[-1] for one in ended}))
        return cls(ended, ends, wild, packed_stems, packed_folders, short, packed_lengths)

    def match(self, path: str, base: str) -> Mapping[str, str]:
        """Name → pattern, for each name with a pattern that fits."""
        near = self._near(path, base)
        return {one.name: one.whole for one in near if one.fixed in path and one.fits(path, base)} if near else {}

    def _near(self, path: str, base: str) -> Sequence[Pattern]:
        """Those that may fit, as far as the indices tell."""
        wild, inside = _within(self, path.rpartition("/")[0])
        found = [*self.ended, *wild] if base.endswith(self.ends) else [*wild]
        for length in self.long.get(base[:_BEGINNING], self.short):
            if length <= len(base) and (packed := self.by_stem.get(base[:length])):
                found += _listed(packed)
        found += inside
        return found


@lru_cache(4096)
def _within(patterns: Patterns, folder: str) -> tuple[Sequence[Pattern], Sequence[Pattern]]:
    """Those of ``wild`` and of ``by_folder`` that may fit a file in that folder; a tree has many files in few."""
    wild = [one for one in patterns.wild if fits(f"/{folder}/", f"*/{one.whole.rpartition('/')[0]}/*")]
    named = [_listed(packed) for part in folder.split("/") if (packed := patterns.by_folder.get(part))]
    return wild, [one for listed in named for one in listed]


@cache
def _listed(packed: bytes) -> list[Pattern]:
    """The patterns of one stem or folder, read once a process."""
    return msgspec.msgpack.decode(packed, type=list[Pattern])
