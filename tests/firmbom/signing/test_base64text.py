"""Either alphabet, padded or not; but one text never stands for the bytes of another of the same form."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmbom.errors import InputError
from firmbom.signing import base64text


@given(st.binary(max_size=70))
def test_each_form_is_read(data: bytes) -> None:
    for text in (base64.b64encode(data).decode(), base64.urlsafe_b64encode(data).decode()):
        assert base64text.decode(text, "sig") == base64text.decode(text.rstrip("="), "sig") == data
    assert base64text.encode(data) == base64.b64encode(data).decode()


@pytest.mark.parametrize(
    "text",
    [
        "A",
        "AB",
        "AB==",
        "AAB=",
        "AA=",
        "AAA==",
        "AAAA=",
        "A+_A",
        "A/-A",
        "AA\n==",
        " AAA",
        "AA AA",
        "ÄÄÄÄ",
        "A=AA",
        None,
        5,
    ],
)
def test_what_is_refused(text: object) -> None:
    with pytest.raises(InputError, match=r"^sig is not"):
        base64text.decode(text, "sig")


@given(st.binary(min_size=1, max_size=20), st.data())
def test_a_changed_character_changes_the_bytes(data: bytes, draw: st.DataObject) -> None:
    text = base64text.encode(data)
    place = draw.draw(st.integers(0, len(text) - 1))
    other = draw.draw(st.characters(codec="ascii").filter(lambda c: c != text[place]))
    try:
        found = base64text.decode(text[:place] + other + text[place + 1 :], "sig")
    except InputError:
        return
    assert found != data or {text[place], other} in ({"+", "-"}, {"/", "_"})
