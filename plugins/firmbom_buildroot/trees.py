"""Where the files lie that records name, and what of a path is told.

A record names files from Buildroot's top or from the output folder; those of br2-external trees and global patch
folders by an absolute path of the build machine, which is never repeated.
"""

from __future__ import annotations

from collections.abc import Iterable

from firmbom.tree.base import File, FileTree

_MOST_SUFFIXES = 12


class Trees:
    """The folders that named files are looked for in."""

    def __init__(self, tree: FileTree, tops: Iterable[str], outputs: Iterable[str]) -> None:
        """Args: ``tops`` and ``outputs`` are folders of ``tree``, empty for its root."""
        self._tree = tree
        self._tops = tuple(sorted({*tops, *outputs}, key=lambda one: (len(one), one)))

    def find(self, path: str) -> File | None:
        """The file that a record means; for an absolute path the one that the longest end of it leads to."""
        if not path or "\0" in path or len(path) > 4096 or ".." in path.split("/"):
            return None
        for end in _ends(path):
            for top in self._tops:
                if found := self._tree.get(f"{top}/{end}" if top else end):
                    return found
        return None

    def first(self, paths: Iterable[str]) -> File | None:
        """The first of some paths of the tree itself that is there."""
        return next((file for file in map(self._tree.get, paths) if file), None)


def _ends(path: str) -> list[str]:
    if not path.startswith("/"):
        return [path]
    parts = [part for part in path.split("/") if part]
    return ["/".join(parts[start:]) for start in range(len(parts) - 1)][-_MOST_SUFFIXES:]


def told(path: str, package: str) -> str:
    """What may be told of a path: a relative one whole; of an absolute one what follows the folder above the package's.

    >>> told("/home/joe/ext/package/foo/0001-a.patch", "foo")
    'package/foo/0001-a.patch'
    """
    if not path.startswith(("/", "~")) and ".." not in path.split("/"):
        return path.removeprefix("./")
    parts = [part for part in path.split("/") if part and part not in ("..", "~")]
    named = [index for index, part in enumerate(parts) if part == package and index]
    keeps = {"package", "boot", "linux", "toolchain", "patches", "board", "fs"}
    start = named[-1] if named else len(parts) - 1
    if named and parts[start - 1] in keeps:
        start -= 1
    return "/".join(parts[start:])
