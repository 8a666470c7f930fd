"""Keys for the tests, made once: one of each kind that firmbom signs with."""

from __future__ import annotations

import pytest

from firmbom.signing.keys import PrivateKey, generate


@pytest.fixture(scope="session")
def keyring() -> dict[str, PrivateKey]:
    """A key of each kind, by the kind's name."""
    return {kind: generate(kind) for kind in ("Ed25519", "Ed448", "P-256", "P-384", "P-521", "RSA-2048")}
