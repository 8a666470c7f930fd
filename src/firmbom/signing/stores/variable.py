"""``env:NAME``: the text of a PEM or OpenSSH key in an environment variable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from firmbom.signing import pem
from firmbom.signing.keys import PrivateKey
from firmbom.signing.secret import read_variable


def signer(name: str, uri: str, *, passphrases: Sequence[bytes], environment: Mapping[str, str]) -> PrivateKey:
    """The private key in the variable."""
    return PrivateKey.of(pem.read_private(read_variable(name, environment), uri, passphrases), source=uri)


def public(name: str, uri: str, *, environment: Mapping[str, str]) -> tuple[Any, str]:
    """The public key or certificate in the variable."""
    return pem.read_public(read_variable(name, environment), uri)


def text(name: str, environment: Mapping[str, str]) -> bytes:
    """What the variable holds."""
    return read_variable(name, environment)
