"""firmbom attest, as a user or a job runs it, and verify on what it wrote."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from firmbom.cli.main import main
from firmbom.signing import jsf
from firmbom.signing.keys import generate

SMALL = json.loads((Path(__file__).parents[1] / "signing/data/small.json").read_bytes())
ED, EC, RSA = generate("Ed25519"), generate("P-256"), generate("RSA-2048")
TOOL = {"type": "application", "bom-ref": "tool:firmbom", "name": "firmbom"}
BUILT = {
    **SMALL,
    "metadata": {**SMALL["metadata"], "lifecycles": [{"phase": "build"}], "tools": {"components": [TOOL]}},
}


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder with bom.json, signed by ed; keys; the images; and no CI system around."""
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_ACTIONS", "GITLAB_CI"):
        monkeypatch.delenv(name, raising=False)
    Path("bom.json").write_text(json.dumps(jsf.sign(BUILT, [ED])), encoding="utf-8")
    for name, key in (("ed", ED), ("ec", EC), ("rsa", RSA)):
        Path(name).write_bytes(key.pem())
        Path(name).chmod(0o600)
        Path(f"{name}.pub").write_bytes(key.public.pem())
    Path("boot.bin").write_bytes(b"boot image\n")
    Path("renamed.bin").write_bytes(b"root image\n")
    Path("other.bin").write_bytes(b"other image\n")


def statements(name: str) -> list[dict[str, Any]]:
    values = [json.loads(line) for line in Path(name).read_text(encoding="utf-8").splitlines()]
    return [json.loads(base64.b64decode(one.get("dsseEnvelope", one)["payload"])) for one in values]


def test_lines_by_default(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["attest", "bom.json", "--key", "ec"]) == 0
    out, err = capfd.readouterr()
    Path("a.jsonl").write_text(out, encoding="utf-8")
    (found,) = statements("a.jsonl")
    assert (found["predicateType"], found["predicate"]) == (
        "https://cyclonedx.org/bom",
        json.loads(Path("bom.json").read_text()),
    )
    assert [one["name"] for one in found["subject"]] == ["boot.bin", "root.bin"]
    assert found["subject"][0]["digest"]["sha256"] == hashlib.sha256(b"boot image\n").hexdigest()
    assert found["subject"][0]["digest"]["sha512"] == hashlib.sha512(b"boot image\n").hexdigest()
    assert err.splitlines() == [
        "attested    boot.bin",
        "attested    root.bin",
        f"signed by   {EC.key_id} (ES256)",
    ]


def test_everything_at_once_and_verified(capfd: pytest.CaptureFixture[str]) -> None:
    files = ["-o", "a.intoto.jsonl", "--bundle", "a.sigstore.json", "--provenance", "a.intoto.jsonl"]
    assert main(["attest", "bom.json", "--key", "ec", *files, "--image", "renamed.bin"]) == 0
    bom, slsa = statements("a.intoto.jsonl")
    assert statements("a.sigstore.json") == [bom]
    assert [one["name"] for one in slsa["subject"]] == ["root.bin"]
    digest = hashlib.sha256(Path("bom.json").read_bytes()).hexdigest()
    assert slsa["predicate"]["runDetails"]["byproducts"][0]["digest"] == {"sha256": digest}
    capfd.readouterr()
    for name in ("a.intoto.jsonl", "a.sigstore.json"):
        assert main(["verify", name, "--key", "ec.pub", "--image", "renamed.bin"]) == 0
        assert "image      passed    renamed.bin is image root.bin" in capfd.readouterr().out
    assert main(["verify", "a.intoto.jsonl", "--key", "ed.pub"]) == 25
    assert main(["verify", "a.intoto.jsonl", "--key", "ec.pub", "--image", "boot.bin"]) == 18


def test_provenance_alone_or_as_a_bundle() -> None:
    assert main(["attest", "bom.json", "--key", "ec", "--provenance", "p.sigstore.json"]) == 0
    assert [one["predicateType"] for one in statements("p.sigstore.json")] == ["https://slsa.dev/provenance/v1"]
    assert {"mediaType", "dsseEnvelope"} <= set(json.loads(Path("p.sigstore.json").read_text()))


