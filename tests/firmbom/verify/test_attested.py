"""Attestations in place of a document: the same four questions, and every way to cheat with what is around it."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from authority import NOW, Holder, certificate
from hypothesis import given
from hypothesis import strategies as st

from firmbom.attestation import bundle, provenance, sbom, statement
from firmbom.attestation.statement import PAYLOAD_TYPE, Statement, Subject
from firmbom.cyclonedx.read import release_of
from firmbom.model import Algorithm, Digest
from firmbom.signing import dsse, jsf
from firmbom.signing.demand import Demand, Signatory
from firmbom.signing.keys import PrivateKey, generate
from firmbom.verify import Verdict, verify
from firmbom.verify.policy import Builders, Policy

SMALL = json.loads((Path(__file__).parents[1] / "signing/data/small.json").read_text(encoding="utf-8"))
ED, ED2, EC = generate("Ed25519"), generate("Ed25519"), generate("P-256")
COMMIT = "0123456789abcdef0123456789abcdef01234567"
STRAY = Subject("stray.bin", (Digest(Algorithm.SHA256, "1" * 64), Digest(Algorithm.SHA512, "2" * 128)))
SLSA = {"buildDefinition": {"buildType": "x"}, "runDetails": {"builder": {"id": "https://builder.example"}}}


def about(document: Any = SMALL, **change: Any) -> Statement:
    made = sbom.statement_of(document, release_of(SMALL).images)
    return msgspec.structs.replace(made, **change)


def sealed(found: Statement | dict[str, Any], *keys: PrivateKey, kind: str = PAYLOAD_TYPE) -> dict[str, Any]:
    payload = statement.write(found) if isinstance(found, Statement) else json.dumps(found).encode()
    return dsse.write(dsse.sign(kind, payload, keys or [EC]))


def bundled(found: Statement, key: PrivateKey = EC) -> dict[str, Any]:
    return bundle.write(dsse.sign(PAYLOAD_TYPE, statement.write(found), [key]), key)


def plain(found: Statement, **change: Any) -> dict[str, Any]:
    """A statement as JSON, so that it can be broken and then signed."""
    return {**json.loads(statement.write(found)), **change}


def lines(*values: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


def judge(value: dict[str, Any] | bytes, *keys: PrivateKey, **options: Any) -> Verdict:
    data = value if isinstance(value, bytes) else json.dumps(value, indent=1).encode()
    return verify(data, keys=[key.public for key in keys or [EC]], **options)


def slsa(**change: Any) -> Statement:
    return about(**{"predicate_type": provenance.PREDICATE_TYPE, "predicate": SLSA, **change})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the two images of SMALL and a third one."""
    for name in ("boot", "root", "other"):
        (tmp_path / f"{name}.bin").write_bytes(f"{name} image\n".encode())
    return tmp_path


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


# --- who signed


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


# --- tampering: each field


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("payloadType",), "application/vnd.in-toto+jsom"),
        (("payload",), "e30="),
        (("signatures",), []),
        (("signatures", 0, "sig"), "AAAA"),
        (("signatures", 0, "keyid"), 5),
        pytest.param(("signatures", 0, "sig"), sealed(slsa())["signatures"][0]["sig"], id="signature of another"),
    ],
)
@pytest.mark.parametrize("form", [sealed, bundled])
def test_a_changed_envelope(
    form: Callable[[Statement], dict[str, Any]], path: tuple[str | int, ...], value: Any
) -> None:
    changed = copy.deepcopy(form(about()))
    target: Any = changed.get("dsseEnvelope", changed)
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    assert judge(changed).exit_status & 17 == 17


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path]
    for name, part in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        found += _leaves(part, (*path, name))
    return found


OUTSIDE = [path for path in _leaves(plain(about())) if path and path[0] != "predicate"] + [("predicate", "version")]


@pytest.mark.parametrize("path", OUTSIDE, ids=lambda path: ".".join(map(str, path)))
def test_a_changed_statement(path: tuple[Any, ...]) -> None:
    """Each member of the statement taken out, behind an honest signature of the whole."""
    envelope, changed = sealed(about()), plain(about())
    target = changed
    for step in path[:-1]:
        target = target[step]
    del target[path[-1]]
    envelope["payload"] = base64.b64encode(json.dumps(changed).encode()).decode()
    verdict = judge(envelope)
    assert verdict.exit_status & 17 == 17
    assert verdict.signature.reasons[0] == (f"the signature by {EC.public} is not valid: it or the payload was changed")


@pytest.mark.parametrize(
    "change",
    [
        {"mediaType": "application/vnd.dev.sigstore.bundle.v9.9+json"},
        {"verificationMaterial": None},
        {"dsseEnvelope": None},
        {"messageSignature": {}},
    ],
)
def test_a_changed_bundle(change: dict[str, Any]) -> None:
    verdict = judge({**bundled(about()), **change})
    assert (verdict.exit_status, len(verdict.signature.reasons)) == (25, 1)


def test_a_statement_changed_in_one_line_of_several() -> None:
    good, other = sealed(about()), sealed(slsa())
    other["payload"] = sealed(slsa(subjects=(STRAY,)))["payload"]
    verdict = judge(lines(good, other))
    assert verdict.exit_status == 17
    assert verdict.signature.reasons[0].startswith(f"line 2: the signature by {EC.public} is not valid")


def test_a_broken_line_is_not_passed_over() -> None:
    assert judge(lines(sealed(about())) + b'{"payload": "e30="').exit_status == 17
    assert judge(lines(sealed(about()), {**sealed(slsa()), "signatures": []})).exit_status == 17


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


# --- subjects and images


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


# --- anything at all

ENVELOPE, BUNDLE = sealed(about()), bundled(about())
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
UNSIGNED = {"keyid", "hint"}


@given(st.sampled_from([ENVELOPE, BUNDLE]), st.data())
def test_whatever_is_put_in_place_of_a_member_never_passes(value: dict[str, Any], draw: st.DataObject) -> None:
    path = draw.draw(st.sampled_from([one for one in _leaves(value) if one and one[-1] not in UNSIGNED]))
    other, changed = draw.draw(JSON), copy.deepcopy(value)
    target: Any = changed
    for step in path[:-1]:
        target = target[step]
    before, target[path[-1]] = target[path[-1]], other
    if path[-1] == "publicKey" and isinstance(other, dict) and isinstance(other.get("hint", ""), str):
        return  # the hint alone was changed
    assert other == before or judge(changed).exit_status & 17 == 17


@given(st.data())
def test_whatever_is_signed_gets_an_answer(draw: st.DataObject) -> None:
    """The holder of the key may sign anything; the verifier must not choke on it."""
    changed = plain(about())
    path = draw.draw(st.sampled_from([one for one in _leaves(changed) if one]))
    target: Any = changed
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = draw.draw(JSON)
    text = json.dumps(changed).encode("utf-8", "surrogatepass")
    verdict = judge(dsse.write(dsse.sign(PAYLOAD_TYPE, text, [EC])))
    assert verdict.exit_status == 0 or all(one.reasons for one in verdict.answers.values() if one.status == "failed")


@given(st.integers(0, 4000), st.binary(max_size=4))
def test_damaged_files_get_an_answer(place: int, junk: bytes) -> None:
    data = lines(ENVELOPE, BUNDLE)
    for damaged in (data[:place], data[:place] + junk + data[place + len(junk) :]):
        assert damaged == data or judge(damaged).signature.reasons
