"""The text of a document in pieces is the text that is made at once."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from firmbom.cyclonedx import text

WORDS = st.text(st.characters(codec="utf-8"), max_size=5)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(0, 1) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(WORDS, VALUES, max_size=4))
def test_the_pieces_are_the_whole(body: dict[str, Any]) -> None:
    whole = msgspec.json.encode(body)
    assert b"".join(text.compact(body)) == whole
    assert b"".join(text.pretty(body)) == msgspec.json.format(whole, indent=2)


@given(st.lists(VALUES, min_size=1, max_size=3), st.integers(250, 520))
def test_long_lists_are_written_in_several_pieces(values: list[Any], length: int) -> None:
    body = {"metadata": {"component": {"components": (values * length)[:length]}}}
    assert b"".join(text.pretty(body)) == msgspec.json.format(msgspec.json.encode(body), indent=2)
