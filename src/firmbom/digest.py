"""Digests: an algorithm and a value that fits it, never a bare string."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from enum import StrEnum
from functools import cache

import msgspec


class Algorithm(StrEnum):
    """Digest algorithms, spelt as CycloneDX ``hash-alg`` spells them."""

    MD5 = "MD5"
    SHA1 = "SHA-1"
    SHA256 = "SHA-256"
    SHA384 = "SHA-384"
    SHA512 = "SHA-512"
    SHA3_256 = "SHA3-256"
    SHA3_384 = "SHA3-384"
    SHA3_512 = "SHA3-512"
    BLAKE2B_256 = "BLAKE2b-256"
    BLAKE2B_384 = "BLAKE2b-384"
    BLAKE2B_512 = "BLAKE2b-512"
    BLAKE3 = "BLAKE3"

    __hash__ = str.__hash__  # as is told by each digest that is made or compared; enum's own is not native


_HEX_LENGTH = {
    Algorithm.MD5: 32,
    Algorithm.SHA1: 40,
    Algorithm.SHA256: 64,
    Algorithm.SHA384: 96,
    Algorithm.SHA512: 128,
    Algorithm.SHA3_256: 64,
    Algorithm.SHA3_384: 96,
    Algorithm.SHA3_512: 128,
    Algorithm.BLAKE2B_256: 64,
    Algorithm.BLAKE2B_384: 96,
    Algorithm.BLAKE2B_512: 128,
    Algorithm.BLAKE3: 64,
}
_BY_PLAIN_NAME = {a.value.replace("-", "").lower(): a for a in Algorithm}


class Digest(msgspec.Struct, frozen=True, gc=False, order=True):
    """A digest: the algorithm and lower-case hexadecimal of the right length."""

    algorithm: Algorithm
    value: str

    def __post_init__(self) -> None:
        if not _fitting(self.algorithm)(self.value):
            raise ValueError(f"not a {self.algorithm} digest in lower-case hexadecimal: {self.value[:80]!r}")

    @classmethod
    def named(cls, algorithm: str, value: str) -> Digest:
        """Build one from any spelling of the algorithm (``sha256``, ``SHA-256``) and hexadecimal of either case.

        Raises:
            ValueError: the algorithm is unknown, or the value does not fit it.
        """
        known = _BY_PLAIN_NAME.get(re.sub(r"[-_]", "", algorithm).lower())
        if known is None:
            raise ValueError(f"unknown digest algorithm {algorithm!r}")
        return cls(known, value.strip().lower())

    @classmethod
    def from_sri(cls, text: str) -> tuple[Digest, ...]:
        """Read Subresource Integrity text (W3C SRI section 3.5): ``sha512-<base64>``, several parted by white space.

        Raises:
            ValueError: any part is not ``algorithm-base64`` or does not fit its algorithm.
        """
        return tuple(cls._from_sri_part(part) for part in text.split())

    @classmethod
    def _from_sri_part(cls, part: str) -> Digest:
        algorithm, dash, encoded = part.partition("?")[0].partition("-")
        if not dash:
            raise ValueError(f"not an integrity value: {part[:80]!r}")
        try:
            raw = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
        except binascii.Error as error:
            raise ValueError(f"not an integrity value: {part[:80]!r}") from error
        return cls.named(algorithm, raw.hex())


@cache
def _fitting(algorithm: Algorithm) -> Callable[[str], re.Match[str] | None]:
    """Lower-case hexadecimal of the right length."""
    return re.compile(rf"[0-9a-f]{{{_HEX_LENGTH[algorithm]}}}\Z").match
