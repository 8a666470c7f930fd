"""Tag signatures made with real keys, and every answer that GnuPG can give."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from firmbom.git.command import Repository
from firmbom.git.signature import TagSignature, signature_of

Git = Callable[..., str]

needs_gpg = pytest.mark.skipif(not shutil.which("gpg"), reason="gpg is not installed")
needs_ssh = pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="ssh-keygen is not installed")


@pytest.fixture(scope="module")
def keyrings() -> Iterator[Path]:
    """Two GnuPG homes: ``own`` with a secret key, ``empty`` with none; short paths, because sockets lie in them."""
    if not shutil.which("gpg"):
        pytest.skip("gpg is not installed")
    with tempfile.TemporaryDirectory(prefix="fb") as folder:
        homes = Path(folder)
        for name in ("own", "empty"):
            (homes / name).mkdir(mode=0o700)
        _gpg(homes / "own", "--passphrase", "", "--quick-gen-key", "Tester <tester@firmbom.example>", "ed25519", "sign")
        yield homes
        for name in ("own", "empty"):
            subprocess.run(["gpgconf", "--homedir", homes / name, "--kill", "all"], check=False)


def _gpg(home: Path, *arguments: str) -> str:
    command = ["gpg", "--homedir", str(home), "--batch", "--quiet", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def gpg_tag(git: Git, checkout: Path, keyrings: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The checkout with ``v1``, signed by the key in ``own``."""
    monkeypatch.setenv("GNUPGHOME", str(keyrings / "own"))
    git(checkout, "tag", "--sign", "--local-user", "tester@firmbom.example", "--message", "m", "v1")
    return checkout


def test_a_good_gpg_signature(gpg_tag: Path, keyrings: Path) -> None:
    found, why = signature_of(Repository(gpg_tag), "v1")
    assert (found.status, found.kind, why) == ("good", "gpg", "")
    assert f"fpr:::::::::{found.signer}:" in _gpg(keyrings / "own", "--with-colons", "--list-keys")


