"""Signatures that are nothing but the number: who made them, only a key at hand tells.

Sources: RFC 8017 sections 8.1 and 8.2; RFC 9580 sections 4.2 and 6.2 (OpenPGP); mender-artifact's
Documentation/artifact-format-v3.md (ECDSA as R and S side by side).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from firmbom.bundles.bundle import Signature
from firmbom.bundles.trust import Anchor
from firmbom.errors import printable
from firmbom.signing import algorithms
from firmbom.signing.keys import PublicKey

_MODULI = range(algorithms.SMALLEST_RSA // 8, algorithms.LARGEST_RSA // 8 + 1)
"""Bytes of an RSA signature."""


def is_openpgp(signature: bytes) -> bool:
    """Is it a detached OpenPGP signature: armoured, or one packet that covers all of it?"""
    if signature.startswith(b"-----BEGIN PGP SIGNATURE-----"):
        return True
    if signature[:1] in (b"\x88", b"\xc2") and len(signature) - 2 == int.from_bytes(signature[1:2], "big") < 192:
        return True
    if signature[:1] == b"\xc2" and 192 <= int.from_bytes(signature[1:2], "big") < 224:
        return len(signature) - 3 == (signature[1] - 192 << 8) + signature[2] + 192
    return signature[:1] == b"\x89" and len(signature) - 3 == int.from_bytes(signature[1:3], "big")


def rsa_signature(signature: bytes, data: bytes, anchors: Sequence[Anchor]) -> Signature:
    """Judge an RSA signature over SHA-256, whichever padding it has (PSS with a salt of any length)."""
    if len(signature) not in _MODULI:
        return Signature("bad", why=f"{len(signature)} bytes are no signature that is known here")
    return _judged(signature, data, anchors, "RSA", _by_rsa)


def mender_signature(signature: bytes, data: bytes, anchors: Sequence[Anchor]) -> Signature:
    """Judge an ECDSA P-256 (64 bytes) or RSA PKCS #1 v1.5 signature over SHA-256."""
    if len(signature) == 2 * algorithms.COORDINATE["P-256"]:
        return _judged(signature, data, anchors, "ECDSA", lambda key, *rest: key.verifies("ES256", *rest))
    if len(signature) in _MODULI:
        return _judged(signature, data, anchors, "RSA", lambda key, *rest: key.verifies("RS256", *rest))
    return Signature("bad", why=f"{len(signature)} bytes are no signature that is known here")


def _judged(
    signature: bytes, data: bytes, anchors: Sequence[Anchor], kind: str, made: Callable[[PublicKey, bytes, bytes], bool]
) -> Signature:
    if not anchors:
        return Signature("not judged", kind)
    for anchor in anchors:
        if made(anchor.key, signature, data):
            note = f"{anchor.key.note} " if anchor.certificate is not None else ""
            return Signature("good", kind, (printable(f"{note}{anchor.key.id}"),))
    return Signature("bad", kind, why="none of the keys given made it, or it is of other content")


def _by_rsa(key: PublicKey, signature: bytes, data: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    if key.kind != "RSA":
        return False
    row = hashes.SHA256()
    paddings: tuple[Any, ...] = (padding.PKCS1v15(), padding.PSS(padding.MGF1(row), padding.PSS.AUTO))
    for one in paddings:
        try:
            key.key.verify(signature, data, one, row)
        except InvalidSignature:
            continue
        return True
    return False
