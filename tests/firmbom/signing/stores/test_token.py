"""Keys on PKCS #11 tokens, with SoftHSM as the token."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from authority import certificate
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from firmbom.errors import ConfigError
from firmbom.signing import algorithms, jsf
from firmbom.signing.keys import PublicKey, generate
from firmbom.signing.loading import load_private, load_public
from firmbom.signing.stores import token as store

pkcs11: Any = pytest.importorskip("pkcs11", reason="python-pkcs11 is not installed")

MODULE = next(
    (
        str(path)
        for folder in ("/usr/lib/softhsm", "/usr/lib64/pkcs11", "/usr/local/lib/softhsm", "/opt/homebrew/lib/softhsm")
        if (path := Path(folder) / "libsofthsm2.so").is_file()
    ),
    "",
)
pytestmark = pytest.mark.skipif(not MODULE or not shutil.which("softhsm2-util"), reason="softhsm2 is not installed")

PIN = "1234"
KINDS = ("P-256", "P-384", "RSA", "Ed25519")


def make_keys(folder: Path) -> None:
    """Tokens ``ci``, with a key pair of each kind, and ``spare``, in a process of its own: a module reads its
    configuration once."""
    (folder / "tokens").mkdir()
    conf = folder / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(conf)
    for label in ("ci", "spare"):
        init = ["softhsm2-util", "--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", "5678"]
        subprocess.run(init, check=True, capture_output=True)
    with pkcs11.lib(MODULE).get_token(token_label="ci").open(rw=True, user_pin=PIN) as session:  # noqa: S106 - a label
        for number, (kind, curve) in enumerate((("P-256", "secp256r1"), ("P-384", "secp384r1")), 1):
            parameters = {pkcs11.Attribute.EC_PARAMS: pkcs11.util.ec.encode_named_curve_parameters(curve)}
            domain = session.create_domain_parameters(pkcs11.KeyType.EC, parameters, local=True)
            domain.generate_keypair(store=True, label=kind, id=bytes([number]))
        session.generate_keypair(pkcs11.KeyType.RSA, 2048, store=True, label="RSA", id=b"\3")
        edwards = session.create_domain_parameters(
            pkcs11.KeyType.EC_EDWARDS, {pkcs11.Attribute.EC_PARAMS: bytes.fromhex("06032b6570")}, local=True
        )
        edwards.generate_keypair(
            store=True, label="Ed25519", id=b"\4", mechanism=pkcs11.Mechanism.EC_EDWARDS_KEY_PAIR_GEN
        )
        public, _ = session.generate_keypair(pkcs11.KeyType.RSA, 2048, store=True, label="certified", id=b"\7")
        modulus, exponent = (public[pkcs11.Attribute[name]] for name in ("MODULUS", "PUBLIC_EXPONENT"))
        numbers = rsa.RSAPublicNumbers(int.from_bytes(exponent, "big"), int.from_bytes(modulus, "big"))
        session.create_object(_certificate(numbers.public_key()))
        public.destroy()
        for twin in (b"\5", b"\6"):
            session.generate_keypair(pkcs11.KeyType.RSA, 2048, store=True, label="twin", id=twin)


def _certificate(key: rsa.RSAPublicKey) -> dict[Any, Any]:
    """A certificate of the token's key ``certified`` as the token keeps it."""
    own = generate()
    holder = certificate("Card", certificate("CA", ca=True), key=msgspec.structs.replace(own, public=PublicKey.of(key)))
    return {
        pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE,
        pkcs11.Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
        pkcs11.Attribute.TOKEN: True,
        pkcs11.Attribute.LABEL: "certified",
        pkcs11.Attribute.ID: b"\7",
        pkcs11.Attribute.SUBJECT: holder.certificate.subject.public_bytes(),
        pkcs11.Attribute.VALUE: holder.der,
    }


