"""Path patterns: which files a plugin asked for, which ones the user excluded."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable


class Patterns:
    """Whole-path patterns, compiled to one expression."""

    def __init__(self, patterns: Iterable[str]) -> None:
        """Args: ``patterns`` where ``*`` and ``?`` stay inside one folder and ``**`` crosses folders."""
        alternatives = "|".join(_expression(pattern.strip("/")) for pattern in patterns)
        self._search = re.compile(f"(?:{alternatives})\\Z", re.DOTALL).match if alternatives else None

    def __bool__(self) -> bool:
        return self._search is not None

    def match(self, path: str) -> bool:
        """Does the whole path fit one of the patterns?"""
        return self._search is not None and self._search(path) is not None

    def match_folder(self, path: str) -> bool:
        """Does the folder fit one of the patterns, or whatever it may hold?"""
        return self._search is not None and (self.match(path) or self.match(f"{path}/"))


class NamePatterns:
    """Base-name patterns; plain names cost a set look-up."""

    def __init__(self, patterns: Iterable[str]) -> None:
        """Args: ``patterns`` as in a shell, compared with the last part of a path."""
        listed = tuple(patterns)
        self._plain = frozenset(p for p in listed if not set(p) & set("*?"))
        self._globs = Patterns(p for p in listed if p not in self._plain)

    def match(self, path: str) -> bool:
        """Does the base name of the path fit one of the patterns?"""
        name = posixpath.basename(path)
        return name in self._plain or self._globs.match(name)


def _expression(pattern: str) -> str:
    out = ""
    for token in re.findall(r"\*\*/|\*\*|\*|\?|[^*?]+", pattern):
        out += {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(token) or re.escape(token)
    return out
