"""Do the components of a document make sense? Names, purls, digests, duplicates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain

from firmbom import identity
from firmbom.cyclonedx.walk import Object, inventory, product
from firmbom.errors import printable
from firmbom.model import Digest

_ELSEWHERE = frozenset({"Streebog-256", "Streebog-512"})
"""Algorithms of 1.7 that firmbom has no digest type for."""


def content_faults(document: Object) -> Iterator[str]:
    """Faults of a document that its schema accepts."""
    seen: dict[tuple[str, str], str] = {}
    for pointer, component, parent in chain(product(document), inventory(document)):
        if not component["name"].strip():
            yield f"{pointer}/name: is empty"
        yield from _digests(f"{pointer}/hashes", component.get("hashes", ()))
        for number, reference in enumerate(component.get("externalReferences", ())):
            yield from _digests(f"{pointer}/externalReferences/{number}/hashes", reference.get("hashes", ()))
        purl = component.get("purl")
        if purl is None:
            continue
        try:
            parsed = identity.parts(purl)
        except ValueError as error:
            yield f"{pointer}/purl: {printable(purl[:200])} is no package URL: {error}"
            continue
        if parent != "/metadata":  # the product is called as its maker likes
            yield from _disagreement(pointer, component, parsed)
        first = seen.setdefault((parent, identity.canonical(purl)), pointer)
        if first != pointer:
            yield f"{pointer}/purl: {printable(purl)} is already that of {first}"


def same_version(purl: str, stated: str) -> bool:
    """Do a purl's version and a component's agree? An epoch, or Go's ``v`` or ``go``, may stand in one only."""
    left, right = (_PREFIX.sub("", text.rpartition(":")[2]) for text in (purl, stated))
    return left == right


def same_name(parsed: identity.Parts, name: str, group: str) -> bool:
    """Is a purl's name one of the parts of a component's name, spelt as Python, Debian and npm compare names?"""
    wanted = _plain(parsed.name)
    return wanted == _plain(name) or any(wanted == _plain(part) for part in _PARTS.split(f"{group}/{name}"))


_PREFIX = re.compile(r"(?:v|go)(?=[0-9])")
_PARTS = re.compile(r"[/:]")


def _disagreement(pointer: str, component: Object, parsed: identity.Parts) -> Iterator[str]:
    version, name = component.get("version"), component["name"]
    if version and parsed.version and not same_version(parsed.version, version):
        yield f"{pointer}/version: {printable(version)} is not {printable(parsed.version)}, which its purl says"
    if not same_name(parsed, name, component.get("group", "")):
        yield f"{pointer}/name: {printable(name)} is not {printable(parsed.name)}, which its purl says"


def _plain(name: str) -> str:
    return identity.pypi_name(name if name.isprintable() else printable(name)).strip("-/")


def _digests(pointer: str, hashes: Iterable[Object]) -> Iterator[str]:
    for number, one in enumerate(hashes):
        if one["alg"] in _ELSEWHERE:
            continue
        try:
            Digest.named(one["alg"], one["content"])
        except ValueError as error:
            yield f"{pointer}/{number}: {error}"
