"""``pkcs11:…``: a key that a token (smart card, HSM) holds and never gives away (RFC 7512, PKCS #11 v3.0).

Needs ``python-pkcs11`` (the extra ``firmbom[pkcs11]``, imported here only) and the module of the token's maker.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, unquote_to_bytes

import msgspec

from firmbom.errors import ConfigError
from firmbom.signing import algorithms, pem
from firmbom.signing.keys import PublicKey, SigningKey
from firmbom.signing.secret import read_file, read_variable

MODULE_VARIABLE = "PKCS11_MODULE"
"""Names the module where the URI does not."""

_PATH = frozenset({"token", "serial", "manufacturer", "model", "slot-id", "object", "id", "type"})
_QUERY = frozenset({"module-path", "pin-source"})
_ATTRIBUTE = re.compile(r"([a-z0-9-]+)=(.*)\Z", re.DOTALL)

_CURVES = {
    "06082a8648ce3d030107": "P-256",
    "06052b81040022": "P-384",
    "06052b81040023": "P-521",
    "06032b6570": "Ed25519",
    "130c656477617264733235353139": "Ed25519",
    "06032b6571": "Ed448",
    "130a65647761726473343438": "Ed448",
}
"""CKA_EC_PARAMS in hexadecimal: the curve's OID in DER, or for Edwards curves its name as a PrintableString."""

_DIGEST_INFO = {
    "SHA256": "3031300d060960864801650304020105000420",
    "SHA384": "3041300d060960864801650304020205000430",
    "SHA512": "3051300d060960864801650304020305000440",
}
"""What stands before the digest in an RSASSA-PKCS1-v1_5 signature, in hexadecimal (RFC 8017 section 9.2)."""


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """A PKCS #11 URI taken apart."""

    uri: str
    module: str
    pin_source: str = ""
    token: Mapping[str, str] = {}
    """What the token must say of itself: its label, ``serial``, ``manufacturer``, ``model``, ``slot-id``."""
    label: str | None = None
    id: bytes | None = None

    def fits(self, token: Any) -> bool:
        """Whether a token is the one that is meant."""
        facts = {
            "token": token.label,
            "serial": token.serial.decode("utf-8", "replace").strip(),
            "manufacturer": token.manufacturer_id,
            "model": token.model,
            "slot-id": str(token.slot.slot_id),
        }
        return all(facts[name] == value for name, value in self.token.items())


def signer(name: str, uri: str, *, passphrases: Sequence[bytes], environment: Mapping[str, str]) -> SigningKey:  # noqa: ARG001 - the stores' shape; a PIN is never guessed
    """The private key on the token; a session is opened, and closed, for each signature."""
    address = read_address(name, uri, environment)
    with _session(address, environment) as session:
        _key(session, address, "PRIVATE_KEY")
        public_key = PublicKey.of(_public(session, address), source=uri)
    return SigningKey(
        public=public_key,
        algorithm=algorithms.fitting(public_key.kind)[0],
        make=lambda row, data: _signature(address, row, data, environment),
    )


def public(name: str, uri: str, *, environment: Mapping[str, str]) -> tuple[Any, str]:
    """The public key on the token."""
    address = read_address(name, uri, environment)
    with _session(address, environment) as session:
        return _public(session, address), ""


