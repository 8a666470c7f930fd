"""A lock's packages and direct dependencies: what every lock format reduces to."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from firmbom.identity import purl, pypi_name
from firmbom.model import ROOT, ComponentType, ExternalReference, Licence, Property, Purl, Ref
from firmbom_pip.reach import Level
from firmbom_pip.requirement import Need
from firmbom_pip.source import DEFAULT, Source

CONDITION = "firmbom:condition"
"""A marker that nobody decided; the component is needed only where one of its conditions holds."""


GROUP = "firmbom:group"
"""A dependency group that names the component directly, where the official taxonomy has no word for it."""
MAIN = "main"
"""The group of what is no group's."""


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """One package of a lock."""

    purl: Purl
    name: str
    place: str
    """Key path of its entry: ``package[3]``."""
    version: str = ""
    type: ComponentType = "library"
    source: Source = DEFAULT
    files: tuple[ExternalReference, ...] = ()
    summary: str = ""
    licences: tuple[Licence, ...] = ()
    needs: tuple[Need, ...] = ()
    extras: Mapping[str, tuple[Need, ...]] = {}
    """What each extra adds, by its normalised name."""
    conditions: tuple[str, ...] | None = None
    """Markers of the package itself, of which one must hold; empty: always needed. None: only the graph tells."""
    level: Level | None = None
    """What the lock itself says; None: only the graph tells."""
    properties: tuple[Property, ...] = ()
    aliases: tuple[str, ...] = ()
    """What needs call it; empty: its normalised name."""

    @property
    def keys(self) -> tuple[str, ...]:
        """Under which names needs find it."""
        return self.aliases or (pypi_name(self.name),)


class Root(msgspec.Struct, frozen=True):
    """A direct dependency: ``source`` is the project's ref, or ROOT where the project has no name."""

    need: Need
    level: Level = Level.MAIN
    source: Ref = ROOT
    group: str = ""
    """The dependency group that states it."""


def package_purl(name: str, version: str, source: Source) -> Purl:
    """The purl of a Python package from its source."""
    return purl("pypi", name, version, qualifiers=source.qualifiers)
