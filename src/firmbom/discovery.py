"""Finds the installed plugins; a broken one or a name claimed twice is reported and the rest runs."""

from __future__ import annotations

from collections.abc import Collection
from importlib.metadata import EntryPoint, entry_points
from typing import NamedTuple

from firmbom.model import Problem
from firmbom.plugin import FilePlugin, Plugin, TreePlugin

GROUP = "firmbom.plugins"


class Found(NamedTuple):
    """One installed plugin, or why it cannot be used."""

    name: str
    distribution: str
    plugin: Plugin | None
    error: str = ""


def discover(names: Collection[str] | None = None) -> list[Found]:
    """Load the plugins registered under :data:`GROUP`, sorted by name; ``names`` limits which are imported."""
    by_name: dict[str, list[EntryPoint]] = {}
    for entry in entry_points(group=GROUP):
        claims = by_name.setdefault(entry.name, [])
        if not any((entry.value, _distribution(entry)) == (other.value, _distribution(other)) for other in claims):
            claims.append(entry)
    return [_load(name, by_name[name]) for name in sorted(by_name) if names is None or name in names]


def select(names: Collection[str] | None) -> tuple[list[Plugin], list[Problem]]:
    """The plugins to run: those named, else every one that reads files by itself; what cannot run is a Problem."""
    found = discover(names)
    problems = [Problem("error", f"cannot be used: {one.error}", plugin=one.name) for one in found if one.error]
    missing = set(names or ()) - {one.name for one in found}
    problems += [Problem("error", "no such plugin is installed", plugin=name) for name in sorted(missing)]
    plugins = [one.plugin for one in found if one.plugin]
    if names is None:
        plugins = [plugin for plugin in plugins if isinstance(plugin, FilePlugin)]
    return plugins, problems


def _distribution(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist else "unknown distribution"


def _load(name: str, claims: list[EntryPoint]) -> Found:
    owners = " and ".join(sorted(_distribution(entry) for entry in claims))
    if len(claims) > 1:
        return Found(name, owners, None, f"claimed by {owners}; uninstall one")
    try:
        plugin = claims[0].load()()
    except Exception as error:  # a stranger's plugin may raise anything, and must cost only itself
        return Found(name, owners, None, f"{type(error).__name__}: {error}")
    if isinstance(plugin, Plugin) and isinstance(plugin, (FilePlugin, TreePlugin)) and plugin.name == name:
        return Found(name, owners, plugin)
    return Found(name, owners, None, f"{claims[0].value} is not a plugin named {name!r} (see docs/plugins.md)")
