"""The signature algorithms of JSF: which key each fits, and how raw signatures are made and checked.

Names and encodings are those of JWA (RFC 7518 section 3) and RFC 8037, but for EdDSA, which JSF spells with its curve.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from firmbom.errors import ConfigError, InputError

KeyType = Literal["RSA", "P-256", "P-384", "P-521", "Ed25519", "Ed448"]

SMALLEST_RSA = 2048
LARGEST_RSA = 16384
"""In bits; beyond it a hostile key costs seconds for each signature."""


class Algorithm(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the table."""

    name: str
    key: KeyType
    scheme: Literal["pkcs1", "pss", "ecdsa", "eddsa"]
    digest: str = ""
    """Name of the class in ``cryptography.hazmat.primitives.hashes``; EdDSA has its own."""


TABLE: dict[str, Algorithm] = {
    row.name: row
    for row in (
        Algorithm(name="Ed25519", key="Ed25519", scheme="eddsa"),
        Algorithm(name="Ed448", key="Ed448", scheme="eddsa"),
        Algorithm(name="ES256", key="P-256", scheme="ecdsa", digest="SHA256"),
        Algorithm(name="ES384", key="P-384", scheme="ecdsa", digest="SHA384"),
        Algorithm(name="ES512", key="P-521", scheme="ecdsa", digest="SHA512"),
        Algorithm(name="PS256", key="RSA", scheme="pss", digest="SHA256"),
        Algorithm(name="PS384", key="RSA", scheme="pss", digest="SHA384"),
        Algorithm(name="PS512", key="RSA", scheme="pss", digest="SHA512"),
        Algorithm(name="RS256", key="RSA", scheme="pkcs1", digest="SHA256"),
        Algorithm(name="RS384", key="RSA", scheme="pkcs1", digest="SHA384"),
        Algorithm(name="RS512", key="RSA", scheme="pkcs1", digest="SHA512"),
    )
}
"""Every algorithm firmbom signs and verifies with; of a key's algorithms the first is its default."""

COORDINATE: dict[str, int] = {"P-256": 32, "P-384": 48, "P-521": 66}
"""Bytes of a coordinate, and of each half of a raw ECDSA signature, by curve."""

CURVES: dict[str, KeyType] = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}
"""The curves as SEC 2 names them."""

_SMALL_ORDER: dict[str, frozenset[str]] = {
    "Ed25519": frozenset(
        (
            "00" * 32,
            "01" + "00" * 31,
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
            "ec" + "ff" * 30 + "7f",
            "ed" + "ff" * 30 + "7f",
            "ee" + "ff" * 30 + "7f",
        )
    ),
    "Ed448": frozenset(
        (
            "00" * 57,
            "01" + "00" * 56,
            "fe" + "ff" * 27 + "fe" + "ff" * 27 + "00",
            "ff" * 28 + "fe" + "ff" * 27 + "00",
            "00" * 28 + "ff" * 28 + "00",
        )
    ),
}
"""Public keys for which anybody can make signatures: the points of order 1, 2, 4 and 8 (RFC 7748 section 7).

Encoded as RFC 8032 says, in hexadecimal, the sign bit cleared; the unreduced forms p and p + 1 are there too.
"""

REFUSED = {
    "HS256": "an HMAC proves nothing to a third party: whoever can check it can make it",
    "HS384": "an HMAC proves nothing to a third party: whoever can check it can make it",
    "HS512": "an HMAC proves nothing to a third party: whoever can check it can make it",
    "none": "an unsigned document proves nothing",
}
"""Names that are known and refused, and why."""


def named(name: object) -> Algorithm:
    """The row of that name.

    Raises:
        InputError: no such algorithm, or one that is refused, with the reason.
    """
    row = TABLE.get(name) if isinstance(name, str) else None
    if row is None:
        reason = REFUSED.get(name, "") if isinstance(name, str) else ""
        raise InputError(f"algorithm {str(name)[:40]!r} is refused: {reason or 'not one of ' + ', '.join(TABLE)}")
    return row


