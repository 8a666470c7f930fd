"""Signing with a chain of certificates that openssl made, and verifying it by the CA."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from authority import NOW, certificate

from firmbom.cli.main import main
from firmbom.signing.keys import PrivateKey, generate

SMALL = (Path(__file__).parents[1] / "signing/data/small.json").read_bytes()
CA = certificate("CA", ca=True)
MIDDLE = certificate("Middle", CA, ca=True, below=0)
RELEASE = certificate("Release", MIDDLE, key=generate("Ed25519"))
AT = ("--at", NOW.isoformat())


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder with bom.json, the key and its chain, and the CA."""
    monkeypatch.chdir(tmp_path)
    Path("bom.json").write_bytes(SMALL)
    Path("ca.pem").write_bytes(CA.pem)
    Path("chain.pem").write_bytes(RELEASE.pem + MIDDLE.pem)
    secret("release.key", RELEASE.key)


def secret(name: str, key: PrivateKey) -> None:
    Path(name).write_bytes(key.pem())
    Path(name).chmod(0o600)


def test_the_chain_stands_in_the_signature_in_place_of_the_key(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sign", "bom.json", "--key", "release.key", "--certificate", "chain.pem", "-o", "out.json"]) == 0
    entry = json.loads(Path("out.json").read_bytes())["signature"]
    assert set(entry) == {"algorithm", "keyId", "certificatePath", "value"}
    assert len(entry["certificatePath"]) == 2
    capsys.readouterr()
    assert main(["verify", "out.json", "--ca", "ca.pem", *AT]) == 0
    assert "Ed25519 key" in (told := capsys.readouterr().out)
    assert "(certificate of CN=Release, issued by CN=Middle, valid 2026-01-30 to 2027-01-30)" in told
    assert "soundness  passed" in told


def test_its_key_may_be_named_too() -> None:
    Path("release.pub").write_bytes(RELEASE.key.public.pem())
    main(["sign", "bom.json", "--key", "release.key", "--certificate", "chain.pem", "-o", "out.json"])
    assert main(["verify", "out.json", "--key", "release.pub"]) == 0
    assert main(["verify", "out.json", "--key", "chain.pem"]) == 0


def test_each_chain_goes_with_its_key() -> None:
    other = certificate("Other", CA)
    secret("other.key", other.key)
    Path("other.pem").write_bytes(other.pem)
    keys = ["--key", "other.key", "--key", "release.key"]
    chains = ["--certificate", "chain.pem", "--certificate", "other.pem"]
    assert main(["sign", "bom.json", *keys, *chains, "-o", "out.json"]) == 0
    first, second = json.loads(Path("out.json").read_bytes())["signature"]["signers"]
    assert (len(first["certificatePath"]), len(second["certificatePath"])) == (1, 2)
    assert main(["verify", "out.json", "--ca", "ca.pem", *AT]) == 0


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ((-30, 36500), ""),
        ((-30, -1), "expired on 2026-02-28 12:00:00 UTC"),
        ((36500, 36501), "not valid before 2126-02-05 12:00:00 UTC"),
    ],
)
@pytest.mark.parametrize("command", ["sign", "attest"])
def test_a_certificate_that_is_not_valid_now_is_told(
    command: str, days: tuple[int, int], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    holder = certificate("Release", CA, days=days)
    secret("old.key", holder.key)
    Path("old.pem").write_bytes(holder.pem)
    assert main([command, "bom.json", "--key", "old.key", "--certificate", "old.pem", "-o", "out.json"]) == 0
    told = [line for line in capsys.readouterr().err.splitlines() if "certificate" in line]
    line = f"firmbom: warning: old.pem: certificate of CN=Release: {said}; 'firmbom verify --ca' will refuse the "
    assert told == ([f"{line}signature"] if said else [])


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (certificate("Thief", CA).pem, "which does not sign (give its private key with --key)"),
        (MIDDLE.pem + RELEASE.pem, "certificate 2 did not issue certificate 1"),
        (b"", "holds no certificate in PEM"),
    ],
)
def test_a_chain_that_does_not_go_with_the_key(data: bytes, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("chain.pem").write_bytes(data)
    assert main(["sign", "bom.json", "--key", "release.key", "--certificate", "chain.pem", "-o", "out.json"]) == 1
    assert said in capsys.readouterr().err
    assert not Path("out.json").exists()


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
def test_a_ca_of_openssl() -> None:
    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], check=True, capture_output=True)

    Path("usage").write_text("keyUsage=critical,digitalSignature\nextendedKeyUsage=codeSigning\n")
    new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl(
        "req", "-x509", *new, "-keyout", "root.key", "-out", "root.pem", "-subj", "/O=Example/CN=Root", "-days", "9"
    )
    openssl("req", *new, "-keyout", "leaf.key", "-out", "leaf.csr", "-subj", "/O=Example/CN=Firmware Release")
    issue = ["-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-extfile", "usage", "-days", "5"]
    openssl("x509", "-req", "-in", "leaf.csr", *issue, "-out", "leaf.pem")
    Path("leaf.key").chmod(0o600)
    assert main(["sign", "bom.json", "--key", "leaf.key", "--certificate", "leaf.pem", "-o", "out.json"]) == 0
    Path("policy.toml").write_text('[[signers]]\nca = "root.pem"\nsubject = "CN=Firmware Release,O=Example"\n')
    assert main(["verify", "out.json", "--ca", "root.pem"]) == 0
    assert main(["verify", "out.json", "--policy", "policy.toml"]) == 0
    assert main(["verify", "out.json", "--ca", "ca.pem"]) == 17
