"""Path patterns."""

from __future__ import annotations

import fnmatch
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmbom.tree.match import NamePatterns, Patterns


@pytest.mark.parametrize(
    ("pattern", "fits", "does_not"),
    [
        ("a.txt", ["a.txt"], ["b/a.txt", "a.txt/b", "xa.txt", "a.txtx", "aXtxt"]),
        ("*.txt", ["a.txt", ".txt"], ["a/b.txt", "a.txt/b"]),
        ("a/*/c", ["a/b/c", "a//c"], ["a/c", "a/b/b/c"]),
        ("a?c", ["abc"], ["a/c", "ac", "abbc"]),
        ("**/x", ["x", "a/x", "a/b/x"], ["ax", "a/bx", "x/a"]),
        ("a/**", ["a/b", "a/b/c"], ["a", "ab", "b/a/c"]),
        ("a/**/z", ["a/z", "a/b/z", "a/b/c/z"], ["az", "a/bz"]),
        ("**", ["a", "a/b", ""], []),
        ("/a/", ["a"], ["a/b"]),
        ("a[1].(txt)+^$|", ["a[1].(txt)+^$|"], ["a1.txt"]),
        ("line\nbreak*", ["line\nbreak\n"], ["line"]),
        ("caf\udce9*", ["caf\udce9.txt"], ["cafe.txt"]),
    ],
)
def test_patterns_fit_whole_paths(pattern: str, fits: list[str], does_not: list[str]) -> None:
    patterns = Patterns([pattern])
    assert [path for path in fits if not patterns.match(path)] == []
    assert [path for path in does_not if patterns.match(path)] == []


@pytest.mark.parametrize(
    ("pattern", "folder", "fits"),
    [
        ("a", "a", True),
        ("a/**", "a", True),
        ("a/*", "a", True),
        ("a/*.txt", "a", False),
        ("**/cache/**", "x/cache", True),
        ("**/cache/**", "x", False),
        ("a/*/b", "a", False),
    ],
)
def test_a_folder_fits_when_all_that_it_may_hold_does(pattern: str, folder: str, fits: bool) -> None:
    assert Patterns([pattern]).match_folder(folder) is fits


def test_no_patterns_fit_nothing() -> None:
    nothing = Patterns(())
    assert not nothing
    assert not nothing.match("")
    assert not nothing.match_folder("a")
    assert Patterns(["a"])


def test_several_patterns_fit_if_one_does() -> None:
    patterns = Patterns(["a", "b/*"])
    assert patterns.match("a")
    assert patterns.match("b/c")
    assert not patterns.match("ab/c")


def test_names_are_compared_with_the_base_name() -> None:
    names = NamePatterns(["package.json", "requirements*.txt"])
    assert names.match("a/b/package.json")
    assert names.match("requirements-dev.txt")
    assert not names.match("package.json/x")
    assert not names.match("dev-requirements.txt")


@given(st.text("ab.*?", max_size=8), st.text("ab.", max_size=8))
def test_inside_one_folder_patterns_mean_what_the_shell_means(pattern: str, name: str) -> None:
    if pattern and "**" not in pattern:
        assert Patterns([pattern]).match(name) is bool(re.match(fnmatch.translate(pattern), name))


_PARTS = st.sampled_from(["a", "b", "a.b", "*", "**", "*.b", "a*", "?", "*a?"])
_PATHS = st.lists(st.sampled_from(["a", "b", "ab", "a.b", "aa"]), min_size=1, max_size=4).map("/".join)


def meant(pattern: str, path: str) -> bool:
    """What docs/configuration.md says of a pattern, part by part."""
    parts = pattern.split("/")
    if parts == ["**"]:
        return True
    if parts[0] == "**":
        rest = "/".join(parts[1:])
        return meant(rest, path) or any(meant(rest, path[at + 1 :]) for at, sign in enumerate(path) if sign == "/")
    head, slash, tail = path.partition("/")
    fits = bool(re.match(fnmatch.translate(parts[0]), head))
    return fits and (meant("/".join(parts[1:]), tail) if slash and parts[1:] else not slash and not parts[1:])


@given(st.lists(st.lists(_PARTS, min_size=1, max_size=4).map("/".join), max_size=4), st.lists(_PATHS, max_size=6))
def test_patterns_fit_as_each_of_them_means_whatever_was_asked_before(listed: list[str], paths: list[str]) -> None:
    patterns = Patterns(listed)
    for path in sorted(paths):
        assert patterns.match(path) is any(meant(one, path) for one in listed), path
