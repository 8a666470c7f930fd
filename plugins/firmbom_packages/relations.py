"""Dependency fields of control files (Debian policy, section 7.1): ``a (>= 1) | b:any, c``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from firmbom_packages.compare import Relation
from firmbom_packages.package import Need, Provide

Say = Callable[[str], None]
"""Told each part that is no relation."""

_ATOM = re.compile(r"([^\s:()|,<>=\[\]]+)(?::([a-z0-9-]+))?\s*(?:\(\s*(<<|<=|>=|>>|=|<|>)\s*([^\s()]+)\s*\))?\Z")
_RELATIONS: Mapping[str, Relation] = {"<<": "<", "<": "<=", "<=": "<=", "=": "=", ">=": ">=", ">": ">=", ">>": ">"}
"""A single ``<`` or ``>`` means "or equal" (dpkg(1), deprecated spellings)."""


def relations(text: str, say: Say) -> tuple[tuple[Need, ...], ...]:
    """Each requirement as its alternatives."""
    found = []
    for part in text.split(","):
        if part and not part.isspace():
            needs = tuple(need for one in part.split("|") if (need := _told(one.strip(), say)))
            if needs:
                found.append(needs)
    return tuple(found)


def provides(text: str, say: Say) -> tuple[Provide, ...]:
    """Each name provided, with the version where one is stated by ``=``."""
    return tuple(
        Provide(need.name, need.version if need.relation == "=" else "")
        for part in relations(text, say)
        for need in part
    )


def _told(text: str, say: Say) -> Need | None:
    need = _atom(text)
    if need is None:
        say(text)
    return need


@lru_cache(1 << 15)
def _atom(text: str) -> Need | None:
    match = _ATOM.match(text)
    if not match:
        return None
    name, architecture, relation, version = match.groups()
    return Need(name, _RELATIONS[relation] if relation else "", version or "", architecture or "")
