"""CMS signatures in every form that openssl makes, and the ways in which one is none."""

from __future__ import annotations

import datetime
import hashlib
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import cms as asn1  # type: ignore[import-untyped] # the library has no annotations
from asn1crypto import pem, x509
from authority import NOW, certificate
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from hypothesis import given, settings
from hypothesis import strategies as st

from firmbom.bundles import cms, trust
from firmbom.bundles.bundle import Signature
from firmbom.errors import InputError

DATA = b"what is signed"


def judge(signature: bytes, *anchors: Path, data: bytes = DATA) -> Signature:
    found = trust.load([str(one) for one in anchors])
    return cms.judge(cms.parse(signature), lambda name: hashlib.new(name, data).digest(), found)


PSS = ("-keyopt", "rsa_padding_mode:pss")
FORMS: dict[str, tuple[str, tuple[str, ...]]] = {
    "RSA PKCS #1": ("signer", ()),
    "RSA PSS": ("signer", PSS),
    "RSA PSS, SHA-384": ("signer", ("-md", "sha384", *PSS)),
    "RSA without attributes": ("signer", ("-noattr",)),
    "ECDSA P-256": ("line", ()),
    "ECDSA without attributes": ("line", ("-noattr", "-md", "sha512")),
    "ECDSA P-384": ("below", ()),
    "by key identifier": ("signer", ("-keyid",)),
    "indefinite lengths": ("signer", ("-stream",)),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_that_openssl_makes_counts_and_only_for_its_content(keys: Any, form: str) -> None:
    signer, options = FORMS[form]
    made = keys.cms(DATA, *options, signer=signer)
    assert judge(made).judgement == "not judged"
    found = judge(made, keys.pub(signer))
    assert found.judgement == "good", found.why
    assert len(found.signers) == 1
    found = judge(made, keys.pub(signer), data=DATA + b"!")
    assert found.judgement == "bad"
    assert found.why.startswith(("it is of other content", "it is not what"))
    assert judge(made, keys.pub("stranger")).judgement == "bad"


def test_ed25519_which_openssl_3_0_does_not_make(keys: Any) -> None:
    info = asn1.ContentInfo.load(keys.cms(DATA, "-md", "sha512", signer="line"))
    _, _, der = pem.unarmor(keys.pem("edwards").read_bytes())
    certificate = x509.Certificate.load(der)
    signer = info["content"]["signer_infos"][0]
    signer["sid"].chosen["issuer"] = certificate.issuer
    signer["sid"].chosen["serial_number"] = certificate.serial_number
    signer["signature_algorithm"] = {"algorithm": "ed25519"}
    key = load_pem_private_key((keys.folder / "edwards.key").read_bytes(), None)
    assert isinstance(key, Ed25519PrivateKey)
    signer["signature"] = key.sign(signer["signed_attrs"].untag().dump())
    info["content"]["certificates"] = [certificate]
    made = info.dump(force=True)
    assert judge(made, keys.pub("edwards")).judgement == "good"
    assert judge(made, keys.pub("line")).judgement == "bad"
    assert judge(made, keys.pub("edwards"), data=b"").judgement == "bad"
    signer["signature"] = bytes(64)
    assert "it is not what CN=edwards signed" in judge(info.dump(force=True)).why


def forged(keys: Any, change: Callable[[Any], None], *options: str) -> bytes:
    """A signature by the RSA signer of which something was changed, signed anew where it is signed."""
    info = asn1.ContentInfo.load(keys.cms(DATA, *options))
    signer = info["content"]["signer_infos"][0]
    change(signer)
    key = load_pem_private_key((keys.folder / "signer.key").read_bytes(), None)
    assert isinstance(key, RSAPrivateKey)
    if signer["signed_attrs"].native:
        signer["signature"] = key.sign(signer["signed_attrs"].untag().dump(), padding.PKCS1v15(), hashes.SHA256())
    return bytes(info.dump(force=True))


def drop(kind: str) -> Callable[[Any], None]:
    def change(signer: Any) -> None:
        kept = [one for one in signer["signed_attrs"] if one["type"].native != kind]
        signer["signed_attrs"] = asn1.CMSAttributes(kept)

    return change


def twice(signer: Any) -> None:
    listed = list(signer["signed_attrs"])
    signer["signed_attrs"] = asn1.CMSAttributes([*listed, listed[0]])


def another_type(signer: Any) -> None:
    for one in signer["signed_attrs"]:
        if one["type"].native == "content_type":
            one["values"] = ["signed_data"]


def algorithm(name: str) -> Callable[[Any], None]:
    def change(signer: Any) -> None:
        signer["signature_algorithm"] = {"algorithm": name}

    return change


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (drop("signing_time"), ""),
        (drop("message_digest"), "it is of other content: SHA256 nothing was signed"),
        (drop("content_type"), "its content type is not that which was signed"),
        (another_type, "its content type is not that which was signed"),
        (twice, "its attribute content_type does not stand there once"),
        (algorithm("sha256_ecdsa"), "it is not what CN=release,O=ACME signed"),
        (algorithm("ed25519"), "it is not what CN=release,O=ACME signed"),
        (algorithm("rsassa_pss"), "it cannot be read"),
    ],
)
def test_attributes_and_algorithms_cannot_be_mixed(keys: Any, change: Callable[[Any], None], why: str) -> None:
    found = judge(forged(keys, change), keys.pub("signer"))
    assert found.judgement == ("bad" if why else "good")
    assert found.why.startswith(why)


