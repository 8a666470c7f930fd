"""Attacks on attestations: DSSE envelopes whose statement says that a document is the SBOM of an image."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable

from attempts import IMAGE, NEWER, Attack, Attempt, Json, document, evil, key

from firmbom.attestation import sbom, statement
from firmbom.signing import base64url, dsse

_OLD = {"name": "firmware.img", "digest": {name: hashlib.new(name, IMAGE).hexdigest() for name in ("sha256", "sha512")}}
_OTHER = {"name": "other.img", "digest": {name: hashlib.new(name, NEWER).hexdigest() for name in ("sha256", "sha512")}}
_BUILD = "https://slsa.dev/provenance/v1"


def _statement(**members: object) -> Json:
    made = {"_type": "https://in-toto.io/Statement/v1", "subject": [_OLD], "predicateType": sbom.PREDICATE_TYPE}
    return {**made, "predicate": document(), **members}


def _envelope(content: Json, holder: str = "release", payload_type: str = statement.PAYLOAD_TYPE) -> Json:
    return dsse.write(dsse.sign(payload_type, json.dumps(content).encode(), [key(holder)]))


def _attempt(envelope: Json, *options: str) -> Attempt:
    return Attempt(json.dumps(envelope).encode(), ("--key", "release.pub", *options), {"firmware.img": NEWER})


def said(
    holder: str = "release", payload_type: str = statement.PAYLOAD_TYPE, **members: object
) -> Callable[[], Attempt]:
    """An attestation that says something else than it should, signed by the holder of a key."""
    return lambda: _attempt(_envelope(_statement(**members), holder, payload_type))


def tampered(change: Callable[[Json], object]) -> Callable[[], Attempt]:
    """A good attestation whose statement was changed, the signature left as it was."""

    def made() -> Attempt:
        envelope = _envelope(_statement())
        content = json.loads(base64.b64decode(envelope["payload"]))
        change(content)
        envelope["payload"] = base64.b64encode(json.dumps(content).encode()).decode()
        return _attempt(envelope)

    return made


def rewrapped(change: Callable[[Json], object]) -> Callable[[], Attempt]:
    """A good attestation whose envelope was changed."""

    def made() -> Attempt:
        envelope = _envelope(_statement())
        change(envelope)
        return _attempt(envelope)

    return made


def _by_attacker(envelope: Json) -> None:
    other = _envelope(_statement(), "attacker")["signatures"][0]
    envelope["signatures"] = [{**other, "keyid": envelope["signatures"][0]["keyid"]}]


def _of_another(envelope: Json) -> None:
    envelope["signatures"] = _envelope(_statement(subject=[_OTHER]))["signatures"]


def _both_alphabets(envelope: Json) -> None:
    envelope["payload"] = base64url.encode(base64.b64decode(envelope["payload"])) + "\n!"


def _dropped(name: str) -> Callable[[Json], object]:
    return lambda envelope: envelope.pop(name)


ATTESTATIONS = (
    Attack(
        "statement changed",
        "changes a version in the SBOM",
        tampered(lambda one: evil(one["predicate"])),
        "it or the payload was changed",
    ),
    Attack(
        "subject changed",
        "attests another file",
        tampered(lambda one: one.update(subject=[_OTHER])),
        "it or the payload was changed",
    ),
    Attack(
        "subject added",
        "attests one more file",
        tampered(lambda one: one["subject"].append(_OTHER)),
        "it or the payload was changed",
    ),
    Attack(
        "payload type changed",
        "says that it is something else",
        rewrapped(lambda one: one.update(payloadType="application/json")),
        "it or the payload was changed",
    ),
    Attack(
        "no signatures",
        "takes them out",
        rewrapped(lambda one: one.update(signatures=[])),
        "the envelope carries no signature",
    ),
    Attack(
        "another's key id",
        "signs, and calls the key by the release key's id",
        rewrapped(_by_attacker),
        "it or the payload was changed",
    ),
    Attack(
        "another's signature",
        "takes the signature of another attestation",
        rewrapped(_of_another),
        "it or the payload was changed",
    ),
    Attack("own key in an envelope", "signs with a key of their own", said("attacker"), "no signature by P-256 key"),
    Attack(
        "garbage in the payload",
        "adds characters that a lenient reader passes over",
        rewrapped(_both_alphabets),
        "payload is not base64",
    ),
    Attack("no payload", "takes it out", rewrapped(_dropped("payload")), "payload is not text"),
    Attack("no subjects", "has an attestation of nothing signed", said(subject=[]), "about no file: it has no subject"),
    Attack(
        "extra subject",
        "has one signed that speaks of a file which the SBOM does not name",
        said(subject=[_OLD, _OTHER]),
        "subject other.img is no image that the SBOM names",
        "soundness",
    ),
    Attack(
        "subject without digest",
        "has one signed that names a file only",
        said(subject=[{"name": "firmware.img", "digest": {}}]),
        "has neither SHA-256 nor SHA-512",
    ),
    Attack(
        "subject with SHA-1 alone",
        "has one signed whose digest can be forged",
        said(subject=[{"name": "firmware.img", "digest": {"sha1": "0" * 40}}]),
        "has neither SHA-256 nor SHA-512",
    ),
    Attack(
        "another predicate",
        "hands out an attestation of the build as that of the SBOM",
        said(predicateType=_BUILD, predicate={}),
        "none of the signed statements holds an SBOM",
    ),
    Attack(
        "type and content differ",
        "has an SBOM signed under the name of another version",
        said(predicateType="https://cyclonedx.org/bom/v1.5"),
        "predicateType says CycloneDX 1.5",
    ),
    Attack(
        "another payload type",
        "uses what the release key signed for another purpose",
        said(payload_type="application/vnd.example+json"),
        "so it holds no statement",
    ),
    Attack(
        "older attestation, newer image",
        "hands out last release's attestation",
        lambda: _attempt(_envelope(_statement()), "--image", "firmware.img"),
        "firmware.img is no image of the document",
        "image",
    ),
)
