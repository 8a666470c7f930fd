"""Path patterns: which files a plugin asked for, which ones the user excluded."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable


class Patterns:
    """Whole-path patterns. Those that end in a plain name cost a set look-up where the path ends in another."""

    def __init__(self, patterns: Iterable[str]) -> None:
        """Args: ``patterns`` where ``*`` and ``?`` stay inside one folder and ``**`` crosses folders."""
        ending: dict[str, list[str]] = {}
        others: list[str] = []
        for pattern in (one.strip("/") for one in patterns):
            last = pattern.rpartition("/")[2]
            (others if set(last) & _WILD else ending.setdefault(last, [])).append(pattern)
        self._ending = {last: _compiled(listed) for last, listed in ending.items()}
        self._others = _compiled(others) if others else None

    def __bool__(self) -> bool:
        return bool(self._ending or self._others)

    def match(self, path: str) -> bool:
        """Does the whole path fit one of the patterns?"""
        if self._others and self._others(path):
            return True
        found = self._ending.get(path[path.rfind("/") + 1 :]) if self._ending else None
        return found is not None and found(path) is not None

    def match_folder(self, path: str) -> bool:
        """Does the folder fit one of the patterns, or whatever it may hold?"""
        return bool(self) and (self.match(path) or self.match(f"{path}/"))


class NamePatterns:
    """Base-name patterns; plain names cost a set look-up, plain beginnings and endings little more."""

    def __init__(self, patterns: Iterable[str]) -> None:
        """Args: ``patterns`` as in a shell, compared with the last part of a path."""
        listed = set(patterns)
        self._plain = frozenset(one for one in listed if not set(one) & _WILD)
        self._endings = tuple(one[1:] for one in listed if one[:1] == "*" and not set(one[1:]) & _WILD)
        self._beginnings = tuple(one[:-1] for one in listed if one[-1:] == "*" and not set(one[:-1]) & _WILD)
        rest = listed.difference(
            self._plain, (f"*{one}" for one in self._endings), (f"{one}*" for one in self._beginnings)
        )
        self._globs = Patterns(rest)

    def match(self, path: str) -> bool:
        """Does the base name of the path fit one of the patterns?"""
        name = path[path.rfind("/") + 1 :]
        return (
            name in self._plain
            or name.endswith(self._endings)
            or name.startswith(self._beginnings)
            or (bool(self._globs) and self._globs.match(name))
        )


_WILD = frozenset("*?")


def _compiled(patterns: Iterable[str]) -> Callable[[str], re.Match[str] | None]:
    return re.compile(f"(?:{'|'.join(map(_expression, patterns))})\\Z", re.DOTALL).match


def _expression(pattern: str) -> str:
    out = ""
    for token in re.findall(r"\*\*/|\*\*|\*|\?|[^*?]+", pattern):
        out += {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(token) or re.escape(token)
    return out
