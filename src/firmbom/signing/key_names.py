"""The names that other tools give a key: in-toto's key id, Sigstore's hint. A name is never a proof."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from firmbom.signing import algorithms, pem

if TYPE_CHECKING:
    from firmbom.signing.keys import PublicKey

_IN_TOTO: dict[str, tuple[str, str]] = {
    "Ed25519": ("ed25519", "ed25519"),
    "ES256": ("ecdsa", "ecdsa-sha2-nistp256"),
    "ES384": ("ecdsa", "ecdsa-sha2-nistp384"),
    "ES512": ("ecdsa", "ecdsa-sha2-nistp521"),
    "PS256": ("rsa", "rsassa-pss-sha256"),
    "PS384": ("rsa", "rsassa-pss-sha384"),
    "PS512": ("rsa", "rsassa-pss-sha512"),
    "RS256": ("rsa", "rsa-pkcs1v15-sha256"),
    "RS384": ("rsa", "rsa-pkcs1v15-sha384"),
    "RS512": ("rsa", "rsa-pkcs1v15-sha512"),
}
"""By algorithm: ``keytype`` and ``scheme`` as securesystemslib and TUF (section 4.2) spell them; Ed448 has none."""


def in_toto(key: PublicKey, algorithm: str) -> str:
    """The key id that in-toto and TUF derive (TUF section 4.2); firmbom's own where they know no such algorithm.

    It is the SHA-256, in hexadecimal, of type, scheme and key in OLPC's canonical JSON, which leaves the ends of lines
    in a PEM text as they are. Tools of that family pass over a signature with any other key id.
    """
    if algorithm not in _IN_TOTO:
        return key.id
    keytype, scheme = _IN_TOTO[algorithm]
    public = key.key.public_bytes_raw().hex() if keytype == "ed25519" else pem.write_public(key.key).decode()
    canonical = f'{{"keytype":"{keytype}","keyval":{{"public":"{public}"}},"scheme":"{scheme}"}}'
    return hashlib.sha256(canonical.encode()).hexdigest()


def hint(key: PublicKey) -> str:
    """What a Sigstore bundle calls a key: the SHA-256 of its SubjectPublicKeyInfo in base64, as cosign writes it."""
    return base64.b64encode(hashlib.sha256(pem.spki(key.key)).digest()).decode()


def every(key: PublicKey) -> frozenset[str]:
    """Each name that a signature by the key may carry."""
    derived = (in_toto(key, name) for name in algorithms.fitting(key.kind))
    return frozenset((key.id, key.id.removeprefix("SHA256:"), hint(key), *derived))
