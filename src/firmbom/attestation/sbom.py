"""The statement whose predicate is an SBOM: CycloneDX, whole, with the signature that it carries itself.

Source: in-toto attestation framework, spec/predicates/cyclonedx.md; for older shapes cosign's pkg/cosign/attestation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from firmbom import parse
from firmbom.attestation.statement import STRONG, Statement, Subject
from firmbom.cyclonedx import names
from firmbom.cyclonedx.read import release_of
from firmbom.errors import InputError, printable
from firmbom.images import Image
from firmbom.signing import jcs

PREDICATE_TYPE = "https://cyclonedx.org/bom"

_TYPE = re.compile(r"https://cyclonedx\.org/(?:schema|bom(?:/v?(\d{1,3}\.\d{1,3}))?)\Z", re.ASCII)
"""``…/bom/v1.6`` is the specification's versioned form, ``…/schema`` that of older cosign."""
_CUSTOM = re.compile(r"(?:https://)?cosign\.sigstore\.dev/attestation/v1\Z")
"""``cosign attest --type custom``, which takes any text."""
_WRAPPER = {"Data", "Timestamp"}
"""What cosign put around a predicate."""


def is_sbom(statement: Statement) -> bool:
    """Is the predicate meant to be a CycloneDX document?"""
    if _CUSTOM.match(statement.predicate_type):
        data = statement.predicate.get("Data")
        return isinstance(data, str) and data.lstrip().startswith("{") and '"CycloneDX"' in data
    return _TYPE.match(statement.predicate_type) is not None


def statement_of(document: Mapping[str, Any], images: Sequence[Image]) -> Statement:
    """The statement that ``document`` is the SBOM of ``images``."""
    return Statement(subjects=subjects(images), predicate_type=PREDICATE_TYPE, predicate=document)


def subjects(images: Iterable[Image]) -> tuple[Subject, ...]:
    """The images as subjects, sorted.

    Raises:
        InputError: one has no digest that a subject may be known by.
    """
    made = []
    for image in images:
        digests = tuple(sorted(one for one in image.digests if one.algorithm in STRONG))
        if not digests:
            raise InputError(f"image {image.name} has no digest in the document, so nothing can be said of it")
        made.append(Subject(image.name, digests))
    return tuple(sorted(set(made)))


def document_of(statement: Statement) -> dict[str, Any]:
    """The CycloneDX document of a statement that :func:`is_sbom`.

    Raises:
        InputError: there is none, or it is of another version than the predicate's type says.
    """
    predicate: Any = dict(statement.predicate)
    if "Data" in predicate and set(predicate) <= _WRAPPER:
        predicate = predicate["Data"]
        if isinstance(predicate, str):
            predicate = parse.json(predicate.encode("utf-8", "surrogatepass"), exact=True)
            jcs.canonical(predicate)
    if not isinstance(predicate, dict) or predicate.get("bomFormat") != "CycloneDX":
        raise InputError("the predicate is no CycloneDX document")
    found = _TYPE.match(statement.predicate_type)
    stated = found[1] if found else None
    if stated and stated != predicate.get("specVersion"):
        raise InputError(
            f"predicateType says CycloneDX {stated}, the document {str(predicate.get('specVersion'))[:20]!r}"
        )
    return predicate


def names_images(document: Mapping[str, Any]) -> bool:
    """Is a document to be held to the images that it names? Other tools' documents often name none."""
    return names.ours(document) or bool(release_of(document).images)


def unnamed(stated: Iterable[Subject], images: Sequence[Image]) -> tuple[str, ...]:
    """The subjects that are no image of the document, a line each."""
    by_algorithm = [{one.algorithm: one for one in image.digests} for image in images]
    return tuple(
        printable(f"subject {subject.name[:80] or subject.digests[0].value[:16]} is no image that the SBOM names")
        for subject in stated
        if not any(subject.is_of(digests) for digests in by_algorithm)
    )
