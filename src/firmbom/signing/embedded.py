"""The key that a signature brings along: a JWK, or the first certificate of a path."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from firmbom.errors import FirmbomError, InputError
from firmbom.signing import jwk, pem
from firmbom.signing.certificates import LONGEST
from firmbom.signing.keys import PublicKey


def embedded_key(entry: Mapping[str, Any]) -> PublicKey | None:
    """The key in a JSF signature object, or None when it brings none. It says who claims to have signed, no more.

    Raises:
        InputError: two kinds of key, or one that cannot be read or is refused.
    """
    if "publicKey" in entry and "certificatePath" in entry:
        raise InputError("publicKey and certificatePath exclude each other")
    if "publicKey" in entry:
        return PublicKey.of(jwk.read(entry["publicKey"]))
    if "certificatePath" in entry:
        return _leaf(entry)
    return None


def embedded_chain(entry: Mapping[str, Any]) -> tuple[bytes, ...]:
    """The certificates in a JSF signature object, in DER, the signer's first; empty when it brings none.

    Raises:
        InputError: no list of certificates, or too many.
    """
    if "certificatePath" not in entry:
        return ()
    path = entry["certificatePath"]
    if not isinstance(path, list) or not path or not all(isinstance(one, str) for one in path):
        raise InputError("certificatePath is not a list of certificates")
    if len(path) > LONGEST:
        raise InputError(f"certificatePath has {len(path)} certificates, more than {LONGEST}")
    return tuple(_der(one) for one in path)


def _leaf(entry: Mapping[str, Any]) -> PublicKey:
    first = embedded_chain(entry)[0]
    try:
        return PublicKey.of(pem.key_of_certificate(first), note="certificate in the document")
    except ValueError as error:
        raise InputError("certificatePath does not begin with a certificate that can be read") from error
    except FirmbomError as error:
        raise InputError(f"certificatePath: {error.message}") from error


def _der(text: str) -> bytes:
    """DER from base64url (as JSF says) or base64 (as RFC 7515 ``x5c`` says); the text is signed, so either will do."""
    try:
        return base64.b64decode(
            text.rstrip("=").replace("-", "+").replace("_", "/") + "=" * (-len(text.rstrip("=")) % 4)
        )
    except (binascii.Error, ValueError) as error:
        raise InputError("certificatePath is not base64") from error
