"""Certificates for the tests, good and bad in every way that a verifier must notice; keys are made anew each time."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed448, ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from firmbom.signing.keys import PrivateKey, generate

NOW = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)
"""The time that certificates are made for and judged at."""

_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


class Holder(NamedTuple):
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: PrivateKey

    @property
    def der(self) -> bytes:
        """The certificate."""
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        """The certificate as PEM."""
        return self.certificate.public_bytes(Encoding.PEM)


def certificate(
    name: str,
    issuer: Holder | None = None,
    *,
    key: PrivateKey | None = None,
    ca: bool | None = False,
    below: int | None = None,
    usage: Sequence[str] | None = None,
    purposes: Sequence[x509.ObjectIdentifier] | None = None,
    days: tuple[float, float] = (-30, 335),
    digest: hashes.HashAlgorithm | None = None,
    extra: Sequence[tuple[x509.ExtensionType, bool]] = (),
    named_by: str = "",
) -> Holder:
    """Issue a certificate.

    Args:
        name: its common name.
        issuer: who issues it; None: itself.
        key: its key; default: a new P-256 key.
        ca: basicConstraints says so; None: there are none.
        below: the path length.
        usage: keyUsage; None: what fits ``ca``; empty: there is none.
        purposes: extKeyUsage; None: codeSigning for signers, none for CAs; empty: there is none.
        days: from when to when it is valid, counted from :data:`NOW`.
        digest: with which it is signed.
        extra: further extensions, and whether each is critical.
        named_by: the issuer's name in it, where it is not ``issuer``'s.
    """
    key = key or generate("P-256")
    signer = issuer.key if issuer else key
    subject = _name(name)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(_name(named_by) if named_by else issuer.certificate.subject if issuer else subject)
        .public_key(key.public.key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + datetime.timedelta(days=days[0]))
        .not_valid_after(NOW + datetime.timedelta(days=days[1]))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public.key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public.key), critical=False)
    )
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=below), critical=True)
    usage = (["key_cert_sign", "crl_sign"] if ca else ["digital_signature"]) if usage is None else usage
    if usage:
        flags: dict[str, bool] = {one: one in usage for one in _USAGES}
        builder = builder.add_extension(x509.KeyUsage(**flags), critical=True)
    purposes = ([] if ca else [ExtendedKeyUsageOID.CODE_SIGNING]) if purposes is None else purposes
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    for extension, critical in extra:
        builder = builder.add_extension(extension, critical=critical)
    pure = isinstance(signer.key, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey)
    hashing: Any = None if pure else digest or hashes.SHA256()
    return Holder(builder.sign(signer.key, hashing), key)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)] if common else [])
