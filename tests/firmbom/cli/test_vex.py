"""firmbom build --vex and --openvex, and firmbom verify --sbom, as a person or a script runs them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from firmbom.cli.main import main

INFO = {
    "type": "target", "name": "shell", "virtual": False, "version": "1.0", "licenses": "MIT", "downloads": [],
    "install_target": True, "dependencies": [],
}  # fmt: skip
NUMBERS = ["CVE-2026-0001", "CVE-2026-0002"]


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder with a build, whose author knows two vulnerabilities, and a key."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.chdir(tmp_path)
    known(*NUMBERS)
    assert main(["keygen", "-o", "key"]) == 0


def known(*numbers: str) -> None:
    Path("build").mkdir(exist_ok=True)
    text = json.dumps({"shell": {**INFO, "ignore_cves": numbers}}, separators=(", ", ": ")).replace("{", "{ ", 1)
    Path("build/show-info.json").write_text(text, "utf-8")


def build(*options: str) -> int:
    signing = () if "--no-sign" in options else ("--key", "key")
    return main(["build", "build", "--plugin", "buildroot", "--release", "v1", "-o", "bom", *signing, *options])


def read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(name).read_bytes())
    return found


def verify(*options: str) -> int:
    return main(["verify", *options, "--key", "key.pub"])


def test_both_documents_are_written_and_the_sbom_stays_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert build() == 0
    assert "known CVEs  2 (not affected 2)\n  not in the SBOM; --vex FILE writes them\n" in capsys.readouterr().err
    alone = Path("bom").read_bytes()
    assert build("--vex", "vex", "--openvex", "openvex") == 0
    said = capsys.readouterr().err
    assert "  written to openvex\n  written to vex\n" in said
    assert Path("bom").read_bytes() == alone
    assert b"CVE-" not in alone
    assert [one["id"] for one in read("vex")["vulnerabilities"]] == NUMBERS
    assert [one["vulnerability"]["name"] for one in read("openvex")["statements"]] == NUMBERS


def test_the_tie_is_proven(capsys: pytest.CaptureFixture[str]) -> None:
    assert build("--vex", "vex") == 0
    serial = read("bom")["serialNumber"]
    capsys.readouterr()
    assert verify("vex", "--sbom", "bom") == 0
    assert f"soundness  passed    CycloneDX 1.6 VEX, 2 statements, all about {serial}\n" in capsys.readouterr().out
    assert verify("vex") == 0
    assert capsys.readouterr().out.endswith("soundness  passed    CycloneDX 1.6 VEX, 2 statements\n")
    assert verify("bom") == 0


def test_another_build_is_another_sbom(capsys: pytest.CaptureFixture[str]) -> None:
    assert build("--vex", "vex") == 0
    assert build("--release", "v2") == 0
    capsys.readouterr()
    assert verify("vex", "--sbom", "bom") == 24
    assert "/externalReferences: none is urn:cdx:" in capsys.readouterr().out


def test_an_sbom_is_no_vex_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert build("--vex", "vex") == 0
    capsys.readouterr()
    assert verify("bom", "--sbom", "bom") == 24
    assert "is no VEX document" in capsys.readouterr().out


def test_a_changed_document_is_not_the_signers() -> None:
    assert build("--vex", "vex") == 0
    Path("vex").write_bytes(Path("vex").read_bytes().replace(b"not_affected", b"exploitable"))
    assert verify("vex", "--sbom", "bom") == 17


def test_unsigned_as_the_sbom_is() -> None:
    assert build("--no-sign", "--vex", "vex") == 0
    assert "signature" not in read("vex")
    assert main(["sign", "vex", "--key", "key", "-o", "signed"]) == 0
    assert verify("signed", "--sbom", "bom") == 0


def test_the_same_build_gives_the_same_bytes() -> None:
    assert build("--vex", "a", "--openvex", "b") == 0
    assert build("--vex", "c", "--openvex", "d") == 0
    assert (Path("a").read_bytes(), Path("b").read_bytes()) == (Path("c").read_bytes(), Path("d").read_bytes())


def test_without_statements_no_openvex_document_stays(capsys: pytest.CaptureFixture[str]) -> None:
    assert build("--vex", "vex", "--openvex", "openvex") == 0
    known()
    assert build("--vex", "vex", "--openvex", "openvex") == 0
    assert "not written to openvex: no statement" in capsys.readouterr().err
    assert not Path("openvex").exists()
    assert read("vex")["vulnerabilities"] == []
    assert verify("vex", "--sbom", "bom") == 0


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--vex", "-"], "--vex: stdout is for the SBOM (name a file)"),
        (["--openvex", "bom"], "bom: --openvex: another document goes there"),
        (["--vex", "x", "--openvex", "./x"], "./x: --openvex: another document goes there"),
    ],
)
def test_where_it_cannot_go(options: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert build(*options) == 1
    assert f"firmbom: {told}\n" in capsys.readouterr().err
    assert not Path("bom").exists()


def test_openvex_needs_a_time(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert build("--openvex", "openvex") == 1
    assert "OpenVEX needs a time" in capsys.readouterr().err
    assert not Path("bom").exists(), "nothing is written when not all can be"


def test_contradictions_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    stats = {"packages": {"shell": {"current_version": "1.0", "cves": [NUMBERS[0]]}}}
    Path("build/pkg-stats.json").write_text(json.dumps(stats))
    assert build("--vex", "vex") == 0
    assert f"{NUMBERS[0]} in pkg:generic/shell@1.0: not_affected; other sources say affected" in capsys.readouterr().err


def test_a_script_gets_the_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    assert build("--vex", "vex", "--json", "--quiet") == 0
    assert json.loads(capsys.readouterr().out)["vulnerabilities"] == {
        "affected": 0, "fixed": 0, "not_affected": 2, "under_investigation": 0,
        "contradicted": 0, "written to": ["vex"],
    }  # fmt: skip


def test_a_refused_build_writes_none() -> None:
    Path("build/package-lock.json").write_text("{")
    signing = ["--no-sign", "--plugin", "npm", "--strict"]
    assert build(*signing, "--vex", "vex", "--openvex", "openvex") == 5
    assert not Path("vex").exists()
    assert not Path("openvex").exists()


def test_a_sbom_that_cannot_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert build("--vex", "vex") == 0
    assert verify("vex", "--sbom", "gone") == 1
    assert "firmbom: gone: cannot be read" in capsys.readouterr().err


def test_statements_travel_in_component_sets(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["collect", "buildroot", "build", "-o", "set", "--quiet"]) == 0
    assert main(["merge", "set", "-o", "bom", "--vex", "vex", "--openvex", "openvex"]) == 0
    assert "known CVEs  2 (not affected 2)" in capsys.readouterr().err
    assert [one["id"] for one in read("vex")["vulnerabilities"]] == NUMBERS
    assert main(["sign", "vex", "--key", "key", "-o", "signed"]) == 0
    assert verify("signed", "--sbom", "bom") == 0
    assert main(["merge", "set", "--set", "-o", "again", "--vex", "vex"]) == 2
    assert main(["merge", "set", "set", "--set", "-o", "again", "--quiet"]) == 0
    assert Path("again").read_bytes() == Path("set").read_bytes()
