"""Where keys and chains of certificates are found: a URI leads to one, whatever kind of store keeps it.

A key is given as a bare path, or as a scheme of :data:`STORES` and what its store makes of the rest. A further kind
of store is one more row there and one module.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, cast

from firmbom.errors import ConfigError
from firmbom.signing import pem
from firmbom.signing.certificates import read_chain
from firmbom.signing.keys import PublicKey, SigningKey

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):(.*)\Z", re.DOTALL)
"""Two letters at least, so that ``C:\\key.pem`` is a path."""


class Store(Protocol):
    """Where keys are kept: what a module of :mod:`firmbom.signing.stores` offers."""

    def signer(
        self, name: str, uri: str, *, passphrases: Sequence[bytes], environment: Mapping[str, str]
    ) -> SigningKey:
        """The key under ``name`` that can sign, with its kind's default algorithm."""

    def public(self, name: str, uri: str, *, environment: Mapping[str, str]) -> tuple[Any, str]:
        """The public key of ``cryptography`` under ``name``, and a note on it."""


STORES: Mapping[str, str] = {"file": "file", "env": "variable", "pkcs11": "token", "command": "command"}
"""Modules of :mod:`firmbom.signing.stores` by URI scheme; each is imported when a key asks for it."""


def load_private(
    uri: str,
    *,
    algorithm: str = "",
    passphrases: Sequence[bytes] = (),
    environment: Mapping[str, str] = os.environ,
) -> SigningKey:
    """The key at ``uri`` that can sign; each passphrase is tried on an encrypted one.

    Raises:
        ConfigError: not there, not a private key in a form that is read, refused by kind or size, others may read the
            file, no passphrase opens it, or ``algorithm`` does not fit it.
    """
    store, name = _store(uri)
    with pem.about(uri):
        key = store.signer(name, uri, passphrases=passphrases, environment=environment)
        return key.using(algorithm) if algorithm else key


def load_public(uri: str, *, environment: Mapping[str, str] = os.environ) -> PublicKey:
    """The public key, or the key of the certificate, at ``uri``.

    Raises:
        ConfigError: not there, not a public key or certificate in a form that is read, refused by kind or size.
    """
    store, name = _store(uri)
    with pem.about(uri):
        key, note = store.public(name, uri, environment=environment)
        return PublicKey.of(key, source=uri, note=note)


def load_chain(uri: str, *, environment: Mapping[str, str] = os.environ) -> tuple[bytes, ...]:
    """The certificates at ``uri``, a file or a variable, in DER, in their order.

    Raises:
        ConfigError: not there, no certificates in PEM, too many.
    """
    store, name = _store(uri)
    read = getattr(store, "text", None)
    if read is None:
        raise ConfigError("a store of this kind hands out no certificates", path=uri, remedy="give a PEM file")
    with pem.about(uri):
        return read_chain(uri, read(name, environment))


def files(uri: str) -> tuple[Path, ...]:
    """The files in which a key or a chain is kept or described, its public half beside it among them.

    Raises:
        ConfigError: the description of a key cannot be read.
    """
    store, name = _store(uri)
    listed: Callable[[str], tuple[Path, ...]] | None = getattr(store, "files", None)
    return listed(name) if listed else ()


def beside(uri: str, folder: Path) -> str:
    """``uri`` as it is meant in a file that lies in ``folder``: relative paths begin there."""
    scheme, name = _parts(uri)
    if scheme not in ("file", "command"):
        return uri
    return f"{scheme}:{folder / name}"


def _parts(uri: str) -> tuple[str, str]:
    found = _SCHEME.match(uri)
    return (found[1].lower(), found[2]) if found else ("file", uri)


def _store(uri: str) -> tuple[Store, str]:
    scheme, name = _parts(uri)
    if scheme not in STORES:
        raise ConfigError(
            f"no key store answers to {scheme + ':'!r}",
            path=uri,
            remedy=f"use {', '.join(f'{known}:' for known in STORES)}, or ./ before a path with a colon",
        )
    return cast("Store", import_module(f"firmbom.signing.stores.{STORES[scheme]}")), name
