"""Update bundles in the document: properties of their image, and their payloads as components nested in it.

A payload is the ``file`` component of its path with a bom-ref, both digests, and what the manifest says of it; what a
compressed one unpacks to is nested in it. A payload that is an image given beside the bundle depends on that image.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from firmbom.bundles.bundle import Bundle, Payload
from firmbom.cyclonedx import names
from firmbom.cyclonedx.file_component import FileComponent
from firmbom.cyclonedx.names import properties
from firmbom.cyclonedx.references import hashes
from firmbom.images import Image
from firmbom.model import Ref


def facts(image: Image) -> list[tuple[str, str]]:
    """The properties of an image that is a bundle."""
    return [pair for bundle in image.bundle for pair in _facts(bundle) if pair[1]]


def _facts(bundle: Bundle) -> Iterator[tuple[str, str]]:
    signature = bundle.signature
    yield names.BUNDLE_FORMAT, f"{bundle.format} {bundle.variant}".strip()
    yield names.BUNDLE_VERSION, bundle.version
    yield names.BUNDLE_SIGNATURE, signature.judgement
    yield names.BUNDLE_SIGNATURE_KIND, signature.kind
    yield names.BUNDLE_SIGNATURE_DOUBT, signature.why
    for signer in signature.signers:
        yield names.BUNDLE_SIGNER, signer
    for one in bundle.compatible:
        yield names.BUNDLE_COMPATIBLE + one.kind, one.value


def with_payloads(image: Image, ref: Ref, files: list[FileComponent]) -> list[Any]:
    """The files of an image, those that a bundle installs with what is known of them."""
    payloads = {payload.path: payload for bundle in image.bundle for payload in bundle.payloads}
    if not payloads:
        return [*files]
    listed = {file.name: file for file in files}
    made = {path: _component(payload, ref, listed.get(path)) for path, payload in payloads.items()}
    return [made.get(name) or listed[name] for name in sorted({*listed, *made})]


def _component(payload: Payload, ref: Ref, file: FileComponent | None) -> dict[str, Any]:
    own = _ref(payload, ref)
    known = [(one.name, one.value) for one in file.properties] if file else []
    inside = [
        {
            "type": "file",
            "bom-ref": f"{own}!/{one.name}",
            "name": one.name,
            "hashes": hashes(one.digests),
            "properties": properties([(names.IMAGE_SIZE, str(one.size))]),
        }
        for one in payload.unpacked
    ]
    stated = [(names.PAYLOAD_STATED, f"{one.algorithm}:{one.value}") for one in payload.stated]
    beside = [(names.PAYLOAD_IMAGE, one) for one in payload.images]
    listed = [(names.IMAGE_SIZE, str(payload.size)), (names.PAYLOAD_NAME, payload.name), *stated, *beside]
    made = {
        "type": "file",
        "bom-ref": own,
        "name": payload.path,
        "hashes": hashes(payload.digests),
        "components": inside,
        "properties": properties([*known, *(pair for pair in listed if pair[1])]),
    }
    return {name: value for name, value in made.items() if value}


def _ref(payload: Payload, image: Ref) -> Ref:
    return Ref(f"{image}!/{payload.path.partition('!/')[2]}")


def edges(images: Mapping[Ref, Image]) -> dict[Ref, set[Ref]]:
    """From each bundle to its payloads, from them to what they unpack to and to the images that they are."""
    by_name: dict[str, list[Ref]] = {}
    for ref, image in images.items():
        by_name.setdefault(image.name, []).append(ref)
    found: dict[Ref, set[Ref]] = {}
    for ref, image in images.items():
        for payload in (payload for bundle in image.bundle for payload in bundle.payloads):
            own = _ref(payload, ref)
            inside = {Ref(f"{own}!/{one.name}") for one in payload.unpacked}
            found.setdefault(ref, set()).add(own)
            found[own] = inside | {each for name in payload.images for each in by_name.get(name, ())}
            found.update({one: set() for one in inside})
    return found
