"""Path patterns: which files a plugin asked for, which ones the user excluded."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache


class Patterns:
    """Whole-path patterns. Which of them may fit is told by how the path ends; expressions only confirm it."""

    def __init__(self, patterns: Iterable[str]) -> None:
        """Args: ``patterns`` where ``*`` and ``?`` stay inside one folder and ``**`` crosses folders."""
        named: dict[str, list[str]] = {}
        below: list[str] = []
        ending: dict[str, list[str]] = {}
        others: list[str] = []
        for pattern in (one.strip("/") for one in patterns):
            last = pattern.rpartition("/")[2]
            literal = _AFTER_WILD.sub("", last)
            if literal == last:
                named.setdefault(last, []).append(pattern)
            elif last in ("*", "**"):
                below.append(pattern)
            elif literal:
                ending.setdefault(literal, []).append(pattern)
            else:
                others.append(pattern)
        self._named = {last: tuple(listed) for last, listed in named.items()}
        self._below = tuple(below)
        self._folder: str | None = None
        self._is_below = False
        """Does all fit that the folder holds that was asked for last?"""
        self._endings = tuple(ending)
        self._ending = tuple(one for listed in ending.values() for one in listed)
        self._others = tuple(others)
        self._any = bool(named or below or ending or others)

    def __bool__(self) -> bool:
        return self._any

    def match(self, path: str) -> bool:
        """Does the whole path fit one of the patterns?"""
        if not self._any:
            return False
        if path.endswith(self._endings) and _fit(self._ending, path):
            return True
        name = path.rfind("/") + 1
        if self._named and (named := self._named.get(path[name:])) and _fit(named, path):
            return True
        if self._others and _fit(self._others, path):
            return True
        if self._below and path[:name] != self._folder:  # files come folder by folder, so that the answer serves many
            self._folder = path[:name]
            self._is_below = _fit(self._below, f"{self._folder}x")
        return self._is_below

    def match_folder(self, path: str) -> bool:
        """Does the folder fit one of the patterns, or whatever it may hold?"""
        return bool(self) and (self.match(path) or self.match(f"{path}/"))


class NamePatterns:
    """Base-name patterns; plain names, beginnings, endings and middles cost a look-up, however many there are."""

    def __init__(self, patterns: Iterable[str]) -> None:
        """Args: ``patterns`` as in a shell, compared with the last part of a path."""
        listed = set(patterns)
        self._plain = frozenset(one for one in listed if not set(one) & _WILD)
        endings = {f"*{text}": text for text in _plain_rests(one[1:] for one in listed if one[:1] == "*")}
        beginnings = {f"{text}*": text for text in _plain_rests(one[:-1] for one in listed if one[-1:] == "*")}
        middles = {
            f"*{text}*": text for text in _plain_rests(one[1:-1] for one in listed if one[:1] == one[-1:] == "*")
        }
        self._end, self._endings = _by_part(endings.values(), lambda text, length: text[-length:])
        self._start, self._beginnings = _by_part(beginnings.values(), lambda text, length: text[:length])
        self._middles = tuple(middles.values())
        self._globs = Patterns(listed.difference(self._plain, endings, beginnings, middles))

    def match(self, path: str) -> bool:
        """Does the base name of the path fit one of the patterns?"""
        name = path[path.rfind("/") + 1 :]
        if name in self._plain:
            return True
        endings = self._endings.get(name[-self._end :])
        if endings and name.endswith(endings):
            return True
        beginnings = self._beginnings.get(name[: self._start])
        if beginnings and name.startswith(beginnings):
            return True
        for text in self._middles:
            if text in name:
                return True
        return self._globs.match(name)


def _plain_rests(patterns: Iterable[str]) -> Iterator[str]:
    """Those that hold no wildcard, and something."""
    return (one for one in patterns if one and not set(one) & _WILD)


def _by_part(texts: Iterable[str], part: Callable[[str, int], str]) -> tuple[int, Mapping[str, tuple[str, ...]]]:
    """Texts by that part of them which each has, and how long it is: as long as the shortest text."""
    listed = sorted(texts)
    length = min(map(len, listed), default=1)
    found: dict[str, tuple[str, ...]] = {}
    for text in listed:
        found[part(text, length)] = (*found.get(part(text, length), ()), text)
    return length, found


_WILD = frozenset("*?")
_AFTER_WILD = re.compile(r".*[*?]", re.DOTALL)
"""What stands before the plain end of a pattern."""


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
