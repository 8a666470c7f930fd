"""Puts the questions to a document: is it the signer's, is this the image, does the tag stand, is it sound?

And, where there is a policy: does it meet that?
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from firmbom import parse
from firmbom.attestation import read
from firmbom.errors import FirmbomError, InputError
from firmbom.signing.demand import Demand
from firmbom.verify.answer import Answer, Verdict
from firmbom.verify.attested import Attested, attested, disagreements
from firmbom.verify.image import Shown, image
from firmbom.verify.policy import Policy, judge
from firmbom.verify.signature import Signed, signature
from firmbom.verify.soundness import soundness
from firmbom.verify.tag import release

if TYPE_CHECKING:
    from firmbom.signing.keys import PublicKey


def verify(
    data: bytes,
    *,
    keys: Sequence[PublicKey] | Demand,
    images: Sequence[Path] = (),
    repository: Path | None = None,
    all_images: bool = False,
    path: str = "",
    sbom: Mapping[str, Any] | None = None,
    policy: Policy | None = None,
) -> Verdict:
    """Judge a CycloneDX document, or attestations with one inside; faults are answers, not exceptions.

    What either says of itself never counts.

    Args:
        data: a CycloneDX document, a DSSE envelope, a Sigstore bundle, or lines of the latter two, as received.
        keys: the verifier's own keys; **each** must have made a valid signature. Or what else must be signed by whom.
        images: files that must be images of the document, and subjects of the attestation.
        repository: a clone in which the release tag must still point at the commit.
        all_images: every image of the document must be among ``images``.
        path: what to call the document.
        sbom: for a VEX document: the SBOM that each of its statements must speak of.
        policy: what else the document must meet; its signers are to be in ``keys``.

    Raises:
        InputError: an image or the repository cannot be read, so its question cannot be asked.
    """
    asked = {
        "image": bool(images) or all_images,
        "release": repository is not None,
        "policy": policy is not None,
    }
    demand = keys if isinstance(keys, Demand) else Demand.of(keys)
    try:
        received = _received(data, demand, path)
    except FirmbomError as error:
        return _unread(Answer("failed", (error.within(path),)), asked, (error.within(path),))
    document = received.document
    around = received.attested
    if document is None:
        return _unread(received.signed.answer, asked, ("there is no document to judge",))
    shown = Shown(Answer("not asked"))
    if asked["image"]:
        shown = image(document, images, all_images=all_images, subjects=around.subjects if around else None)
    tag = release(document, repository) if repository is not None else Answer("not asked")
    return Verdict(
        signature=received.signed.answer,
        signers=received.signed.by,
        image=shown.answer,
        release=tag,
        soundness=soundness(document, disagreements(around) if around else (), sbom),
        policy=judge(policy, document, shown=shown.names, checked=tag.status == "passed", at=demand.at, attested=around)
        if policy is not None
        else Answer("not asked"),
    )


class _Received(NamedTuple):
    """The document, and what it came in."""

    signed: Signed
    document: Mapping[str, Any] | None
    attested: Attested | None = None
    """None: it came by itself."""


def _received(data: bytes, demand: Demand, path: str) -> _Received:
    try:
        value = parse.json(data, path=path, exact=True)
    except FirmbomError:
        parts = read.lines(data, path=path)
        if parts is None:
            raise
    else:
        if not isinstance(value, dict):
            raise InputError("not a JSON object", path=path)
        if not read.is_attestation(value):
            return _Received(signature(value, demand), value)
        parts = read.one(value)
    found = attested(parts, demand)
    return _Received(found.signed, found.document, found)


def _unread(signed: Answer, asked: Mapping[str, bool], why: tuple[str, ...]) -> Verdict:
    """The verdict where there is no document: all that was asked has failed."""
    unread = Answer("failed", ("the document cannot be read",))
    return Verdict(
        signature=signed,
        image=unread if asked["image"] else Answer("not asked"),
        release=unread if asked["release"] else Answer("not asked"),
        policy=unread if asked["policy"] else Answer("not asked"),
        soundness=Answer("failed", why),
    )