def key_type(key: Any) -> KeyType:
    """What kind of key a private or public key of ``cryptography`` is.

    Raises:
        ConfigError: a kind, curve or size that firmbom refuses.
    """
    from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

    match key:
        case ed25519.Ed25519PrivateKey() | ed448.Ed448PrivateKey():
            return key_type(key.public_key())
        case ed25519.Ed25519PublicKey():
            return _of_full_order("Ed25519", key)
        case ed448.Ed448PublicKey():
            return _of_full_order("Ed448", key)
        case ec.EllipticCurvePrivateKey() | ec.EllipticCurvePublicKey():
            if key.curve.name in CURVES:
                return CURVES[key.curve.name]
            raise ConfigError(f"curve {key.curve.name} is refused", remedy="use P-256, P-384, P-521 or Ed25519")
        case rsa.RSAPrivateKey() | rsa.RSAPublicKey():
            if SMALLEST_RSA <= key.key_size <= LARGEST_RSA:
                return "RSA"
            raise ConfigError(
                f"an RSA key of {key.key_size} bits is refused", remedy=f"use {SMALLEST_RSA} to {LARGEST_RSA} bits"
            )
    kind = type(key).__name__.removesuffix("PrivateKey").removesuffix("PublicKey").lstrip("_")
    raise ConfigError(f"a key of type {kind} cannot sign", remedy="use Ed25519, Ed448, ECDSA or RSA")


def _of_full_order(kind: KeyType, key: Any) -> KeyType:
    encoded = bytearray(key.public_bytes_raw())
    encoded[-1] &= 0x7F
    if encoded.hex() in _SMALL_ORDER[kind]:
        raise ConfigError(f"this {kind} key is refused: anybody can sign for it", remedy="make a new key")
    return kind


def fitting(kind: KeyType) -> tuple[str, ...]:
    """The names of the algorithms for a kind of key, its default first."""
    return tuple(row.name for row in TABLE.values() if row.key == kind)


def sign(row: Algorithm, key: Any, data: bytes) -> bytes:
    """The raw signature of ``data`` by a private key of ``cryptography`` that fits the algorithm."""
    if row.scheme == "eddsa":
        return bytes(key.sign(data))
    if row.scheme == "ecdsa":
        return _to_raw(key.sign(data, _ecdsa(row)), COORDINATE[row.key])
    return bytes(key.sign(data, _padding(row), _hash(row)))


def verifies(row: Algorithm, key: Any, signature: bytes, data: bytes) -> bool:
    """Whether ``signature`` is that of ``data`` by a public key of ``cryptography``; False where it does not fit."""
    from cryptography.exceptions import InvalidSignature

    if key_type(key) != row.key:
        return False
    try:
        if row.scheme == "eddsa":
            key.verify(signature, data)
        elif row.scheme == "ecdsa":
            half = COORDINATE[row.key]
            if len(signature) != 2 * half:
                return False
            key.verify(_from_raw(signature, half), data, _ecdsa(row))
        else:
            key.verify(signature, data, _padding(row), _hash(row))
    except InvalidSignature:
        return False
    return True


def _hash(row: Algorithm) -> Any:
    from cryptography.hazmat.primitives import hashes

    return getattr(hashes, row.digest)()


def _ecdsa(row: Algorithm) -> Any:
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.ECDSA(_hash(row))


def _padding(row: Algorithm) -> Any:
    from cryptography.hazmat.primitives.asymmetric import padding

    if row.scheme == "pkcs1":
        return padding.PKCS1v15()
    return padding.PSS(padding.MGF1(_hash(row)), _hash(row).digest_size)


def to_der(row: Algorithm, signature: bytes) -> bytes:
    """A raw signature as everybody but JOSE spells it: DER ECDSA-Sig-Value (RFC 3279 section 2.2.3) for ECDSA."""
    return _from_raw(signature, COORDINATE[row.key]) if row.scheme == "ecdsa" else signature


def from_der(row: Algorithm, signature: bytes) -> bytes:
    """What :func:`to_der` was given; :class:`ValueError` when there is no such signature."""
    try:
        return _to_raw(signature, COORDINATE[row.key]) if row.scheme == "ecdsa" else signature
    except OverflowError as error:
        raise ValueError("larger than the curve") from error


def _to_raw(der: bytes, half: int) -> bytes:
    """DER ECDSA-Sig-Value → R and S side by side, each of the curve's size (RFC 7518 section 3.4)."""
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    r, s = decode_dss_signature(der)
    return r.to_bytes(half, "big") + s.to_bytes(half, "big")


def _from_raw(raw: bytes, half: int) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    return encode_dss_signature(int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big"))
