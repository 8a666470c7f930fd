"""One file on disk as a FileTree: for pointing a plugin at a single lockfile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from firmbom.tree.base import File, Limits
from firmbom.tree.folder import FolderTree


class SingleFile(FolderTree):
    """Offers one file; its neighbours can be looked up (``-r base.txt``) but are not walked."""

    def __init__(self, path: Path, *, limits: Limits | None = None) -> None:
        """Args: ``path`` of a regular file."""
        super().__init__(path.parent, limits=limits)
        self.location = path
        self._name = path.name

    def walk(self) -> Iterator[File]:
        """See :meth:`FileTree.walk`."""
        file = self.lookup(self._name)
        if file is not None:
            yield file
