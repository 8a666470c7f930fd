"""Certificates that a signature brings along."""

from __future__ import annotations

import base64
import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from firmbom.errors import ConfigError, InputError
from firmbom.signing.embedded import embedded_key
from firmbom.signing.keys import PrivateKey
from firmbom.signing.loading import load_public


def certificate(key: PrivateKey) -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Release")])
    built = (
        x509.CertificateBuilder(name, name, key.key.public_key(), 1)
        .not_valid_before(datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC))
        .not_valid_after(datetime.datetime(2027, 1, 1, tzinfo=datetime.UTC))
        .sign(key.key, hashes.SHA256())
    )
    return built.public_bytes(serialization.Encoding.DER)


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("strip", [b"", b"="])
def test_the_first_certificate_s_key(encode: Any, strip: bytes, keyring: dict[str, PrivateKey]) -> None:
    text = encode(certificate(keyring["P-256"])).rstrip(strip or None).decode()
    key = embedded_key({"certificatePath": [text, "not looked at"]})
    assert key
    assert key.id == keyring["P-256"].key_id


def test_no_key_at_all() -> None:
    assert embedded_key({"algorithm": "Ed25519", "keyId": "x"}) is None


@pytest.mark.parametrize("path", [None, [], "AAAA", {}, [5], ["AAAA", None], ["AAAA"], ["!"], ["A"], ["Ä"]])
def test_refused(path: object) -> None:
    with pytest.raises(InputError, match="certificatePath"):
        embedded_key({"certificatePath": path})


def test_any_damage_to_a_certificate_is_refused_or_read(keyring: dict[str, PrivateKey]) -> None:
    der = certificate(keyring["P-256"])
    read = 0
    for place in range(len(der)):
        for byte in (0, 1, 0x7F, 0xFF):
            damaged = der[:place] + bytes([byte]) + der[place + 1 :]
            try:
                read += embedded_key({"certificatePath": [base64.b64encode(damaged).decode()]}) is not None
            except InputError as error:
                assert "certificatePath" in error.message
    assert read


def test_a_damaged_certificate_given_as_key_is_refused_or_read(keyring: dict[str, PrivateKey], tmp_path: Path) -> None:
    der, file = certificate(keyring["P-256"]), tmp_path / "cert.pem"
    said: set[object] = set()
    for place in range(len(der)):
        body = base64.b64encode(der[:place] + b"\x7f" + der[place + 1 :]).decode()
        file.write_text(f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n", encoding="ascii")
        try:
            said.add(load_public(str(file)).id == keyring["P-256"].key_id)
        except ConfigError as error:
            said.add(error.message)
    assert {True, "not a certificate that can be read"} <= said
