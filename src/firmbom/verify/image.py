"""The second question: is each file that was given an image that the document names?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from firmbom.cyclonedx import names
from firmbom.errors import InputError
from firmbom.opening import opened
from firmbom.verify.answer import Answer

if TYPE_CHECKING:
    from firmbom.attestation.statement import Subject
    from firmbom.bundles.bundle import Payload
    from firmbom.model import Algorithm, Digest
    from firmbom.release import Image


class Shown(NamedTuple):
    """The answer, and what it is about."""

    answer: Answer
    names: frozenset[str] = frozenset()
    """The images of the document that were among the files."""


def image(
    document: Mapping[str, Any],
    files: Sequence[Path],
    *,
    all_images: bool,
    subjects: Sequence[Subject] | None = None,
) -> Shown:
    """Judge ``files`` by the digests the document names; with ``all_images`` each of its images must be there.

    Args:
        document: the document.
        files: the files that were given.
        all_images: each image of the document must be among them.
        subjects: what the attestation around the document is about, if it came in one: each file must be one of
            these as well. A document of another tool that names no image leaves it to them.

    Raises:
        InputError: a file cannot be read.
    """
    from firmbom.cyclonedx.read import release_of

    stated = release_of(document).images
    alone = not stated and subjects is not None and not names.ours(document)
    if not stated and not alone:
        return Shown(Answer("failed", ("the document names no image",)))
    installed = _payloads(stated)
    good, bad = [], []
    shown: set[Image] = set()
    for file in files:
        digests = _digests(file)
        found = next((one for one in (*stated, *installed) if set(digests.values()) <= set(one.digests)), None)
        if found is None and not alone:
            bad.append(f"{file.name} is no image of the document (it names {len(stated)})")
        elif subjects is not None and not _attested(digests, installed.get(found) if found else None, subjects):
            bad.append(f"{file.name} is no subject of the attestation (it has {len(subjects)})")
        elif found is None:
            good.append(f"{file.name} is a subject of the attestation; the document names no image")
        elif found in installed:
            good.append(f"{file.name} is installed by {_where(found, installed[found])}")
        else:
            shown.add(found)
            good.append(f"{file.name} is image {found.name}" if found.name != file.name else file.name)
    absent = [f"not shown: {one.name}" for one in stated if one not in shown]
    fit = frozenset(one.name for one in shown)
    if bad or (all_images and absent):
        return Shown(Answer("failed", (*bad, *absent, *(f"shown: {one}" for one in good))), fit)
    return Shown(Answer("passed", (*good, *absent)), fit)


def _payloads(images: Sequence[Image]) -> dict[Image, Image]:
    """What the update bundles among the images install, as images; of each, the bundle."""
    from firmbom.images import Image

    found: dict[Image, Image] = {}
    for image in images:
        for payload in (payload for bundle in image.bundle for payload in bundle.payloads):
            for size, digests in _contents(payload):
                made = Image(name=payload.path, size=size, digests=digests)
                found.setdefault(made, image)
    return found


def _where(payload: Image, bundle: Image) -> str:
    """The bundle that installs a payload, and the place inside of it."""
    return f"image {bundle.name} ({payload.name.partition('!/')[2]})"


def _contents(payload: Payload) -> Iterator[tuple[int, tuple[Digest, ...]]]:
    """Size and digests of a payload, and of what it unpacks to."""
    yield payload.size, payload.digests
    for one in payload.unpacked:
        yield one.size, one.digests


def _attested(digests: Mapping[Algorithm, Digest], bundle: Image | None, subjects: Sequence[Subject]) -> bool:
    """Is the file with these digests a subject, or the update bundle that installs it?"""
    around = {one.algorithm: one for one in bundle.digests} if bundle else {}
    return any(one.is_of(digests) or one.is_of(around) for one in subjects)


def _digests(file: Path) -> dict[Algorithm, Digest]:
    """Both digests of the file, by which an image must be known; one alone is not enough."""
    from firmbom.tree.base import digests_of_stream

    try:
        with opened(file) as stream:
            return {digest.algorithm: digest for digest in digests_of_stream(stream)}
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", path=str(file)) from error
