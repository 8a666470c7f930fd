"""CMS SignedData: parsed with asn1crypto, checked with cryptography.

Sources: RFC 5652 sections 5.1 to 5.6, RFC 8933 (one hash algorithm throughout), RFC 4056 (RSASSA-PSS), RFC 5754,
RFC 8419.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

import msgspec

from firmbom.bundles.bundle import Signature
from firmbom.bundles.trust import Anchor, doubts, subject
from firmbom.errors import ConfigError, InputError, printable
from firmbom.signing.keys import PublicKey

LARGEST = 1 << 20
"""Bytes of a signature with its certificates and, in RAUC's bundles, its manifest."""
_SIGNED = bytes.fromhex("06092a864886f70d010702")
"""The object identifier of SignedData, in DER."""
_MOST_SIGNERS = 16
_HASHES = {"sha256": "SHA256", "sha384": "SHA384", "sha512": "SHA512"}
"""What counts, by asn1crypto's name: the name in ``cryptography.hazmat.primitives.hashes``."""

Hashing = Callable[[str], bytes]
"""The digest of the signed content, by the name that hashlib has for the algorithm."""


class Signer(msgspec.Struct, frozen=True):
    """One SignerInfo whose signature is right, as it names itself."""

    key: PublicKey
    certificate: Any
    when: datetime | None
    """The time it states; nobody but the signer vouches for it."""

    def __str__(self) -> str:
        return printable(f"{subject(self.certificate)} {self.key.id}") if self.certificate else self.key.id


class SignedData(msgspec.Struct, frozen=True):
    """A parsed signature; nothing in it has been checked."""

    parsed: Any
    """asn1crypto's ``SignedData``."""
    content: bytes | None
    """What it holds itself; None when it is detached."""


def looks_like(data: bytes) -> bool:
    """Does it begin as CMS SignedData does, whatever follows?"""
    return data[:1] == b"\x30" and _SIGNED in data[:24]


def parse(data: bytes) -> SignedData:
    """Read DER or BER.

    Raises:
        InputError: no CMS SignedData, damaged, or with something behind it.
    """
    from asn1crypto import cms  # type: ignore[import-untyped] # the library has no annotations

    if len(data) > LARGEST:
        raise InputError(f"a signature of {len(data)} bytes")
    try:
        info = cms.ContentInfo.load(data, strict=True)
        if info["content_type"].native != "signed_data":
            raise InputError(f"is {info['content_type'].native}, not a CMS signature")
        signed = info["content"]
        signed.native  # noqa: B018 - parses all of it, so that what is damaged is told here
        content = signed["encap_content_info"]["content"]
        held = None if content.native is None else bytes(content.native)
    except InputError:
        raise
    except Exception as error:  # asn1crypto raises ValueError, TypeError, KeyError, RecursionError … for damaged input
        raise InputError(f"is no CMS signature that can be read ({type(error).__name__})") from error
    return SignedData(signed, held)


def judge(signed: SignedData, hashing: Hashing, anchors: Sequence[Anchor], when: datetime | None = None) -> Signature:
    """Check every signer against the content, and ask whether one of them counts.

    Args:
        signed: the signature.
        hashing: of the content, whichever way it is at hand.
        anchors: the keys that count; without any nothing is said of who signed.
        when: the time of signing where the signer states none; None if it is not known.
    """
    try:
        certificates = _certificates(signed.parsed)
        signers = _signers(signed.parsed, certificates, anchors, cache(hashing))
        named = tuple(str(one) for one in signers if one)
        if len(named) < len(signers):
            return Signature("not judged", "CMS", named, "it brings no certificate")
        if not anchors:
            return Signature("not judged", "CMS", named)
        return _counted([one for one in signers if one], [one for _, one in certificates], anchors, when)
    except (InputError, ConfigError) as error:
        return Signature("bad", "CMS", why=printable(error.message))
    except Exception as error:  # as above; cryptography's errors on hostile keys and certificates are of many kinds too
        return Signature("bad", "CMS", why=f"it cannot be read ({type(error).__name__})")


def _signers(
    signed: Any, certificates: Sequence[tuple[Any, Any]], anchors: Sequence[Anchor], hashing: Hashing
) -> list[Signer | None]:
    infos = list(signed["signer_infos"])
    if not 0 < len(infos) <= _MOST_SIGNERS:
        raise InputError(f"it has {len(infos)} signers")
    return [_signer(signed, info, certificates, anchors, hashing) for info in infos]


def _counted(
    signers: Sequence[Signer], others: Sequence[Any], anchors: Sequence[Anchor], when: datetime | None
) -> Signature:
    """Good if one of the signers counts."""
    reasons = [doubts(one.key, one.certificate, others, anchors, one.when or when) for one in signers]
    for one, reason in zip(signers, reasons, strict=True):
        if not reason:
            return Signature("good", "CMS", (str(one),))
    named = tuple(map(str, signers))
    return Signature("bad", "CMS", named, f"signed by {named[0]}, who does not count: {printable(reasons[0])}")