def read_address(name: str, uri: str, environment: Mapping[str, str]) -> Address:
    """Take the part of a PKCS #11 URI behind ``pkcs11:`` apart.

    Raises:
        ConfigError: an attribute that is unknown, stands twice or has no value; a PIN in the URI; no module, no key.
    """
    path, _, query = name.partition("?")
    found: dict[str, str] = {}
    for parts, known in ((path.split(";"), _PATH), (query.split("&"), _QUERY)):
        for part in filter(None, parts):
            attribute = _ATTRIBUTE.match(part)
            key = attribute[1] if attribute else part
            if key == "pin-value":
                raise ConfigError(
                    "a PIN on the command line is seen by every user of the machine",
                    path=f"pkcs11:{path}",
                    remedy="give pin-source=FILE or pin-source=env:NAME",
                )
            if attribute is None or key not in known or key in found:
                raise ConfigError(
                    f"{key[:40]!r} is not understood, or stands twice",
                    path=uri,
                    remedy=f"before ? use {', '.join(sorted(_PATH))}, behind it {' and '.join(sorted(_QUERY))}",
                )
            found[key] = attribute[2]
    text = {key: unquote(value) for key, value in found.items()}
    module = text.get("module-path") or environment.get(MODULE_VARIABLE, "")
    if not module:
        raise ConfigError(
            "names no PKCS #11 module", path=uri, remedy=f"add module-path=FILE behind ?, or set {MODULE_VARIABLE}"
        )
    if not text.get("object") and not found.get("id"):
        raise ConfigError("names no key", path=uri, remedy="add object=LABEL or id=%01")
    return Address(
        uri=uri,
        module=module,
        pin_source=text.get("pin-source", ""),
        token={key: text[key] for key in ("token", "serial", "manufacturer", "model", "slot-id") if key in text},
        label=text.get("object"),
        id=unquote_to_bytes(found["id"]) if found.get("id") else None,
    )


def _pin(address: Address, environment: Mapping[str, str]) -> str | None:
    source = address.pin_source
    if not source:
        return None
    if source.startswith("env:"):
        data = read_variable(source.removeprefix("env:"), environment)
    elif source.startswith("|"):
        raise ConfigError("a PIN from a program is refused", path=address.uri, remedy="give pin-source=FILE")
    else:
        data = read_file(re.sub(r"\Afile:(//(?=/))?", "", source), is_secret=bool)
    try:
        return data.split(b"\n", 1)[0].removesuffix(b"\r").decode()
    except UnicodeDecodeError as error:
        raise ConfigError("holds no PIN in UTF-8", path=source) from error


@contextmanager
def _session(address: Address, environment: Mapping[str, str]) -> Iterator[Any]:
    """A session on the one token that is meant, logged in where there is a PIN; its faults on one line."""
    try:
        import pkcs11
    except ImportError as error:
        raise ConfigError(
            "python-pkcs11 is not installed", path=address.uri, remedy="pip install 'firmbom[pkcs11]'"
        ) from error
    pin = _pin(address, environment)
    try:
        ready = pkcs11.TokenFlag.TOKEN_INITIALIZED
        tokens = [one for one in pkcs11.lib(address.module).get_tokens(token_flags=ready) if address.fits(one)]
        if len(tokens) != 1:
            labels = ", ".join(sorted(repr(token.label) for token in tokens))
            raise ConfigError(
                f"{len(tokens)} tokens fit ({labels})" if tokens else "no token fits",
                path=address.uri,
                remedy="add token=LABEL or serial=NUMBER" if tokens else "is it there? is its label right?",
            )
        with tokens[0].open(user_pin=pin) as session:
            yield session
    except pkcs11.exceptions.PKCS11Error as error:
        raise ConfigError(f"the token says {_said(error)}", path=address.uri, remedy=_remedy(error)) from error
    except (OSError, RuntimeError) as error:
        raise ConfigError(f"the module cannot be used: {str(error)[:200]}", path=address.uri) from error


def _said(error: Exception) -> str:
    text = " ".join(str(error).split())[:200]
    return type(error).__name__ + (f": {text}" if text else "")


_REMEDIES = {
    "PinIncorrect": "check pin-source; a token locks itself after a few wrong PINs",
    "PinLenRange": "check pin-source",
    "PinLocked": "unlock it with the tools of its maker",
    "UserNotLoggedIn": "add pin-source=FILE",
    "MechanismInvalid": "the token knows no such algorithm; take another key or --algorithm",
    "MechanismParamInvalid": "the token knows no such algorithm; take another key or --algorithm",
}


def _remedy(error: Exception) -> str:
    return _REMEDIES.get(type(error).__name__, "")


def _objects(session: Any, address: Address, kind: str) -> list[Any]:
    import pkcs11

    wanted: dict[Any, Any] = {pkcs11.Attribute.CLASS: getattr(pkcs11.ObjectClass, kind)}
    if address.label is not None:
        wanted[pkcs11.Attribute.LABEL] = address.label
    if address.id is not None:
        wanted[pkcs11.Attribute.ID] = address.id
    return list(session.get_objects(wanted))


