from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmbom_pip.reach import MOST_ALTERNATIVES, Level, Node, Reached, Step, reach

Graph = Mapping[int, list[tuple[int, str]]]


def run(graph: Graph, *starts: tuple[int, str, Level]) -> dict[int, Reached]:
    found = reach(
        [(Step(Node(target), marker), level) for target, marker, level in starts],
        lambda node: [Step(Node(target), marker) for target, marker in graph.get(node.package, [])],
    )
    return {node.package: one for node, one in found.items()}


def test_levels_follow_the_strongest_path() -> None:
    graph = {0: [(2, "")], 1: [(2, ""), (3, "")], 4: [(3, ""), (5, "m")]}
    found = run(graph, (0, "", Level.MAIN), (1, "", Level.EXTRA), (4, "", Level.DEVELOPMENT))
    assert {package: (one.level.name, one.level.scope) for package, one in found.items()} == {
        0: ("MAIN", "required"),
        1: ("EXTRA", "optional"),
        2: ("MAIN", "required"),
        3: ("EXTRA", "optional"),
        4: ("DEVELOPMENT", "excluded"),
        5: ("DEVELOPMENT_CONDITIONAL", "excluded"),
    }


@pytest.mark.parametrize(
    ("graph", "starts", "conditions", "exact"),
    [
        ({}, [(9, "a", Level.MAIN)], ("a",), True),
        ({0: [(9, "a")]}, [(0, "", Level.MAIN)], ("a",), True),
        ({0: [(1, "a")], 1: [(9, "")]}, [(0, "", Level.MAIN)], ("a",), True),
        ({0: [(1, "a")], 1: [(9, "b")]}, [(0, "", Level.MAIN)], ("a and b",), True),
        ({0: [(1, "a or c")], 1: [(9, "b")]}, [(0, "", Level.MAIN)], ("(a or c) and b",), True),
        ({0: [(1, "a"), (2, "b")], 1: [(9, "")], 2: [(9, "")]}, [(0, "", Level.MAIN)], ("a", "b"), True),
        ({0: [(1, "a"), (9, "a")], 1: [(9, "b")]}, [(0, "", Level.MAIN)], ("a",), True),
        ({0: [(9, "")], 1: [(9, "a")]}, [(0, "", Level.MAIN), (1, "", Level.MAIN)], (), True),
        ({0: [(9, "a")], 1: [(9, "b")]}, [(0, "", Level.MAIN), (1, "", Level.EXTRA)], ("a",), True),
        ({0: [(1, "a")], 1: [(9, "b")], 9: [(1, "c")]}, [(0, "", Level.MAIN)], ("a and b",), True),
        (
            {0: [(1, "a")], 1: [(2, "b")], 2: [(3, "c")], 3: [(4, "d")], 4: [(9, "e")]},
            [(0, "", Level.MAIN)],
            ("e",),
            False,
        ),
    ],
)
def test_conditions(
    graph: Graph, starts: list[tuple[int, str, Level]], conditions: tuple[str, ...], exact: bool
) -> None:
    found = run(graph, *starts)[9]
    assert (found.conditions, found.exact) == (conditions, exact)


def test_too_many_alternatives_are_cut_and_marked() -> None:
    graph = {0: [(9, f"marker {number}") for number in range(MOST_ALTERNATIVES + 5)], 9: [(10, "")]}
    found = run(graph, (0, "", Level.MAIN))
    assert len(found[9].conditions) == MOST_ALTERNATIVES
    assert not found[9].exact
    assert not found[10].exact


GRAPHS = st.dictionaries(
    st.integers(0, 8), st.lists(st.tuples(st.integers(0, 8), st.sampled_from(["", "a", "b", "c"])), max_size=4)
)
STARTS = st.lists(
    st.tuples(st.integers(0, 8), st.sampled_from(["", "a"]), st.sampled_from([Level.MAIN, Level.DEVELOPMENT])),
    max_size=3,
)


@given(GRAPHS, STARTS)
def test_exact_conditions_tell_when_a_package_is_needed(graph: Graph, starts: list[tuple[int, str, Level]]) -> None:
    """Against the plain meaning: with some markers true, walk from the main roots along the steps that hold."""
    found = run(graph, *starts)
    for true in ({"", "a"}, {"", "b"}, {"", "a", "b"}, {"", "a", "c"}, {"", "a", "b", "c"}, {""}):
        needed, pending = set(), [one for one, marker, level in starts if marker in true and level is Level.MAIN]
        while pending:
            one = pending.pop()
            if one not in needed:
                needed.add(one)
                pending += [target for target, marker in graph.get(one, []) if marker in true]
        for package, reached in found.items():
            if reached.level is Level.MAIN:
                assert package in needed or true != {"", "a", "b", "c"}
            if reached.level is Level.MAIN_CONDITIONAL and reached.exact:
                stated = any(set(one.split(" and ")) <= true for one in reached.conditions)
                assert stated == (package in needed)
