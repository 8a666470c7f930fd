"""One package at one place, as any of the formats states it, and the component that all its places make."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import msgspec

from firmbom import identity
from firmbom.model import (
    Claim,
    Component,
    Digest,
    ExternalReference,
    Licence,
    Patch,
    Property,
    Purl,
    Scope,
)
from firmbom_npm.source import UNKNOWN, Source, conventional

NeedKind = Literal["prod", "dev", "optional", "peer", "peer-optional", "workspace"]
"""Why one package asks for another; ``workspace`` is a project's own member."""


class Need(NamedTuple):
    """One package asks for another."""

    kind: NeedKind
    name: str
    """As the package asks for it; an alias is not the name of what it gets."""
    target: str
    """Key of the package that it gets; empty when there is none."""


class Package(msgspec.Struct, kw_only=True):
    """What a file says of one package at one place."""

    key: str
    """Unique in the file: an install path, a locator, a descriptor."""
    name: str
    """With its scope; empty for a project that has none."""
    version: str = ""
    project: bool = False
    """The project itself or a member of its workspace: a root of the graph."""
    source: Source = UNKNOWN
    digests: tuple[Digest, ...] = ()
    """Of the file that is downloaded."""
    place: str = ""
    """Key path in the file."""
    line: int = 0
    """1-based; 0 where the format is not read by lines."""
    path: str = ""
    """Where it is installed, from the project's folder."""
    alias: str = ""
    """The name under which it is installed, if that is another."""
    dev: bool = False
    optional: bool = False
    dev_optional: bool = False
    """Needed by something that is for development and by something optional."""
    peer: bool = False
    bundled: bool = False
    extraneous: bool = False
    private: bool = False
    os: tuple[str, ...] = ()
    cpu: tuple[str, ...] = ()
    libc: tuple[str, ...] = ()
    licences: tuple[Licence, ...] = ()
    author: str = ""
    description: str = ""
    references: tuple[ExternalReference, ...] = ()
    patches: tuple[Patch, ...] = ()
    notes: tuple[Property, ...] = ()
    """Further properties, format by format."""
    needs: list[Need] = msgspec.field(default_factory=list)


def purl_of(package: Package) -> Purl:
    """The package's canonical purl.

    Raises:
        ValueError: the name is empty, or no name at all.
    """
    if not f"{package.name}{package.version}".isprintable() or package.name != package.name.strip():
        raise ValueError(f"not a package: {package.name!r} {package.version!r}")
    namespace, _, name = package.name.rpartition("/")
    qualifiers = dict(package.source.qualifiers)
    return identity.purl("npm", name, package.version, namespace=namespace, qualifiers=qualifiers)


def scope_of(package: Package) -> Scope:
    """CycloneDX's scope: what is only for development is not shipped."""
    if package.dev:
        return "excluded"
    return "optional" if package.optional or package.dev_optional else "required"


def component(purl: Purl, places: Sequence[Package], claims: Sequence[Claim]) -> Component:
    """The component that ``places``, all of the same purl, make together."""
    first = places[0]
    group, _, name = first.name.rpartition("/")
    scopes = {scope_of(place) for place in places}
    ranked: tuple[Scope, ...] = ("required", "optional", "excluded")
    return Component(
        purl=purl,
        name=name,
        group=group,
        version=first.version,
        type="application" if any(place.project and not place.path for place in places) else "library",
        scope=next(one for one in ranked if one in scopes),
        claims=tuple(claims),
        licences=next((place.licences for place in places if place.licences), ()),
        author=next((place.author for place in places if place.author), ""),
        description=next((place.description for place in places if place.description), ""),
        references=_references(places),
        patches=tuple(dict.fromkeys(patch for place in places for patch in place.patches)),
        properties=_properties(places),
    )


def _references(places: Sequence[Package]) -> tuple[ExternalReference, ...]:
    digests: dict[str, set[Digest]] = {}
    found: dict[ExternalReference, None] = {}
    for place in places:
        source, stated = place.source, place.digests
        url = source.url
        if not url and stated and source.kind in ("registry", "unknown") and place.version:
            url = conventional(place.name, place.version)
        if url:
            digests.setdefault(url, set()).update(stated, source.digests)
        if source.vcs:
            found[ExternalReference("vcs", source.vcs)] = None
        found.update(dict.fromkeys(place.references))
    files = [ExternalReference("distribution", url, tuple(sorted(of))) for url, of in digests.items()]
    return (*files, *found)


_FLAGS = (
    ("cdx:npm:package:bundled", lambda one: one.bundled, all),
    ("cdx:npm:package:development", lambda one: one.dev or one.dev_optional, all),
    ("cdx:npm:package:extraneous", lambda one: one.extraneous, all),
    ("cdx:npm:package:private", lambda one: one.private, any),
)
"""CycloneDX property taxonomy, ``cdx:npm``: a flag is stated if it holds at all places (private: at any)."""


def _properties(places: Sequence[Package]) -> tuple[Property, ...]:
    found = {Property(name, "true"): None for name, holds, how in _FLAGS if how(map(holds, places))}
    for place in places:
        if place.path:
            found[Property("cdx:npm:package:path", place.path)] = None
        for name, values in (("alias", (place.alias,)), ("os", place.os), ("cpu", place.cpu), ("libc", place.libc)):
            found.update(dict.fromkeys(Property(f"firmbom:npm:{name}", value) for value in values if value))
        if place.source.local:
            found[Property("firmbom:npm:local", place.source.local)] = None
        found.update(dict.fromkeys(place.notes))
    return tuple(sorted(found))
