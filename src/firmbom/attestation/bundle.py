"""Sigstore bundle: an envelope and what its verifier needs beside it, in one JSON object.

Source: sigstore/protobuf-specs, protos/sigstore_bundle.proto, versions 0.1 to 0.3, in the JSON form of protobuf.
firmbom writes 0.3 with the hint of a public key; what a transparency log or a time stamp says in another's is not read.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from firmbom.errors import ConfigError, InputError
from firmbom.signing import base64text, dsse, key_names
from firmbom.signing.certificates import LONGEST
from firmbom.signing.keys import Signer

MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
_MEDIA_TYPE = re.compile(r"application/vnd\.dev\.sigstore\.bundle(?:\.v0\.3\+json|\+json;\s?version=0\.[123])\Z")
_MATERIALS = ("publicKey", "certificate", "x509CertificateChain")


def write(envelope: dsse.Envelope, signer: Signer) -> dict[str, Any]:
    """The bundle of an envelope that ``signer`` alone signed, as a JSON object.

    The signature carries no key id, because verifiers in Go pass over any but their own; the hint names the key. A
    signer with a certificate brings that instead; version 0.3 has no place for those that issued it.

    Raises:
        ConfigError: several signatures, for which a bundle has no place.
    """
    if len(envelope.signatures) != 1:
        raise ConfigError("a Sigstore bundle holds one signature", remedy="sign with one key, or write .intoto.jsonl")
    bare = msgspec.structs.replace(envelope, signatures=(dsse.Signature(envelope.signatures[0].value),))
    return {
        "mediaType": MEDIA_TYPE,
        "verificationMaterial": _material(signer),
        "dsseEnvelope": dsse.write(bare),
    }


def _material(signer: Signer) -> dict[str, Any]:
    if signer.certificates:
        return {"certificate": {"rawBytes": base64text.encode(signer.certificates[0])}}
    return {"publicKey": {"hint": key_names.hint(signer.public)}}


def read(value: Any) -> dsse.Envelope:
    """The envelope of the bundle that a JSON object is, its signature with the hint or the chain that came along.

    Raises:
        InputError: another version, no envelope, not one signature, or no or several kinds of key.
    """
    if not isinstance(value, dict):
        raise InputError("the bundle is not an object")
    media_type, material = value.get("mediaType"), value.get("verificationMaterial")
    if not isinstance(media_type, str) or not _MEDIA_TYPE.match(media_type):
        raise InputError(f"mediaType {str(media_type)[:80]!r} is no Sigstore bundle of version 0.1 to 0.3")
    if "messageSignature" in value:
        raise InputError("the bundle signs a file's digest and holds no attestation")
    if not isinstance(material, dict) or sum(name in material for name in _MATERIALS) != 1:
        raise InputError(f"verificationMaterial must hold just one of {', '.join(_MATERIALS)}")
    if "dsseEnvelope" not in value:
        raise InputError("the bundle holds no dsseEnvelope")
    envelope = dsse.read(value["dsseEnvelope"])
    if len(envelope.signatures) != 1:
        raise InputError(f"the bundle holds {len(envelope.signatures)} signatures instead of one")
    (found,) = envelope.signatures
    signature = dsse.Signature(found.value, found.key_id or _hint(material), _certificates(material))
    return msgspec.structs.replace(envelope, signatures=(signature,))


def _hint(material: dict[str, Any]) -> str:
    key = material.get("publicKey", {})
    hint = key.get("hint", "") if isinstance(key, dict) else None
    if not isinstance(hint, str):
        raise InputError("the hint of the public key is not text")
    return hint


def _certificates(material: dict[str, Any]) -> tuple[bytes, ...]:
    if "publicKey" in material:
        return ()
    chain = material.get("x509CertificateChain", {"certificates": [material.get("certificate")]})
    found = chain.get("certificates") if isinstance(chain, dict) else None
    if not isinstance(found, list) or not found or not all(isinstance(one, dict) for one in found):
        raise InputError("the bundle holds no certificate")
    if len(found) > LONGEST:
        raise InputError(f"the bundle holds {len(found)} certificates, more than {LONGEST}")
    return tuple(base64text.decode(one.get("rawBytes"), "certificate") for one in found)
