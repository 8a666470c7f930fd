"""What an attestation is about, what the document in it names, and what the given files are."""

from __future__ import annotations

import copy
import hashlib
from pathlib import Path

import msgspec
import pytest
from attesting import SLSA, STRAY, about, judge, lines, sealed, slsa
from judging import COMMIT, ED, SMALL

from firmbom.attestation import sbom
from firmbom.cyclonedx.read import release_of


def test_an_extra_subject(folder: Path) -> None:
    verdict = judge(sealed(about(subjects=(*about().subjects, STRAY))), images=[folder / "boot.bin"])
    assert (verdict.exit_status, verdict.soundness.reasons) == (
        24,
        ("subject stray.bin is no image that the SBOM names",),
    )


def test_a_subject_with_one_lying_digest() -> None:
    boot = about().subjects[0]
    lying = msgspec.structs.replace(boot, digests=(boot.digests[0], STRAY.digests[1]))
    assert judge(sealed(about(subjects=(lying,)))).soundness.reasons[0].startswith("subject boot.bin is no image")


def test_an_image_must_be_named_by_statement_and_document(folder: Path) -> None:
    only = sealed(about(subjects=about().subjects[:1]))
    assert judge(only, images=[folder / "boot.bin"]).exit_status == 0
    verdict = judge(only, images=[folder / "root.bin"])
    assert (verdict.exit_status, verdict.image.reasons[0]) == (
        18,
        "root.bin is no subject of the attestation (it has 1)",
    )
    other = folder / "other.bin"
    digests = sbom.subjects(release_of(SMALL).images)
    assert judge(sealed(about(subjects=digests)), images=[other]).image.reasons[0] == (
        "other.bin is no image of the document (it names 2)"
    )


def test_provenance_must_be_of_the_same_files_and_commit() -> None:
    strayed = judge(lines(sealed(about()), sealed(slsa(subjects=(STRAY,)))))
    assert (strayed.exit_status, strayed.soundness.reasons[0]) == (
        24,
        "subject stray.bin is no image that the SBOM names",
    )
    definition = {"buildType": "x", "resolvedDependencies": [{"digest": {"gitCommit": "a" * 40}}]}
    elsewhere = judge(lines(sealed(about()), sealed(slsa(predicate={**SLSA, "buildDefinition": definition}))))
    assert (elsewhere.exit_status, elsewhere.soundness.reasons[0]) == (
        24,
        f"the provenance is of commit {'a' * 12}, the SBOM of {COMMIT[:12]}",
    )


def test_an_unsigned_statement_s_sbom_is_still_looked_at() -> None:
    """As with a document: the other answers then say only that it is in accord with itself."""
    verdict = judge(sealed(about()), ED)
    assert (verdict.signature.status, verdict.soundness.status) == ("failed", "passed")


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"\xff", b'{"payload": 1', lines({"payload": 1}, {"payload": 2})])
def test_what_is_nothing(data: bytes, folder: Path) -> None:
    verdict = judge(data, images=[folder / "boot.bin"], repository=folder) if data != b"{}" else judge(data)
    assert verdict.exit_status & 25 == 25


def test_what_an_attested_bundle_installs_is_attested(folder: Path) -> None:
    """The payload is named by the SBOM as the bundle's, and the bundle is a subject."""
    document, payload = copy.deepcopy(SMALL), b"other image\n"
    (bundle_file, *_) = document["metadata"]["component"]["components"]
    bundle_file["properties"].append({"name": "firmbom:bundle:format", "value": "SWUpdate"})
    digests = (("SHA-256", hashlib.sha256), ("SHA-512", hashlib.sha512))
    bundle_file["components"] = [
        {
            "type": "file",
            "bom-ref": "image:boot.bin!/rootfs",
            "name": "boot.bin!/rootfs",
            "hashes": [{"alg": name, "content": digest(payload).hexdigest()} for name, digest in digests],
            "properties": [{"name": "firmbom:image:size", "value": str(len(payload))}],
        }
    ]
    boot, root = about().subjects
    verdict = judge(sealed(about(document, subjects=(boot,))), images=[folder / "other.bin"])
    assert verdict.image.reasons[0] == "other.bin is installed by image boot.bin (rootfs)"
    verdict = judge(sealed(about(document, subjects=(root,))), images=[folder / "other.bin"])
    assert (verdict.image.status, verdict.image.reasons[0]) == (
        "failed",
        "other.bin is no subject of the attestation (it has 1)",
    )
