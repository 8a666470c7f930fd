"""The third question: does the release tag still point at the commit that the document names?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from firmbom.errors import InputError, ToolError
from firmbom.verify.answer import Answer

_TAG_SIGNATURE = {
    "none": "tag not signed",
    "good": "tag signed",
    "bad": "tag signature bad at build",
    "unverified": "tag signed by a key that the build did not know",
}


def release(document: Mapping[str, Any], repository: Path) -> Answer:
    """Judge the tag and its signature as they are in ``repository`` now.

    Raises:
        InputError: it cannot be read.
    """
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
