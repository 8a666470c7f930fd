"""Attacks on attestations: envelopes, bundles and files of several, forged around a small SBOM."""

import base64
import json
from collections.abc import Callable
from functools import cache
from typing import Any

from attempts import IMAGE, Attack, Attempt, Json, document, evil, key
from authority import certificate

from firmbom.attestation import bundle, provenance, sbom, statement
from firmbom.attestation.statement import PAYLOAD_TYPE, Subject
from firmbom.cyclonedx.read import release_of
from firmbom.model import Algorithm, Digest
from firmbom.signing import dsse, key_names

IMAGE_GIVEN = ("--key", "release.pub", "--image", "firmware.img")
STRAY = Subject("other.img", (Digest(Algorithm.SHA256, "1" * 64), Digest(Algorithm.SHA512, "2" * 128)))
COMMIT = {"name": "firmbom:release:commit", "value": "a" * 40}


def _statement(bom: Json | None = None, **members: Any) -> Json:
    """The statement of the SBOM as JSON, with ``members`` in place of its own."""
    found = sbom.statement_of(bom or document(), release_of(document()).images)
    return {**json.loads(statement.write(found)), **members}


@cache
def _sealed(payload: bytes, kind: str = PAYLOAD_TYPE, holder: str = "release") -> bytes:
    return json.dumps(dsse.write(dsse.sign(kind, payload, [key(holder)]))).encode()


def _envelope(value: Json | None = None, kind: str = PAYLOAD_TYPE, holder: str = "release") -> Json:
    made: Json = json.loads(_sealed(json.dumps(value or _statement()).encode(), kind, holder))
    return made


def _bundle(holder: str = "release") -> Json:
    found = sbom.statement_of(document(), release_of(document()).images)
    return bundle.write(dsse.sign(PAYLOAD_TYPE, statement.write(found), [key(holder)]), key(holder))


def _arrived(*values: Json, options: tuple[str, ...] = IMAGE_GIVEN, **files: bytes) -> Attempt:
    bom = b"\n".join(json.dumps(value).encode() for value in values)
    return Attempt(bom, options, {"firmware.img": IMAGE, **files})


def _tampered(change: Callable[[Json], object]) -> Callable[[], Attempt]:
    """An honest envelope after ``change``."""

    def make() -> Attempt:
        value = _envelope()
        change(value)
        return _arrived(value)

    return make


def _payload(change: Callable[[Json], object]) -> Callable[[], Attempt]:
    """An honest envelope around a payload after ``change``."""

    def swap(value: Json) -> None:
        found = json.loads(base64.b64decode(value["payload"]))
        change(found)
        value["payload"] = base64.b64encode(json.dumps(found).encode()).decode()

    return _tampered(swap)


def _signed_so(**members: Any) -> Callable[[], Attempt]:
    """A statement that the holder of the key did sign, though it makes no sense."""
    return lambda: _arrived(_envelope(_statement(**members)))


def _two_lines(second: Callable[[], Json]) -> Callable[[], Attempt]:
    return lambda: _arrived(_envelope(), second())


def _provenance(**members: Any) -> Json:
    definition = {
        "buildType": "https://example.com/build",
        "resolvedDependencies": [{"digest": {"gitCommit": "b" * 40}}],
    }
    details = {"builder": {"id": "https://example.com/builder"}}
    slsa = {
        "predicateType": provenance.PREDICATE_TYPE,
        "predicate": {"buildDefinition": definition, "runDetails": details},
    }
    return _statement(**{**slsa, **members})


def _of_a_commit() -> Attempt:
    bom = document()
    bom["metadata"]["component"]["properties"] = [COMMIT]
    return _arrived(_envelope(_statement(bom)), _envelope(_provenance()))


def _named_like_release(value: Json) -> None:
    value["signatures"][0]["keyid"] = key_names.in_toto(key("release").public, "ES256")


def _forged_hint() -> Attempt:
    value = _bundle("attacker")
    value["verificationMaterial"]["publicKey"]["hint"] = key_names.hint(key("release").public)
    return _arrived(value)


def _own_certificate() -> Attempt:
    holder = certificate("Release")
    value = _bundle("attacker")
    value["verificationMaterial"] = {"certificate": {"rawBytes": base64.b64encode(holder.der).decode()}}
    return _arrived(value)


def _by_attacker() -> Attempt:
    value = _envelope(holder="attacker")
    _named_like_release(value)
    return _arrived(value)


def _another_payload(value: Json) -> None:
    value["payload"] = _envelope(_provenance())["payload"]


