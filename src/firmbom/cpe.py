"""CPE names: what is one, and its parts (NISTIR 7695: formatted string 2.3, URI 2.2)."""

from __future__ import annotations

import re

PRODUCT, VERSION, UPDATE = 4, 5, 6
"""Places of parts in a formatted string, ``cpe:2.3`` being the first two."""
ANY = frozenset({"", "*", "-"})
"""Values that name nothing."""

_NAME = re.compile(r"cpe:2\.3:[aho*-](?::(?:\\.|[^:\s\\])+){10}\Z|cpe:/[aho]?(?::[^:\s]*){1,6}\Z")
_PART = re.compile(r"(?:[^:\\]|\\.)*")


def is_name(text: str) -> bool:
    """Is it a name that CycloneDX's ``cpe`` may hold?"""
    return bool(_NAME.match(text))


def parts(text: str) -> list[str]:
    """The parts of a formatted string as they are written; a backslash may stand before a colon."""
    found, start = [], 0
    while start <= len(text) and (match := _PART.match(text, start)):
        found.append(match[0])
        start = match.end() + 1
    return found


def part(text: str, place: int) -> str:
    r"""One of :func:`parts`, without what escapes it; empty where there are not so many.

    >>> part(r"cpe:2.3:a:gnu:g\+\+:13", PRODUCT)
    'g++'
    """
    found = parts(text)
    return found[place].replace("\\", "") if place < len(found) else ""
