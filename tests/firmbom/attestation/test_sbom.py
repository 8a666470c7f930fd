"""The SBOM as predicate: every shape that tools have given it, and what does not belong together."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from firmbom.attestation import sbom
from firmbom.attestation.statement import Statement, Subject
from firmbom.cyclonedx.read import release_of
from firmbom.errors import InputError
from firmbom.images import Image
from firmbom.model import Algorithm, Digest

SUBJECT = Subject("a", (Digest(Algorithm.SHA256, "1" * 64),))


def stated(kind: str, predicate: dict[str, Any]) -> Statement:
    return Statement(subjects=(SUBJECT,), predicate_type=kind, predicate=predicate)


@pytest.mark.parametrize(
    "kind",
    [
        "https://cyclonedx.org/bom",
        "https://cyclonedx.org/bom/v1.6",
        "https://cyclonedx.org/bom/1.6",
        "https://cyclonedx.org/schema",
    ],
)
def test_each_name_of_the_type(kind: str, document: dict[str, Any]) -> None:
    assert sbom.is_sbom(stated(kind, document))
    assert sbom.document_of(stated(kind, document)) == document
    assert sbom.document_of(stated(kind, {"Data": document, "Timestamp": ""})) == document
    assert sbom.document_of(stated(kind, {"Data": json.dumps(document)})) == document


def test_cosign_s_custom_type(document: dict[str, Any]) -> None:
    for kind in ("https://cosign.sigstore.dev/attestation/v1", "cosign.sigstore.dev/attestation/v1"):
        found = stated(kind, {"Data": json.dumps(document, indent=1), "Timestamp": "2026-01-01T00:00:00Z"})
        assert sbom.is_sbom(found)
        assert sbom.document_of(found) == document
        assert not sbom.is_sbom(stated(kind, {"Data": "a,b"}))
        assert not sbom.is_sbom(stated(kind, document))


@pytest.mark.parametrize(
    "kind",
    [
        "https://spdx.dev/Document",
        "https://cyclonedx.org/bomb",
        "https://cyclonedx.org/bom/v1.6\n",
        "http://cyclonedx.org/bom",
        "https://cyclonedx.org/vex",
        "https://slsa.dev/provenance/v1",
    ],
)
def test_other_types(kind: str, document: dict[str, Any]) -> None:
    assert not sbom.is_sbom(stated(kind, document))


@pytest.mark.parametrize(
    ("kind", "predicate", "message"),
    [
        ("https://cyclonedx.org/bom", {}, "no CycloneDX document"),
        ("https://cyclonedx.org/bom", {"bomFormat": "SPDX"}, "no CycloneDX document"),
        ("https://cyclonedx.org/bom", {"Data": "<bom/>"}, "not JSON"),
        ("https://cyclonedx.org/bom", {"Data": '{"a": 1, "a": 2}'}, "stands twice"),
        ("https://cyclonedx.org/bom", {"Data": '{"a": "\ud800"}'}, "not text"),
        ("https://cyclonedx.org/bom", {"Data": '{"a": "\\ud800"}'}, "half of a surrogate pair"),
        ("https://cyclonedx.org/bom", {"Data": '{"a": 9007199254740993}'}, "beyond 53 bits"),
        ("https://cyclonedx.org/bom", {"Data": {"bomFormat": "CycloneDX"}, "More": 1}, "no CycloneDX document"),
        ("https://cyclonedx.org/bom/v1.4", {"bomFormat": "CycloneDX", "specVersion": "1.6"}, "says CycloneDX 1.4"),
        ("https://cyclonedx.org/bom/v1.4", {"bomFormat": "CycloneDX"}, "the document 'None'"),
    ],
)
def test_predicates_that_are_no_sbom(kind: str, predicate: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        sbom.document_of(stated(kind, predicate))


def test_the_statement_of_a_document(document: dict[str, Any]) -> None:
    images = release_of(document).images
    found = sbom.statement_of(document, images)
    assert found.predicate == document
    assert [one.name for one in found.subjects] == ["boot.bin", "root.bin"]
    assert all({one.algorithm for one in each.digests} == {"SHA-256", "SHA-512"} for each in found.subjects)
    assert sbom.unnamed(found.subjects, images) == ()


def test_subjects_that_the_document_does_not_name(document: dict[str, Any]) -> None:
    images = release_of(document).images
    boot = sbom.subjects(images)[0]
    lying = msgspec.structs.replace(boot, digests=(boot.digests[0], Digest(Algorithm.SHA512, "0" * 128)))
    unnamed = msgspec.structs.replace(SUBJECT, name="")
    assert sbom.unnamed([boot, lying, unnamed], images) == (
        "subject boot.bin is no image that the SBOM names",
        "subject 1111111111111111 is no image that the SBOM names",
    )


def test_an_image_without_a_digest_cannot_be_spoken_of() -> None:
    with pytest.raises(InputError, match=r"image a\.img has no digest"):
        sbom.subjects([Image(name="a.img", size=1, digests=(Digest(Algorithm.SHA1, "3" * 40),))])


def test_who_is_held_to_its_images(document: dict[str, Any]) -> None:
    assert sbom.names_images(document)
    assert not sbom.names_images({"bomFormat": "CycloneDX"})
    tool = {"type": "application", "bom-ref": "tool:firmbom", "name": "firmbom"}
    assert sbom.names_images({"metadata": {"tools": {"components": [tool]}}})
