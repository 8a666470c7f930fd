"""What makes two statements speak of one component: canonical purls, and how strong each basis is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

from firmbom.model import Basis, Purl

STRENGTH: Mapping[Basis, int] = MappingProxyType({basis: rank for rank, basis in enumerate(reversed(list(Basis)), 1)})
"""Decides a disputed field: the higher wins. The order is that of :class:`firmbom.model.Basis`."""

READ_FROM_BYTES = frozenset({Basis.VERSION_STRING, Basis.FILE_NAME})
"""Claims guessed from a file's bytes or name: about a file that somebody owns, they are evidence, no component."""

_PYPI_SEPARATORS = re.compile(r"[-_.]+")
_PLAIN = re.compile(
    r"pkg:(?:(?:apk|cargo|conda|deb|generic|npm|rpm)(?:/(?:%40)?[a-z0-9][a-z0-9-]*(?:[._][a-z0-9-]+)*)+"
    r"|pypi/[a-z0-9]+(?:-[a-z0-9]+)*)(?:@[a-z0-9]+(?:[.-][a-z0-9]+)*)?\Z"
)
"""The bulk of all purls, which are canonical as they stand and need not be parsed to know it."""
_AS_WRITTEN = frozenset({"cargo", "conda", "deb", "generic", "rpm"})
"""Types whose names are what they are spelt as: the specification has nothing in them changed."""
_SIMPLE = re.compile(
    r"pkg:([a-z]+)/(?:([\w.:+~%-]+)/)?([\w.:+~%-]+)(?:@([\w.:+~%-]+))?(?:\?([\w.:+~%&=-]+))?\Z", re.ASCII
)
"""Type, namespace, name, version and qualifiers where nothing is to be made of them but to decode them."""
_WORD = re.compile(r"[A-Za-z0-9][\w.:+~@-]*\Z", re.ASCII)
"""What one of them is, decoded."""

_UNQUOTED = frozenset("/%@")
"""What a name has as it stands only in what is quoted already."""

_VENDORS = frozenset({"apk", "deb", "rpm", "yocto"})
"""Types whose namespace says whose package it is (purl specification): a vendor, or a layer."""
_CACHE = 1 << 16
_SAMPLE_FILES = {"npm": "a/-/a-1.0.0.tgz", "pypi": "packages/00/11/22/a-1.0.0.tar.gz"}


class Parts(NamedTuple):
    """A purl taken apart, and decoded."""

    type: str
    namespace: str | None
    name: str
    version: str | None
    qualifiers: Mapping[str, str]
    subpath: str | None


@lru_cache(_CACHE)
def parts(text: str) -> Parts:
    """Parse a purl; the version, qualifiers and names come back decoded.

    Raises:
        ValueError: ``text`` is not a package URL (purl specification, "Rules for each purl component").
    """
    if parsed := _simple(text):
        return parsed
    from packageurl import PackageURL  # slow, and brings inspect and more, which hardly an image needs

    parsed = Parts(*PackageURL.from_string(text))
    return parsed._replace(name=pypi_name(parsed.name)) if parsed.type == "pypi" else parsed


def _simple(text: str) -> Parts | None:
    """The parts of a purl that are no more than to be decoded; None where the purl's library must look at them."""
    found = _SIMPLE.match(text)
    if not found or not (found[1] in _AS_WRITTEN or _PLAIN.match(text)):
        return None
    namespace, name, version = (unquote(part) if part else None for part in found.group(2, 3, 4))
    pairs = (pair.partition("=") for pair in found[5].split("&")) if found[5] else ()
    qualifiers = {key: unquote(value) for key, _, value in pairs}
    return _of_words(found[1], namespace, name or "", version, qualifiers)


def _of_words(
    type: str, namespace: str | None, name: str, version: str | None, qualifiers: Mapping[str, str]
) -> Parts | None:
    """These parts if each is a plain word, else None."""
    words = (name, *filter(None, (namespace, version)), *qualifiers.values())
    plain = all(key.isascii() and key.isalpha() and key.islower() for key in qualifiers)
    if not plain or not all(map(_WORD.match, words)):
        return None
    return Parts(type, namespace, name, version, dict(sorted(qualifiers.items())), None)


def canonical(text: str) -> Purl:
    """The canonical spelling of any purl; two purls mean the same package exactly if these are equal.

    Raises:
        ValueError: ``text`` is not a package URL.
    """
    return Purl(text) if _PLAIN.match(text) else _canonical(text)


@lru_cache(_CACHE)
def _canonical(text: str) -> Purl:
    return spelt(parts(text))


