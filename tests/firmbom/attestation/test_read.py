"""Files of attestations: one object, or lines."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from firmbom.attestation import bundle, make, read
from firmbom.errors import InputError
from firmbom.signing import dsse
from firmbom.signing.keys import PrivateKey


def lines(*values: Any) -> bytes:
    return b"".join(value if isinstance(value, bytes) else json.dumps(value).encode() + b"\n" for value in values)


def test_what_is_recognised(envelope: dsse.Envelope, document: dict[str, Any], keyring: dict[str, PrivateKey]) -> None:
    plain, bundled = dsse.write(envelope), bundle.write(envelope, keyring["P-256"])
    assert read.is_attestation(plain)
    assert read.is_attestation(bundled)
    for other in (document, {**document, "payload": ""}, {}, [], [plain], "payload", None):
        assert not read.is_attestation(other)
    (part,) = read.one(plain)
    assert (part.envelope, part.line, part.place) == (envelope, 0, "")


def test_lines_of_either_kind(envelope: dsse.Envelope, keyring: dict[str, PrivateKey]) -> None:
    other = dsse.sign("t", b"x", [keyring["Ed25519"]])
    found = read.lines(make.as_line(envelope) + b"\n" + lines(bundle.write(other, keyring["Ed25519"])))
    assert found is not None
    assert [(one.line, one.place) for one in found] == [(1, "line 1: "), (3, "line 3: ")]
    assert [one.envelope.payload for one in found if one.envelope] == [envelope.payload, b"x"]


def test_signatures_of_one_payload_are_put_together(keyring: dict[str, PrivateKey]) -> None:
    made = [bundle.write(dsse.sign("t", b"x", [keyring[kind]]), keyring[kind]) for kind in ("P-256", "Ed25519")]
    found = read.lines(lines(*made, made[0]))
    assert found is not None
    (part,) = found
    assert part.envelope is not None
    checked = dsse.verify(part.envelope, [keyring["Ed25519"].public, keyring["P-256"].public])
    assert [one.key for one in checked] == [keyring["P-256"].public, keyring["Ed25519"].public]


def test_too_many_signatures_of_one_payload_are_told(envelope: dsse.Envelope) -> None:
    value = dsse.write(envelope)
    more = {**value, "signatures": [{"sig": "AAAA", "keyid": str(number)} for number in range(32)]}
    found = read.lines(lines(value, more))
    assert found is not None
    assert [one.fault for one in found] == ["", "more than 32 signatures of a payload"]


def test_damage_is_told_by_line(envelope: dsse.Envelope) -> None:
    good = make.as_line(envelope)
    found = read.lines(lines(good, b"{\n", {"payloadType": 5}, {"other": 1}, b'{"payload": 1, "payload": 2}\n', [1]))
    assert found is not None
    assert [one.fault or one.foreign for one in found] == [
        False,
        "line 1 column 2: not JSON: Expecting property name enclosed in double quotes",
        "the envelope has no payloadType",
        True,
        "key 'payload' stands twice in one object",
        True,
    ]


def test_the_bundle_that_older_cosign_wrote(envelope: dsse.Envelope) -> None:
    text = base64.b64encode(make.as_line(envelope)).decode()
    (part,) = read.one({"base64Signature": text, "cert": "", "rekorBundle": {}})
    assert part.envelope == envelope
    (damaged,) = read.one({"base64Signature": text[:-8]})
    assert damaged.fault.startswith("line 1 column ")
    assert read.one({"base64Signature": "?"})[0].fault == "base64Signature is not base64"


def test_files_that_hold_none() -> None:
    assert read.lines(b"") is None
    assert read.lines(b"{}\n{}\n") is None
    assert read.lines(b'{\n"payload": 1\n}\n') is None
    assert read.lines(b"{}\n" * 300) is None


def test_too_many_lines(envelope: dsse.Envelope) -> None:
    line = lines({"payloadType": "t", "payload": "", "signatures": [{"sig": "AAAA"}]})
    with pytest.raises(InputError, match="257 lines"):
        read.lines(line * 257)
