"""Where keys are found, what is refused, and their names."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from firmbom.errors import ConfigError
from firmbom.signing.keys import PrivateKey, generate
from firmbom.signing.loading import load_private, load_public

needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
posix = pytest.mark.skipif(os.name != "posix", reason="file modes say nothing on this platform")

KINDS = ["Ed25519", "Ed448", "P-256", "P-384", "P-521", "RSA-2048"]
Save = Callable[..., str]


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Writes a file with a mode and returns its path as the user would give it."""

    def write(data: bytes, name: str = "key.pem", mode: int = 0o600) -> str:
        path = tmp_path / name
        path.write_bytes(data)
        path.chmod(mode)
        return str(path)

    return write


@pytest.mark.parametrize("kind", KINDS)
def test_written_and_read_back(kind: str, keyring: dict[str, PrivateKey], save: Save) -> None:
    key = keyring[kind]
    private, public = save(key.pem()), save(key.public.pem(), "key.pub", 0o644)
    assert load_private(private).key_id == load_public(public).id == key.key_id
    assert load_private(f"file:{private}").public.source == f"file:{private}"
    assert load_private(private).algorithm == key.algorithm


@pytest.mark.parametrize("kind", KINDS)
def test_encrypted(kind: str, keyring: dict[str, PrivateKey], save: Save) -> None:
    path = save(keyring[kind].pem(b"correct horse"))
    assert load_private(path, passphrases=[b"wrong", b"correct horse"]).key_id == keyring[kind].key_id
    with pytest.raises(ConfigError, match=r"the key is encrypted \(give --passphrase-env"):
        load_private(path)
    with pytest.raises(ConfigError, match="no passphrase given opens this key"):
        load_private(path, passphrases=[b"wrong", b""])


def test_a_passphrase_does_not_hinder_a_plain_key(keyring: dict[str, PrivateKey], save: Save) -> None:
    assert load_private(save(keyring["P-256"].pem()), passphrases=[b"for another"]).key_id == keyring["P-256"].key_id


@pytest.mark.parametrize("kind", ["P-256", "P-521", "RSA-2048"])
@pytest.mark.parametrize("passphrase", [b"", b"secret"])
def test_sec1_and_pkcs1(kind: str, passphrase: bytes, keyring: dict[str, PrivateKey], save: Save) -> None:
    lock = form.BestAvailableEncryption(passphrase) if passphrase else form.NoEncryption()
    data = keyring[kind].key.private_bytes(form.Encoding.PEM, form.PrivateFormat.TraditionalOpenSSL, lock)
    assert b" PRIVATE KEY-----" in data
    assert load_private(save(data), passphrases=[passphrase] if passphrase else []).key_id == keyring[kind].key_id
    if passphrase:
        with pytest.raises(ConfigError, match="the key is encrypted"):
            load_private(save(data))


def test_pkcs1_public(keyring: dict[str, PrivateKey], save: Save) -> None:
    data = keyring["RSA-2048"].public.key.public_bytes(form.Encoding.PEM, form.PublicFormat.PKCS1)
    assert load_public(save(data)).id == keyring["RSA-2048"].key_id


def test_text_around_the_key_and_curve_parameters_do_not_matter(keyring: dict[str, PrivateKey], save: Save) -> None:
    parameters = b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
    data = b"Bag Attributes\n" + parameters + keyring["P-256"].pem() + b"\n# the end\n"
    assert load_private(save(data)).key_id == keyring["P-256"].key_id


@pytest.mark.parametrize("one_line", [False, True])
def test_environment(one_line: bool, keyring: dict[str, PrivateKey]) -> None:
    key = keyring["Ed25519"]
    texts = {"PRIVATE": key.pem().decode(), "PUBLIC": key.public.pem().decode()}
    environment = {name: text.replace("\n", "\\n") if one_line else text for name, text in texts.items()}
    assert load_private("env:PRIVATE", environment=environment).key_id == key.key_id
    assert load_public("ENV:PUBLIC", environment=environment).id == key.key_id
    with pytest.raises(ConfigError, match="env:OTHER: the environment variable 'OTHER' is not set or empty"):
        load_private("env:OTHER", environment=environment)


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620, 0o660, 0o777])
def test_a_private_key_others_may_use_is_refused(mode: int, keyring: dict[str, PrivateKey], save: Save) -> None:
    path = save(keyring["Ed25519"].pem(), mode=mode)
    with pytest.raises(ConfigError, match=f"mode 0{mode:o}.*chmod 600 {path}"):
        load_private(path)


