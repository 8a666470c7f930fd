"""Dependency specifiers (PEP 508) as a name, extras, a specifier and a marker, and what pins a version."""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec

from firmbom.identity import pypi_name

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?\Z")
_SIMPLE = re.compile(
    r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[(?P<extras>[A-Za-z0-9._, -]*)\])?"
    r"\s*(?P<specifier>==\s*[A-Za-z0-9.+!_-]+)?\s*\Z"
)
_PIN = re.compile(r"(===?)\s*([^\s,;*]+)\s*\Z")
URL_MARKER = re.compile(r"\s;|;\s")
"""What parts a marker from a URL, in which a bare semicolon is allowed."""
_VERSION = re.compile(r"[^\s\x00-\x1f\x7f]{1,200}\Z")


class Need(msgspec.Struct, frozen=True):
    """One dependency as something states it."""

    key: str
    """The normalised name."""
    extras: tuple[str, ...] = ()
    """Normalised as names are (PEP 685)."""
    specifier: str = ""
    """``>=2,<3``; empty means any version."""
    marker: str = ""
    """Under which condition, as written; empty means always."""
    url: str = ""
    name: str = ""
    """As written."""
    version: str = ""
    """The exact version when the file states it beside the name (uv, pylock)."""


def is_name(text: str) -> bool:
    """Is this the name of a Python project ("Names and normalization")?"""
    return _NAME.match(text) is not None


def is_version(text: str) -> bool:
    """Can this be a version: one word without control characters? Versions older than PEP 440 pass too."""
    return _VERSION.match(text) is not None and text.isprintable()


@lru_cache(1 << 14)
def parse(text: str) -> Need:
    """Read a dependency specifier; the marker is kept as written, not checked.

    Raises:
        ValueError: not a dependency specifier.
    """
    head, marker = _split(text)
    simple = _SIMPLE.match(head)
    if simple:
        name, extras, specifier = simple.group("name", "extras", "specifier")
        wanted = [part.strip() for part in (extras or "").split(",")]
        return Need(pypi_name(name), _names(wanted), (specifier or "").replace(" ", ""), marker, "", name)
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        found = Requirement(head)
    except InvalidRequirement as error:
        raise ValueError(f"not a dependency specifier: {text[:80]!r}") from error
    key = pypi_name(found.name)
    return Need(key, _names(found.extras), str(found.specifier), marker, found.url or "", found.name)


def pinned(specifier: str) -> str:
    """The one version that ``==`` or ``===`` allows; empty for ranges, wildcards and no specifier."""
    for clause in specifier.split(","):
        pin = _PIN.match(clause.strip())
        if pin:
            return pin[2]
    return ""


def allows(specifier: str, version: str) -> bool:
    """Does the specifier allow this version? True as well when either cannot be read."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion, Version

    try:
        return SpecifierSet(specifier).contains(Version(version), prereleases=True)
    except (InvalidSpecifier, InvalidVersion):
        return True


def _split(text: str) -> tuple[str, str]:
    """Part the marker: after ``;``, which in a URL needs white space before it."""
    text = text.strip()
    if "@" in text and "://" in text.partition("@")[2]:
        parted = URL_MARKER.split(text, maxsplit=1)
        return parted[0].strip(), parted[1].strip() if len(parted) > 1 else ""
    head, _, marker = text.partition(";")
    return head.strip(), marker.strip()


def _names(extras: list[str] | set[str]) -> tuple[str, ...]:
    return tuple(sorted({pypi_name(extra) for extra in extras if extra}))
