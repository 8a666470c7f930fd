from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmbom.errors import ConfigError
from firmbom.project import Project
from firmbom.settings import convert


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A third-party plugin's options."""

    depth: int = 1
    kind: Literal["a", "b"] = "a"
    names: Mapping[str, int] = {}


def test_a_plugin_reads_its_options() -> None:
    assert convert({"depth": 2, "names": {"x": 1}}, Options, "plugin.mine") == Options(2, "a", {"x": 1})


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({"depht": 2}, "plugin.mine.depht: there is no such key; did you mean depth?"),
        ({"zzz": 2}, "plugin.mine.zzz: there is no such key; known here: depth, kind, names"),
        ({"depth": "2"}, "plugin.mine.depth: expected a whole number, got text ('2')"),
        ({"kind": "c"}, "plugin.mine.kind: expected 'a' or 'b', got 'c'"),
        ({"kind": 3}, "plugin.mine.kind: expected text, got a whole number (3) (write it in quotes)"),
        ({"names": 3}, "plugin.mine.names: expected a table, got a whole number (3)"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(raw: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        convert(raw, Options, "plugin.mine")
    assert str(caught.value) == said


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.dates() | st.times(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["product", "name", "authors", "images", "depth", "x y"]), inner, max_size=3)
    ),
    max_leaves=12,
)
KEYS = st.sampled_from([*(field.name for field in msgspec.structs.fields(Project)), "other"])


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_whatever_is_written_is_taken_or_refused_with_a_place(raw: dict[str, Any]) -> None:
    try:
        assert isinstance(convert(raw, Project), Project)
    except ConfigError as error:
        assert error.place.partition(".")[0].partition("[")[0] in raw
        assert "$" not in error.message.partition(", got ")[0]
