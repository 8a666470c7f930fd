"""Looks for byte patterns in a source of any size, window by window."""

from __future__ import annotations

import re
from collections.abc import Iterator

from firmbom.tree.source import Source

_WINDOW = 1 << 20


def occurrences(source: Source, pattern: re.Pattern[bytes], reach: int) -> Iterator[tuple[int, re.Match[bytes]]]:
    """The offset of each match, and the match; in order, once each.

    Args:
        source: where to look.
        pattern: what to look for.
        reach: the longest match in bytes, so that none is missed between two windows.
    """
    start = 0
    while start < source.size:
        window = source.read_at(start, _WINDOW + reach)
        for match in pattern.finditer(window):
            if match.start() >= _WINDOW:
                break
            yield start + match.start(), match
        start += _WINDOW
