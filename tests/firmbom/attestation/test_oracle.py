"""Others accept what firmbom attests, and refuse it changed: Sigstore's verifier, securesystemslib, openssl."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest
from google.protobuf.json_format import Parse  # type: ignore[import-untyped] # it has no types
from in_toto_attestation.predicates.provenance.v1.provenance_pb2 import (  # type: ignore[import-untyped] # same
    Provenance as ProvenanceMessage,
)
from in_toto_attestation.v1.statement_pb2 import Statement as StatementMessage  # type: ignore[import-untyped] # same
from securesystemslib.dsse import Envelope as TheirEnvelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey  # type: ignore[attr-defined] # it lists no names

from firmbom.attestation import bundle, make, provenance, sbom, statement
from firmbom.cyclonedx.read import release_of
from firmbom.model import Algorithm, Digest
from firmbom.signing import algorithms, dsse, key_names
from firmbom.signing.keys import PrivateKey, SigningKey

TOOL = {"type": "application", "bom-ref": "tool:firmbom", "name": "firmbom"}
SIGSTORE = Path(__file__).parent / "data/sigstore"


@pytest.fixture(scope="session")
def sigstore(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder where the npm packages that Sigstore verifies with are installed."""
    npm = shutil.which("npm")
    if not npm:
        pytest.skip("npm is not installed")
    folder = tmp_path_factory.mktemp("sigstore")
    for file in SIGSTORE.iterdir():
        shutil.copy(file, folder)
    done = subprocess.run(
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"npm cannot install the verifier: {done.stderr[-200:]}")
    return folder


def accepts(folder: Path, made: dict[str, Any], key: SigningKey) -> bool:
    (folder / "bundle.json").write_bytes(msgspec.json.encode(made))
    (folder / "key.pub").write_bytes(key.public.pem())
    command = ["node", "verify.mjs", "bundle.json", "key.pub", key_names.hint(key.public)]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("kind", ["P-256", "Ed25519", "RSA-2048"])
def test_sigstore_accepts_the_bundle(
    kind: str, sigstore: Path, document: dict[str, Any], keyring: dict[str, PrivateKey]
) -> None:
    key = make.usual(keyring[kind])
    found = sbom.statement_of(document, release_of(document).images)
    made = json.loads(make.as_bundle(make.envelope(found, [key]), [key]))
    assert accepts(sigstore, made, key)
    payload = base64.b64decode(made["dsseEnvelope"]["payload"]).replace(b"boot.bin", b"boot.bim")
    made["dsseEnvelope"]["payload"] = base64.b64encode(payload).decode()
    assert not accepts(sigstore, made, key)


@pytest.mark.parametrize("name", sorted(set(algorithms.TABLE) - {"Ed448"}))
def test_securesystemslib_accepts_the_envelope(
    name: str, envelope: dsse.Envelope, keyring: dict[str, PrivateKey]
) -> None:
    """By its own key id; the scheme has to be said where a key of that kind has several."""
    kind = algorithms.named(name).key
    key = keyring["RSA-2048" if kind == "RSA" else kind].using(name)
    written = dsse.write(dsse.sign(envelope.payload_type, envelope.payload, [key]))
    scheme = {"P": f"rsassa-pss-sha{name[2:]}", "R": f"rsa-pkcs1v15-sha{name[2:]}"}.get(name[0])
    theirs = SSlibKey.from_crypto(key.public.key, scheme=scheme)
    assert list(TheirEnvelope.from_dict(json.loads(json.dumps(written))).verify([theirs], 1).values()) == [theirs]
    written["payloadType"] += "x"
    with pytest.raises(VerificationError):
        TheirEnvelope.from_dict(written).verify([theirs], 1)


def test_firmbom_accepts_what_securesystemslib_signs(keyring: dict[str, PrivateKey]) -> None:
    from securesystemslib.signer import CryptoSigner  # type: ignore[attr-defined] # same

    for kind in ("Ed25519", "P-256", "RSA-2048"):
        theirs = TheirEnvelope(b"{}", "application/vnd.in-toto+json", {})
        theirs.sign(CryptoSigner(keyring[kind].key, SSlibKey.from_crypto(keyring[kind].public.key)))
        (checked,) = dsse.verify(dsse.read(theirs.to_dict()), [keyring[kind].public])
        assert (checked.key, checked.named) == (keyring[kind].public, keyring[kind].public)


def test_in_toto_s_own_schema_accepts_both_statements(document: dict[str, Any]) -> None:
    """Its protocol buffers refuse a member that they do not know and a value of another type."""
    document["metadata"] |= {"lifecycles": [{"phase": "build"}], "tools": {"components": [TOOL]}}
    images, digest = release_of(document).images, Digest(Algorithm.SHA256, "f" * 64)
    environment = {
        "GITLAB_CI": "true",
        "CI_PROJECT_URL": "https://git.example/a/b",
        "CI_JOB_ID": "7",
        "CI_RUNNER_ID": "8",
    }
    slsa = provenance.statement_of(document, images, sbom=digest, environment=environment)
    for found in (sbom.statement_of(document, images), slsa):
        theirs = Parse(statement.write(found), StatementMessage())
        assert theirs.type == "https://in-toto.io/Statement/v1"
        assert [dict(one.digest) for one in theirs.subject] == [
            {one.algorithm.value.replace("SHA-", "sha"): one.value for one in each.digests} for each in found.subjects
        ]
    build = Parse(json.dumps(slsa.predicate), ProvenanceMessage())
    assert build.run_details.builder.id == "https://git.example/a/b/-/runners/8"
    assert build.run_details.metadata.invocation_id == "https://git.example/a/b/-/jobs/7"
    assert build.build_definition.resolved_dependencies[0].digest["gitCommit"] == release_of(document).commit


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
@pytest.mark.parametrize("kind", ["P-256", "P-384", "Ed25519", "Ed448", "RSA-2048"])
def test_openssl_verifies_the_signature(
    kind: str, document: dict[str, Any], keyring: dict[str, PrivateKey], tmp_path: Path
) -> None:
    key = make.usual(keyring[kind])
    found = make.envelope(sbom.statement_of(document, release_of(document).images), [key])
    value = dsse.write(found)
    body, kind_of = base64.b64decode(value["payload"]), value["payloadType"]
    signed = b"DSSEv1 %d %s %d %s" % (len(kind_of), kind_of.encode(), len(body), body)
    files = (("data", signed), ("sig", base64.b64decode(value["signatures"][0]["sig"])), ("pub", key.public.pem()))
    for name, data in files:
        (tmp_path / name).write_bytes(data)
    digest = [] if kind.startswith("Ed") else ["-digest", "sha384" if kind == "P-384" else "sha256"]
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "pub", "-sigfile", "sig", "-in", "data", "-rawin"]
    done = subprocess.run([*command, *digest], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "Signature Verified Successfully"), done.stderr


def test_the_hint_is_what_openssl_says(keyring: dict[str, PrivateKey], tmp_path: Path, envelope: dsse.Envelope) -> None:
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    (tmp_path / "pub").write_bytes(keyring["P-256"].public.pem())
    der = subprocess.run(
        ["openssl", "pkey", "-pubin", "-in", "pub", "-outform", "DER"], cwd=tmp_path, capture_output=True, check=True
    ).stdout
    digest = subprocess.run(
        ["openssl", "dgst", "-sha256", "-binary"], input=der, capture_output=True, check=True
    ).stdout
    made = bundle.write(envelope, keyring["P-256"])
    assert made["verificationMaterial"] == {"publicKey": {"hint": base64.b64encode(digest).decode()}}
