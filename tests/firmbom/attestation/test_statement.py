"""Statements: the form they have, and every form that is none."""

from __future__ import annotations

import json
from typing import Any

import pytest
import rfc8785

from firmbom.attestation import statement
from firmbom.attestation.statement import PAYLOAD_TYPE, TYPE, Statement, Subject
from firmbom.errors import InputError
from firmbom.model import Algorithm, Digest

ONE, TWO = Digest(Algorithm.SHA256, "1" * 64), Digest(Algorithm.SHA512, "2" * 128)
GOOD: dict[str, Any] = {
    "_type": TYPE,
    "subject": [{"name": "a.img", "digest": {"sha256": ONE.value, "sha512": TWO.value}}],
    "predicateType": "https://a.example/b",
    "predicate": {"z": 1, "a": [1.5, "ü"]},
}
READ = Statement(
    subjects=(Subject("a.img", (ONE, TWO)),), predicate_type="https://a.example/b", predicate={"z": 1, "a": [1.5, "ü"]}
)


def read(**change: Any) -> Statement:
    value = {name: member for name, member in {**GOOD, **change}.items() if member is not ...}
    return statement.read(PAYLOAD_TYPE, json.dumps(value).encode())


def test_a_statement_is_canonical_json() -> None:
    assert statement.write(READ) == rfc8785.dumps(GOOD)
    assert statement.read(PAYLOAD_TYPE, statement.write(READ)) == READ


def test_what_others_write_is_read() -> None:
    assert read(_type="https://in-toto.io/Statement/v0.1", more={}) == READ
    digest = {"sha256": ONE.value, "sha1": "3" * 40, "gitCommit": "4" * 40, "sha384": "nonsense"}
    assert read(subject=[{"digest": digest, "uri": "x:y"}]).subjects == (Subject("", (ONE,)),)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"_type": "https://in-toto.io/Statement/v2"}, "_type 'https://in-toto.io/Statement/v2' is no"),
        ({"_type": ...}, "_type 'None'"),
        ({"predicateType": ...}, "no predicateType"),
        ({"predicateType": ""}, "no predicateType"),
        ({"predicate": ...}, "predicate of the statement is not an object"),
        ({"predicate": "text"}, "predicate of the statement is not an object"),
        ({"subject": ...}, "not a list"),
        ({"subject": []}, "about no file"),
        ({"subject": ["a"]}, "no digest"),
        ({"subject": [{"name": "a"}]}, "no digest"),
        ({"subject": [{"name": "a", "digest": {}}]}, "neither SHA-256 nor SHA-512"),
        ({"subject": [{"name": "a", "digest": {"sha1": "3" * 40}}]}, "neither SHA-256 nor SHA-512"),
        ({"subject": [{"name": "a", "digest": {"sha256": "1" * 63}}]}, "'a': not a SHA-256 digest"),
        ({"subject": [{"name": "a", "digest": {"sha256": "A" * 64}}]}, "not a SHA-256 digest in lower-case"),
        ({"subject": [{"name": "a", "digest": {"sha256": 5}}]}, "not a SHA-256 digest"),
        ({"subject": [{"name": 5, "digest": {"sha256": "1" * 64}}]}, "not text"),
        ({"subject": GOOD["subject"] * 1025}, "1025 subjects"),
    ],
)
def test_what_is_no_statement(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(**change)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"[]", "not a JSON object"),
        (b"{", "not JSON"),
        (b"\xff", "not text"),
        (b'{"_type": 1, "_type": 2}', "stands twice"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": 9007199254740993}', "beyond 53 bits"),
        (b'{"a": 1e999}', "beyond what a double holds"),
        (b'{"a": "\\ud800"}', "half of a surrogate pair"),
    ],
)
def test_a_payload_that_is_ambiguous_or_no_json(data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        statement.read(PAYLOAD_TYPE, data)


def test_another_payload_is_not_looked_at() -> None:
    with pytest.raises(InputError, match="'text/json' is not application"):
        statement.read("text/json", json.dumps(GOOD).encode())


@pytest.mark.parametrize("count", [0, 1025])
def test_what_is_not_written(count: int) -> None:
    with pytest.raises(InputError, match="subject"):
        statement.write(Statement(subjects=(READ.subjects[0],) * count, predicate_type="x", predicate={}))


def test_every_shared_digest_of_a_subject_must_agree() -> None:
    both = {Algorithm.SHA256: ONE, Algorithm.SHA512: TWO}
    assert Subject("", (ONE, TWO)).is_of(both)
    assert Subject("", (ONE,)).is_of(both)
    assert not Subject("", (ONE, Digest(Algorithm.SHA512, "3" * 128))).is_of(both)
    assert not Subject("", (TWO,)).is_of({Algorithm.SHA256: ONE})
