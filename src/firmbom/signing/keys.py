"""Keys: what may sign, what checks it, and the name each is known by; :mod:`firmbom.signing.loading` finds them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any, Protocol, Self

import msgspec

from firmbom.errors import ConfigError
from firmbom.signing import algorithms, jwk, pem

KINDS = ("Ed25519", "Ed448", "P-256", "P-384", "P-521", "RSA-2048", "RSA-3072", "RSA-4096")
"""What :func:`generate` makes, the default first."""


class PublicKey(msgspec.Struct, frozen=True, kw_only=True):
    """A public key that may check signatures."""

    key: Any
    """The key of ``cryptography``."""
    kind: algorithms.KeyType
    id: str
    """``SHA256:`` and 64 hexadecimal digits, see :func:`key_id`."""
    source: str = ""
    """The URI it was read from."""
    note: str = ""
    """The certificate it came in, with the dates of its validity."""

    @classmethod
    def of(cls, key: Any, *, source: str = "", note: str = "") -> PublicKey:
        """Wrap a key of ``cryptography``; :class:`ConfigError` when it is of a kind that is refused."""
        return cls(key=key, kind=algorithms.key_type(key), id=key_id(key), source=source, note=note)

    @property
    def jwk(self) -> dict[str, str]:
        """The key as a signature carries it."""
        return jwk.write(self.key)

    def verifies(self, algorithm: str, signature: bytes, data: bytes) -> bool:
        """Whether ``signature`` is that of ``data`` by this key; False where the algorithm does not fit the key."""
        return algorithms.verifies(algorithms.named(algorithm), self.key, signature, data)

    def pem(self) -> bytes:
        """SubjectPublicKeyInfo as PEM."""
        return pem.write_public(self.key)

    def __str__(self) -> str:
        return f"{self.kind} key {self.id.removeprefix('SHA256:')[:16]}"


class Signer(Protocol):
    """What can sign: a private key in memory, or one that a token or a service never gives away."""

    @property
    def public(self) -> PublicKey:
        """The key that checks what this one signs."""

    @property
    def algorithm(self) -> str:
        """The JSF name of the algorithm it signs with."""

    @property
    def key_id(self) -> str:
        """The name of the key, see :func:`key_id`."""

    @property
    def certificates(self) -> tuple[bytes, ...]:
        """The chain that vouches for the key, in DER, its own certificate first; empty where there is none."""

    def sign(self, data: bytes) -> bytes:
        """The raw signature of ``data``, encoded as JWA says."""


class SigningKey(msgspec.Struct, frozen=True, kw_only=True):
    """A :class:`Signer`, wherever the key is."""

    public: PublicKey
    algorithm: str
    make: Callable[[algorithms.Algorithm, bytes], bytes]
    """Makes the raw signature of some data with an algorithm that fits the key."""
    certificates: tuple[bytes, ...] = ()

    def fits(self, algorithm: str) -> bool:
        """Whether the key can sign with the algorithm of that name."""
        return algorithm in algorithms.fitting(self.public.kind)

    def using(self, algorithm: str) -> Self:
        """The same key, signing with ``algorithm``; :class:`ConfigError` when it does not fit."""
        if self.fits(algorithm):
            return msgspec.structs.replace(self, algorithm=algorithm)
        if reason := algorithms.REFUSED.get(algorithm):
            raise ConfigError(f"algorithm {algorithm!r} is refused: {reason}", path=self.public.source)
        fitting = " or ".join(algorithms.fitting(self.public.kind))
        raise ConfigError(
            f"algorithm {algorithm!r} does not fit this {self.public.kind} key",
            path=self.public.source,
            remedy=f"use {fitting}",
        )

    def certified(self, chain: Sequence[bytes]) -> Self:
        """The same key, with the chain of certificates, in DER, that signatures shall carry."""
        return msgspec.structs.replace(self, certificates=tuple(chain))

    @property
    def key_id(self) -> str:
        """The name of the key."""
        return self.public.id

    def sign(self, data: bytes) -> bytes:
        """The raw signature of ``data``."""
        return self.make(algorithms.named(self.algorithm), data)


class PrivateKey(SigningKey, frozen=True, kw_only=True):
    """A private key in memory."""

    key: Any

    @classmethod
    def of(cls, key: Any, *, algorithm: str = "", source: str = "") -> PrivateKey:
        """Wrap a key of ``cryptography``; ``algorithm`` is asked for only where the key leaves a choice (RSA)."""
        public = PublicKey.of(key.public_key(), source=source)
        made = cls(
            key=key,
            public=public,
            algorithm=algorithms.fitting(public.kind)[0],
            make=lambda row, data: algorithms.sign(row, key, data),
        )
        return made.using(algorithm) if algorithm else made

    def pem(self, passphrase: bytes = b"") -> bytes:
        """PKCS#8 as PEM, encrypted when there is a passphrase."""
        return pem.write_private(self.key, passphrase)


def key_id(key: Any) -> str:
    """The name of a public key: ``SHA256:`` and the SHA-256 of its SubjectPublicKeyInfo (DER) in hexadecimal.

    ``openssl pkey -pubin -in KEY.pub -outform DER | sha256sum`` prints the same digits.
    """
    return "SHA256:" + hashlib.sha256(pem.spki(key)).hexdigest()


def generate(kind: str = KINDS[0]) -> PrivateKey:
    """A new key of one of :data:`KINDS`.

    Raises:
        ConfigError: no such kind.
    """
    from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

    if kind not in KINDS:
        raise ConfigError(f"cannot make a key of kind {kind!r}", remedy=f"use one of {', '.join(KINDS)}")
    key: Any
    if kind == "Ed25519":
        key = ed25519.Ed25519PrivateKey.generate()
    elif kind == "Ed448":
        key = ed448.Ed448PrivateKey.generate()
    elif kind.startswith("RSA-"):
        key = rsa.generate_private_key(public_exponent=65537, key_size=int(kind.removeprefix("RSA-")))
    else:
        key = ec.generate_private_key(getattr(ec, jwk.CURVE_CLASSES[kind])())
    return PrivateKey.of(key)
