"""Programs that sign: what they are given, what counts of what they write, and how they fail."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from pathlib import Path

import pytest

from firmbom.errors import ConfigError
from firmbom.signing import algorithms, jsf
from firmbom.signing.keys import PrivateKey, generate
from firmbom.signing.loading import files, load_private, load_public

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the platform starts no scripts by their first line")
needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")

OPENSSL = """\
#!/bin/sh
# What a KMS does, done by openssl: $1 is the key, the options for pkeyutl follow.
key=$1
shift
cat > "$0.in"
openssl pkeyutl -sign -inkey "$key" -in "$0.in" "$@"
"""
KEYS = {kind: generate(kind) for kind in ("Ed25519", "P-256", "RSA-2048")}


def described(folder: Path, kind: str, command: list[str], **options: object) -> str:
    """Write the TOML file; returns the URI of the key."""
    (folder / "release.pub").write_bytes(KEYS[kind].public.pem())
    lines = {"command": command, "public_key": "release.pub", **options}
    text = "\n".join(f"{name} = {value if isinstance(value, list) else repr(value)}" for name, value in lines.items())
    (folder / "kms.toml").write_text(text)
    return f"command:{folder / 'kms.toml'}"


def script(folder: Path, text: str) -> str:
    path = folder / "signer"
    path.write_text(text)
    path.chmod(0o700)
    return str(path)


def by_openssl(folder: Path, kind: str, *options: str) -> list[str]:
    (folder / "key.pem").write_bytes(KEYS[kind].pem())
    return [script(folder, OPENSSL), str(folder / "key.pem"), *options]


@needs_openssl
@pytest.mark.parametrize(
    ("kind", "algorithm", "given", "options"),
    [
        ("Ed25519", "Ed25519", "data", ["-rawin"]),
        ("P-256", "ES256", "data", ["-rawin", "-digest", "sha256"]),
        ("P-256", "ES256", "digest", ["-pkeyopt", "digest:sha256"]),
        ("RSA-2048", "RS384", "digest", ["-pkeyopt", "digest:sha384"]),
        (
            "RSA-2048",
            "PS256",
            "digest",
            ["-pkeyopt", "digest:sha256", "-pkeyopt", "rsa_padding_mode:pss", "-pkeyopt", "rsa_pss_saltlen:digest"],
        ),
    ],
)
def test_openssl_signs(kind: str, algorithm: str, given: str, options: list[str], tmp_path: Path) -> None:
    uri = described(tmp_path, kind, by_openssl(tmp_path, kind, *options), input=given, algorithm=algorithm)
    key = load_private(uri)
    assert (key.algorithm, key.key_id, load_public(uri).id) == (algorithm, KEYS[kind].key_id, KEYS[kind].key_id)
    (checked,) = jsf.verify(jsf.sign({"a": 1}, [key]), [KEYS[kind].public])
    assert checked.valid
    assert checked.trusted


def copier(folder: Path, key: PrivateKey, algorithm: str, base64: bool = False) -> list[str]:
    """A program that signs with the key in the file beside it, by firmbom's own code, in base64 or not."""
    (folder / "own.pem").write_bytes(key.pem())
    text = (
        f"#!{sys.executable}\nimport base64, os, sys\nfrom firmbom.signing.loading import load_private\n"
        f"made = load_private({str(folder / 'own.pem')!r}, algorithm=os.environ['FIRMBOM_ALGORITHM'])"
        ".sign(sys.stdin.buffer.read())\n"
        f"sys.stdout.buffer.write({'base64.encodebytes(made)' if base64 else 'made'})\n"
    )
    (folder / "own.pem").chmod(0o600)
    return [script(folder, text)]


@pytest.mark.parametrize("base64", [False, True])
def test_raw_signatures_are_taken_and_the_algorithm_is_told(base64: bool, tmp_path: Path) -> None:
    key = load_private(described(tmp_path, "P-256", copier(tmp_path, KEYS["P-256"], "ES256", base64)))
    assert KEYS["P-256"].public.verifies("ES256", key.sign(b"data"), b"data")