@pytest.mark.parametrize("mode", [0o644, 0o600])
def test_a_public_key_cannot_sign_whoever_may_read_it(mode: int, keyring: dict[str, PrivateKey], save: Save) -> None:
    path = save(keyring["Ed25519"].public.pem(), "key.pub", mode=mode)
    with pytest.raises(ConfigError, match=r"key\.pub: this is a public key \(give the private key"):
        load_private(path)


@posix
def test_a_file_with_both_keys_is_a_secret(keyring: dict[str, PrivateKey], save: Save) -> None:
    key = keyring["Ed25519"]
    with pytest.raises(ConfigError, match="chmod 600"):
        load_private(save(key.public.pem() + key.pem(), mode=0o644))


@posix
@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_private_key_of_its_owner_is_taken(mode: int, keyring: dict[str, PrivateKey], save: Save) -> None:
    assert load_private(save(keyring["Ed25519"].pem(), mode=mode)).key_id


def test_key_id_is_the_digest_of_the_public_key_info(keyring: dict[str, PrivateKey]) -> None:
    der = keyring["P-384"].public.key.public_bytes(form.Encoding.DER, form.PublicFormat.SubjectPublicKeyInfo)
    assert keyring["P-384"].key_id == "SHA256:" + hashlib.sha256(der).hexdigest()
    assert str(keyring["P-384"].public) == f"P-384 key {hashlib.sha256(der).hexdigest()[:16]}"


@needs_openssl
def test_openssl_agrees_on_the_key_id(keyring: dict[str, PrivateKey], save: Save) -> None:
    public = save(keyring["Ed25519"].public.pem(), "key.pub")
    der = subprocess.run(
        ["openssl", "pkey", "-pubin", "-in", public, "-outform", "DER"], capture_output=True, check=True
    )
    assert keyring["Ed25519"].key_id == "SHA256:" + hashlib.sha256(der.stdout).hexdigest()


@needs_openssl
@pytest.mark.parametrize(
    "options",
    [
        ["genpkey", "-algorithm", "ed25519"],
        ["genpkey", "-algorithm", "ed448"],
        ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
        ["genpkey", "-algorithm", "ed25519", "-aes256", "-pass", "pass:secret"],
        ["ecparam", "-name", "secp384r1", "-genkey"],
        ["genrsa", "2048"],
        ["genrsa", "-traditional", "2048"],
    ],
    ids=lambda options: " ".join(options[:3]),
)
def test_keys_made_by_openssl(options: list[str], tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    made = subprocess.run(["openssl", *options], capture_output=True, check=True)
    path.write_bytes(made.stdout)
    path.chmod(0o600)
    key = load_private(str(path), passphrases=[b"secret"])
    assert key.public.verifies(key.algorithm, key.sign(b"data"), b"data")


@needs_openssl
def test_a_certificate_stands_for_its_key(keyring: dict[str, PrivateKey], save: Save, tmp_path: Path) -> None:
    private, made = save(keyring["P-256"].pem()), tmp_path / "cert.pem"
    request = ["openssl", "req", "-x509", "-key", private, "-subj", "/CN=Release", "-days", "30", "-out", str(made)]
    subprocess.run(request, capture_output=True, check=True)
    key = load_public(str(made))
    assert key.id == keyring["P-256"].key_id
    assert key.note.startswith("certificate of CN=Release, valid 20")
    chain = save(made.read_bytes() * 2, "chain.pem")
    assert load_public(chain).id == keyring["P-256"].key_id


def text_block(label: str, body: str = "AAAA") -> bytes:
    return f"-----BEGIN {label}-----\n{body}\n-----END {label}-----\n".encode()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "holds no private key in PEM"),
        (b"\x30\x82\x00\xff" * 100, "holds no private key in PEM"),
        (text_block("PUBLIC KEY"), "this is a public key"),
        (text_block("CERTIFICATE"), "this is a certificate"),
        (text_block("PRIVATE KEY"), "not a private key that can be read"),
        (text_block("PRIVATE KEY", "Ä?"), "not a private key that can be read"),
        (text_block("PRIVATE KEY")[:-12], "holds no private key in PEM"),
        (text_block("RSA PRIVATE KEY", "Proc-Type: 4,ENCRYPTED\nDEK-Info: X,1\n\nAAAA"), "the key is encrypted"),
        (text_block("OPENSSH PRIVATE KEY"), "not a private key that can be read"),
        (text_block("DSA PRIVATE KEY"), "a key in the form 'DSA PRIVATE KEY' is not read"),
        (text_block("PRIVATE KEY") * 2, "holds 2 private keys"),
        (b"-----BEGIN PRIVATE KEY-----\n" * 3000, "too large"),
    ],
)
def test_damaged_private_keys(data: bytes, said: str, save: Save) -> None:
    path = save(data)
    with pytest.raises(ConfigError, match=said) as caught:
        load_private(path)
    assert str(caught.value).startswith(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "holds no public key or certificate"),
        (text_block("PUBLIC KEY"), "not a public key that can be read"),
        (text_block("CERTIFICATE"), "not a certificate that can be read"),
        (text_block("PUBLIC KEY") * 2, "holds 2 keys and certificates"),
        (text_block("PUBLIC KEY") + text_block("CERTIFICATE"), "holds 2 keys and certificates"),
        (text_block("PRIVATE KEY"), r"this is a private key \(give the public key"),
    ],
)
def test_damaged_public_keys(data: bytes, said: str, save: Save) -> None:
    path = save(data)
    with pytest.raises(ConfigError, match=said) as caught:
        load_public(path)
    assert str(caught.value).startswith(path)