def test_the_same_bytes_each_time() -> None:
    for name in ("one", "two"):
        options = ["-o", f"{name}.jsonl", "--bundle", f"{name}.sigstore.json", "--provenance", f"{name}.jsonl"]
        assert main(["attest", "bom.json", "--key", "ed", *options]) == 0
    for end in ("jsonl", "sigstore.json"):
        assert Path(f"one.{end}").read_bytes() == Path(f"two.{end}").read_bytes()


def test_several_keys_sign_side_by_side(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["attest", "bom.json", "--key", "ec", "--key", "ed", "-o", "a.jsonl"]) == 0
    assert main(["verify", "a.jsonl", "--key", "ed.pub", "--key", "ec.pub"]) == 0
    capfd.readouterr()
    assert main(["attest", "bom.json", "--key", "ec", "--key", "ed", "--bundle", "a.sigstore.json"]) == 1
    assert "a Sigstore bundle holds one signature (sign with one key" in capfd.readouterr().err
    assert not Path("a.sigstore.json").exists()


@pytest.mark.parametrize(("options", "algorithm"), [([], "RS256"), (["--algorithm", "PS384"], "PS384")])
def test_what_an_rsa_key_signs_with(options: list[str], algorithm: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["attest", "bom.json", "--key", "rsa", "-o", "a.jsonl", *options]) == 0
    assert capfd.readouterr().err.endswith(f"({algorithm})\n")
    assert main(["verify", "a.jsonl", "--key", "rsa.pub"]) == 0
    assert f"{algorithm} by RSA key" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--image", "other.bin"], "other.bin: is none of the 2 images that bom.json names (attest what was built)"),
        (["--image", "boot.bin", "--image", "gone.bin"], "gone.bin: image cannot be read: No such file or directory"),
        (["--bundle", "x", "-o", "x"], "x: a Sigstore bundle holds one attestation (name two files)"),
        (["-o", "x.sigstore.json", "--provenance", "x.sigstore.json"], "x.sigstore.json: a Sigstore bundle holds one"),
    ],
)
def test_what_is_refused(options: list[str], why: str, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    assert main(["attest", "bom.json", "--key", "ec", *options]) == 1
    assert capfd.readouterr().err.startswith(f"firmbom: {why}")
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ({**jsf.sign(BUILT, [ED]), "version": 2}, "signature 1 is not valid: the document was changed"),
        ({"bomFormat": "CycloneDX", "specVersion": "1.6"}, "names no image, so there is nothing to attest (build with"),
        ({"bomFormat": "SPDX"}, "not a CycloneDX document"),
        ({**BUILT, "version": 2**60}, "integer"),
    ],
)
def test_documents_that_are_not_attested(document: Any, why: str, capfd: pytest.CaptureFixture[str]) -> None:
    Path("bad.json").write_text(json.dumps(document), encoding="utf-8")
    assert main(["attest", "bad.json", "--key", "ec", "-o", "out"]) == 1
    assert why in capfd.readouterr().err.splitlines()[-1]
    assert not Path("out").exists()


def test_an_unsound_document_is_attested_with_a_warning(capfd: pytest.CaptureFixture[str]) -> None:
    Path("odd.json").write_text(json.dumps({**BUILT, "surprise": 1}), encoding="utf-8")
    assert main(["attest", "odd.json", "--key", "ec", "-o", "out"]) == 0
    err = capfd.readouterr().err
    assert "firmbom: warning: odd.json: " in err
    assert "will find the document unsound (faults: 1)" in err


def test_another_job_s_document_gets_no_provenance(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITLAB_CI", "true")
    monkeypatch.setenv("CI_COMMIT_SHA", "a" * 40)
    assert main(["attest", "bom.json", "--key", "ec", "-o", "out", "--provenance", "p"]) == 1
    assert "GitLab CI runs for commit aaaa" in capfd.readouterr().err
    assert not Path("out").exists()
