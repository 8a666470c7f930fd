"""Who signed an attestation: the verifier's own keys and CAs count, and nothing that came along."""

from __future__ import annotations

import base64
import json
from typing import Any

import msgspec
from attesting import about, bundled, judge, lines, sealed, slsa
from authority import NOW, Holder, certificate
from judging import EC, ED, ED2

from firmbom.signing.demand import Demand, Signatory
from firmbom.signing.keys import PrivateKey
from firmbom.verify import Verdict, verify


def test_only_the_verifier_s_keys_count() -> None:
    for form in (sealed(about()), bundled(about())):
        verdict = judge(form, ED)
        assert (verdict.exit_status, verdict.signers) == (17, ())
        assert verdict.signature.reasons[0] == f"no signature by {ED.public}"
    assert verify(json.dumps(sealed(about())).encode(), keys=[]).signature.reasons[0].startswith("no key was given")


def test_each_key_must_have_signed() -> None:
    assert judge(sealed(about(), ED, EC), EC, ED).exit_status == 0
    verdict = judge(sealed(about(), ED, EC), EC, ED2)
    assert verdict.exit_status == 17
    assert verdict.signature.reasons == (
        f"no signature by {ED2.public}",
        f"ES256 by {EC.public}",
        "1 signature by others, not counted",
    )


def test_every_statement_that_counts_needs_each_key() -> None:
    verdict = judge(lines(sealed(about(), ED, EC), sealed(slsa(), EC)), ED, EC)
    assert verdict.signature.reasons[0] == f"line 2: no signature by {ED.public}"
    assert verdict.signers == (EC.public,)


def test_a_hint_or_key_id_is_never_trusted() -> None:
    """Names of a trusted key on a stranger's signature do not help; nor does a stranger's name harm a good one."""
    forged, honest = bundled(about(), ED2), bundled(about())
    forged["verificationMaterial"] = honest["verificationMaterial"]
    assert judge(forged).exit_status == 17
    forged["dsseEnvelope"]["signatures"][0]["keyid"] = sealed(about())["signatures"][0]["keyid"]
    assert judge(forged).exit_status == 17
    honest["verificationMaterial"] = {"publicKey": {"hint": "another"}}
    assert judge(honest).exit_status == 0


def test_a_certificate_in_the_bundle_is_not_trusted_by_itself() -> None:
    honest = bundled(about())
    for raw in ("AAAA", base64.b64encode(b"\x30\x03\x02\x01\x01").decode()):
        stranger = {**honest, "verificationMaterial": {"certificate": {"rawBytes": raw}}}
        assert judge(stranger).exit_status == 0
        assert judge(stranger, ED).exit_status == 17


CA, OTHER_CA = certificate("CA", ca=True), certificate("CA", ca=True)
INTER = certificate("Inter", CA, ca=True)


def certified(leaf: Holder, *issuers: Holder) -> PrivateKey:
    return msgspec.structs.replace(leaf.key, certificates=tuple(one.der for one in (leaf, *issuers)))


def by_ca(value: dict[str, Any], ca: Holder = CA) -> Verdict:
    return verify(json.dumps(value).encode(), keys=Demand.of((), (ca.der,), NOW))


def test_certificates_count_by_their_ca() -> None:
    signer = certified(certificate("Release", CA))
    for form in (sealed(about(), signer), bundled(about(), signer)):
        assert by_ca(form).exit_status == 0
        refused = by_ca(form, OTHER_CA)
        assert (refused.exit_status, refused.signers) == (17, ())
        assert refused.signature.reasons[0].startswith("no signature by a certificate of the CA: ")
    assert by_ca(sealed(about(), certified(certificate("Release", INTER), INTER))).exit_status == 0
    expired = certified(certificate("Release", CA, days=(-30, -1)))
    assert "expired" in by_ca(sealed(about(), expired)).signature.reasons[0]


def test_a_certificate_does_not_vouch_for_another_s_signature() -> None:
    value, leaf = sealed(about(), ED2), certificate("Release", CA)
    value["signatures"][0]["cert"] = leaf.pem.decode()
    assert by_ca(value).exit_status == 17
    both = sealed(about(), ED2, certified(leaf))
    both["signatures"].pop()
    both["signatures"][0]["cert"] = leaf.pem.decode()
    assert by_ca(both).exit_status == 17


def test_a_number_of_signers_is_enough() -> None:
    three = tuple(Signatory(key=key.public) for key in (ED, ED2, EC))
    demand = Demand(signatories=three, at=NOW, least=2)
    assert verify(json.dumps(sealed(about(), EC, ED)).encode(), keys=demand).exit_status == 0
    short = verify(json.dumps(sealed(about(), EC)).encode(), keys=demand)
    assert (short.exit_status, short.signature.reasons[0]) == (17, "1 of the 2 signers asked for")
