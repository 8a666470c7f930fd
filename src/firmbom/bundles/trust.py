"""Whose signatures of bundles count: the keys and certificates that the user names, and chains that lead to them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from firmbom.errors import ConfigError, InputError
from firmbom.signing import loading, pem
from firmbom.signing.certificates import LONGEST, certified, issued
from firmbom.signing.keys import PublicKey
from firmbom.signing.secret import read_file, read_variable

_PURPOSES = ("codeSigning", "emailProtection")
"""SWUpdate and RAUC ask by default for the latter, as ``openssl cms`` does."""
_MOST = 64
"""Certificates that a signature may bring along."""


class Anchor(msgspec.Struct, frozen=True, kw_only=True):
    """A key that counts."""

    key: PublicKey
    certificate: Any = None
    """Of ``cryptography``, where the key came in one: then what it vouches for counts too, if it may vouch."""


def load(uris: Sequence[str], *, environment: Mapping[str, str] = os.environ) -> tuple[Anchor, ...]:
    """The keys that ``--bundle-key`` and ``[bundle] keys`` name; of a file with several certificates each one.

    Raises:
        ConfigError: not there, not a public key or certificate, or refused by kind or size.
    """
    return tuple(anchor for uri in uris for anchor in _load(uri, environment))


def _load(uri: str, environment: Mapping[str, str]) -> list[Anchor]:
    key = loading.load_public(uri, environment=environment)
    scheme, colon, name = uri.partition(":")
    if colon and scheme.lower() == "env":
        data = read_variable(name, environment)
    elif not colon or scheme.lower() == "file" or len(scheme) < 2:
        data = read_file(name if colon and len(scheme) > 1 else uri)
    else:
        return [Anchor(key=key)]
    certificates = _certificates(data, uri)
    return [Anchor(key=_named(one, uri), certificate=one) for one in certificates] or [Anchor(key=key)]


def _certificates(data: bytes, uri: str) -> list[Any]:
    from cryptography.x509 import load_pem_x509_certificates

    if b"-----BEGIN CERTIFICATE-----" not in data:
        return []
    try:
        return load_pem_x509_certificates(data)
    except ValueError as error:
        raise ConfigError("holds a certificate that cannot be read", path=uri) from error


def _named(certificate: Any, uri: str) -> PublicKey:
    with pem.about(uri):
        return PublicKey.of(certificate.public_key(), source=uri, note=subject(certificate))


def subject(certificate: Any) -> str:
    """Whose certificate it is, as RFC 4514 writes it."""
    return str(certificate.subject.rfc4514_string()) or "a certificate without a subject"


def doubts(
    key: PublicKey, certificate: Any, others: Sequence[Any], anchors: Sequence[Anchor], when: datetime | None
) -> str:
    """Why a key does not count; empty when it does.

    Args:
        key: that made the signature.
        certificate: it came in, or None.
        others: certificates that came with it.
        anchors: what counts by itself.
        when: the time of signing, at which each certificate of a chain must be valid; None if it is not known, then
            that at which the signer's begins to be valid.
    """
    if any(anchor.key.id == key.id for anchor in anchors):
        return ""
    roots = [_der(anchor.certificate) for anchor in anchors if anchor.certificate is not None]
    if certificate is None or not roots:
        return "none of the keys given"
    at = when or certificate.not_valid_before_utc
    try:
        certified(_chain(certificate, others[:_MOST]), roots, at, purposes=_PURPOSES)
    except InputError as error:
        return error.message
    return ""


def _chain(certificate: Any, others: Sequence[Any]) -> list[bytes]:
    """The certificate, that which issued it, and so on, as far as they are there: CMS brings them in no order."""
    path = [certificate]
    left = [one for one in others if one != certificate]
    while len(path) < LONGEST:
        above = next((one for one in left if issued(path[-1], one)), None)
        if above is None:
            break
        path.append(above)
        left.remove(above)
    return [_der(one) for one in path]


def _der(certificate: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return bytes(certificate.public_bytes(Encoding.DER))