def _certificates(signed: Any) -> list[tuple[Any, Any]]:
    """Each certificate twice: as asn1crypto and as cryptography have it."""
    from cryptography.x509 import load_der_x509_certificate

    listed = signed["certificates"]
    chosen = [one.chosen for one in listed if one.name == "certificate"] if listed.native else []
    return [(one, load_der_x509_certificate(one.dump())) for one in chosen]


def _signer(
    signed: Any, info: Any, certificates: Sequence[tuple[Any, Any]], anchors: Sequence[Anchor], hashing: Hashing
) -> Signer | None:
    """The signer, once the signature is right; None when there is no key to check it with.

    Raises:
        InputError: the signature is wrong, and how.
    """
    algorithm = info["digest_algorithm"]["algorithm"].native
    if algorithm not in _HASHES:
        raise InputError(f"it rests on {algorithm}, which does not count")
    data, digest, when = _signed_bytes(signed, info, algorithm, hashing)
    certificate = next((each for parsed, each in certificates if _is_of(info["sid"], parsed)), None)
    if certificate is not None:
        candidates = [Signer(PublicKey.of(certificate.public_key()), certificate, when)]
    else:
        candidates = [Signer(anchor.key, anchor.certificate, when) for anchor in anchors]
    for one in candidates:
        if _verifies(one.key, info, algorithm, data, digest):
            return one
    if certificate is not None:
        raise InputError(f"it is not what {subject(certificate)} signed")
    if anchors:
        raise InputError("it brings no certificate, and none of the keys given made it")
    return None


def _is_of(sid: Any, certificate: Any) -> bool:
    if sid.name == "subject_key_identifier":
        return bool(certificate.key_identifier == sid.chosen.native)
    return bool(
        certificate.serial_number == sid.chosen["serial_number"].native
        and certificate.issuer.dump() == sid.chosen["issuer"].dump()
    )


def _signed_bytes(signed: Any, info: Any, algorithm: str, hashing: Hashing) -> tuple[bytes, bytes, datetime | None]:
    """What the signature is over, as bytes or (without attributes) as a digest, and the time it states.

    Raises:
        InputError: the content is not the one that was signed.
    """
    digest = hashing(algorithm)
    attributes = info["signed_attrs"]
    if not attributes.native:
        return b"", digest, None
    stated: dict[str, Any] = {}
    for one in attributes:
        if one["type"].native in stated or len(one["values"]) != 1:
            raise InputError(f"its attribute {one['type'].native} does not stand there once")
        stated[one["type"].native] = one["values"][0].native
    if stated.get("content_type") != signed["encap_content_info"]["content_type"].native:
        raise InputError("its content type is not that which was signed")
    if stated.get("message_digest") != digest:
        found = stated.get("message_digest")
        said = found.hex() if isinstance(found, bytes) else "nothing"
        raise InputError(f"it is of other content: {algorithm.upper()} {said} was signed, {digest.hex()} is there")
    when = stated.get("signing_time")
    if not isinstance(when, datetime):
        return attributes.untag().dump(), b"", None
    return attributes.untag().dump(), b"", when if when.tzinfo else when.replace(tzinfo=UTC)


def _verifies(key: PublicKey, info: Any, algorithm: str, data: bytes, digest: bytes) -> bool:
    """Is it this key's signature over ``data``, or over what has ``digest`` when there is no data?"""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding, utils

    signature = info["signature"].native
    scheme = info["signature_algorithm"].signature_algo
    row = getattr(hashes, _HASHES[algorithm])()
    hashed: Any = row if data else utils.Prehashed(row)
    try:
        if key.kind in {"Ed25519", "Ed448"} and scheme in {"ed25519", "ed448"}:
            if not data:
                raise InputError("EdDSA without signed attributes is not checked here")
            key.key.verify(signature, data)
        elif key.kind == "RSA" and scheme == "rsassa_pkcs1v15":
            key.key.verify(signature, data or digest, padding.PKCS1v15(), hashed)
        elif key.kind == "RSA" and scheme == "rsassa_pss":
            if info["signature_algorithm"]["parameters"]["hash_algorithm"]["algorithm"].native != algorithm:
                return False
            key.key.verify(signature, data or digest, padding.PSS(padding.MGF1(row), padding.PSS.AUTO), hashed)
        elif key.kind.startswith("P-") and scheme == "ecdsa":
            key.key.verify(signature, data or digest, ec.ECDSA(hashed))
        else:
            return False
    except InvalidSignature:
        return False
    return True
