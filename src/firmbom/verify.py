"""The four questions: is it the signer's document, is this the image, does the tag stand, is the document sound?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from firmbom import parse
from firmbom.errors import FirmbomError, InputError, ToolError, printable
from firmbom.model import Algorithm

if TYPE_CHECKING:
    from firmbom.release import Image
    from firmbom.signing.jsf import Checked
    from firmbom.signing.keys import PublicKey

Status = Literal["passed", "failed", "not asked"]

BITS: Mapping[str, int] = {"signature": 1, "image": 2, "release": 4, "soundness": 8}
"""What a failed answer adds to the exit status; the order is that of the lines."""

FAILED = 16
"""Added once when any answer failed."""

_MOST_FAULTS = 3
"""Faults named on the line; a script gets them all."""


class Answer(msgspec.Struct, frozen=True):
    """The answer to one question."""

    status: Status
    reasons: tuple[str, ...] = ()
    """What was found, each on one line, the weightiest first."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """The four answers. They are independent; only a passed signature makes the others the signer's word."""

    signature: Answer
    image: Answer = Answer("not asked")
    release: Answer = Answer("not asked")
    soundness: Answer = Answer("not asked")

    @property
    def answers(self) -> dict[str, Answer]:
        """The answers by name, in the order of :data:`BITS`."""
        return {name: getattr(self, name) for name in BITS}

    @property
    def exit_status(self) -> int:
        """0, or 16 plus the bits of what failed."""
        bits = sum(BITS[name] for name, answer in self.answers.items() if answer.status == "failed")
        return FAILED + bits if bits else 0


def verify(
    data: bytes,
    *,
    keys: Sequence[PublicKey],
    images: Sequence[Path] = (),
    repository: Path | None = None,
    all_images: bool = False,
    path: str = "",
) -> Verdict:
    """Judge a CycloneDX document. What it says of itself never counts; its faults are answers, not exceptions.

    Args:
        data: the document as it was received.
        keys: the verifier's own keys; **each** must have made a valid signature.
        images: files that must be images of the document.
        repository: a clone in which the release tag must still point at the commit.
        all_images: every image of the document must be among ``images``.
        path: what to call the document.

    Raises:
        InputError: an image or the repository cannot be read, so its question cannot be asked.
    """
    asked = {"image": bool(images) or all_images, "release": repository is not None}
    try:
        document = parse.json(data, path=path)
        if not isinstance(document, dict):
            raise InputError("not a JSON object", path=path)
    except FirmbomError as error:
        failed = Answer("failed", (error.within(path),))
        unread = {name: Answer("failed", ("the document cannot be read",)) for name, yes in asked.items() if yes}
        return Verdict(signature=failed, soundness=failed, **unread)
    return Verdict(
        signature=_signature(document, keys),
        image=_image(document, images, all_images=all_images) if asked["image"] else Answer("not asked"),
        release=_release(document, repository) if repository is not None else Answer("not asked"),
        soundness=_soundness(document),
    )


def _signature(document: Mapping[str, Any], keys: Sequence[PublicKey]) -> Answer:
    from firmbom.signing import jsf

    if not keys:
        return Answer("failed", ("no key was given, and the one in the document proves nothing",))
    if jsf.MEMBER not in document:
        return Answer("failed", (_unsigned(document),))
    try:
        checked = jsf.verify(document, keys)
    except InputError as error:
        return Answer("failed", (error.message,))
    good = {one.key.id: one for one in checked if one.valid and one.trusted and one.key}
    missing = [f"no signature by {key}" for key in {key.id: key for key in keys}.values() if key.id not in good]
    invalid = [_invalid(number, one) for number, one in enumerate(checked, 1) if one.valid is False]
    others = [_other(one) for one in checked if one.valid is not False and not one.trusted]
    notes = [_signed_by(one.algorithm, one.key) for one in good.values() if one.key]
    if missing or invalid:
        return Answer("failed", (*invalid, *missing, *others))
    return Answer("passed", (*notes, *others))


