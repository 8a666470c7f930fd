"""What differs between what a document claims and what an image holds. A pure function of two inventories."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

import msgspec

from firmbom.identity import READ_FROM_BYTES, without_qualifiers, without_version
from firmbom.inventory import Inventory, Merged
from firmbom.model import Basis, Claim, Purl


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
    yield from _packaged(ours, theirs)
    owned = _Owned(found, claimed)
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
            if owned.is_there(one):
                continue
            kind = Kind.ABSENT if _could_be_shown(one, claimed, shown) else Kind.NOT_SHOWN
            yield Row(kind, name, one.component.version or "unknown", "", _evidence(one))
        for one in new:
            if owned.holds(one):
                continue
            yield Row(Kind.UNCLAIMED, name, "", one.component.version or "unknown", _evidence(one))


class _Owned:
    """The files that the document gives to components."""

    def __init__(self, found: Inventory, claimed: Inventory) -> None:
        ours, theirs = ({(_inner(file.path), file.digest) for file in side.files} for side in (found, claimed))
        unchanged = {path for path, _ in ours & theirs}
        self._paths = {_inner(owned.path) for owned in claimed.ownership}
        self._unchanged: dict[str, list[bool]] = {}
        """By ref of a claimed component: of each of its files, whether it is there as the document says."""
        for owned in claimed.ownership:
            self._unchanged.setdefault(owned.owner, []).append(_inner(owned.path) in unchanged)

    def is_there(self, one: Merged) -> bool:
        """Are all files of a claimed component there?"""
        return all(self._unchanged.get(one.ref, [False]))

    def holds(self, one: Merged) -> bool:
        """Was a component read from the bytes of such files alone? It is in a claimed one, or is that by another name.

        Where such a file is not what the document says, that is told of the file.
        """
        claims = one.component.claims
        return all(claim.basis in READ_FROM_BYTES and _inner(claim.location.path) in self._paths for claim in claims)


def _packaged(ours: _ByName, theirs: _ByName) -> Iterator[Row]:
    """What bytes show of a project that a claimed component is a packaging of: it shows that, and what packages that.

    All of them are taken out of the comparison; a version of the project that no packaging of it has is told.
    """
    packagings: dict[Purl, list[tuple[Purl, str]]] = {}
    released: dict[Purl, set[str]] = {}
    for name, versions in theirs.items():
        for version, one in versions.items():
            for upstream in one.component.upstream:
                purl = without_qualifiers(upstream)
                packagings.setdefault(purl, []).append((name, version))
                released.setdefault(without_version(purl), set()).add(purl.partition("@")[2])
    for name in sorted(released.keys() & ours.keys()):
        for version, one in sorted(ours[name].items()):
            if not all(claim.basis in READ_FROM_BYTES for claim in one.component.claims):
                continue
            if version and version not in released[name]:
                yield Row(Kind.VERSION, name, " ".join(sorted(released[name])), version, _evidence(one))
            del ours[name][version]
            same = (version,) if version in released[name] else released[name]
            _take_out([Purl(f"{name}@{each}" if each else name) for each in same], packagings, theirs)


def _take_out(shown: list[Purl], packagings: Mapping[Purl, list[tuple[Purl, str]]], theirs: _ByName) -> None:
    """Remove every packaging of what is shown, and of those."""
    seen = set(shown)
    while shown:
        for name, version in packagings.get(shown.pop(), ()):
            theirs[name].pop(version, None)
            purl = Purl(f"{name}@{version}" if version else name)
            if purl not in seen:
                seen.add(purl)
                shown.append(purl)


_ByName = dict[Purl, dict[str, Merged]]


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
    ours, theirs = _Files(found), _Files(claimed)
    if not claimed.files:
        return  # the document lists no files, so it says nothing about them
    explained = _Explained(told, found, claimed)
    differing: dict[str, tuple[set[str], set[str]]] = {}
    for key in ours.by_key.keys() | theirs.by_key.keys():
        here, there = ours.by_key.get(key, {}), theirs.by_key.get(key, {})
        path = min(here or there)
        if here.keys() and not set(here.values()).isdisjoint(there.values()):
            continue
        if key not in explained and not _is_settled(path, ours, theirs, explained):
            differing[path] = (set(there.values()), set(here.values()))
    containers = {path[:end] for path in differing for end in _container_ends(path)}
    for path in differing.keys() - containers:  # of a container, what differs in it is told
        stated, present = differing[path]
        kind = Kind.CHANGED if stated and present else Kind.UNCLAIMED if present else Kind.ABSENT
        name = path.partition("!/")[2] or path
        yield Row(kind, name, " ".join(sorted(stated)), " ".join(sorted(present)), (f"file: {path}",))


class _Files:
    """The files of one side."""

    def __init__(self, inventory: Inventory) -> None:
        self.digests = {file.path: file.digest.value for file in inventory.files}
        self.contents = frozenset(self.digests.values())
        self.by_key: dict[str, dict[str, str]] = {}
        """By the path in the innermost container: digests by full path."""
        for path, digest in self.digests.items():
            self.by_key.setdefault(_inner(path), {})[path] = digest


def _is_settled(path: str, ours: _Files, theirs: _Files, explained: _Explained) -> bool:
    """Does the file lie in a container that is the same on both sides, or that belongs to a component with a row?"""
    mine, other = (ours, theirs) if path in ours.digests else (theirs, ours)
    return any(
        mine.digests.get(path[:end]) in other.contents or _inner(path[:end]) in explained
        for end in _container_ends(path)
    )


def _container_ends(path: str) -> Iterator[int]:
    """Where the path of each container inside the image ends, outermost first; the image itself is none of them."""
    end = path.find("!/", path.find("!/") + 2)
    while end >= 0:
        yield end
        end = path.find("!/", end + 2)


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
