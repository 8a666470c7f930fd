"""What a build was given or writes may lie untracked in the checkout: only other files are told."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from authority import certificate

from firmbom.cli.main import main
from firmbom.signing.keys import generate

PROGRAM = """\
import sys
from firmbom.signing.loading import load_private
sys.stdout.buffer.write(load_private("../own.pem").sign(sys.stdin.buffer.read()))
"""


@pytest.mark.parametrize("stray", ["", "notes.txt"])
def test_keys_certificates_and_results_are_no_news(
    stray: str,
    checkout: Path,
    git: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(checkout)
    Path("package-lock.json").write_text(
        '{"lockfileVersion": 3, "packages": {"node_modules/ms": {"version": "2.1.3"}}}'
    )
    git(checkout, "add", "package-lock.json")
    git(checkout, "commit", "--quiet", "--message", "second")
    behind, ca, plain = generate(), certificate("CA", ca=True), generate("P-256")
    holder = certificate("Release", ca, key=plain, days=(-30, 36500))
    for name, content in {
        "../own.pem": behind.pem(),
        "kms.pub": behind.public.pem(),
        "kms.toml": f"command = {json.dumps([sys.executable, '-c', PROGRAM])}\npublic_key = 'kms.pub'\n".encode(),
        "release.key": plain.pem(b"secret"),
        "release.key.pub": plain.public.pem(),
        "chain.pem": holder.pem,
        "pass": b"secret\n",
        "bundles.pem": ca.pem,
        "own.toml": b"",
        stray or "out.env": b"",
    }.items():
        Path(name).write_bytes(content)
        Path(name).chmod(0o600)
    keys = "--key command:kms.toml --key release.key --certificate chain.pem --passphrase-file pass"
    others = "--bundle-key bundles.pem --config own.toml --summary out.env --vex vex.json -o bom.json"
    for _ in range(2):  # the second time all that is written is there
        assert main(["build", ".", "--release", "v1", *keys.split(), *others.split()]) == 0
    told = [line for line in capfd.readouterr().err.splitlines() if "not ignored" in line]
    assert [line.rpartition(": ")[2] for line in told] == [stray] * 2 if stray else told == []
