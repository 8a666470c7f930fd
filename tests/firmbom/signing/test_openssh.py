"""OpenSSH's keys, made by ssh-keygen: what signs, what is refused and why."""

from __future__ import annotations

import base64
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmbom.errors import ConfigError
from firmbom.signing import openssh, pem
from firmbom.signing.loading import load_private, load_public

pytestmark = pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="ssh-keygen is not installed")


def keygen(folder: Path, *options: str, passphrase: str = "") -> str:
    path = folder / "id"
    made = ["ssh-keygen", "-q", "-a", "1", "-N", passphrase, "-C", "jane@firmbom.example", "-f", str(path), *options]
    subprocess.run(made, check=True, capture_output=True)
    return str(path)


@pytest.mark.parametrize("passphrase", ["", "correct horse"])
@pytest.mark.parametrize(
    ("options", "algorithm"),
    [
        (["-t", "ed25519"], "Ed25519"),
        (["-t", "ecdsa", "-b", "256"], "ES256"),
        (["-t", "ecdsa", "-b", "521"], "ES512"),
        (["-t", "rsa", "-b", "2048"], "PS256"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_both_halves_are_read(options: list[str], algorithm: str, passphrase: str, tmp_path: Path) -> None:
    path = keygen(tmp_path, *options, passphrase=passphrase)
    key = load_private(path, passphrases=[b"wrong", b"correct horse"])
    public = load_public(f"{path}.pub")
    assert (key.algorithm, key.key_id) == (algorithm, public.id)
    assert public.verifies(algorithm, key.sign(b"data"), b"data")
    if passphrase:
        with pytest.raises(ConfigError, match=r"the key is encrypted \(give --passphrase-env"):
            load_private(path)
        with pytest.raises(ConfigError, match="no passphrase given opens this key"):
            load_private(path, passphrases=[b"wrong"])


def test_openssh_and_openssl_agree_on_the_key(tmp_path: Path) -> None:
    path = keygen(tmp_path, "-t", "ecdsa")
    spki = subprocess.run(["ssh-keygen", "-e", "-m", "PKCS8", "-f", path], check=True, capture_output=True).stdout
    (tmp_path / "spki.pem").write_bytes(spki)
    assert load_public(str(tmp_path / "spki.pem")).id == load_private(path).key_id


def test_a_variable_may_hold_one(tmp_path: Path) -> None:
    path = Path(keygen(tmp_path, "-t", "ed25519"))
    environment = {"PRIVATE": path.read_text(), "PUBLIC": path.with_suffix(".pub").read_text()}
    assert (
        load_private("env:PRIVATE", environment=environment).key_id
        == load_public("env:PUBLIC", environment=environment).id
    )


def test_a_private_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = keygen(tmp_path, "-t", "ed25519")
    Path(path).chmod(0o640)
    with pytest.raises(ConfigError, match="chmod 600"):
        load_private(path)


def test_the_other_half_is_named_as_such(tmp_path: Path) -> None:
    path = keygen(tmp_path, "-t", "ed25519")
    with pytest.raises(ConfigError, match=r"id\.pub: this is a public key \(give the private key"):
        load_private(f"{path}.pub")
    with pytest.raises(ConfigError, match=r"id: this is a private key \(give the public key"):
        load_public(path)


def text_of(body: bytes) -> bytes:
    lines = base64.encodebytes(b"openssh-key-v1\0" + body)
    return b"-----BEGIN OPENSSH PRIVATE KEY-----\n" + lines + b"-----END OPENSSH PRIVATE KEY-----\n"


def field(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


ON_TOKEN = field(b"none") * 2 + field(b"") + b"\0\0\0\1" + field(field(b"sk-ssh-ed25519@openssh.com"))
STRETCHED = field(b"aes256-ctr") + field(b"bcrypt") + field(field(b"salt") + b"\x7f\xff\xff\xff")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (text_of(ON_TOKEN), "a key of type sk-ssh-ed25519@openssh.com is on a FIDO token"),
        (text_of(STRETCHED), "stretched over more than 1000 rounds"),
        (text_of(b""), "not a private key that can be read"),
        (text_of(b"\xff" * 40), "not a private key that can be read|the key is encrypted"),
        (text_of(ON_TOKEN[:9]), "not a private key that can be read"),
    ],
)
def test_private_keys_that_cannot_sign(data: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "id"
    path.write_bytes(data)
    path.chmod(0o600)
    with pytest.raises(ConfigError, match=said):
        load_private(str(path))


@given(body=st.binary(max_size=200), cut=st.integers(0, 400))
def test_damaged_files_are_never_a_surprise(body: bytes, cut: int) -> None:
    for data in (text_of(body), text_of(ON_TOKEN[:cut]), text_of(STRETCHED)[:cut], body):
        assert isinstance(openssh.refusal(data), str)
        assert openssh.is_encrypted(data) in (True, False)
        with pytest.raises(ConfigError):
            pem.read_private(data, "id", [b"secret"])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("ssh-ed25519 AAAA jane", "not an OpenSSH public key that can be read"),
        ("ssh-ed25519 AAA%", "holds no public key or certificate in PEM, and no OpenSSH public key"),
        ("ssh-ed25519-cert-v01@openssh.com AAAA", "not an OpenSSH public key that can be read"),
        ("sk-ssh-ed25519@openssh.com AAAA", "not an OpenSSH public key that can be read"),
        ("ssh-dss AAAA\nssh-rsa AAAA", "holds 2 OpenSSH keys"),
        ("# ssh-rsa AAAA", "no OpenSSH public key"),
    ],
)
def test_public_keys_that_are_refused(line: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "id.pub"
    path.write_text(line)
    with pytest.raises(ConfigError, match=said):
        load_public(str(path))
