"""Addresses become what the schema accepts, without secrets."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema_rs import validator_for

from firmbom.cyclonedx.address import address, is_email, public

IRI = validator_for({"format": "iri-reference"}, validate_formats=True)
EMAIL = validator_for({"format": "idn-email"}, validate_formats=True)

PIECES = st.text(st.sampled_from("ab/:@[]%01.?#\\ü\n ~"), max_size=25)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=30), PIECES, PIECES.map("http://".__add__), PIECES.map("git+ssh://git@".__add__)))
def test_any_text_becomes_a_valid_reference_and_stays_one(text: str) -> None:
    made = address(text)
    assert IRI.is_valid(made)
    assert IRI.is_valid(address(made))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://npm.example/ms/-/ms-1.0.0.tgz", "https://npm.example/ms/-/ms-1.0.0.tgz"),
        ("https://npm.example:8443/a?b=c#d", "https://npm.example:8443/a?b=c#d"),
        ("git@git.example:owner/name.git", "ssh://git@git.example/owner/name.git"),
        ("git+ssh://git@git.example:owner/name.git#main", "git+ssh://git@git.example/owner/name.git#main"),
        ("https://user:secret@git.example/x", "https://git.example/x"),
        ("https://token@git.example/x", "https://git.example/x"),
        ("ssh://git@git.example/x", "ssh://git@git.example/x"),
        ("ssh://git:secret@git.example/x", "ssh://git.example/x"),
        ("pump image.img", "pump%20image.img"),
        ("1:2", "./1:2"),
        ("http://[::1]:80/a", "http://[::1]:80/a"),
        ("http://[:::]/a", "http://%5B/::%5D/a"),
        ("a#b#c", "a#b%23c"),
        ("100%", "100%25"),
        ("a\ud800", "a%5Cud800"),
    ],
)
def test_addresses(text: str, expected: str) -> None:
    assert address(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://git.example/x", "https://git.example/x"),
        ("git@git.example:x", "ssh://git@git.example/x"),
        ("../sibling.git", "../sibling.git"),
        ("/srv/x.git", ""),
        ("file:///srv/x.git", ""),
        ("C:\\git\\x", ""),
        ("x", ""),
    ],
)
def test_places_on_this_machine_are_not_public(text: str, expected: str) -> None:
    assert public(text) == expected


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.emails(), st.text(st.sampled_from("ab.@-_1ü"), max_size=15)))
def test_what_counts_as_an_email_address_every_validator_accepts(text: str) -> None:
    assert not is_email(text) or EMAIL.is_valid(text)


def test_common_email_addresses_count() -> None:
    assert is_email("psirt@acme.example")
    assert is_email("first.last+sbom@sub.acme-group.example")
