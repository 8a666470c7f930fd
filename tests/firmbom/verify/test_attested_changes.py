"""Attestations that were changed, each field of them, or were never any."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from attesting import STRAY, about, bundled, judge, leaves, lines, plain, sealed, slsa
from hypothesis import given
from hypothesis import strategies as st
from judging import EC

from firmbom.attestation.statement import PAYLOAD_TYPE, Statement
from firmbom.signing import dsse


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("payloadType",), "application/vnd.in-toto+jsom"),
        (("payload",), "e30="),
        (("signatures",), []),
        (("signatures", 0, "sig"), "AAAA"),
        (("signatures", 0, "keyid"), 5),
        pytest.param(("signatures", 0, "sig"), sealed(slsa())["signatures"][0]["sig"], id="signature of another"),
    ],
)
@pytest.mark.parametrize("form", [sealed, bundled])
def test_a_changed_envelope(
    form: Callable[[Statement], dict[str, Any]], path: tuple[str | int, ...], value: Any
) -> None:
    changed = copy.deepcopy(form(about()))
    target: Any = changed.get("dsseEnvelope", changed)
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    assert judge(changed).exit_status & 17 == 17


OUTSIDE = [path for path in leaves(plain(about())) if path and path[0] != "predicate"] + [("predicate", "version")]


@pytest.mark.parametrize("path", OUTSIDE, ids=lambda path: ".".join(map(str, path)))
def test_a_changed_statement(path: tuple[Any, ...]) -> None:
    """Each member of the statement taken out, behind an honest signature of the whole."""
    envelope, changed = sealed(about()), plain(about())
    target = changed
    for step in path[:-1]:
        target = target[step]
    del target[path[-1]]
    envelope["payload"] = base64.b64encode(json.dumps(changed).encode()).decode()
    verdict = judge(envelope)
    assert verdict.exit_status & 17 == 17
    assert verdict.signature.reasons[0] == (f"the signature by {EC.public} is not valid: it or the payload was changed")


@pytest.mark.parametrize(
    "change",
    [
        {"mediaType": "application/vnd.dev.sigstore.bundle.v9.9+json"},
        {"verificationMaterial": None},
        {"dsseEnvelope": None},
        {"messageSignature": {}},
    ],
)
def test_a_changed_bundle(change: dict[str, Any]) -> None:
    verdict = judge({**bundled(about()), **change})
    assert (verdict.exit_status, len(verdict.signature.reasons)) == (25, 1)


def test_a_statement_changed_in_one_line_of_several() -> None:
    good, other = sealed(about()), sealed(slsa())
    other["payload"] = sealed(slsa(subjects=(STRAY,)))["payload"]
    verdict = judge(lines(good, other))
    assert verdict.exit_status == 17
    assert verdict.signature.reasons[0].startswith(f"line 2: the signature by {EC.public} is not valid")


def test_a_broken_line_is_not_passed_over() -> None:
    assert judge(lines(sealed(about())) + b'{"payload": "e30="').exit_status == 17
    assert judge(lines(sealed(about()), {**sealed(slsa()), "signatures": []})).exit_status == 17


ENVELOPE, BUNDLE = sealed(about()), bundled(about())
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
UNSIGNED = {"keyid", "hint"}


@given(st.sampled_from([ENVELOPE, BUNDLE]), st.data())
def test_whatever_is_put_in_place_of_a_member_never_passes(value: dict[str, Any], draw: st.DataObject) -> None:
    path = draw.draw(st.sampled_from([one for one in leaves(value) if one and one[-1] not in UNSIGNED]))
    other, changed = draw.draw(JSON), copy.deepcopy(value)
    target: Any = changed
    for step in path[:-1]:
        target = target[step]
    before, target[path[-1]] = target[path[-1]], other
    if path[-1] == "publicKey" and isinstance(other, dict) and isinstance(other.get("hint", ""), str):
        return  # the hint alone was changed
    assert other == before or judge(changed).exit_status & 17 == 17


@given(st.data())
def test_whatever_is_signed_gets_an_answer(draw: st.DataObject) -> None:
    """The holder of the key may sign anything; the verifier must not choke on it."""
    changed = plain(about())
    path = draw.draw(st.sampled_from([one for one in leaves(changed) if one]))
    target: Any = changed
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = draw.draw(JSON)
    text = json.dumps(changed).encode("utf-8", "surrogatepass")
    verdict = judge(dsse.write(dsse.sign(PAYLOAD_TYPE, text, [EC])))
    assert verdict.exit_status == 0 or all(one.reasons for one in verdict.answers.values() if one.status == "failed")


@given(st.integers(0, 4000), st.binary(max_size=4))
def test_damaged_files_get_an_answer(place: int, junk: bytes) -> None:
    data = lines(ENVELOPE, BUNDLE)
    for damaged in (data[:place], data[:place] + junk + data[place + len(junk) :]):
        assert damaged == data or judge(damaged).signature.reasons
