"""Strict reading: what is refused, where the message points, what is never guessed."""

from __future__ import annotations

import pytest
import yaml as pyyaml
from hypothesis import given, settings
from hypothesis import strategies as st

from firmbom import parse
from firmbom.errors import InputError

DEEP = 100_000


@pytest.mark.parametrize(
    ("reader", "data", "said"),
    [
        (parse.json, b"", "lock: line 1 column 1: not JSON"),
        (parse.json, b'{"a": 1, "a": 2}', "lock: key 'a' stands twice"),
        (parse.json, b'[{"b": {"a": 1, "a": 2}}]', "key 'a' stands twice"),
        (parse.json, b'{"a": NaN}', "NaN is not JSON"),
        (parse.json, b'{"a": -Infinity}', "-Infinity is not JSON"),
        (parse.json, b'{"a":\n tru}', "lock: line 2 column 2"),
        (parse.json, b'{"a": "\xff"}', "lock: byte 7: not text in UTF-8"),
        (parse.json, b"[" * DEEP, "nested too deeply"),
        (parse.json, b"1" * 5000, "not JSON that can be read"),
        (parse.json, b"\xff\xfe{", "not text in UTF-16"),
        (parse.toml, b"a = ", "not TOML"),
        (parse.toml, b"a = 1\na = 2", "Cannot overwrite a value"),
        (parse.toml, b"a = " + b"[" * DEEP, "not TOML that can be read"),
        (parse.toml, b"\x80", "byte 0: not text"),
        (parse.yaml, b"a: 1\na: 2", "key 'a' stands twice"),
        (parse.yaml, b"a: 1\n b: 2", "lock: line 2: not YAML"),
        (parse.yaml, b"a: *b", "alias 'b' has no anchor"),
        (parse.yaml, b"\x00", "not YAML"),
        (parse.yaml, b"[" * DEEP, "nested deeper than 500"),
        (parse.yaml, b"- " * DEEP, "nested deeper than 500"),
        (parse.yaml, b"{a: " * DEEP, "nested deeper than 500"),
        (parse.yaml, b"a: 'x", "not YAML"),
    ],
)
def test_bad_input_is_answered_with_the_place(reader: object, data: bytes, said: str) -> None:
    with pytest.raises(InputError) as caught:
        reader(data, path="lock")  # type: ignore[operator] # three readers of one shape
    assert str(caught.value).startswith("lock")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_byte_order_mark_decides_the_encoding(encoding: str) -> None:
    assert parse.text("größe\r\n".encode(encoding)) == "größe\r\n"
    assert parse.json('{"ä": 1}'.encode(encoding)) == {"ä": 1}


def test_repeated_keys_are_reported_when_asked_and_the_last_stands() -> None:
    seen: list[str] = []
    assert parse.json(b'{"a": 1, "b": 0, "a": 2}', on_duplicate=seen.append) == {"a": 2, "b": 0}
    assert parse.yaml(b"{a: 1, a: 2}", on_duplicate=seen.append) == [{"a": "2"}]
    assert seen == ["a", "a"]


def test_yaml_scalars_stay_text() -> None:
    assert parse.yaml(b"v: 1.10\nd: 2024-01-01\nn: no\n---\n- 0o7") == [
        {"v": "1.10", "d": "2024-01-01", "n": "no"},
        ["0o7"],
    ]


def test_yaml_aliases_share_one_value() -> None:
    (value,) = parse.yaml(b"a: &x {k: [1]}\nb: *x")
    assert value["a"] is value["b"]


@settings(max_examples=60, deadline=None)
@given(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20))
def test_yaml_reads_what_the_library_s_own_composer_reads(value: object) -> None:
    written = pyyaml.safe_dump(value, default_style='"')
    assert parse.yaml(written.encode()) == [pyyaml.load(written, pyyaml.BaseLoader)]  # noqa: S506 - text only


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200), st.sampled_from([parse.json, parse.toml, parse.yaml]))
def test_no_bytes_bring_anything_but_a_value_or_an_input_error(data: bytes, reader: object) -> None:
    try:
        reader(data)  # type: ignore[operator] # three readers of one shape
    except InputError as error:
        assert error.message


@pytest.mark.parametrize(
    "text", ["1.0", "-0.5", "1e3", "0.0", "-0.0e9", "1E+2", "0.10000000000000001", "100000000000000000000.0"]
)
def test_numbers_that_a_double_holds_are_exact(text: str) -> None:
    assert parse.json(text.encode(), exact=True) == float(text)


@pytest.mark.parametrize(
    "text", ["1e400", "-1e400", "1e-400", "1E999999999", "1.000000000000000000001", "0.123456789012345678"]
)
def test_other_numbers_are_refused_where_it_matters(text: str) -> None:
    with pytest.raises(InputError, match="beyond what a double holds: readers would differ on it"):
        parse.json(f'{{"a": [{text}]}}'.encode(), exact=True)
    assert parse.json(text.encode()) == float(text)
