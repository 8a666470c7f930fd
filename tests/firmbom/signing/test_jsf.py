"""Signatures inside documents: what they cover, whose they are, what is refused."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from hypothesis import given
from hypothesis import strategies as st

from firmbom.errors import ConfigError, FirmbomError, InputError
from firmbom.signing import algorithms, base64url, jcs, jsf
from firmbom.signing.keys import PrivateKey, PublicKey, generate

SMALL = json.loads((Path(__file__).parent / "data/small.json").read_text(encoding="utf-8"))

ED, ED2, EC = generate("Ed25519"), generate("Ed25519"), generate("P-256")


def good(document: Any, *trusted: PrivateKey) -> bool:
    """Whether each of ``trusted`` has signed and nothing is wrong."""
    checked = jsf.verify(document, [key.public for key in trusted])
    made = {one.key.id for one in checked if one.valid and one.trusted and one.key}
    return all(one.valid is not False for one in checked) and made == {key.key_id for key in trusted}


@pytest.mark.parametrize("name", algorithms.TABLE)
def test_sign_and_verify(name: str, keyring: dict[str, PrivateKey]) -> None:
    kind = algorithms.named(name).key
    key = keyring["RSA-2048" if kind == "RSA" else kind].using(name)
    before = copy.deepcopy(SMALL)
    signed = jsf.sign(SMALL, [key])
    assert before == SMALL
    assert list(signed) == [*SMALL, "signature"]
    assert list(signed["signature"]) == ["algorithm", "keyId", "publicKey", "value"]
    assert signed["signature"]["algorithm"] == name
    assert signed["signature"]["keyId"] == key.key_id
    assert good(json.loads(json.dumps(signed)), key)


def test_the_bytes_of_a_signature_never_change() -> None:
    """With the key of RFC 8032 section 7.1 test 1; the value was made by openssl over the canonical form."""
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    key = PrivateKey.of(ed25519.Ed25519PrivateKey.from_private_bytes(seed))
    signed = jsf.sign({"b": [1.0, "é"], "a": None}, [key])
    assert signed["signature"]["publicKey"]["x"] == "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    assert signed["signature"]["value"] == (
        "H6oZOrLWamYi7CVY5uHvbqAqRWpZOYqxXgTTgq9fnNQhPeuwGOL-8SG0mbDfRoaBcqAHAFOUEKBJGbzem_p1Bw"
    )


def test_what_is_signed_is_the_document_with_the_signature_but_for_its_value() -> None:
    signed = jsf.sign(SMALL, [ED])
    value = base64url.decode(signed["signature"].pop("value"), "value")
    assert ED.public.verifies("Ed25519", value, jcs.canonical(signed))


def test_order_white_space_and_spelling_of_numbers_do_not_matter() -> None:
    signed = jsf.sign(SMALL, [ED])
    text = json.dumps(signed, indent=7, sort_keys=True, ensure_ascii=True).replace("1.0,", "1.00e0,")
    assert "1.00e0" in text
    assert good(json.loads(text), ED)


def test_another_key_does_not_do() -> None:
    (checked,) = jsf.verify(jsf.sign(SMALL, [ED]), [ED2.public])
    assert (checked.valid, checked.trusted) == (True, False)
    assert checked.key == ED.public


def test_the_document_s_own_key_is_never_trusted() -> None:
    (checked,) = jsf.verify(jsf.sign(SMALL, [ED]), [])
    assert (checked.valid, checked.trusted) == (True, False)


def test_a_key_in_the_document_that_is_not_the_signer_s() -> None:
    signed = jsf.sign(SMALL, [ED])
    signed["signature"]["publicKey"] = ED2.public.jwk
    assert not good(signed, ED)
    assert not good(signed, ED2)


@pytest.mark.parametrize("key", [ED, EC], ids=["Ed25519", "P-256"])
def test_a_signature_without_a_key_is_checked_with_those_given(key: PrivateKey) -> None:
    for key_id in ({"keyId": key.key_id}, {"keyId": "release key 2026"}, {}):
        unsigned = {**SMALL, "signature": {"algorithm": key.algorithm, **key_id}}
        value = base64url.encode(key.sign(jcs.canonical(unsigned)))
        signed = {**SMALL, "signature": {**unsigned["signature"], "value": value}}
        assert good(signed, key)
        (unknown,) = jsf.verify(signed, [])
        assert unknown.valid is None
        (other,) = jsf.verify(signed, [generate(key.public.kind).public])
        assert other.valid is (None if key_id else False)
        changed = {**signed, "version": 2}
        (broken,) = jsf.verify(changed, [key.public])
        assert broken.valid is (None if key_id.get("keyId") == "release key 2026" else False)


def test_several_sign_side_by_side() -> None:
    signed = jsf.sign(SMALL, [ED, EC])
    assert list(signed["signature"]) == ["signers"]
    assert good(signed, ED, EC)
    assert good({**signed, "signature": {"signers": signed["signature"]["signers"][::-1]}}, ED, EC)
    assert not good({**signed, "version": 2}, ED, EC)


def test_one_more_can_be_added_beside_others() -> None:
    first = jsf.sign(SMALL, [ED], joint=True)
    assert list(first["signature"]) == ["signers"]
    second = jsf.sign(first, [EC])
    assert second["signature"]["signers"][0] == first["signature"]["signers"][0]
    assert good(second, ED, EC)
    assert good(jsf.sign(second, [ED2]), ED, ED2, EC)


def test_none_can_be_added_to_a_single_signature() -> None:
    with pytest.raises(ConfigError, match=r"a single signature, to which none can be added \(sign again with all keys"):
        jsf.sign(jsf.sign(SMALL, [ED]), [EC])


def test_none_can_be_added_to_a_chain() -> None:
    entry = jsf.sign(SMALL, [ED])["signature"]
    with pytest.raises(ConfigError, match="a chain of signatures, to which none can be added"):
        jsf.sign({**SMALL, "signature": {"chain": [entry]}}, [EC])


def test_none_is_added_to_a_signature_that_is_broken() -> None:
    signed = {**jsf.sign(SMALL, [ED], joint=True), "version": 2}
    with pytest.raises(ConfigError, match="signature 1 of the document is not valid"):
        jsf.sign(signed, [EC])


def test_nobody_signs_twice_and_somebody_signs() -> None:
    for document, signers in ((SMALL, [ED, ED]), (jsf.sign(SMALL, [ED, EC]), [EC])):
        with pytest.raises(ConfigError, match="would sign twice"):
            jsf.sign(document, signers)
    with pytest.raises(ConfigError, match="no key to sign with"):
        jsf.sign(SMALL, [])


def test_a_signer_whose_halves_differ_is_found_out() -> None:
    torn = msgspec.structs.replace(ED, public=ED2.public)
    with pytest.raises(ConfigError, match="its public key does not confirm"):
        jsf.sign(SMALL, [torn])


def test_a_document_without_canonical_form_is_not_signed() -> None:
    with pytest.raises(InputError, match="beyond 53 bits"):
        jsf.sign({**SMALL, "version": 2**60}, [ED])


def chained(*keys: PrivateKey) -> dict[str, Any]:
    """SMALL with a chain of signatures, made here because firmbom only checks them."""
    chain: list[dict[str, Any]] = []
    for key in keys:
        entry = {"algorithm": key.algorithm, "publicKey": key.public.jwk}
        payload = jcs.canonical({**SMALL, "signature": {"chain": [*chain, entry]}})
        chain.append({**entry, "value": base64url.encode(key.sign(payload))})
    return {**SMALL, "signature": {"chain": chain}}


def test_in_a_chain_each_covers_those_before() -> None:
    signed = chained(ED, EC, ED2)
    assert good(signed, ED, EC, ED2)
    del signed["signature"]["chain"][0]
    assert [one.valid for one in jsf.verify(signed, [ED.public])] == [False, False]


MALFORMED: list[tuple[Any, str]] = [
    (None, "not an object"),
    ([], "not an object"),
    ("text", "not an object"),
    ({"signers": []}, "signers is not a list of signature objects"),
    ({"signers": {}}, "signers is not a list of signature objects"),
    ({"signers": ["x"]}, "signers is not a list of signature objects"),
    ({"chain": None}, "chain is not a list of signature objects"),
    ({"signers": [{}], "chain": [{}]}, "unknown member 'chain' beside signers"),
    ({"signers": [{}], "algorithm": "Ed25519"}, "unknown member 'algorithm' beside signers"),
    ({"signers": [{}] * 65}, "65 signatures, more than the 64"),
    ({"excludes": ["components"]}, "excludes 'components' leaves members unsigned, and is refused"),
    ({"signers": [{}], "excludes": ["components"]}, "leaves members unsigned"),
    ({"excludes": []}, "excludes is not a list of names"),
    ({"excludes": [5]}, "excludes is not a list of names"),
    ({"extensions": ["x"], "x": 1}, "extensions 'x' is not understood, and is refused"),
]


@pytest.mark.parametrize(("signature", "said"), MALFORMED)
def test_malformed_as_a_whole(signature: Any, said: str) -> None:
    if isinstance(signature, dict) and "signers" not in signature and "chain" not in signature:
        signature = {**jsf.sign(SMALL, [ED])["signature"], **signature}
    with pytest.raises(InputError, match=re.escape(said)):
        jsf.verify({**SMALL, "signature": signature}, [ED.public])


@pytest.mark.parametrize("document", [{}, SMALL, [], None, "text", 5])
def test_no_signature(document: Any) -> None:
    with pytest.raises(InputError, match="there is no signature"):
        jsf.verify(document, [ED.public])


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"algorithm": "HS256"}, "proves nothing to a third party"),
        ({"algorithm": "none"}, "an unsigned document proves nothing"),
        ({"algorithm": None}, "algorithm 'None' is refused"),
        ({"algorithm": "Ed448"}, "algorithm Ed448 does not fit Ed25519 keys"),
        ({"algorithm": "RS256"}, "algorithm RS256 does not fit Ed25519 keys"),
        ({"value": None}, "value is not text"),
        ({"value": ""}, "the document was changed, or another key signed it"),
        ({"value": "A"}, "value is not base64url"),
        ({"keyId": 5}, "keyId is not text"),
        ({"keyId": "other"}, "the document was changed, or another key signed it"),
        ({"note": "x"}, "unknown member 'note' in the signature"),
        ({"publicKey": {}}, "publicKey.kty 'None' is not one of"),
        ({"certificatePath": ["AAAA"]}, "publicKey and certificatePath exclude each other"),
    ],
)
def test_a_malformed_signature_is_invalid(members: dict[str, Any], said: str) -> None:
    entry = {**jsf.sign(SMALL, [ED])["signature"], **members}
    (checked,) = jsf.verify({**SMALL, "signature": entry}, [ED.public])
    assert checked.valid is False
    assert said in checked.reason


def test_excludes_and_extensions_where_they_are_understood() -> None:
    entry = {"algorithm": "Ed25519", "extensions": ["stage"], "stage": "lab", "publicKey": ED.public.jwk}
    signed = {key: value for key, value in SMALL.items() if key != "components"}
    value = base64url.encode(ED.sign(jcs.canonical({**signed, "signature": entry})))
    document = {**SMALL, "signature": {**entry, "excludes": ["components"], "value": value}}
    allowed: dict[str, Any] = {"excludes": ["components"], "extensions": ["stage"]}
    assert jsf.verify(document, [ED.public], **allowed)[0].valid is True
    document["components"] = []
    assert jsf.verify(document, [ED.public], **allowed)[0].valid is True
    document["signature"]["stage"] = "field"
    assert jsf.verify(document, [ED.public], **allowed)[0].valid is False


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda child: st.lists(child, max_size=3) | st.dictionaries(st.text(max_size=5), child, max_size=3),
    max_leaves=6,
)
MEMBERS = ["algorithm", "keyId", "publicKey", "certificatePath", "value", "signers", "chain", "excludes", "extensions"]


@given(JUNK | st.dictionaries(st.sampled_from(MEMBERS), JUNK, max_size=6))
def test_any_signature_object_is_judged_or_refused(signature: Any) -> None:
    for document in ({"a": 1, "signature": signature}, [1, signature]):
        try:
            checked = jsf.verify(document, [ED.public, EC.public])
        except FirmbomError:
            continue
        assert not any(one.valid for one in checked)


@given(st.dictionaries(st.text(max_size=6), JUNK, max_size=5))
def test_any_document_is_signed_or_refused(document: dict[str, Any]) -> None:
    document.pop("signature", None)
    try:
        signed = jsf.sign(document, [ED])
    except FirmbomError:
        return
    assert good(json.loads(json.dumps(signed)), ED)


def test_public_keys_of_unlike_source_are_one_key() -> None:
    again = PublicKey.of(ED.public.key, source="elsewhere.pem")
    (checked,) = jsf.verify(jsf.sign(SMALL, [ED]), [again])
    assert checked.trusted
    assert checked.key is again
