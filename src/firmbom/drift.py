"""What differs between what a document claims and what an image holds. A pure function of two inventories."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

import msgspec

from firmbom.identity import without_qualifiers, without_version
from firmbom.model import Basis, Claim, Inventory, Merged, Purl


class Kind(StrEnum):
    """What a row says; each has its bit in the exit status but the last one."""

    ABSENT = "absent"
    """Claimed, should be there, is not."""
    UNCLAIMED = "unclaimed"
    """There, but the document does not say so: a component, or a file that is no component's."""
    VERSION = "version"
    """Claimed in another version than is there."""
    CHANGED = "changed"
    """A file that has another digest than the document says."""
    NOT_SHOWN = "not shown"
    """Claimed, but this image could not show it: build-only, bundled, or of a kind without traces. No drift."""


BITS: Mapping[Kind, int] = {Kind.ABSENT: 1, Kind.UNCLAIMED: 2, Kind.VERSION: 4, Kind.CHANGED: 8, Kind.NOT_SHOWN: 0}


class Row(msgspec.Struct, frozen=True, order=True):
    """One difference."""

    kind: Kind
    subject: str
    """A purl without its version, or a path."""
    claimed: str
    """The version or digest that the document states; empty when it states none."""
    found: str
    """The version or digest that is there; empty when there is none."""
    evidence: tuple[str, ...]
    """Where it was seen: ``<plugin>: <path>``."""


def drift(found: Inventory, claimed: Inventory) -> tuple[Row, ...]:
    """Compare components by purl without qualifiers and files by their path in the innermost container.

    A file that belongs to a component which differs, or in which such a component was read (a package database with
    what lies beside it), is not told again.
    """
    components = list(_components(found, claimed))
    told = {row.subject for row in components if BITS[row.kind]}
    return tuple(sorted([*components, *_files(found, claimed, told)]))


def _components(found: Inventory, claimed: Inventory) -> Iterator[Row]:
    ours, theirs = _versions(found), _versions(claimed)
    shown = {purl.partition("/")[0] for purl in ours}
    for name in sorted(ours.keys() | theirs.keys()):
        here, there = ours.get(name, {}), theirs.get(name, {})
        if here and there and ("" in here or "" in there):
            continue  # one of them does not know the version, so nothing can be said against it
        gone = [there[version] for version in sorted(there.keys() - here.keys())]
        new = [here[version] for version in sorted(here.keys() - there.keys())]
        while gone and new:
            old, now = gone.pop(0), new.pop(0)
            yield Row(Kind.VERSION, name, old.component.version, now.component.version, _evidence(now))
        for one in gone:
            kind = Kind.ABSENT if _could_be_shown(one, claimed, shown) else Kind.NOT_SHOWN
            yield Row(kind, name, one.component.version or "unknown", "", _evidence(one))
        for one in new:
            yield Row(Kind.UNCLAIMED, name, "", one.component.version or "unknown", _evidence(one))


def _versions(inventory: Inventory) -> dict[Purl, dict[str, Merged]]:
    """Every component by its purl without version and qualifiers, and version."""
    made: dict[Purl, dict[str, Merged]] = {}
    for one in inventory.components:
        version = without_qualifiers(one.component.purl).partition("@")[2]
        made.setdefault(without_version(one.component.purl), {}).setdefault(version, one)
    return made


def _could_be_shown(one: Merged, claimed: Inventory, shown: Iterable[str]) -> bool:
    """Would an image that holds the component show it?

    Yes where the document saw it in an image. One without any such evidence is taken at its word for the kinds of
    package that this image shows, but for what it excludes itself.
    """
    if one.component.scope == "excluded":
        return False
    if any("!/" in claim.location.path for other in claimed.components for claim in other.component.claims):
        return any("!/" in claim.location.path for claim in one.component.claims)
    return one.component.purl.partition("/")[0] in shown


def _files(found: Inventory, claimed: Inventory, told: set[str]) -> Iterator[Row]:
    ours, theirs = _digests(found), _digests(claimed)
    if not theirs:
        return  # the document lists no files, so it says nothing about them
    explained = _Explained(told, found, claimed)
    for path in sorted(ours.keys() | theirs.keys()):
        here, there = ours.get(path, set()), theirs.get(path, set())
        if here & there or here == there or path in explained:
            continue
        kind = Kind.CHANGED if here and there else Kind.UNCLAIMED if here else Kind.ABSENT
        yield Row(kind, path, " ".join(sorted(there)), " ".join(sorted(here)), (f"file: {path}",))


def _digests(inventory: Inventory) -> dict[str, set[str]]:
    made: dict[str, set[str]] = {}
    for file in inventory.files:
        made.setdefault(_inner(file.path), set()).add(file.digest.value)
    return made


class _Explained:
    """The paths whose difference follows from a component's that has its own row."""

    def __init__(self, told: set[str], *inventories: Inventory) -> None:
        self._paths: set[str] = set()
        self._folders: set[str] = set()
        for inventory in inventories:
            differing = {one.ref: one for one in inventory.components if without_version(one.component.purl) in told}
            self._paths |= {_inner(owned.path) for owned in inventory.ownership if owned.owner in differing}
            for one in differing.values():
                self._add(one.component.claims)

    def _add(self, claims: Iterable[Claim]) -> None:
        for claim in claims:
            path = _inner(claim.location.path)
            self._paths.add(path)
            folder = posixpath.dirname(path)
            if claim.basis is Basis.PACKAGE_DATABASE and "/" in folder:  # an installer's own folder, not the root
                self._folders.add(folder)

    def __contains__(self, path: str) -> bool:
        if path in self._paths:
            return True
        while path := posixpath.dirname(path):
            if path in self._folders:
                return True
        return False


def _inner(path: str) -> str:
    """The path inside the innermost container: what stays when an image is renamed or bundled."""
    return path.rpartition("!/")[2]


def _evidence(one: Merged) -> tuple[str, ...]:
    return tuple(sorted({f"{claim.plugin}: {claim.location.path}" for claim in one.component.claims}))
