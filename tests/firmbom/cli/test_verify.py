"""firmbom verify, as a user or a script runs it."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from firmbom.cli.main import main
from firmbom.signing import jsf
from firmbom.signing.keys import generate

SMALL = json.loads((Path(__file__).parents[1] / "signing/data/small.json").read_bytes())
ED, EC = generate("Ed25519"), generate("P-256")


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder with bom.json, signed by ed; both public keys; and the images."""
    monkeypatch.chdir(tmp_path)
    Path("bom.json").write_text(json.dumps(jsf.sign(SMALL, [ED])), encoding="utf-8")
    Path("ed.pub").write_bytes(ED.public.pem())
    Path("ec.pub").write_bytes(EC.public.pem())
    Path("boot.bin").write_bytes(b"boot image\n")
    Path("root.bin").write_bytes(b"root image\n")


def test_four_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "bom.json", "--key", "ed.pub", "--image", "boot.bin", "--image", "root.bin"]) == 0
    assert capsys.readouterr() == (
        f"signature  passed    {ED.public}\n"
        "image      passed    boot.bin; root.bin\n"
        "release    not asked\n"
        "soundness  passed    CycloneDX 1.6, 2 components\n",
        "",
    )


@pytest.mark.parametrize(
    ("options", "status"),
    [
        (["--key", "ec.pub"], 17),
        (["--key", "ed.pub", "--key", "ec.pub"], 17),
        (["--key", "ed.pub", "--image", "other.bin"], 18),
        (["--key", "ed.pub", "--image", "boot.bin", "--all-images"], 18),
        (["--key", "ed.pub", "--repo", "."], 20),
        (["--key", "ec.pub", "--image", "other.bin", "--repo", "."], 23),
    ],
)
def test_the_exit_status_names_what_failed(options: list[str], status: int) -> None:
    Path("other.bin").write_bytes(b"other image\n")
    subprocess.run(["git", "init", "-q"], check=True)
    assert main(["verify", "bom.json", *options]) == status


def test_a_document_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    Path("bom.json").write_bytes(b"\x00\x01\x02")
    assert main(["verify", "bom.json", "--key", "ed.pub"]) == 25
    out, err = capsys.readouterr()
    assert (out.count("failed"), err) == (2, "")


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "bom.json", "--key", "ed.pub", "--image", "boot.bin", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "verdict": "passed",
        "exit status": 0,
        "answers": {
            "signature": {"status": "passed", "reasons": [str(ED.public)]},
            "image": {"status": "passed", "reasons": ["boot.bin", "not shown: root.bin"]},
            "release": {"status": "not asked", "reasons": []},
            "soundness": {"status": "passed", "reasons": ["CycloneDX 1.6, 2 components"]},
        },
    }
    assert main(["verify", "bom.json", "--key", "ec.pub", "--json"]) == 17
    facts = json.loads(capsys.readouterr().out)
    assert (facts["verdict"], facts["exit status"]) == ("failed", 17)


@pytest.mark.parametrize("options", [["--quiet"], ["--quiet", "--json"]])
def test_quiet(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "bom.json", "--key", "ed.pub", *options]) == 0
    assert main(["verify", "bom.json", "--key", "ec.pub", *options]) == 17
    assert capsys.readouterr() == ("", "")


def test_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(Path("bom.json").read_bytes())))
    assert main(["verify", "-", "--key", "ed.pub", "--quiet"]) == 0


def test_a_public_key_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELEASE_KEY", ED.public.pem().decode())
    assert main(["verify", "bom.json", "--key", "env:RELEASE_KEY", "--quiet"]) == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["absent.json", "--key", "ed.pub"], "absent.json: cannot be read"),
        (["bom.json", "--key", "absent.pub"], "absent.pub: cannot be read"),
        (["bom.json", "--key", "bom.json"], "bom.json: holds no public key or certificate in PEM"),
        (["bom.json", "--key", "ed.pub", "--image", "absent.bin"], "absent.bin: cannot be read"),
        (["bom.json", "--key", "ed.pub", "--image", "."], "cannot be read"),
        (["bom.json", "--key", "ed.pub", "--repo", "absent"], "firmbom: absent: no git repository"),
        (["bom.json", "--key", "ed.pub", "--repo", "."], "firmbom: .: no git repository"),
    ],
)
def test_what_cannot_be_asked(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", *arguments]) == 1
    out, err = capsys.readouterr()
    assert said in err
    assert (out, err.count("\n")) == ("", 1)


def test_a_private_key_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    Path("ed").write_bytes(ED.pem())
    assert main(["verify", "bom.json", "--key", "ed"]) == 1
    assert "ed: this is a private key (give the public key" in capsys.readouterr().err


def test_a_key_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["verify", "bom.json"])
    assert caught.value.code == 2
    assert "--key" in capsys.readouterr().err


@pytest.mark.parametrize(("command", "page"), [("verify", "verify.md"), ("keygen", "keys.md"), ("sign", "keys.md")])
def test_every_option_is_in_the_documentation(command: str, page: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([command, "--help"])
    options = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) - {"--help", "--output"}
    assert len(options) > 3
    text = (Path(__file__).parents[3] / "docs" / page).read_text(encoding="utf-8")
    assert options <= set(re.findall(r"--[a-z-]+", text))