def _payload_twice() -> Attempt:
    text = json.dumps(_envelope()).replace('"payload":', '"payload": "e30=", "payload":', 1)
    return Attempt(text.encode(), IMAGE_GIVEN, {"firmware.img": IMAGE})


def _twice_inside() -> Attempt:
    text = json.dumps(_statement()).replace('"subject":', '"subject": [], "subject":', 1)
    return Attempt(_sealed(text.encode()), IMAGE_GIVEN, {"firmware.img": IMAGE})


def _other_image() -> Attempt:
    return _arrived(_envelope())._replace(files={"firmware.img": b"another"})


def _lost_line() -> Attempt:
    return _arrived(_envelope())


ATTESTATIONS = (
    Attack(
        "payload changed",
        "changes the SBOM in the payload",
        _payload(lambda one: evil(one["predicate"])),
        "is not valid",
    ),
    Attack(
        "subject changed", "puts another digest there", _payload(lambda one: one.update(subject=[])), "is not valid"
    ),
    Attack(
        "payload of another statement",
        "keeps the signature, swaps the payload",
        _tampered(_another_payload),
        "is not valid",
    ),
    Attack(
        "type of the payload",
        "calls the same bytes something else",
        _tampered(lambda one: one.update(payloadType="application/json")),
        "is not valid",
    ),
    Attack("no signatures", "takes them out", _tampered(lambda one: one.update(signatures=[])), "carries no signature"),
    Attack(
        "signed by the attacker",
        "signs and calls the key by the release key's id",
        _by_attacker,
        "no signature by|is not valid",
    ),
    Attack("hint of the release key", "does so in a Sigstore bundle", _forged_hint, "no signature by|is not valid"),
    Attack("certificate of their own", "puts it in the bundle", _own_certificate, "no signature by"),
    Attack(
        "signature of a file",
        "hands out a bundle that signs a digest",
        lambda: _arrived({**_bundle(), "messageSignature": {}}),
        "holds no attestation",
    ),
    Attack("envelope with a key twice", "puts another payload before", _payload_twice, "'payload' stands twice"),
    Attack("statement with a key twice", "has that signed", _twice_inside, "'subject' stands twice"),
    Attack("no subject", "has a statement signed that is about nothing", _signed_so(subject=[]), "about no file"),
    Attack(
        "weak subject",
        "has one signed that is known by SHA-1",
        _signed_so(subject=[{"name": "firmware.img", "digest": {"sha1": "1" * 40}}]),
        "neither SHA-256 nor SHA-512",
    ),
    Attack(
        "extra subject",
        "has a statement signed that covers a file the SBOM does not name",
        _signed_so(
            subject=[
                *_statement()["subject"],
                {"name": STRAY.name, "digest": {"sha256": "1" * 64, "sha512": "2" * 128}},
            ]
        ),
        "subject other.img is no image that the SBOM names",
        "soundness",
    ),
    Attack(
        "other subject",
        "has the SBOM attested for another file",
        _signed_so(subject=[{"name": "firmware.img", "digest": {"sha256": "1" * 64}}]),
        "firmware.img is no subject of the attestation",
        "image",
    ),
    Attack("other image", "hands out another image", _other_image, "firmware.img is no image of the document", "image"),
    Attack(
        "another predicate",
        "hands out a signed statement that is no SBOM",
        lambda: _arrived(_envelope(_provenance())),
        "none of the signed statements holds an SBOM",
    ),
    Attack(
        "version of the predicate",
        "has CycloneDX 1.6 signed as 1.4",
        _signed_so(predicateType="https://cyclonedx.org/bom/v1.4"),
        "predicateType says CycloneDX 1.4",
    ),
    Attack(
        "two SBOMs",
        "puts two signed SBOMs into one file",
        _two_lines(lambda: _envelope(_statement({**document(), "version": 2}))),
        "hold different SBOMs",
    ),
    Attack(
        "provenance of another commit",
        "puts good provenance of an older build beside",
        _of_a_commit,
        "is of commit b",
        "soundness",
    ),
    Attack(
        "provenance of the attacker",
        "adds a line that nobody asked for signed",
        _two_lines(lambda: _envelope(_provenance(), holder="attacker")),
        "signature  passed .* line 2: signed by nobody asked for, does not count",
        "",
        "nothing: the line names it, and it does not count",
    ),
    Attack(
        "line taken out",
        "leaves the provenance out",
        _lost_line,
        "signature  passed",
        "",
        "if provenance must be there, look for it on the signature line",
    ),
)
