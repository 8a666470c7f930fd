"""Puts the four questions to a document: is it the signer's, is this the image, does the tag stand, is it sound?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from firmbom import parse
from firmbom.errors import FirmbomError, InputError
from firmbom.verify.answer import Answer, Verdict
from firmbom.verify.image import image
from firmbom.verify.signature import signature
from firmbom.verify.soundness import soundness
from firmbom.verify.tag import release

if TYPE_CHECKING:
    from firmbom.signing.keys import PublicKey


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
        unread = Answer("failed", ("the document cannot be read",))
        return Verdict(
            signature=failed,
            image=unread if asked["image"] else Answer("not asked"),
            release=unread if asked["release"] else Answer("not asked"),
            soundness=failed,
        )
    signed = signature(document, keys)
    return Verdict(
        signature=signed.answer,
        signers=signed.by,
        image=image(document, images, all_images=all_images) if asked["image"] else Answer("not asked"),
        release=release(document, repository) if repository is not None else Answer("not asked"),
        soundness=soundness(document),
    )
