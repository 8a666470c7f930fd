"""A folder on disk as a FileTree. Nothing outside it is read, whatever its links say."""

from __future__ import annotations

import os
import posixpath
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from firmbom.errors import InputError
from firmbom.model import Problem
from firmbom.tree.base import File, FileTree, Limits
from firmbom.tree.match import Patterns

VERSION_CONTROL = frozenset({".git", ".hg", ".svn", ".bzr", "CVS"})
"""Histories, not content; never entered."""


class FolderFile(File):
    """A regular file under the folder."""

    tree: FolderTree

    def open(self) -> BinaryIO:
        """Open without following a link in the last place, so a file swapped for a link after the walk is refused."""
        full = self.tree.root / self.path
        try:
            handle = os.open(full, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", path=self.location_path) from error
        return os.fdopen(handle, "rb")


class FolderTree(FileTree):
    """The regular files of a folder, without version-control histories and excluded paths."""

    def __init__(self, root: Path, *, exclude: Sequence[str] = (), limits: Limits | None = None) -> None:
        """Args: ``exclude`` holds path patterns as in ``Wants.paths``; a folder that matches is not entered."""
        super().__init__(location=root, limits=limits)
        self.root = root
        self._excluded = Patterns(exclude)
        self._listings: dict[str, tuple[str, ...]] = {}
        self._real_root = os.path.realpath(root)

    def walk(self) -> Iterator[File]:
        """See :meth:`FileTree.walk`."""
        yield from sorted(self._walk(""), key=lambda file: os.fsencode(file.path))

    def _walk(self, top: str) -> Iterator[File]:
        pending, seen = [top], 0
        while pending:
            folder = pending.pop()
            try:
                entries = list(os.scandir(self.root / folder))
            except OSError as error:
                self.problems.append(Problem("error", f"folder cannot be read: {error.strerror}", path=folder or "."))
                continue
            seen += len(entries)
            if seen > self.limits.files:
                self.problems.append(
                    Problem("error", f"more than {self.limits.files} files; the rest was not read", path=folder)
                )
                return
            for entry in entries:
                path = posixpath.join(folder, entry.name)
                if self._excluded.match(path):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    if entry.name not in VERSION_CONTROL:
                        pending.append(path)
                elif entry.is_file(follow_symlinks=False):
                    yield FolderFile(self, path, entry.stat(follow_symlinks=False).st_size)

    def lookup(self, path: str) -> File | None:
        """See :meth:`FileTree.lookup`; a link that leads out of the folder is no file."""
        real = os.path.realpath(self.root / path)
        if not real.startswith(self._real_root + os.sep):
            return None
        try:
            status = Path(real).stat()
        except OSError:
            return None
        inside = os.path.relpath(real, self._real_root).replace(os.sep, "/")
        return FolderFile(self, inside, status.st_size) if stat.S_ISREG(status.st_mode) else None

    def list(self, folder: str) -> Sequence[str]:
        """See :meth:`FileTree.list`."""
        if folder not in self._listings:
            try:
                inside = Path(os.path.realpath(self.root / folder))
                names = [one.name for one in inside.iterdir()] if inside.is_relative_to(self._real_root) else []
            except OSError:
                names = []
            self._listings[folder] = tuple(sorted(names, key=os.fsencode))
        return self._listings[folder]
