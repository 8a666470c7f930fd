"""The files of the images: what an audit compares a year later, and which component installed which.

A file is a nested component of type ``file`` in the image it was found in, without a bom-ref: its name is its path as
evidence states it. Who installed it is an occurrence of that component whose ``additionalContext`` says so.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from firmbom.cyclonedx.images import containing
from firmbom.inventory import Inventory
from firmbom.merge.combine import ordered
from firmbom.model import Property, Ref, StoredFile
from firmbom.release import Image

INSTALLED = "installed"
"""``additionalContext`` of an occurrence that means ownership."""


Listed = list[tuple[str, Any]]
"""File components, each after its path."""


def by_image(
    inventory: Inventory, images: Mapping[Ref, Image], kept: Callable[[dict[str, Any]], Any]
) -> dict[Ref, Listed]:
    """The file components of each image; those of no image in particular are the product's own, under an empty ref.

    Each is what ``kept`` makes of it, save a bundle's payloads, of which there is more to say.
    """
    only = next(iter(images)) if len(images) == 1 else Ref("")
    payloads = {one.path for image in images.values() for bundle in image.bundle for one in bundle.payloads}
    found: dict[Ref, Listed] = {}
    known = {one.path: one.properties for one in inventory.file_properties}
    for file in ordered(inventory.files):
        made = _component(file, known.get(file.path, ()))
        one = file.path, made if file.path in payloads else kept(made)
        for ref in containing(file.path, images) or [only]:
            found.setdefault(ref, []).append(one)
    return found


def installed(inventory: Inventory) -> dict[Ref, list[str]]:
    """The paths of each component's files, where they lie in an image; what a checkout has installed is not shipped."""
    listed = {file.path for file in inventory.files}
    found: dict[Ref, list[str]] = {}
    for one in ordered(inventory.ownership) if listed else ():
        if one.path in listed:
            found.setdefault(one.owner, []).append(one.path)
    return found


def occurrences(paths: Iterable[str]) -> Iterator[dict[str, Any]]:
    """``evidence.occurrences[]`` of installed files."""
    return ({"location": path, "additionalContext": INSTALLED} for path in paths)


def _component(file: StoredFile, known: Collection[Property]) -> dict[str, Any]:
    digest = {"alg": str(file.digest.algorithm), "content": file.digest.value}
    made: dict[str, Any] = {"type": "file", "name": file.path, "hashes": [digest]}
    if known:
        made["properties"] = [{"name": one.name, "value": one.value} for one in ordered(known)]
    return made
