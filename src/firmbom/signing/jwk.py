"""Public keys as JSON Web Keys, with exactly the members JSF allows (RFC 7517, RFC 7518 section 6, RFC 8037)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from firmbom.errors import FirmbomError, InputError
from firmbom.signing import algorithms, base64url

CURVE_CLASSES = {"P-256": "SECP256R1", "P-384": "SECP384R1", "P-521": "SECP521R1"}
_MEMBERS = {"EC": {"kty", "crv", "x", "y"}, "OKP": {"kty", "crv", "x"}, "RSA": {"kty", "n", "e"}}


def write(key: Any) -> dict[str, str]:
    """The JWK of a public key of ``cryptography``."""
    kind = algorithms.key_type(key)
    if kind == "RSA":
        numbers = key.public_numbers()
        return {"kty": "RSA", "n": _integer(numbers.n), "e": _integer(numbers.e)}
    if kind in algorithms.COORDINATE:
        numbers, size = key.public_numbers(), algorithms.COORDINATE[kind]
        x, y = numbers.x.to_bytes(size, "big"), numbers.y.to_bytes(size, "big")
        return {"kty": "EC", "crv": kind, "x": base64url.encode(x), "y": base64url.encode(y)}
    return {"kty": "OKP", "crv": kind, "x": base64url.encode(key.public_bytes_raw())}


def read(jwk: object) -> Any:
    """The public key of ``cryptography`` that a JWK holds.

    Raises:
        InputError: no JWK, a member too many or too few, a wrong length, a point off its curve, a refused key.
    """
    if not isinstance(jwk, Mapping):
        raise InputError("publicKey is not an object")
    kty = jwk.get("kty")
    if not isinstance(kty, str) or kty not in _READERS:
        raise InputError(f"publicKey.kty {str(kty)[:40]!r} is not one of {', '.join(_READERS)}")
    if set(jwk) != _MEMBERS[kty]:
        raise InputError(f"publicKey of kty {kty} must have just the members {', '.join(sorted(_MEMBERS[kty]))}")
    try:
        key = _READERS[kty](jwk)
        algorithms.key_type(key)
    except InputError:
        raise
    except FirmbomError as error:
        raise InputError(f"publicKey: {error.message}") from error
    except ValueError as error:
        raise InputError(f"publicKey is not a key: {error}") from error
    return key


def _read_rsa(jwk: Mapping[str, object]) -> Any:
    from cryptography.hazmat.primitives.asymmetric import rsa

    modulus, exponent = (_number(jwk[name], f"publicKey.{name}") for name in ("n", "e"))
    if modulus.bit_length() > algorithms.LARGEST_RSA or exponent.bit_length() > 64:
        raise InputError("publicKey is larger than any RSA key in use")
    return rsa.RSAPublicNumbers(exponent, modulus).public_key()


def _read_ec(jwk: Mapping[str, object]) -> Any:
    from cryptography.hazmat.primitives.asymmetric import ec

    curve = jwk["crv"]
    if not isinstance(curve, str) or curve not in CURVE_CLASSES:
        raise InputError(f"publicKey.crv {str(curve)[:40]!r} is not one of {', '.join(CURVE_CLASSES)}")
    x, y = (_sized(jwk[name], f"publicKey.{name}", algorithms.COORDINATE[curve]) for name in ("x", "y"))
    numbers = ec.EllipticCurvePublicNumbers(
        int.from_bytes(x, "big"), int.from_bytes(y, "big"), getattr(ec, CURVE_CLASSES[curve])()
    )
    return numbers.public_key()


def _read_okp(jwk: Mapping[str, object]) -> Any:
    from cryptography.hazmat.primitives.asymmetric import ed448, ed25519

    if jwk["crv"] == "Ed25519":
        return ed25519.Ed25519PublicKey.from_public_bytes(_sized(jwk["x"], "publicKey.x", 32))
    if jwk["crv"] == "Ed448":
        return ed448.Ed448PublicKey.from_public_bytes(_sized(jwk["x"], "publicKey.x", 57))
    raise InputError(f"publicKey.crv {str(jwk['crv'])[:40]!r} is not one of Ed25519, Ed448")


_READERS: dict[str, Callable[[Mapping[str, object]], Any]] = {"EC": _read_ec, "OKP": _read_okp, "RSA": _read_rsa}


def _integer(value: int) -> str:
    return base64url.encode(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _number(text: object, what: str) -> int:
    """Base64urlUInt (RFC 7518 section 2): no leading zero byte."""
    data = base64url.decode(text, what)
    if not data or data[0] == 0:
        raise InputError(f"{what} is not an integer without leading zeros")
    return int.from_bytes(data, "big")


def _sized(text: object, what: str, size: int) -> bytes:
    data = base64url.decode(text, what)
    if len(data) != size:
        raise InputError(f"{what} has {len(data)} bytes instead of {size}")
    return data
