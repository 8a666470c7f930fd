"""Which of two versions is newer: Debian's order (deb-version(7)), which opkg shares, and rpm's, which pacman shares.

Both are given as keys, so that Python's own comparison decides. Numbers stay text, because a hostile version may have
more digits than Python turns into a number.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Literal

Key = tuple[Any, ...]
"""Compares as the version does that it was made of."""

Relation = Literal["", "<", "<=", "=", ">=", ">"]
"""Empty: any version will do."""

_HOLDS: Mapping[Relation, Callable[[Key, Key], bool]] = {
    "": lambda _installed, _wanted: True,
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}

_DEB_PARTS = re.compile(r"([^0-9]*)([0-9]*)")
_RPM_PARTS = re.compile(r"[0-9]+|[A-Za-z]+|~|\^")
_TILDE, _END, _CARET, _LETTERS, _NUMBER = range(5)


def deb_satisfies(installed: str, relation: Relation, wanted: str) -> bool:
    """Does ``installed relation wanted`` hold in Debian's order?"""
    return _HOLDS[relation](deb(installed), deb(wanted))


def rpm_satisfies(installed: str, relation: Relation, wanted: str) -> bool:
    """Does ``installed relation wanted`` hold in rpm's order? Releases count only where both state one."""
    parts = 3 if "-" in installed and "-" in wanted else 2
    return _HOLDS[relation](rpm(installed)[:parts], rpm(wanted)[:parts])


def _number(digits: str) -> tuple[int, str]:
    significant = digits.lstrip("0")
    return len(significant), significant


@lru_cache(1 << 16)
def deb(version: str) -> Key:
    """The key of ``[epoch:]upstream[-revision]``."""
    epoch, colon, rest = version.partition(":")
    if not colon:
        epoch, rest = "", version
    upstream, _, revision = rest.rpartition("-") if "-" in rest else (rest, "", "")
    return _number(epoch), _deb_part(upstream), _deb_part(revision or "0")


def _deb_part(text: str) -> Key:
    key: list[object] = []
    for letters, digits in _DEB_PARTS.findall(text):
        key.append((*(_deb_character(c) for c in letters), 0))
        key.append(_number(digits))
    return tuple(key)  # the last match is empty and stands for the end


def _deb_character(character: str) -> int:
    """A tilde sorts before the end, which is 0; letters before everything else."""
    if character == "~":
        return -1
    return ord(character) + (0 if character.isalpha() else 0x200000)


@lru_cache(1 << 16)
def rpm(version: str) -> Key:
    """The key of ``[epoch:]version[-release]``; a missing epoch is 0, a missing release sorts before any."""
    epoch, colon, rest = version.partition(":")
    if not colon:
        epoch, rest = "", version
    upstream, _, release = rest.partition("-")
    return _number(epoch), _rpm_part(upstream), _rpm_part(release)


def _rpm_part(text: str) -> Key:
    key: list[tuple[int, int, str]] = []
    for segment in _RPM_PARTS.findall(text):
        if segment == "~":
            key.append((_TILDE, 0, ""))
        elif segment == "^":
            key.append((_CARET, 0, ""))
        elif segment[0].isdigit():
            key.append((_NUMBER, *_number(segment)))
        else:
            key.append((_LETTERS, 0, segment))
    return (*key, (_END, 0, ""))
