"""What needs what: requirements by name met by installed packages, directly or through what they provide."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from firmbom.model import ROOT, Edge
from firmbom_packages.compare import Relation
from firmbom_packages.package import Need, Package

MOST_OFFERS = 32
"""So many packages that answer to one name are considered; more only a hostile database has."""

Satisfies = Callable[[str, Relation, str], bool]
"""Does an installed (or provided) version stand in this relation to the wanted one?"""


class _Offer(NamedTuple):
    package: int
    version: str
    itself: bool
    """Offered by being the package of that name."""


class Graph:
    """The packages of one database, joined by what they need."""

    def __init__(self, packages: Sequence[Package], satisfies: Satisfies) -> None:
        self._packages, self._satisfies = packages, satisfies
        self._offers: dict[str, list[_Offer]] = {}
        self.crowded: dict[str, None] = {}
        """Names that more packages answer to than are considered."""
        for number, package in enumerate(packages):
            self._offer(package.name, _Offer(number, package.version, itself=True))
            for provide in package.provides:
                self._offer(provide.name, _Offer(number, provide.version, itself=False))
        self._by_path: Mapping[str, int] | None = None
        self.unmet: list[tuple[Package, str]] = []
        """Requirements that nothing installed meets, after :meth:`edges`."""

    def _offer(self, name: str, offer: _Offer) -> None:
        offers = self._offers.setdefault(name, [])
        if len(offers) < MOST_OFFERS:
            offers.append(offer)
        else:
            self.crowded[name] = None

    def edges(self) -> Iterator[Edge]:
        """Every edge between packages once, then the product's to those that it must use directly."""
        targets: list[tuple[int, ...]] = []
        for number, package in enumerate(self._packages):
            found: dict[int, None] = {}
            for requirement in package.requires:
                met = [one for need in requirement for one in self._meeting(need, package)]
                if not met:
                    self.unmet.append((package, requirement[0].name))
                found.update(dict.fromkeys(met))
            found.pop(number, None)
            targets.append(tuple(found))
            yield from (Edge(package.ref, self._packages[target].ref) for target in found)
        yield from (Edge(ROOT, self._packages[start].ref) for start in _starts(targets))

    def _meeting(self, need: Need, package: Package) -> list[int]:
        """The packages that meet a need: one of that name, else all that provide it, else the owner of the path."""
        offers = self._offers.get(need.name, ())
        fitting = [offer for offer in offers if self._fits(need, offer)]
        own = [offer for offer in fitting if offer.itself]
        if not fitting and need.name[:1] == "/":
            owner = self._owner(need.name[1:])
            return [] if owner is None else [owner]
        return self._of_architecture([offer.package for offer in own or fitting], need, package)

    def _fits(self, need: Need, offer: _Offer) -> bool:
        if not need.relation:
            return True
        return bool(offer.version) and self._satisfies(offer.version, need.relation, need.version)

    def _of_architecture(self, found: list[int], need: Need, package: Package) -> list[int]:
        """Of several the ones built for the package's own architecture, or the one that is asked for."""
        if len(found) < 2:
            return found
        wanted = package.architecture if need.architecture in ("", "native", "any") else need.architecture
        same = [one for one in found if self._packages[one].architecture in (wanted, "all", "noarch", "any", "")]
        return same or found

    def _owner(self, path: str) -> int | None:
        if self._by_path is None:
            self._by_path = {path: number for number, one in enumerate(self._packages) for path in one.paths}
        return self._by_path.get(path)


def _starts(targets: Sequence[Sequence[int]]) -> list[int]:
    """The packages that nothing needs, and of each circle that none of those reaches, the first."""
    needed = {target for found in targets for target in found}
    starts = [number for number in range(len(targets)) if number not in needed]
    reached: set[int] = set()
    _reach(starts, targets, reached)
    for number in range(len(targets)):
        if number not in reached:
            starts.append(number)
            _reach([number], targets, reached)
    return starts


def _reach(pending: list[int], targets: Sequence[Sequence[int]], reached: set[int]) -> None:
    pending = list(pending)
    while pending:
        number = pending.pop()
        if number not in reached:
            reached.add(number)
            pending.extend(targets[number])