def test_refused_kinds_name_the_file(save: Save) -> None:
    small = rsa.generate_private_key(65537, 1024)  # noqa: S505 - too short on purpose
    curve = ec.generate_private_key(ec.SECP256K1())
    for key, said in ((small, "1024 bits is refused"), (curve, "secp256k1 is refused")):
        private = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
        public = key.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)
        with pytest.raises(ConfigError, match=f"key.pem: .*{said}"):
            load_private(save(private))
        with pytest.raises(ConfigError, match=f"key.pub: .*{said}"):
            load_public(save(public, "key.pub"))


@pytest.mark.parametrize("uri", ["", "no/such/file", ".", "a\0b"])
def test_unreadable_files(uri: str) -> None:
    for load in (load_private, load_public):
        with pytest.raises(ConfigError, match="cannot be read"):
            load(uri)


@pytest.mark.parametrize("uri", ["vault:release", "https://example.com/key", "releases:v1.pem"])
def test_unknown_stores(uri: str) -> None:
    with pytest.raises(ConfigError, match=r"no key store answers to '.*:' \(use file:, env:, pkcs11:, command:"):
        load_private(uri)


def test_a_drive_letter_is_a_path() -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_private("C:\\keys\\release.pem")


@pytest.mark.parametrize("algorithm", ["PS256", "PS384", "PS512", "RS256", "RS384", "RS512"])
def test_rsa_leaves_a_choice(algorithm: str, keyring: dict[str, PrivateKey], save: Save) -> None:
    path = save(keyring["RSA-2048"].pem())
    assert load_private(path).algorithm == "PS256"
    key = load_private(path, algorithm=algorithm)
    assert key.algorithm == algorithm
    assert key.public.verifies(algorithm, key.sign(b"x"), b"x")


@pytest.mark.parametrize(("kind", "algorithm"), [("P-256", "ES384"), ("Ed25519", "PS256"), ("RSA-2048", "ES999")])
def test_an_algorithm_that_does_not_fit(kind: str, algorithm: str, keyring: dict[str, PrivateKey], save: Save) -> None:
    with pytest.raises(ConfigError, match=f"algorithm '{algorithm}' does not fit .* key .use "):
        load_private(save(keyring[kind].pem()), algorithm=algorithm)


def test_an_hmac_is_refused_with_its_reason(keyring: dict[str, PrivateKey], save: Save) -> None:
    with pytest.raises(ConfigError, match="'HS256' is refused: an HMAC proves nothing to a third party"):
        load_private(save(keyring["RSA-2048"].pem()), algorithm="HS256")


def test_generate_makes_each_kind_anew(keyring: dict[str, PrivateKey]) -> None:
    assert keyring["RSA-2048"].key.key_size == 2048
    assert generate().public.kind == "Ed25519"
    assert generate("P-256").key_id != keyring["P-256"].key_id
    with pytest.raises(ConfigError, match=r"cannot make a key of kind 'DSA' \(use one of Ed25519, Ed448"):
        generate("DSA")


def test_a_private_key_does_not_print_itself(keyring: dict[str, PrivateKey]) -> None:
    body = keyring["Ed25519"].pem().decode().splitlines()[1]
    assert body not in repr(keyring["Ed25519"])
