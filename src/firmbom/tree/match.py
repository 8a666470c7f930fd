"""Path patterns: which files a plugin asked for, which ones the user excluded."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from itertools import chain
from typing import NamedTuple


class Patterns:
    """Whole-path patterns. Which of them may fit is told by a path's base name; expressions only confirm it."""

    def __init__(self, patterns: Iterable[str] = (), *, names: Iterable[str] = ()) -> None:
        """What to look for; ``*`` and ``?`` stay inside one folder.

        Args:
            patterns: of whole paths, where ``**`` crosses folders.
            names: of base names, in whatever folder.
        """
        named: dict[str, list[str]] = {}
        endings: dict[str, list[str]] = {}
        beginnings: dict[str, list[str]] = {}
        middles: dict[str, list[str]] = {}
        below: list[str] = []
        anywhere = (f"**/{_STARS.sub('*', name)}" for name in names)
        for pattern in dict.fromkeys(chain((one.strip("/") for one in patterns), anywhere)):
            last = pattern.rpartition("/")[2]
            start, *between = _WILD.split(last)
            if not between:
                named.setdefault(last, []).append(pattern)
            elif between[-1]:
                endings.setdefault(between[-1], []).append(pattern)
            elif last in ("*", "**"):
                below.append(pattern)
            elif any("**" in part and part != "**" for part in pattern.split("/")):  # so it says little of a name
                middles.setdefault("", []).append(pattern)
            elif start:
                beginnings.setdefault(start, []).append(pattern)
            else:
                middles.setdefault(max(between, key=len), []).append(pattern)
        self._named = {last: tuple(listed) for last, listed in named.items()}
        self._end, self._endings = _by_part(endings, lambda length: slice(-length, None))
        self._start, self._beginnings = _by_part(beginnings, slice)
        self._middle = re.compile("|".join(map(re.escape, middles))).search if middles else None
        self._middles = tuple(chain.from_iterable(middles.values()))
        self._below = tuple(below)
        self._known: dict[str, bool] = {}
        """Of folders with their slash: does all fit that they hold? Some of them, for files come folder by folder."""
        self._any = bool(named or endings or beginnings or middles or below)

    def __bool__(self) -> bool:
        return self._any

    def match(self, path: str) -> bool:
        """Does the whole path fit one of the patterns?"""
        folder, slash, name = path.rpartition("/")
        if name in self._named and _fit(self._named[name], path):
            return True
        found = self._endings.get(name[self._end])
        if found and name.endswith(found.texts) and _fit(found.patterns, path):
            return True
        found = self._beginnings.get(name[self._start])
        if found and name.startswith(found.texts) and _fit(found.patterns, path):
            return True
        if self._middle and self._middle(name) and _fit(self._middles, path):
            return True
        if not self._below:
            return False
        folder += slash
        fits = self._known.get(folder)
        if fits is None:
            if len(self._known) == _MOST_KNOWN:
                self._known.clear()
            fits = self._known[folder] = _fit(self._below, f"{folder}x")
        return fits

    def match_folder(self, path: str) -> bool:
        """Does the folder fit one of the patterns, or whatever it may hold?"""
        return self._any and (self.match(path) or self.match(f"{path}/"))


class NamePatterns(Patterns):
    """Base-name patterns."""

    def __init__(self, patterns: Iterable[str]) -> None:
        """Args: ``patterns`` as in a shell, compared with the last part of a path."""
        super().__init__(names=patterns)


class _Alike(NamedTuple):
    """Patterns whose base names end alike, or begin alike."""

    texts: tuple[str, ...]
    """Ends or beginnings; a name that has none of them fits none of the patterns."""
    patterns: tuple[str, ...]


def _by_part(patterns: Mapping[str, list[str]], of: Callable[[int], slice]) -> tuple[slice, Mapping[str, _Alike]]:
    """Patterns by that part of their texts which each has, and which part it is: as long as the shortest text."""
    part = of(min(map(len, patterns), default=1))
    found: dict[str, _Alike] = {}
    for text, listed in patterns.items():
        known = found.get(text[part], _Alike((), ()))
        found[text[part]] = _Alike((*known.texts, text), (*known.patterns, *listed))
    return part, found


_MOST_KNOWN = 1 << 10
_WILD = re.compile(r"[*?]+")
_STARS = re.compile(r"\*+")


def _fit(patterns: tuple[str, ...], path: str) -> bool:
    """Does the whole path fit one of some patterns?"""
    return _compiled(patterns)(path) is not None


@lru_cache(1 << 12)
def _compiled(patterns: tuple[str, ...]) -> Callable[[str], re.Match[str] | None]:
    """Made at the first use: for most patterns nothing is there that they might fit."""
    return re.compile(f"(?:{'|'.join(map(_expression, patterns))})\\Z", re.DOTALL).match


def _expression(pattern: str) -> str:
    out = ""
    for token in re.findall(r"\*\*/|\*\*|\*|\?|[^*?]+", pattern):
        out += {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(token) or re.escape(token)
    return out
