"""One walk over a tree: offers each file to the plugins that want it and gathers what they say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import msgspec

from firmbom import contract
from firmbom.errors import FirmbomError, LimitError
from firmbom.linked import linked
from firmbom.model import (
    ROOT,
    Assessment,
    Component,
    ComponentSet,
    Coverage,
    Edge,
    Fact,
    FileProperties,
    Link,
    Ownership,
    PluginRun,
    Problem,
    StoredFile,
)
from firmbom.plugin import Context, FilePlugin, FinishingPlugin, Plugin, TreePlugin, Wants
from firmbom.tree.base import File, FileTree
from firmbom.tree.match import Patterns
from firmbom.workplaces import Workplaces

Progress = Callable[[str], None]
"""Told each file's path before it is offered."""

_DEFAULTS = Context()


class _Selector:
    """Decides whether a plugin wants a file."""

    def __init__(self, wants: Wants) -> None:
        self.names = Patterns(wants.paths, names=wants.names).match
        """Does it want a file that is called so? Told its path."""
        self.magics = wants.magics

    def fits(self, path: str, head: bytes) -> bool:
        """Does it want a file that is called so, or begins so?"""
        return head.startswith(self.magics) or self.names(path)


class _Gatherer:
    """Gathers the facts of all plugins into one ComponentSet, stamping who said what."""

    def __init__(self) -> None:
        self._components: list[Component] = []
        self._edges: dict[Edge, None] = {}
        self._links: dict[Link, None] = {}
        self._ownership: dict[Ownership, None] = {}
        self._file_properties: dict[FileProperties, None] = {}
        self._as_said: Mapping[type, dict[Any, None]] = {
            Edge: self._edges,
            Link: self._links,
            Ownership: self._ownership,
            FileProperties: self._file_properties,
        }
        """Where facts go of which there are many, and on which nothing is stamped."""
        self._files: list[StoredFile] = []
        self._assessments: dict[Assessment, None] = {}
        self._coverage: dict[Coverage, None] = {}
        self._problems: dict[Problem, None] = {}
        self._runs: dict[str, PluginRun] = {}

    def take(self, plugin: Plugin, say: Callable[[], Iterable[Fact]], file: File | None) -> None:
        """Gather what ``say`` yields; whatever it raises is a problem of ``file`` and ends only this reading."""
        path = file.location_path if file else ""
        with contract.contained(lambda told: self.problem(Problem("error", told, path, plugin.name)), path):
            for count, given in enumerate(say()):
                if count == contract.MOST_FACTS:
                    raise LimitError(f"the plugin was stopped after {count} facts")
                fact = contract.fact(given)
                as_said = self._as_said.get(type(fact))
                if as_said is None:
                    self._add(fact, plugin.name, file)
                else:
                    as_said[fact] = None

    def record(self, file: File) -> None:
        """List a file with its digest; one that cannot be read is a problem."""
        try:
            self._files.append(StoredFile(file.location_path, file.sha256))
        except FirmbomError as error:
            self.problem(Problem("error", error.within(file.location_path)[:300], file.location_path))

    def problem(self, problem: Problem) -> None:
        """Add a problem."""
        self._problems[problem] = None

    def run(self, run: PluginRun) -> None:
        """Note that a plugin took part; a later word on the same plugin, with its tool, stands."""
        self._runs[run.name] = run

    def _add(self, fact: Fact, plugin: str, file: File | None) -> None:
        """Gather a fact on which is stamped who says it."""
        match fact:
            case Component():
                self._components.append(_stamped(fact, plugin))
            case Assessment():
                self._assessments[fact if fact.plugin else msgspec.structs.replace(fact, plugin=plugin)] = None
            case Coverage():
                own = file is not None and fact.path == file.location_path
                digests = file.digests if file and own else fact.digests
                self._coverage[msgspec.structs.replace(fact, plugin=plugin, digests=digests)] = None
            case Problem():
                self.problem(msgspec.structs.replace(fact, plugin=plugin))
            case PluginRun():
                self.run(msgspec.structs.replace(fact, name=plugin))

    def result(self) -> ComponentSet:
        """All that was gathered."""
        components = tuple(self._contained())
        return ComponentSet(
            components=components,
            edges=tuple(self._edges),
            links=tuple(self._links),
            ownership=tuple(self._ownership),
            files=tuple(self._files),
            file_properties=tuple(self._file_properties),
            assessments=tuple(self._assessments),
            coverage=tuple(self._coverage),
            problems=tuple(self._problems),
            plugins=tuple(self._runs.values()),
        )

    def _contained(self) -> Iterator[Component]:
        """The components; one inside a component that nobody named has no place, which is a problem."""
        known = {ROOT, *(component.ref for component in self._components)}
        for component in self._components:
            if component.within in known:
                yield component
            else:
                told = f"{component.purl} is left out: it is said to be within {component.within}, which nobody named"
                self.problem(Problem("error", told, component.claims[0].location.path, component.claims[0].plugin))


