"""firmbom keygen, as a user runs it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from firmbom.cli.main import main
from firmbom.signing.loading import load_private, load_public

posix = pytest.mark.skipif(os.name != "posix", reason="file modes say nothing on this platform")


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_makes_a_pair_and_prints_the_id(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keygen"]) == 0
    out, err = capsys.readouterr()
    key = load_private("firmbom.key")
    assert out == f"{key.key_id}\n"
    assert load_public("firmbom.key.pub").id == key.key_id
    assert "private key firmbom.key (keep it secret), public key firmbom.key.pub" in err
    assert sorted(path.name for path in Path().iterdir()) == ["firmbom.key", "firmbom.key.pub"]


def test_stdout_is_no_place_for_a_key_pair(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keygen", "-o", "-"]) == 1
    assert capsys.readouterr() == ("", "firmbom: -: a key pair is two files (give a name, such as -o release.key)\n")
    assert list(Path().iterdir()) == []


@posix
@pytest.mark.parametrize("umask", [0, 0o022, 0o077])
def test_the_private_key_is_its_owner_s_alone(umask: int) -> None:
    before = os.umask(umask)
    try:
        assert main(["keygen", "-o", "k.pem"]) == 0
    finally:
        os.umask(before)
    assert Path("k.pem").stat().st_mode & 0o777 == 0o600
    assert Path("k.pem.pub").stat().st_mode & 0o777 == 0o644 & ~umask


@pytest.mark.parametrize(
    ("kind", "algorithm"), [("Ed448", "Ed448"), ("P-384", "ES384"), ("RSA-2048", "PS256"), ("Ed25519", "Ed25519")]
)
def test_kinds(kind: str, algorithm: str) -> None:
    assert main(["keygen", "--algorithm", kind]) == 0
    assert load_private("firmbom.key").algorithm == algorithm


def test_an_unknown_kind(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keygen", "--algorithm", "DSA"]) == 1
    assert "cannot make a key of kind 'DSA' (use one of Ed25519" in capsys.readouterr().err
    assert not list(Path().iterdir())


@pytest.mark.parametrize("existing", ["firmbom.key", "firmbom.key.pub"])
def test_never_overwrites_unless_told(existing: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path(existing).write_text("precious")
    assert main(["keygen"]) == 1
    assert f"{existing}: exists already (give another name, or --force)" in capsys.readouterr().err
    assert Path(existing).read_text() == "precious"
    assert len(list(Path().iterdir())) == 1
    assert main(["keygen", "--force"]) == 0
    assert load_private("firmbom.key").key_id == load_public("firmbom.key.pub").id


@posix
def test_a_dangling_link_is_not_written_through() -> None:
    Path("firmbom.key").symlink_to("elsewhere")
    assert main(["keygen"]) == 1
    assert not Path("elsewhere").exists()


def test_encrypted_with_a_passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PW", "correct horse")
    assert main(["keygen", "--passphrase-env", "PW"]) == 0
    assert b"ENCRYPTED PRIVATE KEY" in Path("firmbom.key").read_bytes()
    assert load_private("firmbom.key", passphrases=[b"correct horse"]).key_id


def test_one_passphrase_at_most(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PW", "a")
    assert main(["keygen", "--passphrase-env", "PW", "--passphrase-env", "PW"]) == 1
    assert "a key has one passphrase" in capsys.readouterr().err


def test_where_nothing_can_be_written(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keygen", "-o", "no/such/folder/k"]) == 1
    assert "no/such/folder/k: cannot be written" in capsys.readouterr().err
