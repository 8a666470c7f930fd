"""Finds the installed plugins; a broken one or a name claimed twice is reported and the rest runs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import NamedTuple

from firmbom import contract
from firmbom.errors import ConfigError, meant
from firmbom.model import Problem
from firmbom.plugin import FilePlugin, Plugin

GROUP = "firmbom.plugins"


class Found(NamedTuple):
    """One installed plugin, or why it cannot be used."""

    name: str
    claims: tuple[EntryPoint, ...]
    plugin: Plugin | None
    error: str = ""

    @property
    def distribution(self) -> str:
        """Who brings it; read from the metadata of what is installed."""
        return " and ".join(sorted(map(_distribution, self.claims)))


def discover(names: Collection[str] | None = None) -> list[Found]:
    """Load the plugins registered under :data:`GROUP`, sorted by name; ``names`` limits which are imported."""
    by_name: dict[str, list[EntryPoint]] = {}
    for entry in entry_points(group=GROUP):
        claims = by_name.setdefault(entry.name, [])
        if not any((entry.value, _distribution(entry)) == (other.value, _distribution(other)) for other in claims):
            claims.append(entry)
    return [_load(name, by_name[name]) for name in sorted(by_name) if names is None or name in names]


def installed() -> frozenset[str]:
    """The names that are registered under :data:`GROUP`, whether or not the plugins can be used."""
    return frozenset(entry.name for entry in entry_points(group=GROUP))


def select(names: Collection[str] | None) -> tuple[list[Plugin], list[Problem]]:
    """The plugins to run: those named, else every one that reads files by itself; what cannot run is a Problem.

    Raises:
        ConfigError: none of those named can run.
    """
    found = discover(names)
    problems = [Problem("error", f"cannot be used: {one.error}", plugin=one.name) for one in found if one.error]
    missing = set(names or ()) - {one.name for one in found}
    for name in sorted(missing):
        near = meant(name, installed())
        problems.append(Problem("error", "no such plugin is installed" + (f" ({near})" if near else ""), plugin=name))
    plugins = [one.plugin for one in found if one.plugin]
    if names is None:
        plugins = [plugin for plugin in plugins if isinstance(plugin, FilePlugin)]
    elif names and not plugins:
        raise ConfigError(problems[0].message, path=problems[0].plugin, remedy="'firmbom plugins' lists what there is")
    return plugins, problems


def _distribution(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist else "unknown distribution"


def _load(name: str, claims: Sequence[EntryPoint]) -> Found:
    found = Found(name, tuple(claims), None)
    if len(claims) > 1:
        return found._replace(error=f"claimed by {found.distribution}; uninstall one")
    loaded: list[Plugin] = []
    told: list[str] = []
    with contract.contained(told.append):
        loaded.append(contract.plugin(claims[0].load()(), name))
    return found._replace(plugin=loaded[0]) if loaded else found._replace(error=told[0])
