"""Keys and certificates as text: PEM (RFC 7468) of PKCS#8, SEC 1, PKCS#1, SPKI and X.509, and OpenSSH's own forms."""

from __future__ import annotations

import base64
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from firmbom.errors import ConfigError
from firmbom.signing import openssh

_Parsed = TypeVar("_Parsed")

_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,40})-----\s.*?-----END \1-----", re.DOTALL)
_PRIVATE = (b"PRIVATE KEY", b"ENCRYPTED PRIVATE KEY", b"EC PRIVATE KEY", b"RSA PRIVATE KEY")
_PUBLIC = (b"PUBLIC KEY", b"RSA PUBLIC KEY", b"CERTIFICATE")


@contextmanager
def about(uri: str) -> Iterator[None]:
    """Name ``uri`` in a refusal that does not say which key it is about."""
    try:
        yield
    except ConfigError as error:
        raise ConfigError(error.message, path=error.path or uri, place=error.place, remedy=error.remedy) from error


def read_private(data: bytes, uri: str, passphrases: Sequence[bytes] = ()) -> Any:
    """The one private key in PEM text, as a key of ``cryptography``.

    Raises:
        ConfigError: none or several, another format, encrypted and no passphrase opens it, damaged.
    """
    blocks = [(label, text) for label, text in _blocks(data) if b"PRIVATE KEY" in label]
    if is_public(data):
        what = "certificate" if b"-----BEGIN CERTIFICATE-----" in data else "public key"
        raise ConfigError(f"this is a {what}", path=uri, remedy="give the private key, which alone can sign")
    if not blocks:
        raise ConfigError(
            "holds no private key in PEM", path=uri, remedy="give a PKCS#8, SEC 1, PKCS#1 or OpenSSH private key"
        )
    if len(blocks) > 1:
        raise ConfigError(f"holds {len(blocks)} private keys", path=uri, remedy="keep one key in a file")
    label, text = blocks[0]
    if label == openssh.LABEL:
        if reason := openssh.refusal(text):
            raise ConfigError(reason, path=uri)
    elif label not in _PRIVATE:
        raise ConfigError(
            f"a key in the form {label.decode()!r} is not read",
            path=uri,
            remedy="make a new one with firmbom keygen, or convert it to PKCS#8",
        )
    load = openssh.read_private if label == openssh.LABEL else _load_private
    if label.startswith(b"ENCRYPTED") or b"Proc-Type: 4,ENCRYPTED" in text or openssh.is_encrypted(text):
        return _decrypt(load, text, uri, passphrases)
    return _parse_private(load, text, uri, None)


_Load = Callable[[bytes, bytes | None], Any]
"""Reads a private key, with a passphrase or without."""


def _decrypt(load: _Load, text: bytes, uri: str, passphrases: Sequence[bytes]) -> Any:
    if not passphrases:
        raise ConfigError("the key is encrypted", path=uri, remedy="give --passphrase-env or --passphrase-file")
    for passphrase in passphrases:
        try:
            return _parse_private(load, text, uri, passphrase)
        except ConfigError as error:
            last = error
    raise ConfigError("no passphrase given opens this key, or it is damaged", path=uri) from last


def _parse_private(load: _Load, text: bytes, uri: str, passphrase: bytes | None) -> Any:
    try:
        return _parsed(load, text, passphrase)
    except ValueError as error:
        raise ConfigError("not a private key that can be read", path=uri) from error


def _load_private(text: bytes, passphrase: bytes | None) -> Any:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    return load_pem_private_key(text, passphrase)


def read_public(data: bytes, uri: str) -> tuple[Any, str]:
    """The first public key or certificate in the text, as a key of ``cryptography``, and what the certificate says.

    Of a chain of certificates the first is the signer's. A file that holds a private key is refused: a verifier
    should not have it.

    Raises:
        ConfigError: none, several public keys, damaged, or a private key is there.
    """
    blocks = _blocks(data)
    if any(b"PRIVATE KEY" in label for label, _ in blocks):
        raise ConfigError(
            "this is a private key", path=uri, remedy="give the public key, which keygen wrote to KEY.pub"
        )
    found = [(label, text) for label, text in blocks if label in _PUBLIC]
    if not found and (lines := openssh.public_lines(data)):
        return _read_openssh(lines, uri), ""
    if not found:
        raise ConfigError("holds no public key or certificate in PEM, and no OpenSSH public key", path=uri)
    if len(found) > 1 and any(label != b"CERTIFICATE" for label, _ in found):
        raise ConfigError(f"holds {len(found)} keys and certificates", path=uri, remedy="keep one key in a file")
    label, text = found[0]
    if label == b"CERTIFICATE":
        return _read_certificate(text, uri)
    return _parse_public(text, uri), ""


