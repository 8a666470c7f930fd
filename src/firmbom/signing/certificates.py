"""X.509 chains: whether a certificate that came with a signature leads to a CA that the verifier trusts.

A chain is one line of certificates, the signer's first, each issued by the next (JSF ``certificatePath``); no path is
searched for. Rules: RFC 5280 section 6.1, with what it leaves open decided strictly. ``cryptography.x509.verification``
serves web servers and refuses Ed25519 CAs, so the rules stand here; the signatures are checked by ``cryptography``.
Revocation is not looked at, for it needs the network.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from firmbom.errors import ConfigError, FirmbomError, InputError
from firmbom.signing import algorithms, pem
from firmbom.signing.keys import PublicKey

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

LONGEST = 10
"""Certificates in a chain; real ones have two to four."""

_HASHES = frozenset({"sha256", "sha384", "sha512", "sha3-256", "sha3-384", "sha3-512"})
"""With which a certificate may be signed; EdDSA has none of its own."""

_UNDERSTOOD = frozenset(
    {
        "2.5.29.15",  # keyUsage
        "2.5.29.17",  # subjectAltName: names are not looked at
        "2.5.29.19",  # basicConstraints
        "2.5.29.32",  # certificatePolicies: any will do
        "2.5.29.37",  # extKeyUsage
    }
)
"""Extensions that may be critical (RFC 5280 section 4.2)."""

PURPOSES = {"codeSigning": "1.3.6.1.5.5.7.3.3", "emailProtection": "1.3.6.1.5.5.7.3.4"}
"""Extended key usages by which a signer may sign (RFC 5280 section 4.2.1.12)."""

_NAME_CONSTRAINTS = "2.5.29.30"
_ANY_PURPOSE = "2.5.29.37.0"


class Certified(msgspec.Struct, frozen=True, kw_only=True):
    """A signer that a trusted CA vouches for."""

    key: PublicKey
    subject: str
    """The certificate's subject as RFC 4514 writes it."""


def read_chain(uri: str, data: bytes) -> tuple[bytes, ...]:
    """The certificates in PEM text, in DER, in their order.

    Raises:
        ConfigError: none, too many, one that cannot be read, or a private key among them.
    """
    found = pem.certificates(data, uri)
    if len(found) > LONGEST:
        raise ConfigError(f"holds {len(found)} certificates, more than {LONGEST}", path=uri)
    return found


def check_order(uri: str, chain: Sequence[bytes]) -> PublicKey:
    """The key that a chain certifies.

    Raises:
        ConfigError: a certificate did not issue the one before it, or the key is refused.
    """
    certificates = [_parsed(der) for der in chain]
    for number in range(1, len(certificates)):
        if not issued(certificates[number - 1], certificates[number]):
            raise ConfigError(
                f"certificate {number + 1} did not issue certificate {number}",
                path=uri,
                remedy="put the signer's certificate first, then the one that issued it, and so on",
            )
    with pem.about(uri):
        return PublicKey.of(certificates[0].public_key(), source=uri)


def certified(
    chain: Sequence[bytes],
    anchors: Sequence[bytes],
    at: datetime.datetime,
    *,
    purposes: Sequence[str] = ("codeSigning",),
) -> Certified:
    """The signer, if the chain leads to one of the verifier's CAs by the rules.

    Args:
        chain: in DER, the signer's own certificate first; it may end below the CA, or with it, or go beyond.
        anchors: the certificates of the CAs, in DER.
        at: when all of them must be valid, with a time zone.
        purposes: of :data:`PURPOSES`; a certificate that states what its key is for must state one of these.

    Raises:
        InputError: it does not; the weightiest reason, on one line.
    """
    if not 0 < len(chain) <= LONGEST:
        raise InputError(f"{len(chain)} certificates instead of 1 to {LONGEST}")
    trusted = [_parsed(der) for der in anchors]
    path: list[Certificate] = []
    refused: InputError | None = None
    for der in chain:
        certificate = _parsed(der)
        if path and not issued(path[-1], certificate):
            raise refused or InputError(f"certificate {len(path) + 1} did not issue certificate {len(path)}")
        path.append(certificate)
        for anchor in trusted:
            if issued(certificate, anchor):
                try:
                    return _judged([*path, anchor], at, purposes)
                except InputError as error:
                    refused = refused or error
    raise refused or InputError(f"certificate of {_name(path[0])}: no CA given issued it, or what it leads to")


def _judged(path: Sequence[Certificate], at: datetime.datetime, purposes: Sequence[str]) -> Certified:
    """The signer at the head of a path whose last certificate is a trusted CA's."""
    for place, certificate in enumerate(path):
        if why := _fault(certificate, place, at, purposes, trusted=certificate is path[-1]):
            raise InputError(f"certificate of {_name(certificate)}: {why}")
    signer = path[0]
    first, last = signer.not_valid_before_utc, signer.not_valid_after_utc
    note = f"certificate of {_name(signer)}, issued by {_name(path[1])}, valid {first:%Y-%m-%d} to {last:%Y-%m-%d}"
    return Certified(key=PublicKey.of(signer.public_key(), note=note), subject=signer.subject.rfc4514_string())


