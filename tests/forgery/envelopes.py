"""Attacks on Sigstore bundles, and on files with several attestations, forged around a small SBOM."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

from attempts import IMAGE, NEWER, Attack, Attempt, Json, document, key
from authority import certificate

from firmbom.attestation import bundle, provenance, sbom, statement
from firmbom.attestation.statement import PAYLOAD_TYPE, Statement
from firmbom.cyclonedx.read import release_of
from firmbom.signing import dsse, key_names

_COMMIT = "0" * 39 + "1"
_BUILDER = "https://git.example/gateway/.github/workflows/release.yml@refs/tags/v1.4.0"
_POLICY = f'[provenance]\nbuilders = ["{_BUILDER}"]\n'.encode()


def _sbom() -> Statement:
    bom = document()
    bom["metadata"]["component"]["properties"] = [{"name": "firmbom:release:commit", "value": _COMMIT}]
    return sbom.statement_of(bom, release_of(bom).images)


def _build(commit: str = _COMMIT, builder: str = _BUILDER) -> Statement:
    definition = {"buildType": "https://git.example/build", "resolvedDependencies": [{"digest": {"gitCommit": commit}}]}
    predicate = {"buildDefinition": definition, "runDetails": {"builder": {"id": builder}}}
    return Statement(subjects=_sbom().subjects, predicate_type=provenance.PREDICATE_TYPE, predicate=predicate)


def _sealed(found: Statement | bytes, holder: str = "release") -> dsse.Envelope:
    payload = found if isinstance(found, bytes) else statement.write(found)
    return dsse.sign(PAYLOAD_TYPE, payload, [key(holder)])


def _bundled(change: Callable[[Json], object], holder: str = "release") -> Callable[[], Attempt]:
    """The SBOM's attestation as a bundle, after ``change``."""

    def make() -> Attempt:
        value = bundle.write(_sealed(_sbom(), holder), key(holder))
        change(value)
        return _arrived(value)

    return make


def _arrived(*values: Json, policy: bool = False, image: bytes = IMAGE) -> Attempt:
    options = ("--key", "release.pub", "--image", "firmware.img", *(("--policy", "policy.toml") if policy else ()))
    files = {"firmware.img": image, "policy.toml": _POLICY}
    return Attempt(b"\n".join(json.dumps(value).encode() for value in values), options, files)


def _lines(*made: Callable[[], dsse.Envelope], policy: bool = False, image: bytes = IMAGE) -> Callable[[], Attempt]:
    """The SBOM's attestation, and others below it."""
    return lambda: _arrived(
        *(dsse.write(envelope) for envelope in (_sealed(_sbom()), *(one() for one in made))), policy=policy, image=image
    )


def _named_release(value: Json) -> None:
    value["verificationMaterial"]["publicKey"]["hint"] = key_names.hint(key("release").public)


def _own_certificate(value: Json) -> None:
    own = certificate("Release", key=key("attacker"))
    value["verificationMaterial"] = {"certificate": {"rawBytes": base64.b64encode(own.der).decode()}}


def _repeated(text: str, before: str) -> str:
    return text.replace(f'"{before}":', f'"{before}":[],"{before}":', 1)


def _twice_outside() -> Attempt:
    found = _arrived(dsse.write(_sealed(_sbom())))
    return found._replace(bom=_repeated(found.bom.decode(), "payload").encode())


def _twice_inside() -> Attempt:
    payload = _repeated(statement.write(_sbom()).decode(), "subject")
    return _arrived(dsse.write(_sealed(payload.encode())))


def _changed_line() -> dsse.Envelope:
    other = _sealed(_build(builder="https://evil.example"), "attacker")
    return dsse.Envelope(
        payload_type=other.payload_type, payload=other.payload, signatures=_sealed(_build()).signatures
    )


def _newer_sbom() -> dsse.Envelope:
    found = _sbom()
    return _sealed(
        Statement(
            subjects=found.subjects, predicate_type=found.predicate_type, predicate={**found.predicate, "version": 2}
        )
    )


BUNDLES_AND_LINES = (
    Attack(
        "hint of the release key",
        "signs a bundle and gives the release key's hint",
        _bundled(_named_release, "attacker"),
        "it or the payload was changed",
    ),
    Attack(
        "certificate in the bundle",
        "signs a bundle and puts a certificate of their own into it",
        _bundled(_own_certificate, "attacker"),
        "no signature by P-256 key",
    ),
    Attack(
        "bundle of a file",
        "hands out a bundle that signs a file's digest",
        _bundled(lambda one: one.update(messageSignature={})),
        "holds no attestation",
    ),
    Attack(
        "version of the bundle",
        "states one that firmbom does not know",
        _bundled(lambda one: one.update(mediaType="application/vnd.dev.sigstore.bundle.v9.9+json")),
        "no Sigstore bundle of version",
    ),
    Attack("payload twice", "puts another payload beside the signed one", _twice_outside, "'payload' stands twice"),
    Attack("subject twice", "has a statement with two subject members signed", _twice_inside, "'subject' stands twice"),
    Attack(
        "line changed",
        "changes who built it, in the second line",
        _lines(_changed_line),
        "line 2: the signature by .* is not valid",
    ),
    Attack(
        "two SBOMs", "puts two signed SBOMs into one file", _lines(_newer_sbom), "2 statements hold different SBOMs"
    ),
    Attack(
        "provenance of another commit",
        "puts signed provenance of another build beside the SBOM",
        _lines(lambda: _sealed(_build("f" * 40))),
        "the provenance is of commit ffffffffffff, the SBOM of 000000000000",
        "soundness",
    ),
    Attack(
        "newer image, both attested",
        "hands out last release's SBOM and provenance",
        _lines(lambda: _sealed(_build()), image=NEWER),
        "firmware.img is no image of the document",
        "image",
    ),
    Attack(
        "provenance of their own",
        "adds a line with provenance that they signed",
        _lines(lambda: _sealed(_build(), "attacker"), policy=True),
        "nobody is said to have built the images",
        "policy",
    ),
    Attack(
        "provenance taken out, but asked for",
        "takes the line out, and the policy names the builder",
        _lines(policy=True),
        "nobody is said to have built the images",
        "policy",
    ),
    Attack(
        "provenance taken out",
        "the same, and there is no policy",
        _lines(),
        "signature  passed",
        "",
        "name the builder in a policy",
    ),
)
