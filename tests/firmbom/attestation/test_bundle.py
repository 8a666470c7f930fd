"""Sigstore bundles of each version, and every form that is none."""

from __future__ import annotations

import base64
import copy
from typing import Any

import msgspec
import pytest

from firmbom.attestation import bundle
from firmbom.errors import ConfigError, InputError
from firmbom.signing import dsse, key_names
from firmbom.signing.keys import PrivateKey


@pytest.fixture
def made(envelope: dsse.Envelope, keyring: dict[str, PrivateKey]) -> dict[str, Any]:
    return bundle.write(envelope, keyring["P-256"])


def test_what_is_written(made: dict[str, Any], envelope: dsse.Envelope, keyring: dict[str, PrivateKey]) -> None:
    assert set(made) == {"mediaType", "verificationMaterial", "dsseEnvelope"}
    assert made["mediaType"] == "application/vnd.dev.sigstore.bundle.v0.3+json"
    assert set(made["dsseEnvelope"]["signatures"][0]) == {"sig"}  # sigstore-go passes over a foreign keyid
    found = bundle.read(made)
    assert found.signatures[0].key_id == key_names.hint(keyring["P-256"].public)
    assert found.payload == envelope.payload
    assert [one.key for one in dsse.verify(found, [keyring["P-256"].public])] == [keyring["P-256"].public]


def test_a_certificate_stands_in_place_of_the_hint(envelope: dsse.Envelope, keyring: dict[str, PrivateKey]) -> None:
    signer = msgspec.structs.replace(keyring["P-256"], certificates=(b"leaf", b"issuer"))
    made = bundle.write(envelope, signer)
    assert made["verificationMaterial"] == {"certificate": {"rawBytes": base64.b64encode(b"leaf").decode()}}
    assert bundle.read(made).signatures[0].certificates == (b"leaf",)


@pytest.mark.parametrize(
    "media_type",
    [
        "application/vnd.dev.sigstore.bundle+json;version=0.1",
        "application/vnd.dev.sigstore.bundle+json;version=0.2",
        "application/vnd.dev.sigstore.bundle+json; version=0.3",
        "application/vnd.dev.sigstore.bundle.v0.3+json",
    ],
)
def test_each_version_is_read(media_type: str, made: dict[str, Any]) -> None:
    chain = {"x509CertificateChain": {"certificates": [{"rawBytes": "AAAA"}, {"rawBytes": "AAAB"}]}, "tlogEntries": []}
    (found,) = bundle.read({**made, "mediaType": media_type, "verificationMaterial": chain}).signatures
    assert (found.certificates, found.key_id) == ((b"\0\0\0", b"\0\0\1"), "")


def test_several_signatures_have_no_place(made: dict[str, Any], keyring: dict[str, PrivateKey]) -> None:
    both = dsse.sign("t", b"", [keyring["P-256"], keyring["Ed25519"]])
    with pytest.raises(ConfigError, match="holds one signature"):
        bundle.write(both, keyring["P-256"])
    with pytest.raises(InputError, match="holds 2 signatures"):
        bundle.read({**made, "dsseEnvelope": dsse.write(both)})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mediaType": "application/vnd.dev.sigstore.bundle.v0.4+json"}, "no Sigstore bundle of version"),
        ({"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json\n"}, "no Sigstore bundle of version"),
        ({"mediaType": None}, "no Sigstore bundle of version"),
        ({"messageSignature": {}}, "holds no attestation"),
        ({"verificationMaterial": {}}, "just one of publicKey"),
        ({"verificationMaterial": []}, "just one of publicKey"),
        ({"verificationMaterial": {"publicKey": {}, "certificate": {"rawBytes": "AAAA"}}}, "just one of publicKey"),
        ({"verificationMaterial": {"publicKey": 5}}, "hint of the public key"),
        ({"verificationMaterial": {"publicKey": {"hint": 5}}}, "hint of the public key"),
        ({"verificationMaterial": {"certificate": 5}}, "no certificate"),
        ({"verificationMaterial": {"certificate": {"rawBytes": "?"}}}, "certificate is not base64"),
        ({"verificationMaterial": {"x509CertificateChain": []}}, "no certificate"),
        ({"verificationMaterial": {"x509CertificateChain": {"certificates": []}}}, "no certificate"),
        ({"verificationMaterial": {"x509CertificateChain": {"certificates": [{}] * 11}}}, "11 certificates"),
        ({"dsseEnvelope": []}, "not an object"),
        ({"dsseEnvelope": ...}, "no dsseEnvelope"),
    ],
)
def test_what_is_no_bundle(change: dict[str, Any], message: str, made: dict[str, Any]) -> None:
    changed = {name: value for name, value in {**copy.deepcopy(made), **change}.items() if value is not ...}
    with pytest.raises(InputError, match=message):
        bundle.read(changed)
    with pytest.raises(InputError, match="not an object"):
        bundle.read([changed])
