"""The OpenVEX 0.2.0 document of an SBOM (OpenVEX specification, "OpenVEX Specification")."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from firmbom import __version__
from firmbom.cyclonedx import names
from firmbom.cyclonedx.write import without_surrogates
from firmbom.errors import ConfigError
from firmbom.inventory import Assessed, Inventory
from firmbom.vex import link, words
from firmbom.vex.cyclonedx import ordered
from firmbom.vex.subject import Subjects

CONTEXT = "https://openvex.dev/ns/v0.2.0"
ROLE = "Document Creator"
NOBODY = "Unknown author"
"""Where firmbom.toml names nobody; the format demands an author."""

_HASHES: Mapping[str, str] = {
    "MD5": "md5",
    "SHA-1": "sha1",
    "SHA-256": "sha-256",
    "SHA-384": "sha-384",
    "SHA-512": "sha-512",
    "SHA3-256": "sha3-256",
    "SHA3-384": "sha3-384",
    "SHA3-512": "sha3-512",
    "BLAKE2b-256": "blake2b-256",
    "BLAKE2b-512": "blake2b-512",
}
"""CycloneDX's names of algorithms by OpenVEX's (appendix A)."""


def document(inventory: Inventory, sbom: Mapping[str, Any]) -> dict[str, Any] | None:
    """The document as plain values; None when there is no statement, since a document must have one.

    Args:
        inventory: with its assessments.
        sbom: the CycloneDX document of ``inventory``, signed or not.

    Raises:
        ConfigError: there is no time, which the format demands.
    """
    if not inventory.assessments:
        return None
    metadata = sbom["metadata"]
    if "timestamp" not in metadata:
        raise ConfigError("OpenVEX needs a time, and neither git nor SOURCE_DATE_EPOCH gives one", path="--openvex")
    subjects = Subjects(inventory, sbom)
    stated = {
        "author": _author(metadata),
        "role": ROLE,
        "timestamp": metadata["timestamp"],
        "version": 1,
        "tooling": f"firmbom {__version__}",
        "statements": [_statement(one, subjects, metadata["timestamp"]) for one in ordered(inventory)],
    }
    body = without_surrogates(stated)
    digest = hashlib.sha256(msgspec.json.encode(body, order="sorted")).hexdigest()
    identifier = uuid.uuid5(uuid.NAMESPACE_URL, f"sha256:{digest}")
    return {"@context": CONTEXT, "@id": f"urn:uuid:{identifier}", **body}


def encode(document: Mapping[str, Any]) -> bytes:
    """The document as a file."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def _author(metadata: Mapping[str, Any]) -> str:
    """Who answers for the product: its manufacturer, its supplier, its first author."""
    listed = [metadata.get("manufacturer"), metadata.get("supplier"), *metadata.get("authors", ())]
    for party in filter(None, listed):
        email = next((one["email"] for one in party.get("contact", [party]) if one.get("email")), "")
        if name := party.get("name") or email:
            return f"{name} <{email}>" if email and name != email else str(name)
    return NOBODY


def _statement(one: Assessed, subjects: Subjects, timestamp: str) -> dict[str, Any]:
    vulnerability = {"name": one.vulnerability}
    if page := words.page(one.vulnerability):
        vulnerability = {"@id": page, **vulnerability}
    purls = [{"@id": purl, "identifiers": {"purl": purl}} for purl in subjects.purls(one)]
    return {
        "vulnerability": vulnerability,
        "timestamp": timestamp,
        "products": [{**product, **({"subcomponents": purls} if purls else {})} for product in _products(subjects)],
        "status": one.chosen.reason.status,
        **_why(one, subjects),
    }


def _why(one: Assessed, subjects: Subjects) -> dict[str, str]:
    """The members that the status demands: a justification or an impact statement (never both), or an action."""
    meaning, text, evidence = one.chosen.reason.meaning, words.explanation(one), words.evidence(one)
    if count := subjects.unnamed(one):
        evidence += f". It holds for the {count} packages made of the component too"
    if meaning.status == "affected":
        return {"status_notes": evidence, "action_statement": text}
    if meaning.status == "not_affected" and not meaning.justification:
        return {"status_notes": evidence, "impact_statement": text}
    notes = {"status_notes": f"{text} ({evidence})"}
    return {**notes, "justification": meaning.justification} if meaning.justification else notes


def _products(subjects: Subjects) -> Iterator[dict[str, Any]]:
    """The product with the digests of its image; beside it each image where there are several."""
    product, purl = subjects.product, subjects.product["purl"]
    yield {"@id": purl, "identifiers": {"purl": purl}, **_hashes(product)}
    images = [one for one in product.get("components", ()) if one.get("bom-ref", "").startswith(names.IMAGE)]
    own = link.of(subjects.sbom)
    for image in images if len(images) > 1 else ():
        yield {"@id": str(own._replace(ref=image["bom-ref"])), "identifiers": {"purl": purl}, **_hashes(image)}


def _hashes(component: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    found = {_HASHES[one["alg"]]: one["content"] for one in component.get("hashes", ()) if one["alg"] in _HASHES}
    return {"hashes": found} if found else {}