@pytest.fixture(scope="module", autouse=True)
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the tokens and a file ``pin``; the module is told of it by its environment variable."""
    folder = tmp_path_factory.mktemp("softhsm")
    before = os.environ.get("SOFTHSM2_CONF")
    make_keys(folder)
    (folder / "pin").write_text(f"{PIN}\n")
    (folder / "pin").chmod(0o600)
    yield folder
    pkcs11.unload(MODULE)
    if before is None:
        del os.environ["SOFTHSM2_CONF"]
    else:
        os.environ["SOFTHSM2_CONF"] = before


def uri(folder: Path, label: str, path: str = "token=ci") -> str:
    return f"pkcs11:{path};object={label}?module-path={MODULE}&pin-source={folder / 'pin'}"


@pytest.mark.parametrize("kind", KINDS)
def test_a_token_signs(kind: str, tokens: Path) -> None:
    key = load_private(uri(tokens, kind))
    assert load_public(uri(tokens, kind)).id == key.key_id
    for name in algorithms.fitting(key.public.kind):
        signed = jsf.sign({"bomFormat": "CycloneDX"}, [key.using(name)])
        (checked,) = jsf.verify(signed, [load_public(uri(tokens, kind))])
        assert (checked.valid, checked.trusted, checked.algorithm) == (True, True, name)


def test_a_certificate_stands_for_the_public_key(tokens: Path) -> None:
    key = load_private(uri(tokens, "certified"))
    assert key.public.verifies("RS256", key.using("RS256").sign(b"data"), b"data")


@pytest.mark.parametrize(
    ("point", "inside"),
    [
        (b"\x04\x20" + bytes(32), bytes(32)),
        (bytes(32), bytes(32)),
        (b"\x04" + bytes(64), b"\x04" + bytes(64)),
        (b"\x04\x81\x85\x04" + bytes(132), b"\x04" + bytes(132)),
        (b"", b""),
    ],
)
def test_points_with_and_without_their_wrapping(point: bytes, inside: bytes) -> None:
    assert store._unwrapped(point) == inside


def test_a_pin_that_is_no_text_is_refused(tokens: Path) -> None:
    (tokens / "binary").write_bytes(b"\xff\n")
    (tokens / "binary").chmod(0o600)
    with pytest.raises(ConfigError, match="holds no PIN in UTF-8"):
        load_private(uri(tokens, "P-256").replace("/pin", "/binary"))


def test_the_module_and_the_pin_may_come_from_the_environment(tokens: Path) -> None:
    environment = {store.MODULE_VARIABLE: MODULE, "CARD_PIN": PIN}
    key = load_private("pkcs11:token=ci;id=%01?pin-source=env:CARD_PIN", environment=environment)
    assert key.public.kind == "P-256"
    by_uri = load_private(
        f"pkcs11:token=ci;id=%01;type=private?pin-source=file://{tokens / 'pin'}", environment=environment
    )
    assert by_uri.key_id == key.key_id


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("token=elsewhere;object=P-256{query}&pin-source={pin}", "no token fits"),
        ("model=SoftHSM%20v2;object=P-256{query}&pin-source={pin}", "2 tokens fit .'ci', 'spare'.*add token=LABEL"),
        (
            "token=ci;object=absent{query}&pin-source={pin}",
            "the token shows no such private key .check object= and id=",
        ),
        ("token=ci;object=P-256{query}", "no such private key .*show only with a PIN"),
        ("token=ci;object=twin{query}&pin-source={pin}", r"2 private keys fit \(add id=%01\)"),
        ("token=ci;object=P-256{query}&pin-source=env:WRONG", "the token says PinIncorrect.*locks itself"),
        ("token=ci;object=P-256{query}&pin-source=env:ABSENT", "variable 'ABSENT' is not set"),
        ("token=ci;object=P-256{query}&pin-source={pin}.absent", "pin.absent: cannot be read"),
        ("token=ci;object=P-256{query}&pin-source=|cat", "a PIN from a program is refused"),
        ("token=ci;object=P-256?pin-value=1234", "seen by every user of the machine .give pin-source=FILE"),
        ("token=ci;object=P-256", r"names no PKCS #11 module .add module-path=FILE behind \?, or set PKCS11_MODULE"),
        ("token=ci;object=P-256?module-path=/nowhere.so", "the module cannot be used|the token says"),
        ("token=ci{query}", r"names no key .add object=LABEL or id=%01"),
        ("token=ci;token=ci;object=P-256{query}", "'token' is not understood, or stands twice"),
        ("token=ci;colour=red;object=P-256{query}", "'colour' is not understood, or stands twice"),
        ("P-256{query}", "'P-256' is not understood"),
    ],
)
def test_refused_on_one_line(address: str, said: str, tokens: Path) -> None:
    name = "pkcs11:" + address.format(query=f"?module-path={MODULE}", pin=tokens / "pin")
    with pytest.raises(ConfigError, match=said) as caught:
        load_private(name, environment={"WRONG": "0000"})
    assert "\n" not in str(caught.value)
    assert PIN not in str(caught.value)


@given(text=st.text(st.sampled_from("abcdeijklnoptu-_=;?&%01 \u00e9\n"), max_size=40))
def test_whatever_stands_in_a_uri_is_read_or_refused(text: str) -> None:
    try:
        found = store.read_address(text, f"pkcs11:{text}", {store.MODULE_VARIABLE: MODULE})
    except ConfigError as error:
        assert "\n" not in str(error)
    else:
        assert found.label is not None or found.id is not None


def test_a_pin_that_others_may_read_is_refused(tokens: Path) -> None:
    (tokens / "open").write_text(PIN)
    (tokens / "open").chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        load_private(uri(tokens, "P-256").replace("/pin", "/open"))


def test_a_token_that_lies_is_found_out(tokens: Path) -> None:
    key, other = load_private(uri(tokens, "P-256")), load_private(uri(tokens, "P-384"))
    torn = msgspec.structs.replace(key, make=other.using("ES384").make)
    with pytest.raises(ConfigError, match="its public key does not confirm"):
        jsf.sign({"bomFormat": "CycloneDX"}, [torn])


def test_the_extra_is_named_where_it_is_missing(tokens: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    with pytest.raises(ConfigError, match=r"python-pkcs11 is not installed \(pip install 'firmbom\[pkcs11\]'\)"):
        load_private(uri(tokens, "P-256"))
