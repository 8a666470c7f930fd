"""Reads from a document what :mod:`firmbom.cyclonedx.bundles` writes of update bundles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast, get_args

from firmbom.bundles.bundle import Bundle, Compatible, Judgement, Payload, Signature, Unpacked
from firmbom.cyclonedx import names
from firmbom.cyclonedx.read_component import digests
from firmbom.cyclonedx.shape import Node
from firmbom.digest import Digest

_OF_PAYLOADS = frozenset({names.IMAGE_SIZE, names.PAYLOAD_NAME, names.PAYLOAD_STATED, names.PAYLOAD_IMAGE})


def read(node: Node) -> tuple[Bundle, ...]:
    """The bundle that an image component says it is."""
    stated = [(each.text("name"), each.text("value")) for each in node.objects("properties")]
    kind, _, variant = next((value for name, value in stated if name == names.BUNDLE_FORMAT), "").partition(" ")
    if not kind:
        return ()
    one = dict(stated)
    judgement = one.get(names.BUNDLE_SIGNATURE, "none")
    signature = Signature(
        cast(Judgement, judgement if judgement in get_args(Judgement) else "not judged"),
        one.get(names.BUNDLE_SIGNATURE_KIND, ""),
        tuple(value for name, value in stated if name == names.BUNDLE_SIGNER),
        one.get(names.BUNDLE_SIGNATURE_DOUBT, ""),
    )
    compatible = [
        Compatible(name.removeprefix(names.BUNDLE_COMPATIBLE), value)
        for name, value in stated
        if name.startswith(names.BUNDLE_COMPATIBLE)
    ]
    bundle = Bundle(
        format=kind,
        variant=variant,
        version=one.get(names.BUNDLE_VERSION, ""),
        compatible=tuple(sorted(compatible)),
        payloads=tuple(sorted(_payloads(node))),
        signature=signature,
    )
    return (bundle,)


def of_the_file(node: Node) -> Iterator[tuple[str, str]]:
    """The properties of a file component that do not say what it is in a bundle."""
    for each in node.objects("properties"):
        if (name := each.text("name")) not in _OF_PAYLOADS:
            yield name, each.text("value")


def _payloads(node: Node) -> Iterator[Payload]:
    for each in node.objects("components"):
        if each.text("bom-ref").startswith(names.IMAGE):
            stated = [(one.text("name"), one.text("value")) for one in each.objects("properties")]
            yield Payload(
                path=each.text("name"),
                size=size(stated),
                digests=digests(each),
                name=dict(stated).get(names.PAYLOAD_NAME, ""),
                stated=tuple(sorted(_stated(stated))),
                unpacked=tuple(_unpacked(each)),
                images=tuple(value for name, value in stated if name == names.PAYLOAD_IMAGE),
            )


def _unpacked(node: Node) -> Iterator[Unpacked]:
    for each in node.objects("components"):
        stated = [(one.text("name"), one.text("value")) for one in each.objects("properties")]
        yield Unpacked(each.text("name"), size(stated), digests(each))


def _stated(pairs: Sequence[tuple[str, str]]) -> Iterator[Digest]:
    for name, value in pairs:
        if name == names.PAYLOAD_STATED:
            algorithm, _, digest = value.partition(":")
            try:
                yield Digest.named(algorithm, digest)
            except ValueError:
                continue  # somebody else's document


def size(pairs: Sequence[tuple[str, str]]) -> int:
    """What the properties state as size in bytes; 0 when they do not."""
    text = dict(pairs).get(names.IMAGE_SIZE, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0
