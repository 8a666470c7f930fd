"""Others agree: openssl, an independent check, the official schema and its library."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from firmbom.signing import algorithms, base64url, jsf
from firmbom.signing.keys import PrivateKey

DATA = Path(__file__).parent / "data"
SMALL = json.loads((DATA / "small.json").read_text(encoding="utf-8"))
CHECK = Path(__file__).parents[3] / "../shared/checks/jsf_verify.py"


def key_for(name: str, keyring: dict[str, PrivateKey]) -> PrivateKey:
    kind = algorithms.named(name).key
    return keyring["RSA-2048" if kind == "RSA" else kind].using(name)


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
@pytest.mark.parametrize("name", algorithms.TABLE)
def test_openssl_verifies_the_raw_signature(name: str, keyring: dict[str, PrivateKey], tmp_path: Path) -> None:
    key = key_for(name, keyring)
    signed = jsf.sign(SMALL, [key])
    raw = base64url.decode(signed["signature"].pop("value"), "value")
    if name.startswith("ES"):
        half = len(raw) // 2
        raw = encode_dss_signature(int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big"))
    for file, data in (("data", rfc8785.dumps(signed)), ("sig", raw), ("pub", key.public.pem())):
        (tmp_path / file).write_bytes(data)
    files = ["-pubin", "-inkey", "pub", "-sigfile", "sig", "-in", "data"]
    options = ["-rawin"]
    if not name.startswith("Ed"):
        options += ["-digest", f"sha{name[2:]}"]
    if name.startswith("PS"):
        options += ["-pkeyopt", "rsa_padding_mode:pss", "-pkeyopt", f"rsa_pss_saltlen:{int(name[2:]) // 8}"]
    command = ["openssl", "pkeyutl", "-verify", *files, *options]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, "Signature Verified Successfully" in done.stdout) == (0, True), done.stderr


@pytest.mark.skipif(not CHECK.is_file(), reason="the shared independent check is not here")
@pytest.mark.parametrize("name", algorithms.TABLE)
def test_the_independent_check_agrees(name: str, keyring: dict[str, PrivateKey], tmp_path: Path) -> None:
    key = key_for(name, keyring)
    signers = [keyring["Ed448"], key] if name in ("ES256", "PS256") else [key]
    (tmp_path / "pub").write_bytes(key.public.pem())
    (tmp_path / "bom").write_text(json.dumps(jsf.sign(SMALL, signers)), encoding="utf-8")
    command = [sys.executable, str(CHECK), str(tmp_path / "bom"), str(tmp_path / "pub")]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("joint", [False, True])
@pytest.mark.parametrize("kind", ["Ed25519", "Ed448", "P-521", "RSA-2048"])
def test_the_official_library_accepts_it(kind: str, joint: bool, keyring: dict[str, PrivateKey]) -> None:
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    signed = jsf.sign(SMALL, [keyring[kind]], joint=joint)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(signed)) is None


def test_the_check_by_hand_in_the_documentation(
    keyring: dict[str, PrivateKey], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (Path(__file__).parents[3] / "docs/verify.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    Path("release.pub").write_bytes(keyring["Ed25519"].public.pem())
    signed = jsf.sign(SMALL, [keyring["Ed25519"]])
    Path("firmware.cdx.json").write_text(json.dumps(signed), encoding="utf-8")
    exec(code, {})  # noqa: S102 - the documentation's own text
    Path("firmware.cdx.json").write_text(json.dumps({**signed, "version": 2}), encoding="utf-8")
    with pytest.raises(InvalidSignature):
        exec(code, {})  # noqa: S102 - same
