"""One file on disk as a FileTree: for pointing a plugin at a single lockfile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from firmbom.tree.base import File, Limits, in_turn
from firmbom.tree.folder import FolderTree


class SingleFile(FolderTree):
    """Offers one file; its neighbours can be looked up (``-r base.txt``) but are not walked."""

    def __init__(self, path: Path, *, limits: Limits | None = None) -> None:
        """Args: ``path`` of a regular file; a link there is followed, wherever it leads, for the user named it."""
        file = path.resolve() if path.is_symlink() else path
        super().__init__(file.parent, limits=limits)
        self.location = path
        self._name = file.name

    def walk(self) -> Iterator[File]:
        """See :meth:`FileTree.walk`."""
        file = self.lookup(self._name)
        return in_turn(() if file is None else (file,))
