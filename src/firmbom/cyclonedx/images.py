"""The images of a release as components nested in the product."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from firmbom.cyclonedx import names
from firmbom.cyclonedx.names import properties
from firmbom.cyclonedx.references import hashes, packing, references
from firmbom.cyclonedx.spec import Spec
from firmbom.model import Algorithm, ExternalReference, Merged, Ref
from firmbom.release import Image


def by_ref(images: Sequence[Image]) -> dict[Ref, Image]:
    """Every distinct image by its bom-ref: ``image:<name>``, with a piece of the digest where two share a name."""
    distinct = sorted(set(images))
    shared = Counter(image.name for image in distinct)
    marks = [_mark(image) if shared[image.name] > 1 else "" for image in distinct]
    return {Ref(names.IMAGE + image.name + mark): image for image, mark in zip(distinct, marks, strict=True)}


def seen_in(merged: Merged, images: Mapping[Ref, Image]) -> list[Ref]:
    """The images that a component was seen in: its evidence lies at ``…<image name>!/…``."""
    containers = {
        part.rpartition("/")[2]
        for claim in merged.component.claims
        if "!/" in claim.location.path
        for part in claim.location.path.split("!/")[:-1]
    }
    return [ref for ref, image in images.items() if image.name in containers] if containers else []


def image_component(ref: Ref, image: Image, shared: dict[str, Any], spec: Spec) -> dict[str, Any]:
    """The ``component`` of an image; ``shared`` holds what it has in common with the product."""
    file = ExternalReference("distribution", image.name, image.digests, "beside this document")
    made = {
        "type": "firmware",
        "bom-ref": ref,
        **shared,
        "name": image.name,
        "hashes": hashes(image.digests),
        "externalReferences": references([file], spec),
        "properties": properties([(names.IMAGE_SIZE, str(image.size)), *file_facts(image)]),
    }
    order = ("type", "bom-ref", "supplier", "manufacturer", "name", "version", "hashes", "licenses", "copyright")
    ranked = sorted(made, key=lambda name: order.index(name) if name in order else len(order))
    return {name: made[name] for name in ranked}


def file_facts(image: Image) -> list[tuple[str, str]]:
    """BSI TR-03183-2's properties of the file: firmware is executable and holds other files."""
    return [(names.FILENAME, image.name), (names.EXECUTABLE, "executable"), *packing(image.name)]


def _mark(image: Image) -> str:
    found = [digest.value for digest in image.digests if digest.algorithm is Algorithm.SHA256]
    return "#" + (found or [digest.value for digest in image.digests] or [str(image.size)])[0][:12]
