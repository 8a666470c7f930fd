"""One sequence of bytes, one text."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmbom.errors import InputError
from firmbom.signing import base64url


@given(st.binary(max_size=70))
def test_round_trip(data: bytes) -> None:
    assert base64url.decode(base64url.encode(data), "value") == data


@pytest.mark.parametrize(
    "text", ["A", "AA==", "AB", "AAB", "AA\n", "A+/A", "AA AA", "ÄÄÄÄ", "AAAA=", None, 5, ["AAAA"], b"AAAA"]
)
def test_other_spellings_are_refused(text: object) -> None:
    with pytest.raises(InputError, match=r"^value is not"):
        base64url.decode(text, "value")


@given(st.binary(min_size=1, max_size=20), st.data())
def test_changing_a_character_changes_the_bytes(data: bytes, draw: st.DataObject) -> None:
    text = base64url.encode(data)
    place = draw.draw(st.integers(0, len(text) - 1))
    other = draw.draw(st.characters(codec="ascii").filter(lambda c: c != text[place]))
    with contextlib.suppress(InputError):
        assert base64url.decode(text[:place] + other + text[place + 1 :], "value") != data