def test_a_program_that_signs_with_another_key_is_found_out(tmp_path: Path) -> None:
    key = load_private(described(tmp_path, "Ed25519", copier(tmp_path, generate(), "Ed25519")))
    with pytest.raises(ConfigError, match=r"wrote 64 bytes that are no Ed25519 signature by the public key .check"):
        key.sign(b"data")


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("exit 3", {}, "signer ended with status 3$"),
        ("echo first >&2; echo no such key: release >&2; exit 1", {}, "ended with status 1: no such key: release"),
        ("exit 0", {}, "wrote 0 bytes that are no Ed25519 signature"),
        ("cat", {}, "wrote 4 bytes that are no Ed25519 signature"),
        ("head -c 9999999 /dev/zero", {}, "writes on and on: more than 65536 bytes"),
        ("sleep 60 & sleep 60", {"timeout": 0.2}, "has not signed within 0.2 seconds"),
        ("head -c 100000 /dev/zero; sleep 60", {}, "writes on and on: more than 65536 bytes .it has to write"),
        ("head -c 100000 /dev/zero >&2; sleep 60", {}, "writes on and on: more than 65536 bytes"),
        ("exit 0", {"input": "digest"}, 'Ed25519 signs no digest .write input = "data"'),
    ],
)
def test_failures_are_one_line(text: str, options: dict[str, object], said: str, tmp_path: Path) -> None:
    key = load_private(described(tmp_path, "Ed25519", [script(tmp_path, f"#!/bin/sh\n{text}\n")], **options))
    with pytest.raises(ConfigError, match=said) as caught:
        key.sign(b"data")
    assert "\n" not in str(caught.value)


def test_arguments_are_no_shell_s(tmp_path: Path) -> None:
    program = script(tmp_path, '#!/bin/sh\nprintf %s "$1" >&2\nexit 1\n')
    key = load_private(described(tmp_path, "Ed25519", [program, f"; touch {tmp_path / 'made'} $(id)"]))
    with pytest.raises(ConfigError, match=r"status 1: ; touch .* \$\(id\)$"):
        key.sign(b"data")
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("command = []\npublic_key = 'release.pub'", "command: names no program"),
        ("command = ['a\\u0000']\npublic_key = 'release.pub'".replace("'a\\u0000'", '"a\\u0000"'), "names no program"),
        ("command = 'kms sign'\npublic_key = 'release.pub'", "command: expected an array, got text"),
        ("command = ['kms']", "missing required field `public_key`"),
        ("command = ['kms']\npublic_key = 'absent.pub'", r"absent\.pub: cannot be read"),
        ("command = ['kms']\npublic_key = 'kms.toml'", r"kms\.toml: holds no public key"),
        ("command = ['kms']\npublic_key = 'release.pub'\nalgorithm = 'ES256'", "'ES256' does not fit this Ed25519 key"),
        ("command = ['kms']\npublic_key = 'release.pub'\ntimeout = 0", "timeout: more than 0"),
        ("command = ['kms']\npublic_key = 'release.pub'\nshell = true", "shell: there is no such key"),
        ("command = [", "not TOML"),
    ],
)
def test_files_that_describe_no_key(text: str, said: str, tmp_path: Path) -> None:
    described(tmp_path, "Ed25519", [])
    (tmp_path / "kms.toml").write_text(text)
    with pytest.raises(ConfigError, match=said):
        load_private(f"command:{tmp_path / 'kms.toml'}")


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    key = load_private(described(tmp_path, "Ed25519", ["/nowhere/kms"]))
    with pytest.raises(ConfigError, match="cannot run '/nowhere/kms': No such file or directory"):
        key.sign(b"data")


def test_the_digest_is_that_of_the_algorithm(tmp_path: Path) -> None:
    program = script(tmp_path, f"#!/bin/sh\ncat > {tmp_path / 'given'}\nexit 1\n")
    key = load_private(described(tmp_path, "RSA-2048", [program], input="digest", algorithm="PS512"))
    with pytest.raises(ConfigError, match="ended with status 1"):
        key.sign(b"data")
    assert (tmp_path / "given").read_bytes() == hashlib.sha512(b"data").digest()
    assert "PS512" in algorithms.fitting("RSA")


def test_its_files_are_known(tmp_path: Path) -> None:
    uri = described(tmp_path, "Ed25519", ["signer"])
    assert files(uri) == (Path(uri.removeprefix("command:")), tmp_path / "release.pub")
    with pytest.raises(ConfigError, match="No such file"):
        files(f"command:{tmp_path / 'gone.toml'}")
