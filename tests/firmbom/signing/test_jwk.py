"""Public keys inside signatures."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmbom.errors import InputError
from firmbom.signing import base64url, jwk
from firmbom.signing.keys import PrivateKey, key_id

MEMBERS = {
    "Ed25519": {"kty", "crv", "x"},
    "Ed448": {"kty", "crv", "x"},
    "P-256": {"kty", "crv", "x", "y"},
    "P-384": {"kty", "crv", "x", "y"},
    "P-521": {"kty", "crv", "x", "y"},
    "RSA-2048": {"kty", "n", "e"},
}


@pytest.mark.parametrize("kind", MEMBERS)
def test_written_with_just_its_members_and_read_back(kind: str, keyring: dict[str, PrivateKey]) -> None:
    public = keyring[kind].public
    assert set(public.jwk) == MEMBERS[kind]
    assert key_id(jwk.read(public.jwk)) == public.id


def test_integers_have_no_leading_zero(keyring: dict[str, PrivateKey]) -> None:
    written = keyring["RSA-2048"].public.jwk
    assert written["e"] == "AQAB"
    assert len(base64url.decode(written["n"], "n")) == 256


def changed(written: dict[str, str], **members: object) -> dict[str, object]:
    return {name: value for name, value in {**written, **members}.items() if value is not None}


@pytest.mark.parametrize(
    ("kind", "members", "said"),
    [
        ("Ed25519", {"kty": None}, "kty 'None' is not one of"),
        ("Ed25519", {"kty": "oct"}, "kty 'oct' is not one of"),
        ("Ed25519", {"kty": ["OKP"]}, "is not one of"),
        ("Ed25519", {"y": "AAAA"}, "must have just the members crv, kty, x"),
        ("Ed25519", {"d": "AAAA"}, "must have just the members"),
        ("Ed25519", {"x": None}, "must have just the members"),
        ("Ed25519", {"crv": "Ed448"}, "publicKey.x has 32 bytes instead of 57"),
        ("Ed25519", {"crv": "X25519"}, "crv 'X25519' is not one of"),
        ("Ed25519", {"x": 5}, "publicKey.x is not text"),
        ("P-256", {"crv": "secp256k1"}, "crv 'secp256k1' is not one of"),
        ("P-256", {"crv": ["P-256"]}, "is not one of"),
        ("P-256", {"y": base64url.encode(b"\1" * 32)}, "publicKey is not a key"),
        ("P-256", {"y": base64url.encode(b"\1" * 31)}, "31 bytes instead of 32"),
        ("RSA-2048", {"e": "AAEAAQ"}, "without leading zeros"),
        ("RSA-2048", {"e": ""}, "without leading zeros"),
        ("RSA-2048", {"e": "Ag"}, "publicKey is not a key"),
        ("RSA-2048", {"n": base64url.encode(b"\x81" * 128)}, "RSA key of 1024 bits is refused"),
        ("RSA-2048", {"n": base64url.encode(b"\x81" * 4096)}, "larger than any RSA key in use"),
        ("RSA-2048", {"e": base64url.encode(b"\x81" * 9)}, "larger than any RSA key in use"),
    ],
)
def test_refused(kind: str, members: dict[str, Any], said: str, keyring: dict[str, PrivateKey]) -> None:
    with pytest.raises(InputError, match=said):
        jwk.read(changed(keyring[kind].public.jwk, **members))


@pytest.mark.parametrize("value", [None, [], "text", 5])
def test_not_an_object(value: object) -> None:
    with pytest.raises(InputError, match="not an object"):
        jwk.read(value)


@given(
    st.sampled_from(sorted(MEMBERS)),
    st.dictionaries(
        st.sampled_from(["kty", "crv", "x", "y", "n", "e"]), st.text(max_size=5) | st.integers() | st.none()
    ),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_member_of_any_type_is_read_or_refused(
    keyring: dict[str, PrivateKey], kind: str, members: dict[str, Any]
) -> None:
    try:
        jwk.read({**keyring[kind].public.jwk, **members})
    except InputError as error:
        assert "publicKey" in str(error)
