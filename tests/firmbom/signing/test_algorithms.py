"""Raw signatures: every algorithm, what fits, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa, x25519
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmbom.errors import ConfigError, InputError
from firmbom.signing import algorithms
from firmbom.signing.keys import PrivateKey

ORDER_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def key_for(name: str, keyring: dict[str, PrivateKey]) -> PrivateKey:
    kind = algorithms.named(name).key
    return keyring["RSA-2048" if kind == "RSA" else kind].using(name)


@pytest.mark.parametrize("name", algorithms.TABLE)
def test_what_is_signed_verifies_and_nothing_else_does(name: str, keyring: dict[str, PrivateKey]) -> None:
    key = key_for(name, keyring)
    signature = key.sign(b"data")
    assert key.public.verifies(name, signature, b"data")
    assert not key.public.verifies(name, signature, b"date")
    assert not key.public.verifies(name, signature[:-1], b"data")
    assert not key.public.verifies(name, signature + b"\0", b"data")
    assert not key.public.verifies(name, b"\0" * len(signature), b"data")
    assert not key.public.verifies(name, b"", b"data")


@pytest.mark.parametrize("name", algorithms.TABLE)
def test_a_signature_is_good_for_its_algorithm_alone(name: str, keyring: dict[str, PrivateKey]) -> None:
    key = key_for(name, keyring)
    signature = key.sign(b"data")
    others = [other for other in algorithms.TABLE if other != name]
    assert not any(key.public.verifies(other, signature, b"data") for other in others)


def test_ecdsa_signatures_are_raw_and_both_halves_of_s_are_taken(keyring: dict[str, PrivateKey]) -> None:
    key = keyring["P-256"]
    raw = key.sign(b"data")
    assert len(raw) == 64
    mirrored = raw[:32] + (ORDER_P256 - int.from_bytes(raw[32:], "big")).to_bytes(32, "big")
    assert mirrored != raw
    assert key.public.verifies("ES256", mirrored, b"data")
    assert len(keyring["P-384"].sign(b"data")) == 96
    assert len(keyring["P-521"].sign(b"data")) == 132


def test_a_der_ecdsa_signature_is_refused(keyring: dict[str, PrivateKey]) -> None:
    key = keyring["P-256"]
    from cryptography.hazmat.primitives import hashes

    assert not key.public.verifies("ES256", key.key.sign(b"data", ec.ECDSA(hashes.SHA256())), b"data")


@pytest.mark.parametrize("name", ["HS256", "HS384", "HS512"])
def test_hmac_is_refused_with_the_reason(name: str) -> None:
    with pytest.raises(InputError, match="proves nothing to a third party"):
        algorithms.named(name)


@pytest.mark.parametrize("name", ["none", "", "es256", "EdDSA", "ES256K", "https://example.com/alg", None, 5, [], {}])
def test_unknown_algorithms_are_refused(name: object) -> None:
    with pytest.raises(InputError, match="is refused"):
        algorithms.named(name)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: ec.generate_private_key(ec.SECP256K1()), "curve secp256k1 is refused"),
        (lambda: ec.generate_private_key(ec.SECP224R1()), "curve secp224r1 is refused"),
        (lambda: rsa.generate_private_key(65537, 1024), "1024 bits is refused"),  # noqa: S505 - too short on purpose
        (x25519.X25519PrivateKey.generate, "X25519 cannot sign"),
    ],
    ids=["secp256k1", "secp224r1", "RSA-1024", "X25519"],
)
def test_refused_keys(make: Callable[[], Any], reason: str) -> None:
    key = make()
    for one in (key, key.public_key()):
        with pytest.raises(ConfigError, match=reason):
            algorithms.key_type(one)


WEAK = [
    (ed25519.Ed25519PublicKey, bytes(32)),
    (ed25519.Ed25519PublicKey, b"\x01" + bytes(31)),
    (ed25519.Ed25519PublicKey, b"\x01" + bytes(30) + b"\x80"),
    (ed25519.Ed25519PublicKey, b"\xec" + b"\xff" * 31),
    (ed448.Ed448PublicKey, bytes(57)),
    (ed448.Ed448PublicKey, b"\x01" + bytes(56)),
    (ed448.Ed448PublicKey, bytes(56) + b"\x80"),
]


@pytest.mark.parametrize(("kind", "encoded"), WEAK)
def test_a_key_that_anybody_can_sign_for_is_refused(kind: Any, encoded: bytes) -> None:
    with pytest.raises(ConfigError, match="anybody can sign for it"):
        algorithms.key_type(kind.from_public_bytes(encoded))


@given(st.sampled_from(["Ed25519", "Ed448", "P-256", "P-521", "RSA-2048"]), st.binary(max_size=260), st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_for_any_key_are_no_signature(
    keyring: dict[str, PrivateKey], kind: str, signature: bytes, draw: st.DataObject
) -> None:
    name = draw.draw(st.sampled_from(algorithms.fitting(keyring[kind].public.kind)))
    assert not keyring[kind].public.verifies(name, signature, b"data")