def test_pss_with_two_digests_does_not_count(keys: Any) -> None:
    def change(signer: Any) -> None:
        signer["signature_algorithm"]["parameters"]["hash_algorithm"]["algorithm"] = "sha512"

    assert judge(forged(keys, change, *PSS), keys.pub("signer")).judgement == "bad"


def test_eddsa_without_attributes_is_told(keys: Any) -> None:
    info = asn1.ContentInfo.load(keys.cms(DATA, "-noattr", "-md", "sha512", "-nocerts", signer="line"))
    info["content"]["signer_infos"][0]["signature_algorithm"] = {"algorithm": "ed25519"}
    found = judge(info.dump(force=True), keys.pub("edwards"))
    assert (found.judgement, found.why) == ("bad", "EdDSA without signed attributes is not checked here")


def test_how_many_signers(keys: Any) -> None:
    info = asn1.ContentInfo.load(keys.cms(DATA))
    one = info["content"]["signer_infos"][0]
    for count in (0, 17):
        info["content"]["signer_infos"] = [one] * count
        assert judge(info.dump(force=True)).why == f"it has {count} signers"


def test_a_weak_key_does_not_count(keys: Any, tmp_path: Path) -> None:
    key, made = tmp_path / "weak.key", tmp_path / "weak.pem"
    subject = ["-nodes", "-subj", "/CN=w", "-keyout", str(key), "-out", str(made)]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:1024", *subject]
    subprocess.run(command, check=True, capture_output=True)
    found = judge(keys.cms(DATA, "-signer", made, "-inkey", key))
    assert (found.judgement, found.why) == ("bad", "an RSA key of 1024 bits is refused")


def test_dates_are_those_of_the_signing_or_else_of_the_release(keys: Any, tmp_path: Path) -> None:
    root = certificate("Root", ca=True, days=(-30, 36500))
    leaf = certificate("leaf", root, days=(-30, 30))
    for name, data in {"old.pem": leaf.pem, "old.key": leaf.key.pem(), "root.pem": root.pem}.items():
        (keys.folder / name).write_bytes(data)
    anchors = trust.load([str(keys.folder / "root.pem")])
    hashing = lambda name: hashlib.new(name, DATA).digest()  # noqa: E731 - as the other tests have it
    stated = cms.parse(keys.cms(DATA, signer="old"))  # states the time of this test, long after
    assert "expired on" in cms.judge(stated, hashing, anchors, NOW).why
    silent = cms.parse(keys.cms(DATA, "-noattr", signer="old"))
    assert cms.judge(silent, hashing, anchors, NOW).judgement == "good"
    assert cms.judge(silent, hashing, anchors).judgement == "good"
    assert "expired on" in cms.judge(silent, hashing, anchors, NOW + datetime.timedelta(days=31)).why
    assert "not valid before" in cms.judge(silent, hashing, anchors, NOW - datetime.timedelta(days=31)).why


def test_the_content_may_stand_inside(keys: Any) -> None:
    assert cms.parse(keys.cms(DATA, "-nodetach")).content == DATA
    assert cms.parse(keys.cms(DATA)).content is None


