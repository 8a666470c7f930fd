"""Envelopes: what is signed, who signed it, and that nothing unsigned decides."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from authority import certificate
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from firmbom.errors import ConfigError, InputError
from firmbom.signing import algorithms, dsse, key_names
from firmbom.signing.keys import PrivateKey, PublicKey, generate

ED, ED2, EC = generate("Ed25519"), generate("Ed25519"), generate("P-256")
BODY = b'{"a": 1}'


def made(*keys: PrivateKey) -> dict[str, Any]:
    return dsse.write(dsse.sign("text/plain", BODY, keys))


def makers(value: Any, *keys: PrivateKey) -> list[PublicKey | None]:
    return [one.key for one in dsse.verify(dsse.read(value), [key.public for key in keys])]


def test_the_encoding_is_that_of_the_specification() -> None:
    """The example in secure-systems-lab/dsse, protocol.md."""
    assert dsse.pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )
    assert dsse.pae("ü", b"") == b"DSSEv1 2 \xc3\xbc 0 "


def test_the_signature_of_the_specification() -> None:
    """The same file's test vector: a P-256 key, an envelope, its (raw or DER) signature."""
    x = 46950820868899156662930047687818585632848591499744589407958293238635476079160
    y = 5640078356564379163099075877009565129882514886557779369047442380624545832820
    key = PublicKey.of(ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key())
    value = {
        "payload": "aGVsbG8gd29ybGQ=",
        "payloadType": "http://example.com/HelloWorld",
        "signatures": [
            {"sig": "A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA=="}
        ],
    }
    assert [one.key for one in dsse.verify(dsse.read(value), [key])] == [key]


@pytest.mark.parametrize("name", algorithms.TABLE)
def test_round_trip(name: str, keyring: dict[str, PrivateKey]) -> None:
    kind = algorithms.named(name).key
    key = keyring["RSA-2048" if kind == "RSA" else kind].using(name)
    value = json.loads(json.dumps(made(key)))
    (checked,) = dsse.verify(dsse.read(value), [ED.public, key.public])
    assert (checked.key, checked.named, checked.algorithm) == (key.public, key.public, name)
    value["payload"] = base64.b64encode(BODY + b" ").decode()
    assert makers(value, key) == [None]


@pytest.mark.parametrize("digest", [hashes.SHA256(), hashes.SHA384(), hashes.SHA512()])
@pytest.mark.parametrize("kind", ["P-256", "P-384", "P-521"])
def test_any_digest_and_either_spelling_of_ecdsa(kind: str, digest: Any, keyring: dict[str, PrivateKey]) -> None:
    key = keyring[kind].key
    der = key.sign(dsse.pae("t", BODY), ec.ECDSA(digest))
    row = algorithms.named(algorithms.fitting(keyring[kind].public.kind)[0])
    for spelt in (der, algorithms.from_der(row, der)):
        envelope = dsse.Envelope(payload_type="t", payload=BODY, signatures=(dsse.Signature(spelt),))
        (checked,) = dsse.verify(envelope, [keyring[kind].public])
        assert checked.algorithm == f"ES{digest.digest_size * 8}"


def test_each_form_of_base64_is_read() -> None:
    value = made(EC)
    changes: tuple[Callable[[str], str], ...] = (
        lambda text: text.rstrip("="),
        lambda text: text.replace("+", "-").replace("/", "_"),
    )
    for change in changes:
        sig = change(value["signatures"][0]["sig"])
        assert makers({**value, "payload": change(value["payload"]), "signatures": [{"sig": sig}]}, EC) == [EC.public]


def test_several_signatures_are_told_apart() -> None:
    value = made(ED, EC)
    assert makers(value, EC, ED) == [ED.public, EC.public]
    assert makers(value, EC) == [None, EC.public]
    assert makers(value, ED2) == [None, None]


