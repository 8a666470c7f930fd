"""The second question: is each file that was given an image that the document names?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from firmbom.errors import InputError
from firmbom.model import Algorithm
from firmbom.verify.answer import Answer

if TYPE_CHECKING:
    from firmbom.release import Image

_NEEDED = frozenset({Algorithm.SHA256, Algorithm.SHA512})


def image(document: Mapping[str, Any], files: Sequence[Path], *, all_images: bool) -> Answer:
    """Judge ``files`` by the digests the document names; with ``all_images`` each of its images must be there.

    Raises:
        InputError: a file cannot be read.
    """
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
