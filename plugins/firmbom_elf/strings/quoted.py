"""A text of a file as evidence quotes it: short, and without the folders of whoever built the file."""

from __future__ import annotations

import re

MOST = 160
"""Characters."""

_LEFT_OUT = "…"
_PATH = re.compile(
    r"(?:(?<![\w./%-])|(?<=-[IBL]))"
    r"/(?!(?:usr(?!/src/)|etc|lib(?:x?32|64)?|s?bin|dev|proc|sys|run|boot)/)[^\s/:;,=|'\"<>()]+/[^\s:;,=|'\"<>()]+"
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
    """The last folder that tells the release, with the one before it if it is nothing but a version, and the name."""
    *folders, name = path.split("/")
    places = range(len(folders) - 1, 0, -1)
    last = next((place for place in places if version and version in folders[place]), 0)
    last = last or next((place for place in places if _RELEASE.search(folders[place])), 0)
    first = last - 1 if last > 1 and folders[last].lstrip("v")[:1].isdigit() else last
    before = "" if first == 1 else _LEFT_OUT
    between = (_LEFT_OUT,) if 0 < last < len(folders) - 1 else ()
    return "/".join((before, *(folders[first : last + 1] if last else ()), *between, name))
