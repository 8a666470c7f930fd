"""Attestations of the small document, honest or not, and the verdict on them."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from judging import EC, SMALL

from firmbom.attestation import bundle, provenance, sbom, statement
from firmbom.attestation.statement import PAYLOAD_TYPE, Statement, Subject
from firmbom.cyclonedx.read import release_of
from firmbom.model import Algorithm, Digest
from firmbom.signing import dsse
from firmbom.signing.keys import PrivateKey
from firmbom.verify import Verdict, verify

STRAY = Subject("stray.bin", (Digest(Algorithm.SHA256, "1" * 64), Digest(Algorithm.SHA512, "2" * 128)))
SLSA = {"buildDefinition": {"buildType": "x"}, "runDetails": {"builder": {"id": "https://builder.example"}}}


def about(document: Any = SMALL, **change: Any) -> Statement:
    """That a document is the SBOM of the two images."""
    made = sbom.statement_of(document, release_of(SMALL).images)
    return msgspec.structs.replace(made, **change)


def slsa(**change: Any) -> Statement:
    """Who is said to have built the two images."""
    return about(**{"predicate_type": provenance.PREDICATE_TYPE, "predicate": SLSA, **change})


def plain(found: Statement, **change: Any) -> dict[str, Any]:
    """A statement as JSON, so that it can be broken and then signed."""
    return {**json.loads(statement.write(found)), **change}


def sealed(found: Statement | dict[str, Any], *keys: PrivateKey, kind: str = PAYLOAD_TYPE) -> dict[str, Any]:
    """An envelope, signed by each of ``keys``, or by EC."""
    payload = statement.write(found) if isinstance(found, Statement) else json.dumps(found).encode()
    return dsse.write(dsse.sign(kind, payload, keys or [EC]))


def bundled(found: Statement, key: PrivateKey = EC) -> dict[str, Any]:
    """A Sigstore bundle."""
    return bundle.write(dsse.sign(PAYLOAD_TYPE, statement.write(found), [key]), key)


def lines(*values: dict[str, Any]) -> bytes:
    """Envelopes and bundles in one file."""
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


def judge(value: dict[str, Any] | bytes, *keys: PrivateKey, **options: Any) -> Verdict:
    """The verdict of who has the public halves of ``keys``, or of EC."""
    data = value if isinstance(value, bytes) else json.dumps(value, indent=1).encode()
    return verify(data, keys=[key.public for key in keys or [EC]], **options)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value inside, containers too."""
    found = [path]
    for name, part in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        found += leaves(part, (*path, name))
    return found
