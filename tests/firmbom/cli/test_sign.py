"""firmbom sign, as a user runs it."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from firmbom.cli.main import main
from firmbom.signing import jsf
from firmbom.signing.keys import PrivateKey, PublicKey, generate

SMALL = (Path(__file__).parents[1] / "signing/data/small.json").read_bytes()
KEYS = {name: generate(kind) for name, kind in (("ed", "Ed25519"), ("ec", "P-256"), ("rsa", "RSA-2048"))}


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder with bom.json and the keys."""
    monkeypatch.chdir(tmp_path)
    Path("bom.json").write_bytes(SMALL)
    for name, key in KEYS.items():
        save(name, key.pem())


def save(name: str, data: bytes) -> None:
    Path(name).write_bytes(data)
    Path(name).chmod(0o600)


def signers(document: Any, *keys: PrivateKey) -> list[PublicKey]:
    """The trusted signers, all signatures being valid."""
    checked = jsf.verify(document, [key.public for key in keys])
    assert all(one.valid for one in checked)
    return [one.key for one in checked if one.trusted and one.key]


def result(name: str = "out.json") -> Any:
    return json.loads(Path(name).read_bytes())


def test_to_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sign", "bom.json", "--key", "ed", "-o", "out.json"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"signed by   {KEYS['ed'].key_id} (Ed25519)\n"
    assert signers(result(), KEYS["ed"])
    assert {name: value for name, value in result().items() if name != "signature"} == json.loads(SMALL)


@pytest.mark.parametrize("target", [[], ["-o", "-"]])
def test_to_stdout(target: list[str], capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["sign", "bom.json", "--key", "ed", *target]) == 0
    assert signers(json.loads(capsysbinary.readouterr().out), KEYS["ed"])


def test_from_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(SMALL)))
    assert main(["sign", "-", "--key", "ed", "-o", "out.json"]) == 0
    assert signers(result(), KEYS["ed"])


def test_in_place() -> None:
    assert main(["sign", "bom.json", "--key", "ed", "-o", "bom.json"]) == 0
    assert signers(result("bom.json"), KEYS["ed"])


def test_several_at_once_and_one_more_later() -> None:
    assert main(["sign", "bom.json", "--key", "ed", "--key", "ec", "-o", "out.json"]) == 0
    assert len(signers(result(), KEYS["ed"], KEYS["ec"])) == 2
    assert main(["sign", "out.json", "--key", "rsa", "-o", "out.json"]) == 0
    assert len(signers(result(), *KEYS.values())) == 3


def test_signers_leaves_room() -> None:
    assert main(["sign", "bom.json", "--key", "ed", "--signers", "-o", "out.json"]) == 0
    assert main(["sign", "out.json", "--key", "ec", "-o", "out.json"]) == 0
    assert len(signers(result(), KEYS["ed"], KEYS["ec"])) == 2


def test_a_single_signature_is_replaced_only_if_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sign", "bom.json", "--key", "ed", "-o", "out.json"]) == 0
    before = Path("out.json").read_bytes()
    assert main(["sign", "out.json", "--key", "ec", "-o", "out.json"]) == 1
    assert "sign again with all keys at once (--replace --key A --key B)" in capsys.readouterr().err
    assert Path("out.json").read_bytes() == before
    assert main(["sign", "out.json", "--key", "ec", "--replace", "-o", "out.json"]) == 0
    assert signers(result(), KEYS["ec"])


def test_an_encrypted_key(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    save("locked", KEYS["ec"].pem(b"correct horse"))
    save("passphrase", b"correct horse\n")
    monkeypatch.setenv("PW", "correct horse")
    for option in (["--passphrase-env", "PW"], ["--passphrase-file", "passphrase"]):
        assert main(["sign", "bom.json", "--key", "locked", *option, "-o", "out.json"]) == 0
        assert signers(result(), KEYS["ec"])
    assert main(["sign", "bom.json", "--key", "locked"]) == 1
    assert "locked: the key is encrypted" in capsys.readouterr().err


def test_a_key_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNING_KEY", KEYS["ed"].pem().decode())
    assert main(["sign", "bom.json", "--key", "env:SIGNING_KEY", "-o", "out.json"]) == 0
    assert signers(result(), KEYS["ed"])


def test_the_algorithm_is_chosen_for_the_keys_it_fits(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sign", "bom.json", "--key", "ed", "--key", "rsa", "--algorithm", "RS384", "-o", "out.json"]) == 0
    assert [one["algorithm"] for one in result()["signature"]["signers"]] == ["Ed25519", "RS384"]
    assert main(["sign", "bom.json", "--key", "ed", "--key", "rsa", "--algorithm", "HS256"]) == 1
    assert "algorithm 'HS256' is refused: an HMAC proves nothing" in capsys.readouterr().err


def test_same_input_same_bytes() -> None:
    for name in ("one", "two"):
        assert main(["sign", "bom.json", "--key", "ed", "-o", name]) == 0
    assert Path("one").read_bytes() == Path("two").read_bytes()


def changed(**members: Any) -> bytes:
    return json.dumps({**json.loads(SMALL), **members}).encode()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "bom.json: "),
        (b"\xff\xfe\x00", "bom.json: "),
        (SMALL[:200], "not JSON"),
        (b"[1]", "not a CycloneDX document"),
        (b"{}", "not a CycloneDX document"),
        (SMALL.replace(b'"version": 1', b'"version": 1, "version": 2', 1), "stands twice"),
        (changed(specVersion="9.9"), "9.9"),
        (changed(specVersion="1.3"), "CycloneDX 1.3 has no place for a signature (use 1.4 or later)"),
        (changed(version=2**60), "beyond 53 bits"),
        (changed(description="\ud800"), "half of a surrogate pair"),
        (changed(signature=5), "the signature is not an object"),
    ],
)
def test_what_cannot_be_signed(data: bytes, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("bom.json").write_bytes(data)
    assert main(["sign", "bom.json", "--key", "ed", "-o", "out.json"]) == 1
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1
    assert not Path("out.json").exists()


def test_files_that_are_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sign", "absent.json", "--key", "ed"]) == 1
    assert "absent.json: cannot be read: No such file or directory" in capsys.readouterr().err
    assert main(["sign", "bom.json", "--key", "absent"]) == 1
    assert "absent: cannot be read" in capsys.readouterr().err
    assert main(["sign", "a\0b", "--key", "ed"]) == 1
    assert "cannot be read" in capsys.readouterr().err


def test_larger_than_any_document(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("firmbom.cli.document._LARGEST", 100)
    assert main(["sign", "bom.json", "--key", "ed"]) == 1
    assert "bom.json: more than 100 bytes" in capsys.readouterr().err


def test_an_unsound_document_is_signed_with_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    Path("bom.json").write_bytes(changed(dependencies=[{"ref": "nothing"}]))
    assert main(["sign", "bom.json", "--key", "ed", "-o", "out.json"]) == 0
    assert "warning: signed, but 'firmbom verify' will find the document unsound" in capsys.readouterr().err
    assert signers(result(), KEYS["ed"])


def test_a_key_is_needed() -> None:
    with pytest.raises(SystemExit) as caught:
        main(["sign", "bom.json"])
    assert caught.value.code == 2