def _unsigned(document: Mapping[str, Any]) -> str:
    nested = _nested_signatures(document)
    rest = f"; {nested} inside it cover only parts and do not count" if nested else ""
    return f"the document carries no signature of its own{rest}"


def _nested_signatures(document: Mapping[str, Any]) -> int:
    found, rest = 0, list(document.values())
    while rest:
        part = rest.pop()
        if isinstance(part, dict):
            found += isinstance(part.get("signature"), dict)
            rest += part.values()
        elif isinstance(part, list):
            rest += part
    return found


def _signed_by(algorithm: str, key: PublicKey) -> str:
    how = "" if algorithm == key.kind else f"{algorithm} by "
    return f"{how}{key}" + (f" ({key.note})" if key.note else "")


def _invalid(number: int, one: Checked) -> str:
    return f"signature {number} is not valid: {one.reason}"


def _other(one: Checked) -> str:
    if one.valid:
        return f"also signed by an unknown {one.key}"
    return f"a signature by {one.key_id or 'nobody named'!r} cannot be checked: {one.reason}"


def _image(document: Mapping[str, Any], files: Sequence[Path], *, all_images: bool) -> Answer:
    from firmbom.cyclonedx.read import release_of

    stated = release_of(document).images
    if not stated:
        return Answer("failed", ("the document names no image",))
    good, bad = [], []
    shown: set[Image] = set()
    for file in files:
        image = _matching(file, stated)
        if image is None:
            bad.append(f"{file.name} is no image of the document (it names {len(stated)})")
        else:
            shown.add(image)
            good.append(f"{file.name} is image {image.name}" if image.name != file.name else file.name)
    absent = [f"not shown: {image.name}" for image in stated if image not in shown]
    if bad or (all_images and absent):
        return Answer("failed", (*bad, *absent, *good))
    return Answer("passed", (*good, *absent))


def _matching(file: Path, stated: Sequence[Image]) -> Image | None:
    """The image that has both digests of the file; one digest alone is not enough."""
    from firmbom.tree.base import digests_of_stream

    try:
        with file.open("rb") as stream:
            digests = {digest for digest in digests_of_stream(stream) if digest.algorithm in _NEEDED}
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", path=str(file)) from error
    return next((image for image in stated if digests <= set(image.digests)), None)


_NEEDED = frozenset({Algorithm.SHA256, Algorithm.SHA512})


def _release(document: Mapping[str, Any], repository: Path) -> Answer:
    from firmbom.cyclonedx.read import release_of
    from firmbom.release import tag_problems

    stated = release_of(document)
    try:
        problems = tag_problems(repository, stated)
    except ToolError as error:
        raise InputError(error.message, path=str(repository), remedy=error.remedy) from error
    if problems:
        return Answer("failed", problems)
    tied = f"tag {stated.tag} is still commit {stated.commit[:12]}"
    dirty = ("but the build's working tree differed from that commit",) if stated.dirty else ()
    return Answer("passed", (tied, *dirty, _TAG_SIGNATURE[stated.tag_signature.status]))


_TAG_SIGNATURE = {
    "none": "tag not signed",
    "good": "tag signed",
    "bad": "tag signature bad at build",
    "unverified": "tag signed by a key that the build did not know",
}


def _soundness(document: Mapping[str, Any]) -> Answer:
    from firmbom.cyclonedx.check import faults

    if found := faults(document):
        return Answer("failed", found)
    count = len(document.get("components", ()))
    return Answer("passed", (f"CycloneDX {document.get('specVersion')}, {count} component{'s'[: count != 1]}",))


def line(name: str, answer: Answer) -> str:
    """An answer as a person reads it, on one line."""
    reasons = list(answer.reasons[:_MOST_FAULTS])
    if len(answer.reasons) > _MOST_FAULTS:
        reasons.append(f"and {len(answer.reasons) - _MOST_FAULTS} more")
    return printable(f"{name:<10} {answer.status:<9} {'; '.join(reasons)}".rstrip())
