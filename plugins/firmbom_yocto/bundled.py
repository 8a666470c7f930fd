"""What a recipe fetches from a language's registry: crates, Go modules, npm and Python packages, by their addresses.

A crate or module in SRC_URI is built into what the recipe installs, so it is a component inside the recipe. BitBake's
fetchers write ``crate://HOST/NAME/VERSION``, ``npm://HOST;package=NAME;version=VERSION``, ``gomod://MODULE;version=V``
(BitBake user manual, "Fetchers").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from firmbom.identity import canonical, purl
from firmbom.model import Digest, ExternalReference, Purl
from firmbom_yocto.purls import base_name
from firmbom_yocto.said import Recipe

_CRATE = re.compile(r"crate://[^/]+/(?P<name>[A-Za-z0-9_-]+)/(?P<version>[0-9][0-9A-Za-z.+-]*)\Z")
_MODULE = re.compile(r"gomod://(?P<name>[^;@?#\s]+)@(?P<version>v[0-9][^;@?#\s]*)\Z")
_PACKAGE = re.compile(r"npm://[^/;]+/?@(?P<name>(?:%40[a-z0-9._~-]+/)?[a-z0-9._~-]+)@(?P<version>[0-9][^;@\s]*)\Z")
_TYPES = frozenset({"cargo", "gem", "golang", "npm", "pypi"})


class Bundled(NamedTuple):
    """A package of a language."""

    purl: Purl
    address: str
    digests: tuple[Digest, ...]


def fetched(recipe: Recipe) -> tuple[tuple[Bundled, ...], tuple[Purl, ...]]:
    """What the recipe builds in, and what it is itself a packaging of, where a language's registry has it."""
    found = [
        Bundled(one, source.url, source.digests)
        for source in recipe.sources
        if (one := _purl(source)) and "@" in one.rpartition("/")[2]
    ]
    own = tuple(one.purl for one in found if _is_own(one.purl, recipe))
    return tuple(one for one in found if one.purl not in own), own


def _purl(source: ExternalReference) -> Purl | None:
    for pattern, kind in ((_CRATE, "cargo"), (_MODULE, "golang"), (_PACKAGE, "npm")):
        if match := pattern.match(source.url):
            namespace, _, name = match["name"].replace("%40", "@").rpartition("/")
            return purl(kind, name, match["version"], namespace=namespace)
    return _from_registry(source.url)


def _from_registry(url: str) -> Purl | None:
    """By the address of a file in a registry that the purl library knows."""
    from packageurl.contrib import url2purl

    if not url.startswith(("http://", "https://")):
        return None
    try:
        found = url2purl.get_purl(url)  # type: ignore[no-untyped-call] # the library has no annotations
    except ValueError:
        return None
    return canonical(found.to_string()) if found and found.type in _TYPES and found.version else None


def _is_own(found: Purl, recipe: Recipe) -> bool:
    """Is it what the recipe is named after (``python3-requests``), in the recipe's version?"""
    return any(_plain(name) in _names(recipe) for name in _tail(found)) and f"@{recipe.version}" in found


def _tail(found: Purl) -> Iterator[str]:
    yield found.rpartition("@")[0].rpartition("/")[2]


def _names(recipe: Recipe) -> set[str]:
    base = base_name(recipe)
    return {_plain(base), _plain(base.removeprefix("python3-")), _plain(base.removeprefix("python-"))}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