def _key(session: Any, address: Address, kind: str) -> Any:
    found = _objects(session, address, kind)
    if len(found) == 1:
        return found[0]
    what = kind.lower().replace("_", " ")
    if found:
        raise ConfigError(f"{len(found)} {what}s fit", path=address.uri, remedy="add id=%01")
    login = "" if address.pin_source else "; private ones show only with a PIN: add pin-source=FILE"
    raise ConfigError(f"the token shows no such {what}", path=address.uri, remedy=f"check object= and id={login}")


def _public(session: Any, address: Address) -> Any:
    """The public key: the object of that name, or the key of the certificate of that name."""
    if not _objects(session, address, "PUBLIC_KEY") and (held := _objects(session, address, "CERTIFICATE")):
        import pkcs11

        return pem.key_of_certificate(bytes(held[0][pkcs11.Attribute.VALUE]))
    found = _key(session, address, "PUBLIC_KEY")
    kind = found.key_type.name if hasattr(found.key_type, "name") else str(found.key_type)
    if kind not in _READERS:
        raise ConfigError(f"a key of type {kind} is not read", path=address.uri, remedy="use RSA, ECDSA or EdDSA")
    try:
        return _READERS[kind](found)
    except (ValueError, KeyError) as error:
        raise ConfigError("the token's public key cannot be read", path=address.uri) from error


def _read_rsa(found: Any) -> Any:
    import pkcs11
    from cryptography.hazmat.primitives.asymmetric import rsa

    modulus, exponent = (
        int.from_bytes(found[name], "big") for name in (pkcs11.Attribute.MODULUS, pkcs11.Attribute.PUBLIC_EXPONENT)
    )
    return rsa.RSAPublicNumbers(exponent, modulus).public_key()


def _read_curve(found: Any) -> Any:
    import pkcs11
    from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519

    from firmbom.signing.jwk import CURVE_CLASSES

    curve = _CURVES[bytes(found[pkcs11.Attribute.EC_PARAMS]).hex()]
    point = _unwrapped(bytes(found[pkcs11.Attribute.EC_POINT]))
    if curve == "Ed25519":
        return ed25519.Ed25519PublicKey.from_public_bytes(point)
    if curve == "Ed448":
        return ed448.Ed448PublicKey.from_public_bytes(point)
    return ec.EllipticCurvePublicKey.from_encoded_point(getattr(ec, CURVE_CLASSES[curve])(), point)


def _unwrapped(point: bytes) -> bytes:
    """CKA_EC_POINT without the OCTET STRING that PKCS #11 puts around it (section 2.3.3); some tokens leave it out."""
    for head in (2, 3):
        length = point[head - 1 : head]
        if point[:1] == b"\x04" and length == bytes([len(point) - head]) and (head == 2 or point[1] == 0x81):
            return point[head:]
    return point


_READERS: Mapping[str, Callable[[Any], Any]] = {"RSA": _read_rsa, "EC": _read_curve, "EC_EDWARDS": _read_curve}


def _signature(address: Address, row: algorithms.Algorithm, data: bytes, environment: Mapping[str, str]) -> bytes:
    """Sign on the token: what it must do itself, and no hashing, which not every token can."""
    import pkcs11

    digest = hashlib.new(row.digest, data).digest() if row.digest else data
    asked: dict[str, Any] = {}
    match row.scheme:
        case "eddsa":
            asked = {"mechanism": pkcs11.Mechanism.EDDSA}
        case "ecdsa":
            asked = {"mechanism": pkcs11.Mechanism.ECDSA}
        case "pkcs1":
            digest = bytes.fromhex(_DIGEST_INFO[row.digest]) + digest
            asked = {"mechanism": pkcs11.Mechanism.RSA_PKCS}
        case "pss":
            hashing, mask = getattr(pkcs11.Mechanism, row.digest), getattr(pkcs11.MGF, row.digest)
            asked = {
                "mechanism": pkcs11.Mechanism.RSA_PKCS_PSS,
                "mechanism_param": (hashing, mask, len(digest)),
            }
    with _session(address, environment) as session:
        return bytes(_key(session, address, "PRIVATE_KEY").sign(digest, **asked))