def test_without_a_certificate_only_a_key_at_hand_tells(keys: Any) -> None:
    made = keys.cms(DATA, "-nocerts")
    assert judge(made) == Signature("not judged", "CMS", (), "it brings no certificate")
    assert judge(made, keys.pub("stranger"), keys.pub("signer")).judgement == "good"
    found = judge(made, keys.pub("stranger"))
    assert (found.judgement, found.why) == ("bad", "it brings no certificate, and none of the keys given made it")


def test_chains(keys: Any) -> None:
    made = keys.cms(DATA, "-certfile", keys.pem("below"), signer="line")
    assert judge(made, keys.pem("ca")).judgement == "good"
    assert judge(made, keys.pem("below")).judgement == "good"
    alone = judge(keys.cms(DATA, signer="line"), keys.pem("ca"))
    assert alone.judgement == "bad"
    assert "no CA given issued it" in alone.why
    assert "none of the keys given" in judge(made, keys.pub("ca")).why  # a bare key vouches for nobody
    assert "digitalSignature" in judge(keys.cms(DATA, signer="sealer"), keys.pem("ca")).why


def test_several_certificates_in_one_file_all_count(keys: Any, tmp_path: Path) -> None:
    both = tmp_path / "keyring.pem"
    both.write_bytes(keys.pem("stranger").read_bytes() + keys.pem("ca").read_bytes())
    assert judge(keys.cms(DATA), both).judgement == "good"


def test_of_several_signers_one_must_count_and_none_may_be_wrong(keys: Any) -> None:
    more = ("-signer", keys.pem("stranger"), "-inkey", keys.folder / "stranger.key")
    made = keys.cms(DATA, *more)
    assert len(judge(made).signers) == 2
    assert judge(made, keys.pem("stranger")).judgement == "good"
    assert judge(made, keys.pem("ca")).judgement == "good"
    assert judge(made, keys.pem("edwards")).judgement == "bad"
    wrong = bytearray(made)
    wrong[-10] ^= 1
    assert judge(bytes(wrong), keys.pem("ca")).judgement == "bad"


@pytest.mark.parametrize(("digest", "counts"), [("sha1", False), ("md5", False), ("sha256", True), ("sha384", True)])
def test_digests_that_are_broken_do_not_count(keys: Any, digest: str, counts: bool) -> None:
    found = judge(keys.cms(DATA, "-md", digest))
    assert found.judgement == ("not judged" if counts else "bad")
    assert counts or found.why == f"it rests on {digest}, which does not count"


def test_what_is_none(keys: Any) -> None:
    whole = keys.cms(DATA)
    certificate = keys.pem("ca").read_bytes()
    for broken in (b"", b"0", b"0\x80", whole[:-1], whole + b"\0", certificate, whole[5:], b"0" * (2 << 20)):
        with pytest.raises(InputError):
            cms.parse(broken)
    assert cms.looks_like(whole)
    assert not cms.looks_like(certificate)


def test_what_is_encrypted_is_no_signature(keys: Any, tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(DATA)
    command: list[str | Path] = [
        "openssl",
        "cms",
        "-encrypt",
        "-binary",
        "-aes256",
        "-outform",
        "DER",
        "-in",
        tmp_path / "data",
    ]
    made = subprocess.run([*command, keys.pem("signer")], check=True, capture_output=True).stdout
    with pytest.raises(InputError, match="is enveloped_data, not a CMS signature"):
        cms.parse(made)


@pytest.fixture(scope="module")
def made(keys: Any) -> bytes:
    return bytes(keys.cms(DATA, "-certfile", keys.pem("ca")))


def test_a_changed_signature_never_counts(made: bytes, keys: Any) -> None:
    anchors = trust.load([str(keys.pem("signer"))])
    key = anchors[0].key.id

    @settings(max_examples=150)
    @given(st.data())
    def check(data: st.DataObject) -> None:
        changed = bytearray(made)
        for _ in range(data.draw(st.integers(1, 3))):
            changed[data.draw(st.integers(0, len(made) - 1))] = data.draw(st.integers(0, 255))
        try:
            found = cms.judge(cms.parse(bytes(changed)), lambda name: hashlib.new(name, DATA + b"!").digest(), anchors)
        except InputError:
            return
        assert found.judgement != "good"
        assert key not in found.why or found.judgement == "bad"

    check()
