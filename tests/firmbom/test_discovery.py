"""Discovery: what cannot be used is reported and the rest runs."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import EntryPoint
from typing import ClassVar

import pytest

from firmbom import discovery
from firmbom.discovery import discover, ready, select
from firmbom.errors import ConfigError
from firmbom.model import Problem
from firmbom.plugin import Plugin, Wants


class Good:
    name: ClassVar[str] = "good"
    version: ClassVar[str] = "1"
    wants: ClassVar[Wants] = Wants()

    def collect(self, file: object, context: object) -> list[object]:
        return [file, context]


class Early(Good):
    """Notes when it is asked what."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def begin(self) -> None:
        self.told.append("begin")

    def end(self) -> None:
        self.told.append("end")


class Broken:
    def __init__(self) -> None:
        raise RuntimeError("will not start")


class Leaving:
    def __init__(self) -> None:
        raise SystemExit(3)


class NoPlugin:
    pass


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> list[EntryPoint]:
    """The entry points that are installed, for a test to change."""
    entries = [EntryPoint("good", f"{__name__}:Good", discovery.GROUP)]
    monkeypatch.setattr(discovery, "entry_points", lambda group: [e for e in entries if e.group == group])
    monkeypatch.setattr(
        EntryPoint,
        "load",
        lambda self: {one.__name__: one for one in (Good, Broken, Leaving, NoPlugin)}[self.attr],
    )
    return entries


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("broken", ":Broken", "RuntimeError: will not start"),
        ("missing", ":Missing", "KeyError"),
        ("leaving", ":Leaving", "SystemExit: 3"),
        ("noplugin", ":NoPlugin", "not a plugin"),
        ("other", ":Good", "its name is 'good' instead of 'other'"),
    ],
)
def test_one_that_cannot_be_used_costs_only_itself(
    registered: list[EntryPoint], name: str, value: str, said: str
) -> None:
    registered.append(EntryPoint(name, f"{__name__}{value}", discovery.GROUP))
    plugins, problems = select(None)
    assert [plugin.name for plugin in plugins] == ["good"]
    assert [(one.plugin, said in one.message) for one in problems] == [(name, True)]


def test_a_name_claimed_twice_is_refused(registered: list[EntryPoint]) -> None:
    registered.append(EntryPoint("good", "elsewhere:Good", discovery.GROUP))
    (found,) = discover()
    assert found.plugin is None
    assert "claimed by" in found.error


def test_the_same_registration_seen_twice_is_one(registered: list[EntryPoint]) -> None:
    registered.append(registered[0])
    assert [one.error for one in discover()] == [""]


def test_a_name_that_is_not_installed_is_a_problem(registered: list[EntryPoint]) -> None:
    plugins, problems = select(["good", "gone"])
    assert [plugin.name for plugin in plugins] == ["good"]
    assert [(one.plugin, one.severity) for one in problems] == [("gone", "error")]


def test_the_plugins_in_the_box_are_registered_as_a_stranger_s_would_be() -> None:
    found = {one.name: one for one in discover()}
    for name in ("npm", "pip", "syft"):
        assert found[name].error == ""
    names = [plugin.name for plugin in select(None)[0]]
    assert {"npm", "pip"} <= set(names)
    assert "syft" not in names


def test_a_plugin_gets_ready_while_those_after_it_are_loaded() -> None:
    early, late = Early(), Good()

    def loaded() -> Iterator[Plugin | Problem]:
        yield early
        assert early.told == ["begin"]
        yield Problem("error", "cannot be used")
        yield late

    with ready(loaded()) as (plugins, problems):
        assert plugins == [early, late]
        assert [one.message for one in problems] == ["cannot be used"]
    assert early.told == ["begin", "end"]


def test_what_was_begun_ends_where_the_next_one_stops_everything() -> None:
    early = Early()

    def loaded() -> Iterator[Plugin | Problem]:
        yield early
        raise ConfigError("none can run")

    with pytest.raises(ConfigError), ready(loaded()):
        pytest.fail("nothing can be done")
    assert early.told == ["begin", "end"]
