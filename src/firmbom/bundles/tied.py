"""Bundles among the images of a release, and whether what they install is what was given beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from firmbom.bundles.bundle import Bundle, Payload
from firmbom.bundles.formats import read_bundle
from firmbom.bundles.trust import Anchor
from firmbom.digest import Algorithm, Digest
from firmbom.images import Image, distinct, name_of
from firmbom.model import ComponentSet, Problem, StoredFile
from firmbom.tree.base import Limits

Inside = frozenset[tuple[str, str]]
"""The files of a container: path in it and digest."""


def with_bundles(
    images: Sequence[Image],
    paths: Sequence[Path],
    contents: Iterable[ComponentSet],
    *,
    limits: Limits,
    anchors: Sequence[Anchor] = (),
    timestamp: int | None = None,
) -> tuple[tuple[Image, ...], tuple[Problem, ...]]:
    """The images, each that is a bundle with what it says as one, and what is wrong with the bundles.

    Args:
        images: of the release.
        paths: where they are.
        contents: what was found in them, of which the files are looked at.
        limits: how much a bundle may ask for.
        anchors: the keys whose signatures count.
        timestamp: the time of the release, in seconds since 1970.
    """
    files = {name_of(path): path for path in distinct(paths)}
    made: list[Image] = []
    problems: list[Problem] = []
    for image in images:
        found, told = read_bundle(
            files[image.name],
            limits=limits,
            anchors=anchors,
            timestamp=timestamp,
            sizes=[other.size for other in images if other != image],
        )
        problems += told
        made.append(msgspec.structs.replace(image, bundle=(found,)) if found else image)
    if any(image.bundle for image in made):
        made = _tied(made)
        problems += _strangers(made, [file for content in contents for file in content.files])
    return tuple(made), tuple(problems)


def _tied(images: Sequence[Image]) -> list[Image]:
    """With each payload's name of the images that have its digests, packed or unpacked."""
    beside = {image.digests: image.name for image in images if not _packs(image)}

    def payload(one: Payload, *, slot: bool) -> Payload:
        names = {beside[digests] for digests in _digests(one) if digests in beside}
        # What is an image stands there; of a slot all but that was only tried.
        unpacked = () if slot else tuple(each for each in one.unpacked if each.digests not in beside)
        return msgspec.structs.replace(one, images=tuple(sorted(names)), unpacked=unpacked)

    def bundle(one: Bundle) -> Bundle:
        payloads = [payload(each, slot=one.format == "slots") for each in one.payloads]
        return msgspec.structs.replace(one, payloads=tuple(payloads))

    return [msgspec.structs.replace(image, bundle=tuple(map(bundle, image.bundle))) for image in images]


def _digests(payload: Payload) -> Iterator[tuple[Digest, ...]]:
    yield payload.digests
    for one in payload.unpacked:
        yield one.digests


def _strangers(images: Sequence[Image], files: Sequence[StoredFile]) -> Iterator[Problem]:
    """Images that no bundle installs, where a bundle installs what is none of the images."""
    payloads = [payload for image in images if _packs(image) for one in image.bundle for payload in one.payloads]
    known = {name for payload in payloads for name in payload.images}
    left = [image for image in images if not _packs(image) and image.name not in known]
    if not left or all(payload.images for payload in payloads):
        return
    insides = _insides(files)
    within = {image.name: _within(image.name, files, insides) for image in images if not _packs(image)}

    def is_in(payload: Payload, name: str) -> bool:
        """Does an image hold the payload, as a file, or one with the same files?"""
        held, containers = within[name]
        digests = {digest for each in _digests(payload) for digest in each}
        return not held.isdisjoint(digests) or insides.get(payload.path) in containers

    free = [one for one in payloads if not one.images and not any(is_in(one, name) for name in within)]
    for image in left:
        if free and not any(is_in(payload, image.name) for payload in payloads):
            more = f", nor any of {len(free) - 1} more payloads" if len(free) > 1 else ""
            digests = f"SHA-256 {_sha256(image)} here, {_sha256(free[0])} there"
            yield Problem(
                "warning", f"is not {free[0].path}, which is installed by the bundle{more}: {digests}", image.name
            )


def _packs(image: Image) -> bool:
    """Does it pack what another image may be? A disk with two slots is such an image itself."""
    return any(one.format != "slots" for one in image.bundle)


def _within(name: str, files: Sequence[StoredFile], insides: Mapping[str, Inside]) -> tuple[set[Digest], set[Inside]]:
    """The digests of an image's files, and what its containers hold."""
    held = {file.digest for file in files if file.path.startswith(f"{name}!/")}
    return held, {inside for place, inside in insides.items() if place.partition("!/")[0] == name}


def _insides(files: Iterable[StoredFile]) -> Mapping[str, Inside]:
    """What each container holds, by where it stands."""
    found: dict[str, set[tuple[str, str]]] = {}
    for file in files:
        end = file.path.find("!/")
        while end >= 0:
            found.setdefault(file.path[:end], set()).add((file.path[end + 2 :], file.digest.value))
            end = file.path.find("!/", end + 2)
    return {place: frozenset(held) for place, held in found.items()}


def _sha256(one: Image | Payload) -> str:
    return next((digest.value for digest in one.digests if digest.algorithm is Algorithm.SHA256), "unknown")