def _read_openssh(lines: Sequence[bytes], uri: str) -> Any:
    if len(lines) > 1:
        raise ConfigError(f"holds {len(lines)} OpenSSH keys", path=uri, remedy="keep one key in a file")
    try:
        return _parsed(openssh.read_public, lines[0])
    except ValueError as error:
        raise ConfigError("not an OpenSSH public key that can be read", path=uri) from error


def _parse_public(text: bytes, uri: str) -> Any:
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        return _parsed(load_pem_public_key, text)
    except ValueError as error:
        raise ConfigError("not a public key that can be read", path=uri) from error


def _read_certificate(text: bytes, uri: str) -> tuple[Any, str]:
    from cryptography.x509 import load_pem_x509_certificate

    try:
        return _parsed(lambda: _key_and_note(load_pem_x509_certificate(text)))
    except ValueError as error:
        raise ConfigError("not a certificate that can be read", path=uri) from error


def _key_and_note(certificate: Any) -> tuple[Any, str]:
    name = certificate.subject.rfc4514_string()
    first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return certificate.public_key(), f"certificate of {name}, valid {first:%Y-%m-%d} to {last:%Y-%m-%d}"


def certificates(data: bytes, uri: str) -> tuple[bytes, ...]:
    """Every certificate in PEM text, in DER, in their order.

    Raises:
        ConfigError: none, one that cannot be read, or a private key is there.
    """
    blocks = _blocks(data)
    if any(b"PRIVATE KEY" in label for label, _ in blocks):
        raise ConfigError("holds a private key", path=uri, remedy="keep certificates in a file of their own")
    texts = [text for label, text in blocks if label == b"CERTIFICATE"]
    if not texts:
        raise ConfigError("holds no certificate in PEM", path=uri)
    try:
        return tuple(_parsed(_der_of_certificate, text) for text in texts)
    except ValueError as error:
        raise ConfigError("not a certificate that can be read", path=uri) from error


def write_certificate(der: bytes) -> str:
    """A certificate as PEM."""
    text = base64.b64encode(der).decode()
    rows = (text[start : start + 64] for start in range(0, len(text), 64))
    return "\n".join(("-----BEGIN CERTIFICATE-----", *rows, "-----END CERTIFICATE-----", ""))


def _der_of_certificate(text: bytes) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509 import load_pem_x509_certificate

    return load_pem_x509_certificate(text).public_bytes(Encoding.DER)


def parse_certificate(der: bytes) -> Any:
    """A certificate of ``cryptography``; :class:`ValueError` when it is none."""
    from cryptography.x509 import load_der_x509_certificate

    certificate = _parsed(load_der_x509_certificate, der)
    _parsed(lambda: (certificate.subject, certificate.issuer))
    return certificate


def key_of_certificate(der: bytes) -> Any:
    """The public key of a certificate in DER, as a key of ``cryptography``; :class:`ValueError` when there is none."""
    from cryptography.x509 import load_der_x509_certificate

    return _parsed(lambda: load_der_x509_certificate(der).public_key())


def _parsed(parse: Callable[..., _Parsed], *arguments: object) -> _Parsed:
    """What ``parse`` returns, without its warnings; :class:`ValueError` whatever it raises.

    Damaged input makes ``cryptography`` raise ValueError, TypeError, UnsupportedAlgorithm, InvalidVersion, …
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return parse(*arguments)
        except Exception as error:
            raise ValueError(str(error)) from error


def spki(key: Any) -> bytes:
    """SubjectPublicKeyInfo (RFC 5280 section 4.1) of a public key, in DER."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return bytes(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def write_public(key: Any) -> bytes:
    """A public key as SPKI PEM."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def write_private(key: Any, passphrase: bytes) -> bytes:
    """A private key as PKCS#8 PEM, encrypted (PBES2) when there is a passphrase."""
    from cryptography.hazmat.primitives import serialization as form

    lock = form.BestAvailableEncryption(passphrase) if passphrase else form.NoEncryption()
    return bytes(key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, lock))


def is_public(data: bytes) -> bool:
    """Does text hold public keys or certificates and no private key, so that anybody may read it?"""
    labels = [label for label, _ in _blocks(data)]
    if not labels:
        return bool(openssh.public_lines(data)) and b"PRIVATE KEY" not in data
    return any(label in _PUBLIC for label in labels) and not any(b"PRIVATE KEY" in label for label in labels)


def _blocks(data: bytes) -> list[tuple[bytes, bytes]]:
    return [(found[1], found[0]) for found in _BLOCK.finditer(data)]
