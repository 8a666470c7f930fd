"""A small document with two images, its attestation, and keys."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from firmbom.attestation import make, sbom
from firmbom.cyclonedx.read import release_of
from firmbom.signing import dsse, jsf
from firmbom.signing.keys import PrivateKey, generate


@pytest.fixture(scope="session")
def keyring() -> dict[str, PrivateKey]:
    """A key of each kind, by the kind's name."""
    return {kind: generate(kind) for kind in ("Ed25519", "Ed448", "P-256", "P-384", "P-521", "RSA-2048")}


@pytest.fixture
def document() -> dict[str, Any]:
    """A CycloneDX document as firmbom writes it, signed by a key of its own."""
    small = (Path(__file__).parents[1] / "signing/data/small.json").read_text(encoding="utf-8")
    return jsf.sign(json.loads(small), [generate("Ed25519")])


@pytest.fixture
def envelope(document: dict[str, Any], keyring: dict[str, PrivateKey]) -> dsse.Envelope:
    """The attestation of the document for both images, signed with P-256."""
    return make.envelope(sbom.statement_of(document, release_of(document).images), [keyring["P-256"]])
