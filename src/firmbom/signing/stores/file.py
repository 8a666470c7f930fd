"""``file:PATH`` or a bare path: a file with a PEM or OpenSSH key; a private one must be its owner's alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from firmbom.signing import pem
from firmbom.signing.keys import PrivateKey
from firmbom.signing.secret import read_file


def signer(name: str, uri: str, *, passphrases: Sequence[bytes], environment: Mapping[str, str]) -> PrivateKey:  # noqa: ARG001 - the stores' shape
    """The private key in the file."""
    data = read_file(name, is_secret=lambda data: not pem.is_public(data))
    return PrivateKey.of(pem.read_private(data, uri, passphrases), source=uri)


def public(name: str, uri: str, *, environment: Mapping[str, str]) -> tuple[Any, str]:  # noqa: ARG001 - same
    """The public key or certificate in the file."""
    return pem.read_public(read_file(name), uri)


def files(name: str) -> tuple[Path, ...]:
    """The file, and the one beside it in which ``firmbom keygen`` puts the public half."""
    return Path(name), Path(f"{name}.pub")


def text(name: str, environment: Mapping[str, str]) -> bytes:  # noqa: ARG001 - same
    """What the file holds."""
    return read_file(name)
