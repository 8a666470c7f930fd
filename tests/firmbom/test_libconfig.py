"""libconfig as its manual describes it, and what is refused."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmbom import libconfig
from firmbom.errors import InputError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", {}),
        ("a = 1", {"a": 1}),
        ("a : 1; b = 2, c = 3", {"a": 1, "b": 2, "c": 3}),
        ("a = 0x1F; b = 0xFFFFFFFFFFL; c = -7; d = +7LL; e = 0b101; f = 0o17", {
            "a": 31, "b": 0xFFFFFFFFFF, "c": -7, "d": 7, "e": 5, "f": 15,
        }),
        ("a = 1.5; b = .5; c = -2e3; d = 1.E-2", {"a": 1.5, "b": 0.5, "c": -2000.0, "d": 0.01}),
        ("a = true; b = FALSE; c = True", {"a": True, "b": False, "c": True}),
        ('a = "b" "c"\n"d"', {"a": "bcd"}),
        (r'a = "\"\\\n\t\r\f\a\b\v\x41"', {"a": '"\\\n\t\r\f\a\b\vA'}),
        (r'a = "100\%"', {"a": r"100\%"}),
        ("a = { b = { c = 1; }; };", {"a": {"b": {"c": 1}}}),
        ('a = ( 1, "b", { c = 2 }, [ 3, 4 ], () )', {"a": [1, "b", {"c": 2}, [3, 4], []]}),
        ("a = [ 1, 2, ]", {"a": [1, 2]}),
        ("a = 1 // b = 2\n# c = 3\n/* d = 4\n*/ e = 5", {"a": 1, "e": 5}),
        ("hardware-compatibility = 1; *x_2 = 3", {"hardware-compatibility": 1, "*x_2": 3}),
        ('a = "ü"', {"a": "ü"}),
    ],
)  # fmt: skip
def test_values(text: str, value: dict[str, Any]) -> None:
    assert libconfig.loads(text.encode()) == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = ", "line 1: not libconfig: expected a value, got 'the end'"),
        ("\na = }", "line 2: not libconfig: expected a value, got '}'"),
        ("a 1", "line 1: not libconfig: expected '=' behind 'a'"),
        ("1 = a", "line 1: not libconfig: expected the name of a setting, got '1'"),
        ("a = 1; a = 2", "line 1: not libconfig: 'a' stands twice in one group"),
        ("a = { b = 1", "line 1: not libconfig: expected the name of a setting, got 'the end'"),
        ("a = (1 2)", "line 1: not libconfig: expected ',' or ')'"),
        ("a = (1", "line 1: not libconfig: expected ',' or ')'"),
        ("a = 1x", "line 1: not libconfig: unexpected '1x'"),
        ('a = "b', "line 1: not libconfig: unexpected '\"b'"),
        ("/* a", "line 1: not libconfig: unexpected '/* a'"),
        ('@include "/etc/passwd"', "line 1: not libconfig: unexpected '@include \"/etc/passw'"),
        ("a = b", "line 1: not libconfig: expected a value, got 'b'"),
        ("a =" + "(" * 100, "line 1: not libconfig: nested deeper than 64"),
        ("a =" + "{ a = " * 100, "line 1: not libconfig: nested deeper than 64"),
    ],
)
def test_what_is_refused(text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        libconfig.loads(text.encode())
    assert caught.value.within("") == said


def test_a_number_without_end_costs_nothing() -> None:
    assert libconfig.loads(b"a = -" + b"9" * 100_000) == {"a": float("-inf")}


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(InputError, match="not text in UTF-8"):
        libconfig.loads(b"\x80")


@given(st.text(alphabet='ab=:;,{}()[]"\\/#*\n 019.xL-+@', max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(InputError):
        assert isinstance(libconfig.loads(text.encode()), dict)
