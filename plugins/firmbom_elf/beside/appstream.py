"""AppStream metainfo of programs: the newest release, and which programs it is of.

Source: AppStream's specification, "Upstream Metadata" and "Release Information".
"""

from __future__ import annotations

import re
from typing import NamedTuple

from firmbom_elf.beside.named import Named

MOST_BYTES = 1 << 20
"""Of a file; translations and the history of releases make some as large as 200 KB."""
_RELEASE = re.compile(rb"<release\s[^<>]*\bversion\s*=\s*[\"']([^\"'<>]{1,60})[\"']")


class Described(NamedTuple):
    """Which programs the software of one file provides."""

    programs: frozenset[str]
    """Names of those that are named."""
    entries: tuple[str, ...]
    """File names of the desktop entries that start others."""


def newest(data: bytes) -> Named | None:
    """The newest release, which stands first."""
    found = _RELEASE.search(data)
    if not found:
        return None
    return Named(found[1].decode("utf-8", "replace"), found.start(), found[0].decode("utf-8", "replace"))


def read(data: bytes, path: str) -> Described:
    """Read one file.

    Raises:
        InputError: no XML, one with a document type (and so with entities), or too large.
    """
    from firmbom.bundles.metainfo import parsed

    root = parsed(data, path)
    named = [one.text.strip() for one in [*[*root.below("id")][:1], *root.below("launchable")]]
    return Described(
        programs=frozenset(one.text.strip() for one in root.below("provides", "binary")),
        entries=tuple(dict.fromkeys(one for one in named if one.endswith(".desktop") and "/" not in one)),
    )
