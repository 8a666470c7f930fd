"""Which lockfiles describe a folder: what installed packages and package.json ask before they speak for themselves."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping
from weakref import WeakKeyDictionary

from firmbom.errors import FirmbomError
from firmbom.tree.base import File, FileTree
from firmbom_npm import bun_lock, package_lock, pnpm, yarn
from firmbom_npm.graph import Graph
from firmbom_npm.package import Package

_READERS: Mapping[str, Callable[[File], Graph]] = {
    "node_modules/.package-lock.json": package_lock.read,
    "node_modules/.pnpm/lock.yaml": pnpm.read,
    "npm-shrinkwrap.json": package_lock.read,
    "package-lock.json": package_lock.read,
    "yarn.lock": yarn.read,
    "pnpm-lock.yaml": pnpm.read,
    "bun.lock": bun_lock.read,
}
"""Seen from the project's folder; what an installer wrote comes before what it shall install."""


class Lock:
    """One lockfile, indexed by install path and by name and version."""

    def __init__(self, graph: Graph) -> None:
        graph.settle()
        self._by_path = graph.packages
        self._by_version: dict[tuple[str, str], list[Package]] = {}
        self._folders = {one.path or "." for one in graph.packages.values() if one.project}
        self._folders |= {posixpath.normpath(one.source.local) for one in graph.packages.values() if one.source.local}
        for one in graph.packages.values():
            self._by_version.setdefault((one.name, one.version), []).append(one)

    def find(self, path: str, name: str, version: str) -> Package | None:
        """What the lockfile says of the package installed at ``path``; None if it says nothing clear."""
        found = self._by_path.get(path)
        if found and (found.name, found.version) == (name, version):
            return found
        same = self._by_version.get((name, version), ())
        return same[0] if same and len({one.source for one in same}) == 1 else None

    def speaks_of(self, folder: str) -> bool:
        """Is the folder the project, a member of its workspace, or a local package?"""
        return folder in self._folders


_KNOWN: WeakKeyDictionary[FileTree, dict[str, tuple[Lock, ...]]] = WeakKeyDictionary()


def beside(tree: FileTree, folder: str) -> tuple[Lock, ...]:
    """The lockfiles in ``folder``; one that cannot be read is not among them and is reported when it is offered."""
    known = _KNOWN.setdefault(tree, {})
    if folder not in known:
        known[folder] = tuple(_read(tree, folder))
    return known[folder]


def above(tree: FileTree, folder: str) -> Iterator[tuple[str, Lock]]:
    """The lockfiles in ``folder`` and then in each folder above, with that folder's path."""
    while True:
        for lock in beside(tree, folder):
            yield folder, lock
        if not folder:
            return
        folder = posixpath.dirname(folder)


def _read(tree: FileTree, folder: str) -> Iterator[Lock]:
    names = set(tree.list(folder))
    for name, read in _READERS.items():
        file = tree.get(posixpath.join(folder, name)) if name.partition("/")[0] in names else None
        if file:
            try:
                yield Lock(read(file))
            except FirmbomError:
                continue
