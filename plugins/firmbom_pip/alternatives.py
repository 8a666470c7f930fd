"""Do several markers together leave nothing out? One of ``python_version < '3.10'`` and ``>= '3.10'`` always holds.

Locks for several Pythons split their graph into such forks; a package that every fork needs is needed always. The
truth of a marker changes only at the values it names, so trying those and their neighbours tries everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import product

from packaging.markers import InvalidMarker, Marker, UndefinedComparison

from firmbom_pip.conditions import Tree, parsed

MOST_SAMPLES = 128
"""Combinations of values tried for one set of markers; a set that needs more is not decided."""

_SIMPLE = re.compile(r"(\w+)\s*(<=|>=|<|>|==|!=|in|not\s+in)\s*(['\"])([^'\"]*)\3\Z")
_VERSION = re.compile(r"(\d{1,5})(?:\.(\d{1,5}))?(?:\.(\d{1,5}))?(?:\.\*)?\Z")
_PYTHON = frozenset({"python_version", "python_full_version"})
_NAMES = frozenset({"sys_platform", "platform_system", "os_name", "platform_machine"}) | {
    "implementation_name",
    "platform_python_implementation",
}
_OTHER = "something else"
"""Stands for every value that no marker names."""


@lru_cache(1 << 10)
def always(markers: frozenset[str], least: tuple[int, ...] = ()) -> bool:
    """Does one of the markers hold on every machine whose Python is at least ``least``? False when not decided."""
    try:
        trees = [parsed(marker) for marker in markers]
        samples = list(_samples([atom for tree in trees for atom in _comparisons(tree)], least))
        return bool(samples) and all(any(_holds(tree, sample) for tree in trees) for sample in samples)
    except (ValueError, InvalidMarker, UndefinedComparison):
        return False


def _comparisons(tree: Tree) -> Iterator[str]:
    if isinstance(tree, str):
        yield tree
    else:
        for part in tree[1]:
            yield from _comparisons(part)


def _samples(comparisons: list[str], least: tuple[int, ...]) -> Iterator[dict[str, str]]:
    """Values for every variable, in all combinations.

    Raises:
        ValueError: a comparison of another kind, or too many combinations.
    """
    versions: set[tuple[int, int, int]] = set()
    values: dict[str, set[str]] = {}
    for text in comparisons:
        simple = _SIMPLE.match(text)
        if not simple:
            raise ValueError(text)
        variable, operator, literal = simple[1], simple[2], simple[4]
        if variable in _PYTHON and "in" not in operator:
            versions.update(_around(literal))
        elif variable in _NAMES and operator in {"==", "!="}:
            values.setdefault(variable, {_OTHER}).add(literal)
        else:
            raise ValueError(text)
    if least:
        versions = {version for version in versions if version >= least}
        versions.update(_around(".".join(map(str, least))[:20], below=False))
    domains = [[(name, value) for value in sorted(found)] for name, found in sorted(values.items())]
    domains += [[("python_full_version", ".".join(map(str, one))) for one in sorted(versions)]] if versions else []
    combinations = list(product(*domains)) if _size(domains) <= MOST_SAMPLES else []
    for chosen in combinations:
        sample = dict(chosen)
        full = sample.setdefault("python_full_version", "3.0.0")
        yield sample | {"python_version": full.rpartition(".")[0]}


def _size(domains: list[list[tuple[str, str]]]) -> int:
    size = 1
    for domain in domains:
        size *= len(domain)
    return size


def _around(literal: str, *, below: bool = True) -> Iterator[tuple[int, int, int]]:
    """A version, one after it and one before it.

    Raises:
        ValueError: no version of Python.
    """
    match = _VERSION.match(literal)
    if not match:
        raise ValueError(literal)
    major, minor, patch = (int(part or 0) for part in match.groups())
    yield from ((major, minor, patch), (major, minor, patch + 1), (major, minor + 1, 0))
    if below:
        yield (major, minor, patch - 1) if patch else (major, minor - 1, 99) if minor else (major - 1, 99, 99)


def _holds(tree: Tree, sample: dict[str, str]) -> bool:
    if isinstance(tree, str):
        return _marker(tree).evaluate(dict(sample))
    truths = (_holds(part, sample) for part in tree[1])
    return any(truths) if tree[0] == "or" else all(truths)


@lru_cache(1 << 10)
def _marker(text: str) -> Marker:
    return Marker(text)