def doubts(chain: Sequence[bytes], at: datetime.datetime) -> tuple[str, ...]:
    """Why those who verify at that time will refuse a chain of :func:`check_order`, whichever CA they trust."""
    found = []
    for place, certificate in enumerate(map(_parsed, chain)):
        trusted = bool(place) and issued(certificate, certificate)
        if why := _fault(certificate, place, at, ("codeSigning",), trusted=trusted):
            found.append(f"certificate of {_name(certificate)}: {why}")
    return tuple(found)


def _fault(
    certificate: Certificate, place: int, at: datetime.datetime, purposes: Sequence[str], *, trusted: bool
) -> str:
    """Why a certificate does not do at its place in the path; how a ``trusted`` CA's was signed does not matter."""
    reasons = (rule(certificate, place, at) for rule in _RULES)
    why = next(filter(None, reasons), "") or _purpose(certificate, place, purposes)
    return why or ("" if trusted else _hashing(certificate))


def _parsed(der: bytes) -> Certificate:
    try:
        certificate: Certificate = pem.parse_certificate(der)
    except ValueError as error:
        raise InputError("a certificate cannot be read") from error
    if not der.endswith(b"\0" + certificate.signature):  # how many bits of it do not count, which nobody signs
        raise InputError("a certificate's signature is not whole bytes")
    return certificate


def _name(certificate: Certificate) -> str:
    return certificate.subject.rfc4514_string()[:200] or f"serial number {certificate.serial_number:x}"


def issued(certificate: Certificate, issuer: Certificate) -> bool:
    """Whether the names chain and the signature is the issuer's key's."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except Exception:  # InvalidSignature, ValueError, TypeError, UnsupportedAlgorithm: all of them mean no
        return False
    return True


def _validity(certificate: Certificate, _: int, at: datetime.datetime) -> str:
    if at < certificate.not_valid_before_utc:
        return f"not valid before {certificate.not_valid_before_utc:%Y-%m-%d %H:%M:%S} UTC"
    if at > certificate.not_valid_after_utc:
        return f"expired on {certificate.not_valid_after_utc:%Y-%m-%d %H:%M:%S} UTC"
    return ""


def _strength(certificate: Certificate, _: int, __: datetime.datetime) -> str:
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        algorithms.key_type(certificate.public_key())
    except FirmbomError as error:
        return error.message
    except (UnsupportedAlgorithm, ValueError):
        return "its key is of no kind that is known here"
    return ""


def _hashing(certificate: Certificate) -> str:
    """What speaks against how it was signed; of a trusted CA's own certificate that does not matter."""
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        hashing = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return "signed in a way that is not known here"
    if hashing is not None and hashing.name not in _HASHES:
        return f"signed with {hashing.name.upper()}, which is broken or unknown"
    return ""


def _extensions(certificate: Certificate, _: int, __: datetime.datetime) -> str:
    try:
        present = list(certificate.extensions)
    except Exception:  # DuplicateExtension, ValueError, UnsupportedGeneralNameType: none can be trusted
        return "its extensions cannot be read"
    for extension in present:
        oid = extension.oid.dotted_string
        if oid == _NAME_CONSTRAINTS:
            return "name constraints are not understood here"
        if extension.critical and oid not in _UNDERSTOOD:
            return f"the critical extension {oid} is not understood here"
    return ""


def _place(certificate: Certificate, place: int, _: datetime.datetime) -> str:
    """BasicConstraints (RFC 5280 section 4.2.1.9): the signer is no CA, every other is one, above few enough."""
    from cryptography.x509 import BasicConstraints

    constraints = _extension(certificate, BasicConstraints)
    if not place:
        return "a CA's certificate signs certificates, not documents" if constraints and constraints.ca else ""
    if constraints is None or not constraints.ca:
        return "it is no CA's"
    if constraints.path_length is not None and place - 1 > constraints.path_length:
        return f"its path length allows {constraints.path_length} CAs below it, and there are {place - 1}"
    return ""


def _usage(certificate: Certificate, place: int, _: datetime.datetime) -> str:
    """KeyUsage (RFC 5280 section 4.2.1.3), where it is there."""
    from cryptography.x509 import KeyUsage

    usage = _extension(certificate, KeyUsage)
    if usage is not None and not (usage.key_cert_sign if place else usage.digital_signature):
        return f"its key usage lacks {'keyCertSign' if place else 'digitalSignature'}"
    return ""


def _purpose(certificate: Certificate, place: int, purposes: Sequence[str]) -> str:
    """ExtKeyUsage (RFC 5280 section 4.2.1.12), where it is there."""
    from cryptography.x509 import ExtendedKeyUsage

    stated = _extension(certificate, ExtendedKeyUsage)
    allowed = {PURPOSES[name] for name in purposes} | ({_ANY_PURPOSE} if place else set())
    if stated is not None and allowed.isdisjoint(one.dotted_string for one in stated):
        return f"its extended key usage lacks {' or '.join(purposes)}"
    return ""


def _extension(certificate: Certificate, kind: Any) -> Any:
    from cryptography.x509 import ExtensionNotFound

    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except ExtensionNotFound:
        return None


_RULES = (_extensions, _validity, _strength, _place, _usage)
"""Each says why a certificate breaks it at its place in the path (0: the signer's), or nothing."""
