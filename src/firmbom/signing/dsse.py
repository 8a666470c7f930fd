"""Dead Simple Signing Envelope: bytes of any kind together with their type, and the signatures of both.

Source: DSSE 1.0 (secure-systems-lab/dsse, protocol.md and envelope.md). What is signed is :func:`pae` of the payload as
bytes; nothing is put in canonical form. A signature does not say its algorithm, and its ``keyid`` is not signed: both
follow from the verifier's own keys.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import msgspec

from firmbom.errors import ConfigError, FirmbomError, InputError
from firmbom.signing import algorithms, base64text, certificates, key_names, pem
from firmbom.signing.keys import PublicKey, Signer

MOST_SIGNATURES = 32
"""An envelope with more is refused: each costs a pass over the payload."""

_LONGEST_CHAIN = 1 << 16
"""Characters of PEM."""

LARGEST_SIGNATURE = algorithms.LARGEST_RSA // 8
"""Bytes."""


class Signature(msgspec.Struct, frozen=True):
    """One signature of an envelope."""

    value: bytes
    """As the scheme's own standard spells it; ECDSA in DER."""
    key_id: str = ""
    """A hint, signed by nobody."""
    certificates: tuple[bytes, ...] = ()
    """The chain that came along, in DER, the signer's first. Signed by nobody either; DSSE itself has no place for it,
    but SLSA's generators put it in ``cert``, and bundles beside the envelope."""


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """A payload, its type and its signatures."""

    payload_type: str
    payload: bytes
    signatures: tuple[Signature, ...]


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one signature."""

    key: PublicKey | None = None
    """The verifier's key that made it; None: none of them did."""
    algorithm: str = ""
    """What it was made with, where it was made by ``key``."""
    key_id: str = ""
    """As the signature states it."""
    named: PublicKey | None = None
    """The verifier's key that ``key_id`` names."""


def pae(payload_type: str, payload: bytes) -> bytes:
    """Pre-authentication encoding: what is signed.

    >>> pae("http://example.com/HelloWorld", b"hello world")
    b'DSSEv1 29 http://example.com/HelloWorld 11 hello world'
    """
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sign(payload_type: str, payload: bytes, signers: Sequence[Signer]) -> Envelope:
    """The envelope of ``payload`` with a signature by each of ``signers``, in the order given.

    Raises:
        ConfigError: no signer, one twice, or one that does not sign what its public key confirms.
    """
    ids = [signer.public.id for signer in signers]
    if not ids:
        raise ConfigError("no key to sign with")
    if twice := [one for one in ids if ids.count(one) > 1]:
        raise ConfigError(f"key {twice[0]} would sign twice")
    signed = pae(payload_type, payload)
    return Envelope(
        payload_type=payload_type, payload=payload, signatures=tuple(_signature(one, signed) for one in signers)
    )


def _signature(signer: Signer, signed: bytes) -> Signature:
    raw = signer.sign(signed)
    if not signer.public.verifies(signer.algorithm, raw, signed):
        raise ConfigError("the private key signs what its public key does not confirm", path=signer.public.source)
    row = algorithms.named(signer.algorithm)
    named = key_names.in_toto(signer.public, signer.algorithm)
    return Signature(algorithms.to_der(row, raw), named, signer.certificates)


def verify(envelope: Envelope, keys: Sequence[PublicKey]) -> tuple[Checked, ...]:
    """Check each signature with the verifier's ``keys``, in the envelope's order. Its key id decides nothing."""
    signed = pae(envelope.payload_type, envelope.payload)
    names = [(name, key) for key in keys for name in key_names.every(key)]
    return tuple(_checked(one, signed, keys, dict(names)) for one in envelope.signatures)


def _checked(one: Signature, signed: bytes, keys: Sequence[PublicKey], names: Mapping[str, PublicKey]) -> Checked:
    named = names.get(one.key_id)
    for key in keys if named is None else [named, *(key for key in keys if key.id != named.id)]:
        for row, raw in _attempts(key, one.value):
            if algorithms.verifies(row, key.key, raw, signed):
                return Checked(key=key, algorithm=row.name, key_id=one.key_id, named=named)
    return Checked(key_id=one.key_id, named=named)


def _attempts(key: PublicKey, value: bytes) -> Iterator[tuple[algorithms.Algorithm, bytes]]:
    """Each algorithm that the key may have signed with, and the raw signature that ``value`` then is.

    ECDSA may have any of the digests (older tools take SHA-256 for every curve), and either spelling.
    """
    rows = [row for row in algorithms.TABLE.values() if row.key == key.kind]
    if key.kind not in algorithms.COORDINATE:
        yield from ((row, value) for row in rows)
        return
    raw = {value} if len(value) == 2 * algorithms.COORDINATE[key.kind] else set()
    with suppress(ValueError):  # no DER
        raw.add(algorithms.from_der(rows[0], value))
    own = rows[0].digest
    for digest in (own, *(other for other in ("SHA256", "SHA384", "SHA512") if other != own)):
        name = f"ES{digest.removeprefix('SHA')}"
        row = algorithms.Algorithm(name=name, key=key.kind, scheme="ecdsa", digest=digest)
        yield from ((row, one) for one in sorted(raw))


def write(envelope: Envelope) -> dict[str, Any]:
    """The envelope as a JSON object."""
    return {
        "payload": base64text.encode(envelope.payload),
        "payloadType": envelope.payload_type,
        "signatures": [_written(one) for one in envelope.signatures],
    }


def _written(one: Signature) -> dict[str, str]:
    made = {
        "keyid": one.key_id,
        "sig": base64text.encode(one.value),
        "cert": "".join(map(pem.write_certificate, one.certificates)),
    }
    return {name: value for name, value in made.items() if value}


def read(value: Any) -> Envelope:
    """The envelope that a JSON object is; members that are not known are passed over, as the standard asks.

    Raises:
        InputError: not an envelope, one without a signature or with too many.
    """
    if not isinstance(value, dict):
        raise InputError("the envelope is not an object")
    kind, signatures = value.get("payloadType"), value.get("signatures")
    if not isinstance(kind, str) or not kind:
        raise InputError("the envelope has no payloadType")
    if not isinstance(signatures, list) or not signatures:
        raise InputError("the envelope carries no signature")
    if len(signatures) > MOST_SIGNATURES:
        raise InputError(f"{len(signatures)} signatures, more than the {MOST_SIGNATURES} that are checked")
    return Envelope(
        payload_type=kind,
        payload=base64text.decode(value.get("payload"), "payload"),
        signatures=tuple(map(_read_signature, signatures)),
    )


def _read_signature(value: Any) -> Signature:
    if not isinstance(value, dict):
        raise InputError("a signature of the envelope is not an object")
    key_id = value.get("keyid")
    if not isinstance(key_id, str | None):
        raise InputError("keyid is not text")
    found = base64text.decode(value.get("sig"), "sig")
    if not 0 < len(found) <= LARGEST_SIGNATURE:
        raise InputError(f"sig of {len(found)} bytes is no signature")
    return Signature(found, key_id or "", _certificates(value.get("cert")))


def _certificates(text: Any) -> tuple[bytes, ...]:
    """The chain in ``cert``; one that cannot be read vouches for nobody and is passed over like any unknown member."""
    if not isinstance(text, str) or len(text) > _LONGEST_CHAIN:
        return ()
    try:
        return certificates.read_chain("cert", text.encode())
    except (FirmbomError, UnicodeEncodeError):
        return ()
