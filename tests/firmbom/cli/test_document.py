"""What a command says when something else than a CycloneDX document is named."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import pytest

from firmbom import opening
from firmbom.cli.main import main
from firmbom.signing.keys import generate

_STATEMENT = {"_type": "https://in-toto.io/Statement/v1", "subject": [], "predicateType": "x", "predicate": {}}
_ENVELOPE = {
    "payloadType": "application/vnd.in-toto+json",
    "payload": base64.b64encode(json.dumps(_STATEMENT).encode()).decode(),
    "signatures": [],
}
_READS = "give the CycloneDX document that it attests; 'firmbom verify' reads attestations"

FILES = {
    "envelope": json.dumps(_ENVELOPE),
    "lines": f"{json.dumps(_ENVELOPE)}\n{json.dumps(_ENVELOPE)}\n",
    "long": f"{json.dumps(_ENVELOPE)}\n" * 300,
    "bundle": json.dumps({"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "dsseEnvelope": _ENVELOPE}),
    "statement": json.dumps(_STATEMENT),
    "set": '{"format": "firmbom-component-set-1"}',
    "empty": "",
    "list": "[]",
}

SAID = {
    "envelope": f"is an attestation, not a CycloneDX document ({_READS})",
    "lines": f"is an attestation, not a CycloneDX document ({_READS})",
    "long": f"is an attestation, not a CycloneDX document ({_READS})",
    "bundle": f"is an attestation, not a CycloneDX document ({_READS})",
    "statement": "is an in-toto statement that nobody signed, not a CycloneDX document "
    "(give the CycloneDX document in its predicate)",
    "set": "is a component set, not a CycloneDX document ('firmbom merge' makes a document of it)",
    "empty": "line 1 column 1: not JSON: it is empty",
    "list": "not a CycloneDX document (give CycloneDX JSON; SPDX must be converted)",
    "missing": "cannot be read: No such file or directory",
    "folder": "cannot be read: Is a directory",
    "pipe": "cannot be read: it is a pipe that nobody writes to",
    "secret": "cannot be read: Permission denied",
}


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder with a key and the files."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(opening, "PATIENCE", 0.0)
    Path("key").write_bytes(generate().pem())
    Path("key").chmod(0o600)
    for name, content in FILES.items():
        Path(name).write_text(content)
    Path("folder").mkdir()
    Path("secret").write_text("{}")
    Path("secret").chmod(0)
    os.mkfifo("pipe")


@pytest.mark.skipif(os.name != "posix", reason="pipes and modes are of another platform")
@pytest.mark.parametrize(
    "command", ["sign {} --key key", "attest {} --key key", "explain {} x", "audit . --against {}"]
)
@pytest.mark.parametrize("name", SAID)
def test_one_line_says_what_it_is(name: str, command: str, capfd: pytest.CaptureFixture[str]) -> None:
    if name == "secret" and os.geteuid() == 0:
        pytest.skip("root reads every file")
    assert main(command.format(name).split()) == 1
    assert capfd.readouterr() == ("", f"firmbom: {name}: {SAID[name]}\n")
