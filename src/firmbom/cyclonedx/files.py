"""The files of the images: what an audit compares a year later, and which component installed which.

A file is a nested component of type ``file`` in the image it was found in, without a bom-ref: its name is its path as
evidence states it. Who installed it is an occurrence of that component whose ``additionalContext`` says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from firmbom.cyclonedx.file_component import FileComponent, Hash
from firmbom.cyclonedx.images import containing
from firmbom.inventory import Inventory
from firmbom.merge.combine import ordered
from firmbom.model import Property, Ref
from firmbom.release import Image

INSTALLED = "installed"
"""``additionalContext`` of an occurrence that means ownership."""


def by_image(inventory: Inventory, images: Mapping[Ref, Image]) -> dict[Ref, list[FileComponent]]:
    """The file components of each image; those of no image in particular are the product's own, under an empty ref."""
    known = {one.path: [*one.properties] for one in inventory.file_properties}
    none: list[Property] = []
    listed = [
        FileComponent(file.path, [Hash((digest := file.digest).algorithm, digest.value)], known.get(file.path, none))
        for file in inventory.files
    ]
    if not images:
        return {Ref(""): listed}
    only = next(iter(images)) if len(images) == 1 else Ref("")
    found: dict[Ref, list[FileComponent]] = {}
    for one in listed:
        for ref in containing(one.name, images) or (only,):
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
