"""The images of a release as components nested in the product."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from firmbom.cyclonedx import bundles, names
from firmbom.cyclonedx.file_component import FileComponent
from firmbom.cyclonedx.names import properties
from firmbom.cyclonedx.references import hashes, packing, references
from firmbom.cyclonedx.spec import Spec
from firmbom.inventory import Merged
from firmbom.model import Algorithm, ExternalReference, Ref
from firmbom.release import Image


def by_ref(images: Sequence[Image]) -> dict[Ref, Image]:
    """Every distinct image by its bom-ref: ``image:<name>``, with a piece of the digest where two share a name."""
    distinct = sorted(set(images))
    shared = Counter(image.name for image in distinct)
    marks = [_mark(image) if shared[image.name] > 1 else "" for image in distinct]
    return {Ref(names.IMAGE + image.name + mark): image for image, mark in zip(distinct, marks, strict=True)}


def seen_in(merged: Merged, images: Mapping[Ref, Image]) -> list[Ref]:
    """The images that a component was seen in."""
    found = (ref for claim in merged.component.claims for ref in containing(claim.location.path, images))
    return list(dict.fromkeys(found))


def containing(path: str, images: Mapping[Ref, Image]) -> list[Ref]:
    """The images that a path leads through, as in ``…<image name>!/…``; several if they share the name."""
    if "!/" not in path:
        return []
    containers = {part.rpartition("/")[2] for part in path.split("!/")[:-1]}
    return [ref for ref, image in images.items() if image.name in containers]


def image_component(
    ref: Ref, image: Image, shared: dict[str, Any], files: list[FileComponent], spec: Spec
) -> dict[str, Any]:
    """The ``component`` of an image; ``shared`` holds what it has in common with the product, ``files`` its content."""
    file = ExternalReference("distribution", image.name, image.digests, "beside this document")
    members = {
        "type": "firmware",
        "bom-ref": ref,
        "supplier": shared.get("supplier"),
        "manufacturer": shared.get("manufacturer"),
        "name": image.name,
        "version": shared.get("version"),
        "hashes": hashes(image.digests),
        "licenses": shared.get("licenses"),
        "copyright": shared.get("copyright"),
        "externalReferences": references([file], spec),
        "components": bundles.with_payloads(image, ref, files),
        "properties": properties([(names.IMAGE_SIZE, str(image.size)), *file_facts(image), *bundles.facts(image)]),
    }
    return {name: value for name, value in members.items() if value}


def file_facts(image: Image) -> list[tuple[str, str]]:
    """BSI TR-03183-2's properties of the file: firmware is executable and holds other files."""
    return [(names.FILENAME, image.name), (names.EXECUTABLE, "executable"), *packing(image.name)]


def _mark(image: Image) -> str:
    found = [digest.value for digest in image.digests if digest.algorithm is Algorithm.SHA256]
    return "#" + (found or [digest.value for digest in image.digests] or [str(image.size)])[0][:12]
