"""The canonical form: equal to the reference implementation, whatever the value."""

from __future__ import annotations

import json
import struct
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec
import pytest
import rfc8785
from hypothesis import example, given, settings
from hypothesis import strategies as st

from firmbom.errors import InputError
from firmbom.signing import jcs

VECTORS = Path(__file__).parents[3] / "../shared/vectors/jcs"

# Names that sort otherwise in UTF-16 than in UTF-8 are rare among arbitrary ones, so they are asked for.
NAMES = st.text(max_size=4) | st.text(alphabet="aé€\ud7ff\ue000\uffff\U00010000\U0001f600", max_size=3)
NUMBERS = (
    st.integers(-jcs.LARGEST_INTEGER, jcs.LARGEST_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-(2**60), 2**60).map(float)
    | st.sampled_from([1.0, -1.0, 0.0, -0.0, 0.8, 1e21, 1e20, 1e16, 123456789012345678901.0, 1e-6, 1e-7, 5e-324])
)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=8) | NAMES,
    lambda child: st.lists(child, max_size=4) | st.dictionaries(NAMES, child, max_size=5),
    max_leaves=20,
)


@given(VALUES)
@settings(max_examples=400, deadline=None)
@example({"\ue000": 1, "\U0001f600": 2})
@example({"a": {"\uffff\U00010000": [], "\U00010000": {}}, "b": "\ue000"})
@example([1.0, {"confidence": 1.0, "nested": [0.8, {"x": -0.0}]}])
def test_equals_the_reference_implementation(value: Any) -> None:
    before = repr(value)
    assert jcs.canonical(value) == rfc8785.dumps(value)
    assert repr(value) == before


@given(st.integers(0, 2**64 - 1))
@settings(max_examples=300, deadline=None)
def test_every_double_is_spelt_as_ecmascript_spells_it(bits: int) -> None:
    (number,) = struct.unpack(">d", bits.to_bytes(8, "big"))
    if number - number == 0:
        assert jcs.canonical([number]) == rfc8785.dumps([number])
    else:
        with pytest.raises(InputError, match="not a JSON number"):
            jcs.canonical([number])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [True, None, "x"]}, '{"a":[true,null,"x"],"b":1}'),
        ({"confidence": 1.0}, '{"confidence":1}'),
        (
            [-0.0, 0.8, 1e21, 1e-7, 1.5e300, 123456789012345678901.0],
            "[0,0.8,1e+21,1e-7,1.5e+300,123456789012345680000]",
        ),
        ({"\ue000": 1, "\U0001f600": 2}, '{"\U0001f600":2,"\ue000":1}'),
        ({"é": 1, "e": 2, "z": 3}, '{"e":2,"z":3,"é":1}'),
        ('\x00\x08\t\n\x0c\r\x1f"\\/\x7f\u2028<', '"\\u0000\\b\\t\\n\\f\\r\\u001f\\"\\\\/\x7f\u2028<"'),
        ((), "[]"),
        ({"": {}}, '{"":{}}'),
        ("\U0001f600\ue000", '"\U0001f600\ue000"'),
    ],
)
def test_known_forms(value: Any, text: str) -> None:
    assert jcs.canonical(value) == text.encode()


def test_every_character_is_written_as_the_reference_writes_it() -> None:
    characters = "".join(map(chr, (*range(0xD800), *range(0xE000, 0x110000))))
    assert jcs.canonical([characters]) == rfc8785.dumps([characters])


class _Word(StrEnum):
    SHA = "SHA-256"


def test_an_enumerated_text_is_its_text() -> None:
    assert jcs.canonical({"alg": _Word.SHA}) == b'{"alg":"SHA-256"}'


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        -float("inf"),
        2**53,
        -(2**53),
        pytest.param(10**5000, id="5000 digits"),
        "\ud800",
        {"\udfff": 1},
        {1: 2},
        {"a": {None: 2}},
        b"bytes",
        {"a": {1, 2}},
        object(),
    ],
)
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(InputError) as caught:
        jcs.canonical({"x": [value]})
    assert len(str(caught.value)) < 120


def test_deep_nesting_is_refused() -> None:
    value: Any = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(InputError, match="nested too deeply"):
        jcs.canonical(value)


@given(st.dictionaries(NAMES, VALUES, max_size=4))
@settings(deadline=None)
@example({"\ue000": {"b": 1.0, "a": 2}, "\U0001f600": 1e30})
def test_a_prepared_part_is_written_as_the_part(value: dict[str, Any]) -> None:
    parts = {name: jcs.prepared(child) for name, child in value.items()}
    assert all(isinstance(part, msgspec.Raw) for part in parts.values())
    assert jcs.canonical(parts) == jcs.canonical(value)
    assert jcs.canonical([*parts.values()]) == jcs.canonical([*value.values()])


@pytest.mark.skipif(not VECTORS.is_dir(), reason="the shared test vectors are not here")
@pytest.mark.parametrize("name", ["arrays", "french", "structures", "unicode", "values", "weird"])
def test_vectors_of_the_rfc(name: str) -> None:
    value = json.loads((VECTORS / f"input/{name}.json").read_bytes())
    wanted = bytes.fromhex((VECTORS / f"outhex/{name}.txt").read_text())
    assert jcs.canonical(value) == wanted
