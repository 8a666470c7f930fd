"""External references, and what the file behind a ``distribution`` tells about the component."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from firmbom.cyclonedx import names
from firmbom.cyclonedx.address import address
from firmbom.cyclonedx.spec import Spec
from firmbom.model import Component, Digest, ExternalReference

_PACKED = (
    ".apk", ".conda", ".crate", ".deb", ".egg", ".gem", ".ipk", ".jar", ".nupkg", ".rpm", ".tar", ".tar.bz2", ".tar.gz",
    ".tar.xz", ".tar.zst", ".tbz2", ".tgz", ".txz", ".whl", ".zip",
)  # fmt: skip
"""Names of archives that state their members, BSI TR-03183-2's "structured"."""


_UNIVERSAL = "-none-any.whl"
_SOURCES = (".tar.gz", ".zip", ".tar.bz2")


def hashes(digests: Iterable[Digest]) -> list[dict[str, str]]:
    """``hashes[]``, sorted."""
    distinct = sorted(set(digests))
    return [{"alg": str(one.algorithm), "content": one.value} for one in distinct]


def references(found: Iterable[ExternalReference], spec: Spec) -> list[dict[str, Any]]:
    """``externalReferences[]``; a type that the version does not know becomes ``other`` and is named in the comment."""
    return [_reference(one, spec) for one in sorted(set(found))]


def the_download(component: Component) -> ExternalReference | None:
    """The downloadable file with digests that is installed, or None if there is none or the choice is not ours.

    One is no choice. Of a Python wheel that fits every machine and the sources it was made of, installers take the
    wheel unless it is told otherwise (PyPA binary distribution format, "pip" and "uv").
    """
    found = [one for one in component.references if one.type == "distribution" and one.digests]
    if len(found) > 1:
        wheels = [one for one in found if file_name(one).endswith(_UNIVERSAL)]
        sources = [one for one in found if file_name(one).endswith(_SOURCES)]
        found = wheels if len(wheels) + len(sources) == len(found) else []
    return found[0] if len(found) == 1 else None


def file_name(reference: ExternalReference) -> str:
    """The name of the file behind a ``distribution``: stated in the comment where the address does not end in it."""
    return reference.comment or unquote(posixpath.basename(reference.url.split("#", 1)[0].split("?", 1)[0]))


def file_properties(name: str) -> list[tuple[str, str]]:
    """BSI's ``filename``, and ``archive`` and ``structured`` where the name tells them."""
    if not name:
        return []
    return [(names.FILENAME, name), *(packing(name) if is_packed(name) else ())]


def is_packed(name: str) -> bool:
    """Does the file name say that it is an archive whose members can be listed?"""
    return name.lower().endswith(_PACKED)


def packing(name: str) -> list[tuple[str, str]]:
    """``archive`` and ``structured`` of a file that holds other files."""
    return [
        (names.ARCHIVE, "archive"),
        (names.STRUCTURED, "structured" if is_packed(name) else "unstructured"),
    ]


def _reference(found: ExternalReference, spec: Spec) -> dict[str, Any]:
    known = found.type in spec.reference_types
    made: dict[str, Any] = {"type": found.type if known else "other", "url": address(found.url)}
    comment = found.comment if known else " ".join(part for part in (f"({found.type})", found.comment) if part)
    if comment:
        made["comment"] = comment
    if found.digests:
        made["hashes"] = hashes(found.digests)
    return made