def collect(
    tree: FileTree,
    plugins: Sequence[Plugin],
    contexts: Mapping[str, Context] | None = None,
    progress: Progress | None = None,
    *,
    record_files: bool = False,
) -> ComponentSet:
    """Walk ``tree`` once and return what ``plugins`` say of it. Never raises for bad input: see the set's problems.

    Args:
        tree: what to read.
        plugins: from :func:`firmbom.discovery.select`.
        contexts: by plugin name; a plugin without one gets the defaults.
        progress: called with each offered file's path.
        record_files: hash every file and list it, as is done for images, of which everything is read; elsewhere what
            builds keep for themselves is passed by.
    """
    contexts = contexts or {}
    gathered = _Gatherer()
    for plugin in plugins:
        gathered.run(PluginRun(plugin.name, plugin.version))
    offers = [
        _Offer(plugin, _Selector(plugin.wants), plugin.collect, contexts.get(plugin.name, _DEFAULTS), set())
        for plugin in plugins
        if isinstance(plugin, FilePlugin)
    ]
    anyone = _Selector(
        _together(one.wants for one in plugins if isinstance(one, FilePlugin))
    )  # most files interest nobody
    tree.wanted = anyone.fits
    places = Workplaces(tree, () if record_files else plugins, gathered.problem)
    for file in tree.walk():
        for offer in _takers(file, offers, anyone, places):
            offer.taken.add(file.location_path)
            _take(offer, file, gathered, progress)
        if record_files:
            gathered.record(file)
    for offer, file in _linked(tree, offers, anyone, places, gathered):
        _take(offer, file, gathered, progress)
    for plugin in plugins:
        if isinstance(plugin, FinishingPlugin):
            gathered.take(plugin, partial(plugin.finish, tree, contexts.get(plugin.name, _DEFAULTS)), None)
        if isinstance(plugin, TreePlugin):
            gathered.take(plugin, partial(plugin.scan, tree, contexts.get(plugin.name, _DEFAULTS)), None)
    for problem in (*places.notes(), *tree.problems):
        gathered.problem(problem)
    return gathered.result()


def _together(every: Iterable[Wants]) -> Wants:
    """What fits this fits one of them, and the other way round."""
    listed = list(every)
    return Wants(
        names=tuple(name for one in listed for name in one.names),
        paths=tuple(path for one in listed for path in one.paths),
        magics=tuple(magic for one in listed for magic in one.magics),
    )


class _Offer(NamedTuple):
    """A plugin that reads files, ready to be asked."""

    plugin: Plugin
    selector: _Selector
    say: Callable[[File, Context], Iterable[Fact]]
    context: Context
    taken: set[str]
    """Where the files stand that it was offered."""


def _take(offer: _Offer, file: File, gathered: _Gatherer, progress: Progress | None) -> None:
    if progress:
        progress(file.location_path)
    gathered.take(offer.plugin, partial(offer.say, file, offer.context), file)


def _takers(file: File, offers: Sequence[_Offer], anyone: _Selector, places: Workplaces) -> Sequence[_Offer]:
    """Who wants a file; where a folder has its own reader, that alone is asked."""
    named = anyone.names(file.path)
    head = file.head() if anyone.magics else b""
    if not named and not head.startswith(anyone.magics):
        return ()
    reader = places.reader(file.path)
    return [
        offer
        for offer in offers
        if (reader is None or reader is offer.plugin)
        and ((named and offer.selector.names(file.path)) or head.startswith(offer.selector.magics))
    ]


def _linked(
    tree: FileTree, offers: Sequence[_Offer], anyone: _Selector, places: Workplaces, gathered: _Gatherer
) -> Iterator[tuple[_Offer, File]]:
    """The files whose format only a link's name tells, and who wants them."""
    for found in linked(tree, anyone.names):
        if isinstance(found, Problem):
            gathered.problem(found)
            continue
        reader = places.reader(found.path)
        for offer in offers:
            free = reader in (None, offer.plugin) and found.real not in offer.taken
            if free and offer.selector.names(found.path):
                yield offer, found


def _stamped(component: Component, plugin: str) -> Component:
    claims = tuple(
        claim if claim.plugin else msgspec.structs.replace(claim, plugin=plugin) for claim in component.claims
    )
    return msgspec.structs.replace(component, claims=claims)
