"""Which text an expression cannot match without."""

from __future__ import annotations

import pytest

from firmbom_elf.catalogue.literals import needed, required
from firmbom_elf.strings.automaton import Literal


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        (r"^OpenSSL (\d+)", ["OpenSSL "]),
        (r"libcurl(?:-gnutls)?/(\d)", ["libcurl"]),
        (r"(foo+bar)(baz)", ["barbaz"]),
        (r"^(?:alpha|beta1) (\d)$", ["alpha ", "beta1 "]),
        (r"(?:deflate|inflate) (\d) Copyright", ["deflate ", "inflate "]),
        (r"(?:deflate|inflate) (\d) Jean-loup", [" Jean-loup"]),
        (r"^rsync\s+version (\d)", ["rsync"]),
        (r"^Version (\d)", ["Version "]),
        (r"\x00version\x00(\d)", []),
        (r"^v(\d)\((?:release|debug)\)", ["(debug)", "(release)"]),
        (r"^(?:irexec|irpipe) (\d)", ["irexec ", "irpipe "]),
        (r"(?:a|b)(?:c|d)(?:e|f)(?:ghij|klmn)", ["ghij", "klmn"]),
        (r"^(?:x|beta1)(\d)$", []),
        (r"^(\d+\.\d+)$", []),
        (r"ab(?:cdef)?gh", []),
        (r"(?:abcd){2}", ["abcd"]),
        (r"(?!nothing)(?:x(?i:abcdef))", []),
        (r"v\u00e9rsion1", ["rsion1"]),
    ],
)
def test_literals_that_are_required(pattern: str, texts: list[str]) -> None:
    assert [literal.text for literal in required(pattern)] == texts


@pytest.mark.parametrize(
    ("pattern", "number"),
    [
        (r"^tor (\d+\.\d+\.\d+)$", True),
        (r"^tig (\d+(?:\.\d+)+)$", True),
        (r"^foo ([3-9]\.\d)", True),
        (r"^foo (?:\d\.)+5", True),
        (r"^kyoto (1\.2\.[2-9])", True),
        (r"^foo (\d+(?:\.\d+)*)$", False),
        (r"^foo (\d+\.?\d+)$", False),
        (r"^foo (?:\d\.\d|unknown)$", False),
        (r"^foo (\d+-)+\.\d$", False),
        (r"^foo (\d*\.\d+)$", False),
        (r"^foo (\d+\.[\da-f]+)$", False),
        (r"^foo (\d+.\d+)$", False),
    ],
)
def test_dotted_numbers_that_are_required(pattern: str, number: bool) -> None:
    assert needed(pattern).number is number


def test_letters_of_either_case() -> None:
    assert required(r"(?i)curl/(\d)") == (Literal("curl/", caseless=True),)


def test_what_is_no_expression_is_said() -> None:
    with pytest.raises(ValueError, match="not a regular expression: missing"):
        required("(abc")
