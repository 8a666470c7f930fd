"""Attestations in place of a document: what passes, what makes no sense, and what a policy asks of them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attesting import STRAY, about, bundled, judge, lines, plain, sealed, slsa
from judging import EC, ED, ED2, SMALL

from firmbom.attestation import statement
from firmbom.attestation.statement import PAYLOAD_TYPE, Statement
from firmbom.signing import dsse, jsf
from firmbom.verify.policy import Builders, Policy

# --- what passes


@pytest.mark.parametrize("form", [sealed, bundled])
def test_the_four_answers(form: Callable[[Statement], dict[str, Any]], folder: Path) -> None:
    verdict = judge(form(about()), images=[folder / "boot.bin", folder / "root.bin"], all_images=True)
    assert verdict.exit_status == 0
    assert verdict.signature.reasons == (f"ES256 by {EC.public}", "attests the SBOM of 2 files")
    assert verdict.signers == (EC.public,)
    assert verdict.image.reasons == ("boot.bin", "root.bin")
    assert verdict.soundness.reasons == ("CycloneDX 1.6, 2 components",)


def test_older_shapes_of_others() -> None:
    for kind, predicate in (
        ("https://cyclonedx.org/bom/v1.6", SMALL),
        ("https://cyclonedx.org/schema", {"Data": SMALL, "Timestamp": ""}),
        ("cosign.sigstore.dev/attestation/v1", {"Data": json.dumps(SMALL), "Timestamp": "2026-01-01T00:00:00Z"}),
    ):
        old = plain(about(predicate_type=kind, predicate=predicate), _type="https://in-toto.io/Statement/v0.1")
        assert judge(sealed(old)).exit_status == 0
        text = base64.urlsafe_b64encode(json.dumps(old).encode()).decode().rstrip("=")
        assert judge({**sealed(old), "payload": text}).exit_status == 0


def test_the_document_s_own_signature_is_named_too() -> None:
    verdict = judge(sealed(about(jsf.sign(SMALL, [ED, EC]))))
    assert verdict.exit_status == 0
    assert verdict.signature.reasons[2:] == (
        f"the SBOM itself is signed by {EC.public}",
        f"the SBOM itself is also signed by an unknown {ED.public}",
    )


def test_several_statements_in_lines() -> None:
    other = about(predicate_type="https://a.example/test-result", subjects=(STRAY,))
    verdict = judge(lines(sealed(slsa()), sealed(about()), sealed(other)))
    assert verdict.exit_status == 0
    assert verdict.signature.reasons == (
        f"ES256 by {EC.public}",
        "attests that https://builder.example built 2 files",
        "attests the SBOM of 2 files",
        "attests https://a.example/test-result of 1 file, passed over",
    )


def test_the_same_sbom_attested_for_each_image(folder: Path) -> None:
    each = [sealed(about(subjects=(one,))) for one in about().subjects]
    verdict = judge(lines(*each), images=[folder / "boot.bin", folder / "root.bin"])
    assert (verdict.exit_status, verdict.image.reasons) == (0, ("boot.bin", "root.bin"))


def test_bundles_of_one_statement_by_several_signers() -> None:
    both = lines(bundled(about(), ED), bundled(about(), EC))
    assert judge(both, ED, EC).exit_status == 0
    assert judge(both, ED, EC).signers == (ED.public, EC.public)
    assert judge(both, ED, EC, ED2).signature.reasons[0] == f"line 1: no signature by {ED2.public}"


def test_statements_by_others_do_not_count() -> None:
    stranger = sealed(slsa(subjects=(STRAY,)), ED2)
    verdict = judge(lines(sealed(about()), stranger, {"unrelated": 1}))
    assert verdict.exit_status == 0
    assert verdict.signature.reasons[2:] == (
        "line 2: signed by nobody asked for, does not count",
        "line 3: no attestation, passed over",
    )


def test_another_tool_s_document_that_names_no_image(folder: Path) -> None:
    """Then the signed statement alone ties it to the file."""
    bare = {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1}
    verdict = judge(sealed(about(bare)), images=[folder / "boot.bin"])
    assert (verdict.exit_status, verdict.image.reasons) == (
        0,
        ("boot.bin is a subject of the attestation; the document names no image",),
    )
    assert judge(sealed(about(bare)), images=[folder / "other.bin"]).exit_status == 18
    signed = json.dumps(jsf.sign(bare, [EC])).encode()
    assert judge(signed, images=[folder / "boot.bin"]).image.reasons == ("the document names no image",)


# --- what is signed, and makes no sense


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (sealed(plain(about(), subject=[])), "the statement is about no file: it has no subject"),
        (sealed(plain(about(), subject=[{"name": "a"}])), "a subject of the statement has no digest"),
        (
            sealed(plain(about(), _type="https://in-toto.io/Statement/v9")),
            "_type 'https://in-toto.io/Statement/v9' is no",
        ),
        (sealed(plain(about(), predicate="text")), "the predicate of the statement is not an object"),
        (sealed(about(), kind="application/json"), "payloadType 'application/json' is not"),
        (sealed(about(predicate_type="https://spdx.dev/Document")), "none of the signed statements holds an SBOM"),
        (sealed(slsa()), "none of the signed statements holds an SBOM"),
        (sealed(about({"bomFormat": "SPDX"})), "the predicate is no CycloneDX document"),
        (sealed(about(predicate_type="https://cyclonedx.org/bom/v1.4")), "predicateType says CycloneDX 1.4"),
        (lines(sealed(about()), sealed(about({**SMALL, "version": 2}))), "2 statements hold different SBOMs"),
    ],
)
def test_nothing_that_could_be_judged(value: Any, why: str) -> None:
    verdict = judge(value)
    assert (verdict.signature.status, verdict.soundness.status) == ("failed", "failed")
    assert verdict.signature.reasons[0].startswith(why)


def test_an_ambiguous_payload() -> None:
    twice = statement.write(about()).replace(b'"version":1', b'"version":1,"version":2', 1)
    envelope = dsse.write(dsse.sign(PAYLOAD_TYPE, twice, [EC]))
    verdict = judge(envelope)
    assert (verdict.exit_status, verdict.signature.reasons[0]) == (25, "key 'version' stands twice in one object")
    text = json.dumps(sealed(about())).replace('"payload":', '"payload": "e30=", "payload":', 1)
    assert judge(text.encode()).signature.reasons == ("key 'payload' stands twice in one object",)


def test_a_document_whose_own_signature_is_broken() -> None:
    document = {**jsf.sign(SMALL, [ED]), "version": 2}
    verdict = judge(sealed(about(document)))
    assert verdict.exit_status == 17
    assert verdict.signature.reasons[0].startswith("inside the SBOM signature 1 is not valid")
    assert judge(sealed(about({**SMALL, "signature": 5}))).signature.reasons[0].startswith("inside the SBOM: ")


# --- a policy

BUILDERS = Policy(provenance=Builders(builders=("https://other.example/*", "https://builder.*")))


def by_policy(*values: dict[str, Any], policy: Policy = BUILDERS) -> tuple[int, tuple[str, ...]]:
    verdict = judge(lines(*values), policy=policy)
    return verdict.exit_status, verdict.policy.reasons


def test_provenance_that_a_policy_asks_for() -> None:
    assert by_policy(sealed(about()), sealed(slsa())) == (0, ("provenance as asked",))
    each = [sealed(slsa(subjects=(one,))) for one in about().subjects]
    assert by_policy(sealed(about()), *each) == (0, ("provenance as asked",))
    nobody = "provenance: nobody is said to have built the images, which is not who is asked for"
    assert by_policy(sealed(about())) == (48, (nobody,))
    assert by_policy(sealed(about()), sealed(slsa(), ED)) == (48, (nobody,))
    assert by_policy(sealed(about()), each[0]) == (
        48,
        ("provenance: no builder that is asked for is said to have built root.bin",),
    )
    other = Policy(provenance=Builders(builders=("https://builder.example/*",)))
    assert by_policy(sealed(about()), sealed(slsa()), policy=other) == (
        48,
        ("provenance: https://builder.example is said to have built the images, which is not who is asked for",),
    )
    alone = jsf.sign(SMALL, [EC])
    assert by_policy(alone) == (48, ("provenance: the document came without an attestation",))
