"""Who gives a package its peers, for lockfiles that say only that it asks for them (yarn 2 and later)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from firmbom_npm.graph import Graph
from firmbom_npm.package import NeedKind

_Asked = tuple[str, str]
"""Key of the asking package and name of the peer."""


def provide(graph: Graph, wanted: Mapping[str, Mapping[str, NeedKind]]) -> None:
    """Add the needs for peers: a package gets one from each package that depends on it, or through that one's peers.

    Args:
        graph: with every other need already in it.
        wanted: by key of the asking package: name of the peer to ``peer`` or ``peer-optional``.
    """
    found: dict[_Asked, dict[str, None]] = defaultdict(dict)
    passed_on: dict[_Asked, list[str]] = defaultdict(list)
    given = {key: {need.name: need.target for need in one.needs} for key, one in graph.packages.items()}
    for dependent, key in _uses(graph):
        for name in wanted.get(key, ()):
            if graph.packages[dependent].name == name:
                found[key, name][dependent] = None
            elif name in given[dependent]:
                found[key, name][given[dependent][name]] = None
            elif name in wanted.get(dependent, ()):
                passed_on[dependent, name].append(key)
    _pass_on(graph, found, passed_on)
    for (key, name), targets in found.items():
        for target in targets:
            graph.need(graph.packages[key], wanted[key][name], name, target)


def _uses(graph: Graph) -> list[tuple[str, str]]:
    """Key of a package and key of what it depends on."""
    return [(key, need.target) for key, package in graph.packages.items() for need in package.needs]


def _pass_on(graph: Graph, found: dict[_Asked, dict[str, None]], passed_on: Mapping[_Asked, list[str]]) -> None:
    """Give what a package gets for a peer to those that get the peer through it, until nothing changes."""
    pending = list(found)
    while pending:
        key, name = pending.pop()
        for child in passed_on.get((key, name), ()):
            before = len(found[child, name])
            found[child, name].update(found[key, name])
            graph.report.spend(len(found[key, name]))
            if len(found[child, name]) > before:
                pending.append((child, name))