def test_a_gpg_key_that_is_not_known(gpg_tag: Path, keyrings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNUPGHOME", str(keyrings / "empty"))
    found, why = signature_of(Repository(gpg_tag), "v1")
    assert (found.status, found.kind, why) == ("unverified", "gpg", "its key is not in the keyring")
    assert found.signer


def test_the_user_asks_for_more_trust(git: Git, gpg_tag: Path) -> None:
    git(gpg_tag, "config", "gpg.minTrustLevel", "ultimate")
    assert signature_of(Repository(gpg_tag), "v1")[0].status == "good"
    other = git(gpg_tag, "config", "--global", "gpg.program", "false")
    assert not other
    assert signature_of(Repository(gpg_tag), "v1")[0].status == "unverified"


def _rewritten(git: Git, folder: Path, name: str, old: str, new: str) -> None:
    text = git(folder, "cat-file", "tag", "v1").replace(old, new) + "\n"
    (folder.parent / "object").write_text(text)
    made = git(folder, "hash-object", "-t", "tag", "-w", "--literally", str(folder.parent / "object"))
    git(folder, "update-ref", f"refs/tags/{name}", made)


def test_a_tag_changed_after_it_was_signed(git: Git, gpg_tag: Path) -> None:
    _rewritten(git, gpg_tag, "v1", "tagger Tester", "tagger Somebody")
    found, why = signature_of(Repository(gpg_tag), "v1")
    assert (found.status, why) == ("bad", "it does not fit the tag")


def test_a_signed_tag_under_a_new_name(git: Git, gpg_tag: Path) -> None:
    git(gpg_tag, "update-ref", "refs/tags/v2", "refs/tags/v1")
    found, why = signature_of(Repository(gpg_tag), "v2")
    assert (found.status, why) == ("bad", "it was made for a tag called v1")


def test_a_tag_that_is_not_signed(git: Git, checkout: Path) -> None:
    git(checkout, "tag", "light")
    git(checkout, "tag", "--annotate", "--message", "-----BEGIN PGP SIGNATURE", "noted")
    repository = Repository(checkout)
    for name in ("light", "noted", "missing", "*", "light^{}"):
        assert signature_of(repository, name) == (TagSignature(), "")


@pytest.fixture
def ssh_tag(git: Git, checkout: Path, tmp_path: Path) -> Path:
    """The checkout with ``v1``, signed by the key in ``key.pub`` beside it."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "key"], check=True)
    git(
        checkout,
        "-c",
        "gpg.format=ssh",
        "-c",
        f"user.signingKey={tmp_path / 'key'}",
        "tag",
        "-s",
        "--message",
        "m",
        "v1",
    )
    return checkout


def _allow(git: Git, folder: Path, line: str) -> None:
    (folder.parent / "allowed").write_text(line + "\n")
    git(folder, "config", "gpg.ssh.allowedSignersFile", str(folder.parent / "allowed"))


@needs_ssh
def test_a_good_ssh_signature(git: Git, ssh_tag: Path) -> None:
    public = (ssh_tag.parent / "key.pub").read_text()
    _allow(git, ssh_tag, f'tester@firmbom.example namespaces="git" {public}')
    found, why = signature_of(Repository(ssh_tag), "v1")
    fingerprint = subprocess.run(
        ["ssh-keygen", "-lf", ssh_tag.parent / "key.pub"], check=True, capture_output=True, text=True
    )
    assert (found.status, found.kind, why) == ("good", "ssh", "")
    assert found.signer == fingerprint.stdout.split()[1]


@needs_ssh
def test_an_ssh_key_that_is_not_allowed(git: Git, ssh_tag: Path, tmp_path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "other"], check=True)
    _allow(git, ssh_tag, f"tester@firmbom.example {(tmp_path / 'other.pub').read_text()}")
    found, why = signature_of(Repository(ssh_tag), "v1")
    assert (found.status, why) == ("unverified", "its key is not in gpg.ssh.allowedSignersFile")
    assert found.signer.startswith("SHA256:")


@needs_ssh
def test_no_ssh_keys_are_configured(ssh_tag: Path) -> None:
    found, why = signature_of(Repository(ssh_tag), "v1")
    assert found == TagSignature(status="unverified", kind="ssh")
    assert why == "gpg.ssh.allowedSignersFile is not configured"


@needs_ssh
def test_an_ssh_tag_changed_after_it_was_signed(git: Git, ssh_tag: Path) -> None:
    _allow(git, ssh_tag, f"tester@firmbom.example {(ssh_tag.parent / 'key.pub').read_text()}")
    _rewritten(git, ssh_tag, "v1", "tagger Tester", "tagger Somebody")
    found, why = signature_of(Repository(ssh_tag), "v1")
    assert (found.status, why) == ("bad", "it does not fit the tag")


@needs_ssh
def test_ssh_keygen_is_missing(git: Git, ssh_tag: Path) -> None:
    _allow(git, ssh_tag, f"tester@firmbom.example {(ssh_tag.parent / 'key.pub').read_text()}")
    git(ssh_tag, "config", "--global", "gpg.ssh.program", "no-such-program")
    found, why = signature_of(Repository(ssh_tag), "v1")
    assert (found.status, why) == ("unverified", "ssh-keygen cannot be run")


VALID = "VALIDSIG 0123ABCD 2023-11-14 1700000000 0 4 0 22 10 00 0123ABCD"


@pytest.mark.parametrize(
    ("lines", "exit_status", "status", "signer"),
    [
        (["GOODSIG ABCD Tester", VALID], 0, "good", "0123ABCD"),
        (["GOODSIG ABCD Tester"], 0, "good", "ABCD"),
        (["GOODSIG ABCD Tester", VALID, "GOODSIG ABCE Other", VALID], 0, "unverified", "0123ABCD"),
        (["GOODSIG ABCD Tester", "BADSIG ABCE Other"], 1, "bad", "ABCD"),
        (["BADSIG ABCD Tester"], 1, "bad", "ABCD"),
        (["REVKEYSIG ABCD Tester", VALID], 1, "bad", "0123ABCD"),
        (["EXPSIG ABCD Tester", VALID], 0, "unverified", "0123ABCD"),
        (["KEYEXPIRED 1800000000", "EXPKEYSIG ABCD Tester", VALID], 0, "good", "0123ABCD"),
        (["KEYEXPIRED 1600000000", "EXPKEYSIG ABCD Tester", VALID], 0, "unverified", "0123ABCD"),
        (["KEYEXPIRED x", "EXPKEYSIG ABCD Tester", "VALIDSIG 0123ABCD"], 0, "unverified", "0123ABCD"),
        (["ERRSIG ABCD 22 10 00 1700000000 9", "NO_PUBKEY ABCD"], 2, "unverified", "ABCD"),
        (["NODATA 4"], 2, "bad", ""),
        ([], 2, "unverified", ""),
    ],
)
@pytest.mark.parametrize(("kind", "mark"), [("gpg", "PGP SIGNATURE"), ("x509", "SIGNED MESSAGE")])
def test_each_answer_of_gnupg(
    kind: str, mark: str, lines: list[str], exit_status: int, status: str, signer: str, git: Git, checkout: Path
) -> None:
    program = checkout.parent / "gnupg"
    said = "".join(f'echo "[GNUPG:] {line}" >&"$fd"\n' for line in ["NEWSIG", *lines])
    # gpg's own option says on which descriptor git listens
    listen = "fd=1\nfor o; do case $o in --status-fd=*) fd=${o#*=};; esac; done\ncat >/dev/null\n"
    program.write_text(f"#!/bin/sh\n{listen}{said}exit {exit_status}\n")
    program.chmod(0o755)
    git(checkout, "config", "--global", f"gpg.{'openpgp' if kind == 'gpg' else kind}.program", str(program))
    commit = git(checkout, "rev-parse", "HEAD")
    text = f"object {commit}\ntype commit\ntag v1\ntagger T <t@firmbom.example> 1700000000 +0000\n\nm\n"
    (checkout.parent / "object").write_text(f"{text}-----BEGIN {mark}-----\n\nAAAA\n-----END {mark}-----\n")
    made = git(checkout, "hash-object", "-t", "tag", "-w", "--literally", str(checkout.parent / "object"))
    git(checkout, "update-ref", "refs/tags/v1", made)
    found, why = signature_of(Repository(checkout), "v1")
    assert (found.status, found.kind, found.signer) == (status, kind, signer)
    assert bool(why) is (status != "good")


@needs_gpg
def test_a_key_that_expired_after_it_signed(
    git: Git, checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tempfile.TemporaryDirectory(prefix="fb") as folder:
        home = Path(folder)
        monkeypatch.setenv("GNUPGHOME", folder)
        then = tmp_path / "then"
        then.write_text('#!/bin/sh\nexec gpg --faked-system-time 20200601T000000 "$@"\n')
        then.chmod(0o755)
        create = ["--passphrase", "", "--quick-gen-key", "Old <old@firmbom.example>", "ed25519", "sign", "1y"]
        subprocess.run([then, "--batch", "--quiet", *create], check=True, capture_output=True, env=os.environ)
        git(checkout, "-c", f"gpg.program={then}", "tag", "-s", "-u", "old@firmbom.example", "-m", "m", "v1")
        found, why = signature_of(Repository(checkout), "v1")
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False)
    assert (found.status, why) == ("good", "")
