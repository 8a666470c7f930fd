"""The first question: who signed, and every way to cheat at it."""

from __future__ import annotations

from typing import Any

import pytest
from judging import EC, ED, ED2, SMALL, judge, signed, written

from firmbom.signing import jsf
from firmbom.signing.keys import PublicKey
from firmbom.verify import Answer, verify


def test_a_good_document_passes() -> None:
    verdict = judge(signed())
    assert verdict.exit_status == 0
    assert verdict.signature == Answer("passed", (str(ED.public),))
    assert verdict.soundness == Answer("passed", ("CycloneDX 1.6, 2 components",))
    assert (verdict.image.status, verdict.release.status) == ("not asked", "not asked")


def test_without_a_key_nothing_passes() -> None:
    verdict = verify(written(signed()), keys=[])
    assert verdict.signature == Answer("failed", ("no key was given, and the one in the document proves nothing",))
    assert verdict.exit_status == 17


def test_another_key_s_signature_fails() -> None:
    verdict = judge(signed(ED2))
    assert verdict.signature.status == "failed"
    assert verdict.signature.reasons == (f"no signature by {ED.public}", f"also signed by an unknown {ED2.public}")


def test_each_key_given_must_have_signed() -> None:
    assert judge(signed(ED, EC), ED, EC).exit_status == 0
    assert judge(signed(ED, EC), ED, EC, ED2).signature.reasons[0] == f"no signature by {ED2.public}"
    assert judge(signed(ED), ED, EC).exit_status == 17


def test_signatures_of_others_are_stated_and_do_not_count() -> None:
    verdict = judge(signed(ED, EC, ED2), EC)
    assert verdict.signature.status == "passed"
    assert verdict.signature.reasons == (
        f"ES256 by {EC.public}",
        f"also signed by an unknown {ED.public}",
        f"also signed by an unknown {ED2.public}",
    )


def test_an_invalid_signature_of_others_fails() -> None:
    document = signed(ED, EC)
    document["signature"]["signers"][1]["value"] = document["signature"]["signers"][0]["value"]
    verdict = judge(document, ED)
    assert verdict.signature.status == "failed"
    assert verdict.signature.reasons[0].startswith("signature 2 is not valid")


def test_a_signature_that_cannot_be_checked_is_stated() -> None:
    document = signed(ED, EC)
    foreign = {"algorithm": "Ed448", "keyId": "board\x1b[2J", "value": "AAAA"}
    document["signature"]["signers"].append(foreign)
    verdict = judge(document, ED)
    assert verdict.signature.status == "passed"
    assert "a signature by 'board\\x1b[2J' cannot be checked" in verdict.signature.reasons[-1]


def test_the_certificate_s_dates_are_said() -> None:
    key = PublicKey.of(ED.public.key, note="certificate of CN=Release, valid 2026-01-01 to 2027-01-01")
    verdict = verify(written(signed()), keys=[key])
    assert verdict.signature.reasons == (f"{ED.public} ({key.note})",)


def test_the_root_signature_must_be_there_whatever_nested_ones_remain() -> None:
    document = signed()
    entry = document.pop("signature")
    assert judge(document).signature == Answer("failed", ("the document carries no signature of its own",))
    document["components"][0]["signature"] = entry
    document["components"][1] = jsf.sign(document["components"][1], [ED])
    verdict = judge(document)
    assert verdict.signature.reasons == (
        "the document carries no signature of its own; 2 inside it cover only parts and do not count",
    )
    assert verdict.exit_status & 17 == 17


@pytest.mark.parametrize(
    "signature",
    [
        None,
        [],
        "x",
        {},
        {"signers": []},
        {"algorithm": "none", "value": ""},
        {"algorithm": "HS256", "value": "AAAA"},
        {"algorithm": "Ed25519"},
    ],
)
def test_no_signature_that_could_count(signature: Any) -> None:
    assert judge({**SMALL, "signature": signature}).exit_status & 17 == 17


def test_a_public_key_used_as_a_shared_secret_proves_nothing() -> None:
    import hashlib
    import hmac

    from firmbom.signing import base64url, jcs

    entry = {"algorithm": "HS256", "keyId": ED.key_id}
    mac = hmac.digest(ED.public.pem(), jcs.canonical({**SMALL, "signature": entry}), hashlib.sha256)
    verdict = judge({**SMALL, "signature": {**entry, "value": base64url.encode(mac)}})
    assert verdict.signature.status == "failed"


@pytest.mark.parametrize("option", ["excludes", "extensions"])
def test_unsigned_and_unknown_members_are_refused(option: str) -> None:
    document = signed()
    document["signature"][option] = ["components"]
    verdict = judge(document)
    assert verdict.signature.status == "failed"
    assert "is refused" in verdict.signature.reasons[0]
