"""Finds the installed plugins and has them begin; a broken one or a name claimed twice is reported, the rest runs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import EntryPoint, entry_points
from typing import NamedTuple

from firmbom import contract
from firmbom.errors import ConfigError, meant
from firmbom.model import Problem
from firmbom.plugin import FilePlugin, Plugin, StartingPlugin

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


def discover(names: Collection[str] | None = None) -> Iterator[Found]:
    """Load the plugins registered under :data:`GROUP`, one after the other, sorted by name.

    Args:
        names: which of them, where not all; the others are not imported.
    """
    by_name: dict[str, list[EntryPoint]] = {}
    for entry in entry_points(group=GROUP):
        claims = by_name.setdefault(entry.name, [])
        if not any((entry.value, _distribution(entry)) == (other.value, _distribution(other)) for other in claims):
            claims.append(entry)
    return (_load(name, by_name[name]) for name in sorted(by_name) if names is None or name in names)


def installed() -> frozenset[str]:
    """The names that are registered under :data:`GROUP`, whether or not the plugins can be used."""
    return frozenset(entry.name for entry in entry_points(group=GROUP))


def select(names: Collection[str] | None) -> tuple[list[Plugin], list[Problem]]:
    """The plugins to run, and what cannot run; see :func:`selected`."""
    return _parted(selected(names))


def selected(names: Collection[str] | None) -> Iterator[Plugin | Problem]:
    """The plugins to run, each as soon as it is loaded; what cannot run is a Problem.

    Args:
        names: which they are; None for every one that reads files by itself.

    Raises:
        ConfigError: none of those named can run.
    """
    known: set[str] = set()
    usable = False
    problems: list[Problem] = []
    for one in discover(names):
        known.add(one.name)
        if one.error:
            problems.append(Problem("error", f"cannot be used: {one.error}", plugin=one.name))
        if one.plugin and (names is not None or isinstance(one.plugin, FilePlugin)):
            usable = True
            yield one.plugin
    for name in sorted(set(names or ()) - known):
        near = meant(name, installed())
        problems.append(Problem("error", "no such plugin is installed" + (f" ({near})" if near else ""), plugin=name))
    if names and not usable:
        raise ConfigError(problems[0].message, path=problems[0].plugin, remedy="'firmbom plugins' lists what there is")
    yield from problems


@contextmanager
def ready(chosen: Iterable[Plugin | Problem]) -> Iterator[tuple[list[Plugin], list[Problem]]]:
    """Have those plugins begin that take a while to get ready for an image; what went wrong is a Problem.

    Args:
        chosen: as :func:`selected` gives them, so that one gets ready while those after it are loaded.
    """
    ending: list[tuple[str, Callable[[], None]]] = []
    wrong: list[Problem] = []

    def contained(name: str, do: Callable[[], None]) -> None:
        with contract.contained(lambda told: wrong.append(Problem("error", told, plugin=name))):
            do()

    def begun() -> Iterator[Plugin | Problem]:
        for one in chosen:
            if isinstance(one, StartingPlugin) and isinstance(one, Plugin):
                ending.append((one.name, one.end))
                contained(one.name, one.begin)
            yield one

    try:
        plugins, problems = _parted(begun())
        wrong[:0] = problems
        yield plugins, wrong
    finally:
        for name, end in ending:
            contained(name, end)


def _parted(chosen: Iterable[Plugin | Problem]) -> tuple[list[Plugin], list[Problem]]:
    plugins: list[Plugin] = []
    problems: list[Problem] = []
    for one in chosen:
        if isinstance(one, Problem):
            problems.append(one)
        else:
            plugins.append(one)
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