def test_the_key_id_decides_nothing() -> None:
    value = made(ED)
    for other in ("", "nobody", key_names.in_toto(ED2.public, "Ed25519"), ED2.public.id):
        value["signatures"][0]["keyid"] = other
        assert makers(value, ED, ED2) == [ED.public]
        assert makers(value, ED2) == [None]
    del value["signatures"][0]["keyid"]
    assert makers(value, ED) == [ED.public]


def test_a_key_id_says_whose_signature_is_broken() -> None:
    value = made(ED)
    value["payloadType"] = "text/html"
    for name in key_names.every(ED.public):
        value["signatures"][0]["keyid"] = name
        (checked,) = dsse.verify(dsse.read(value), [EC.public, ED.public])
        assert (checked.key, checked.named) == (None, ED.public)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"payload": None}, "payload is not text"),
        ({"payload": "A"}, "payload is not base64"),
        ({"payloadType": ""}, "no payloadType"),
        ({"payloadType": 5}, "no payloadType"),
        ({"signatures": []}, "no signature"),
        ({"signatures": {}}, "no signature"),
        ({"signatures": [5]}, "not an object"),
        ({"signatures": [{"sig": ""}]}, "0 bytes is no signature"),
        ({"signatures": [{"keyid": "a"}]}, "sig is not text"),
        ({"signatures": [{"sig": "AAAA", "keyid": 5}]}, "keyid is not text"),
        ({"signatures": [{"sig": "A" * 4096}]}, "3072 bytes is no signature"),
        ({"signatures": [{"sig": "AAAA"}] * 33}, "33 signatures, more than the 32"),
    ],
)
def test_malformed_envelopes(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        dsse.read({**made(ED), **change})


def test_what_is_no_envelope() -> None:
    with pytest.raises(InputError, match="not an object"):
        dsse.read(["payload"])


def test_unknown_members_are_passed_over() -> None:
    value = made(ED)
    value["signatures"][0]["extension"] = {"kind": "x"}
    assert makers({**value, "more": 1}, ED) == [ED.public]


def test_a_chain_comes_along() -> None:
    root = certificate("Root", ca=True)
    leaf = certificate("Release", root)
    signer = msgspec.structs.replace(leaf.key, certificates=(leaf.der, root.der))
    value = made(signer)
    assert value["signatures"][0]["cert"] == (leaf.pem + root.pem).decode()
    assert dsse.read(value).signatures[0].certificates == (leaf.der, root.der)
    for other in ("", "text", 5, "\ud800", leaf.key.pem().decode(), leaf.pem.decode() * 11, leaf.pem.decode() * 200):
        value["signatures"][0]["cert"] = other
        assert dsse.read(value).signatures[0].certificates == ()
    assert makers(value, leaf.key) == [leaf.key.public]


def test_who_may_sign() -> None:
    with pytest.raises(ConfigError, match="no key to sign with"):
        dsse.sign("t", BODY, [])
    with pytest.raises(ConfigError, match="would sign twice"):
        dsse.sign("t", BODY, [ED, ED])
    with pytest.raises(ConfigError, match="does not confirm"):
        dsse.sign("t", BODY, [msgspec.structs.replace(ED, public=ED2.public)])


def test_garbage_in_place_of_a_signature(keyring: dict[str, PrivateKey]) -> None:
    keys = [key.public for key in keyring.values()]
    for value in (
        b"\0",
        b"\x30\x00",
        b"\0" * 64,
        b"\xff" * 96,
        b"\0" * 132,
        b"\0" * 256,
        bytes.fromhex("3006020101020101"),
    ):
        envelope = dsse.Envelope(payload_type="t", payload=BODY, signatures=(dsse.Signature(value),))
        assert [one.key for one in dsse.verify(envelope, keys)] == [None]
    huge = encode_dss_signature(2**600, 1)
    envelope = dsse.Envelope(payload_type="t", payload=BODY, signatures=(dsse.Signature(huge),))
    assert [one.key for one in dsse.verify(envelope, keys)] == [None]