def purl(
    type: str,
    name: str,
    version: str = "",
    *,
    namespace: str = "",
    qualifiers: Mapping[str, str] | None = None,
    subpath: str = "",
) -> Purl:
    """Make a canonical purl from plain, unencoded parts.

    >>> purl("npm", "core", "7.24.0", namespace="@babel")
    'pkg:npm/%40babel/core@7.24.0'

    Raises:
        ValueError: the type or the name is empty or not allowed.
    """
    if type == "pypi":
        name = pypi_name(name)
    if not (namespace or qualifiers or subpath) and _UNQUOTED.isdisjoint(name):
        plain = f"pkg:{type}/{name}@{version}" if version else f"pkg:{type}/{name}"
        if _PLAIN.match(plain):
            return Purl(plain)
    kept = {key: value for key, value in (qualifiers or {}).items() if value}
    as_written = type in _AS_WRITTEN and not subpath
    if as_written and (words := _of_words(type, namespace or None, name, version or None, kept)):
        return spelt(words)
    from packageurl import PackageURL  # see above

    made = Parts(*PackageURL(type, namespace or None, name, version or None, kept, subpath or None))
    if not made.name:
        raise ValueError(f"no name of a package: {name!r}")
    return spelt(made)


def without_qualifiers(text: Purl) -> Purl:
    """The purl's type, namespace, name and version alone; in a canonical purl ``?`` and ``#`` only separate."""
    return Purl(text.partition("?")[0].partition("#")[0])


def without_version(text: Purl) -> Purl:
    """The purl's type, namespace and name alone; in a canonical purl ``@`` only separates."""
    return Purl(without_qualifiers(text).partition("@")[0])


def says_less(poor: Purl, rich: Purl) -> bool:
    """Does ``poor`` mean the package that ``rich`` does, said by somebody who knew less of it?

    Then it lacks qualifiers, the version, or the namespace where that is not part of the name.
    """
    if poor == rich or _tail(poor) != _tail(rich):
        return False
    less, more = parts(poor), parts(rich)
    vendor = less.namespace == more.namespace or (less.type in _VENDORS and not less.namespace)
    same = (less.type, less.name, less.subpath) == (more.type, more.name, more.subpath)
    known = less.version in (None, more.version) and less.qualifiers.items() <= more.qualifiers.items()
    return same and vendor and known


def _tail(text: Purl) -> str:
    """The name; a cheap look before two purls are taken apart."""
    return without_version(text).rpartition("/")[2]


def pypi_name(name: str) -> str:
    """The normalised form of a Python project's name (PyPA "Names and normalization")."""
    return _PYPI_SEPARATORS.sub("-", name).lower()


@lru_cache(1024)
def is_default_host(type: str, host: str) -> bool:
    """Does ``host`` belong to the default registry of a purl type, as the purl library knows it?"""
    from packageurl.contrib import purl2url, url2purl

    site = purl2url.get_repo_url(f"pkg:{type}/a@1")  # type: ignore[no-untyped-call] # the library has no annotations
    file = purl2url.get_download_url(f"pkg:{type}/a@1")  # type: ignore[no-untyped-call] # same
    if host in {urlsplit(url).hostname for url in (site, file) if url}:
        return True
    try:
        found = url2purl.get_purl(f"https://{host}/{_SAMPLE_FILES.get(type, '')}")  # type: ignore[no-untyped-call] # same
    except ValueError:
        return False
    return bool(found and found.type == type)


def repository_qualifier(type: str, url: str) -> dict[str, str]:
    """The ``repository_url`` qualifier that a package from ``url`` needs: none if that is its type's default registry.

    Credentials, query and fragment are dropped. Give the registry's own address, not a file's.
    """
    split = urlsplit(url)
    if not split.hostname or is_default_host(type, split.hostname):
        return {}
    port = f":{split.port}" if split.port else ""
    return {"repository_url": f"{split.scheme}://{split.hostname}{port}{split.path.rstrip('/')}"}


def spelt(url: Parts) -> Purl:
    """Spell a purl as the specification's current "How to build": in qualifiers ``:`` stays, ``/`` is encoded."""
    text = f"pkg:{url.type}/"
    if url.namespace:
        text += "/".join(quote(segment, safe=":.-_~") for segment in url.namespace.split("/")) + "/"
    text += quote(url.name, safe=":.-_~")
    if url.version:
        text += "@" + quote(url.version, safe=":.-_~")
    if url.qualifiers:
        text += "?" + "&".join(f"{key}={quote(value, safe=':.-_~')}" for key, value in sorted(url.qualifiers.items()))
    if url.subpath:
        text += "#" + "/".join(quote(segment, safe=":.-_~") for segment in url.subpath.split("/"))
    return Purl(text)
