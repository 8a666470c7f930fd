"""A text of a file as evidence quotes it: short, and without the folders of whoever built the file."""

from __future__ import annotations

import re

MOST = 160
"""Characters."""

_LEFT_OUT = "…"
_PATH = re.compile(
    r"(?:(?<![\w./%-])|(?<=-[IBL]))"
    r"/(?!(?:usr|etc|lib(?:x?32|64)?|s?bin|dev|proc|sys|run|boot)/)[^\s/:;,=|'\"<>()]+/[^\s:;,=|'\"<>()]+"
)
"""An absolute path of two folders or more outside the target's own (Filesystem Hierarchy Standard 3.0, chapter 3)."""
_RELEASE = re.compile(r"\d[._]\d")


def quoted(text: str, version: str = "") -> str:
    """At most :data:`MOST` characters of ``text``, those with ``version`` among them, build folders left out.

    >>> quoted("/home/joe/tmp/work/zlib/1.2.13-r0/inflate.c", "1.2.13"), quoted("-I/work/ssl-3.0/include -O2")
    ('…/zlib/1.2.13-r0/inflate.c', '-I…/ssl-3.0/include -O2')
    """
    if "/" in text:
        text = _PATH.sub(lambda found: _telling(found[0], version), text)
    if len(text) <= MOST:
        return text
    at = max(0, text.find(version))
    start = 0 if at + len(version) <= MOST else at + len(version) - MOST
    return text[start : start + MOST]


def _telling(path: str, version: str) -> str:
    """The path from the folder on that tells the release: the last one with it; without one, the file's name alone."""
    folders = path.split("/")
    ahead = folders[:-1]
    last = next((place for place in range(len(ahead) - 1, 0, -1) if version and version in ahead[place]), 0)
    last = last or next((place for place in range(len(ahead) - 1, 0, -1) if _RELEASE.search(ahead[place])), 0)
    start = last - 1 if last and folders[last].lstrip("v")[:1].isdigit() else last or len(ahead)
    return path if start <= 1 else "/".join((_LEFT_OUT, *folders[start:]))
