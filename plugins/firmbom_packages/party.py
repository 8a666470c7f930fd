"""Maintainer and packager fields: ``Name <address>``."""

from __future__ import annotations

import re
from functools import lru_cache

from firmbom.errors import printable
from firmbom.model import Party

_ADDRESS = re.compile(r"\s*\"?([^<>\"]*)\"?\s*<\s*([^<>\s]+@[^<>\s]+)\s*>")
_SITE = re.compile(r"([^<>]*)<\s*(https?://[^<>\s]+)\s*>\Z")
_BARE = re.compile(r"[^\s@<>,]+@[^\s@<>,]+\Z")


@lru_cache(4096)
def party(text: str) -> Party:
    """The first person or group that the field names; an address without a name stays an address."""
    text = printable(" ".join(text.split()))
    match = _ADDRESS.match(text)
    if match:
        return Party(name=match[1].strip(), email=match[2])
    match = _SITE.match(text)
    if match:
        return Party(name=match[1].strip(), url=match[2])
    return Party(email=text) if _BARE.match(text) else Party(name=text)
