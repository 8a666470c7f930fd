"""Reading variables of the data store as words, flags and lists, and writing JSON that is the same each time."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlsplit, urlunsplit

LONGEST = 4000
"""Characters of a text that a recipe says of itself."""


def text(d: Any, name: str) -> str:
    """A variable on one line, empty when it is not set."""
    return " ".join((d.getVar(name) or "").split())[:LONGEST]


def words(d: Any, name: str) -> list[str]:
    """A variable's words."""
    return (d.getVar(name) or "").split()


def is_on(d: Any, name: str) -> bool:
    """Is a switch on?"""
    return text(d, name) == "1"


def without_user(address: str) -> str:
    """An address without the user's name and password."""
    try:
        split = urlsplit(address)
        host = split.netloc.rpartition("@")[2]
    except ValueError:
        return re.sub(r"//[^/@]*@", "//", address)
    return urlunsplit(split._replace(netloc=host)) if host != split.netloc else address


def write_json(path: str, value: Any) -> None:
    """Write JSON, keys sorted; what says nothing is left out."""
    with open(path, "w", encoding="utf-8", errors="replace") as stream:
        json.dump(_said(value), stream, ensure_ascii=False, sort_keys=True, indent=1)
        stream.write("\n")


def _said(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {key: _said(one) for key, one in value.items()}
        return {key: one for key, one in kept.items() if one not in ("", None, [], {})}
    return [_said(one) for one in value] if isinstance(value, list) else value
