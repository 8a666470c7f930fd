"""A folder on disk as a FileTree. Nothing outside it is read, whatever its links say."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from itertools import starmap
from operator import itemgetter
from pathlib import Path
from stat import S_ISDIR, S_ISLNK, S_ISREG, ST_DEV, ST_INO
from typing import BinaryIO

from firmbom.errors import InputError
from firmbom.model import Problem, Severity
from firmbom.tree.base import HEAD, File, FileTree, Limits, in_turn, shown
from firmbom.tree.match import Patterns
from firmbom.tree.source import BytesSource, HandleSource, Source

VERSION_CONTROL = frozenset({".git", ".hg", ".svn", ".bzr", "CVS"})
"""Histories, not content; never entered."""
LINKS = 40
"""So many links are followed in one look-up, as Linux does."""
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_OPEN_FILE = os.O_RDONLY | _NO_FOLLOW | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_FIRST, _NEXT, _PROBE = 1 << 16, 1 << 18, 1 << 9
"""Bytes that are read at once: of a file's beginning, of what follows, and where it should have ended."""
_OPEN_FOLDER = os.O_RDONLY | _NO_FOLLOW | getattr(os, "O_DIRECTORY", 0)

_IDENTITY = itemgetter(ST_DEV, ST_INO)
_ENCODING, _ERRORS = sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()


class _OpenFile(HandleSource):
    """A file that is read from its start, and what of that is kept."""

    first = b""
    """What was read first."""
    latest = 0, b""
    """What was read last in one go, and where that stands."""


class FolderFile(File):
    """A regular file under the folder."""

    tree: FolderTree
    kept_from_hashing = _FIRST
    _source: _OpenFile | None = None

    def __init__(self, tree: FolderTree, path: str, status: os.stat_result) -> None:
        super().__init__(tree, path, status.st_size)
        self._seen = status

    def open(self) -> BinaryIO:
        """Open the very file that was seen: one that was put in its place, or a link to elsewhere, is refused."""
        return os.fdopen(self._opened()[0], "rb")

    def _opened(self) -> tuple[int, os.stat_result]:
        """The number of the open file, and what it is."""
        try:
            handle = os.open(f"{self.tree.top}/{self.path}", _OPEN_FILE)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise InputError(f"cannot be read: {reason}", path=self.location_path) from error
        status = os.fstat(handle)
        if not S_ISREG(status.st_mode) or not _is_same(self._seen, status):
            os.close(handle)
            raise InputError("was replaced while the folder was read", path=self.location_path)
        return handle, status

    def _looked_at(self) -> bytes:
        """See :meth:`File.head`; of most files that is all of it, which is kept and needs no file that stays open."""
        if self.size >= _FIRST or not self._keeps:
            return super()._looked_at()
        try:
            handle, _ = self._opened()
            try:
                data = os.read(handle, self.size + 1)  # a byte more where it has grown
            finally:
                os.close(handle)
        except (OSError, InputError):
            return b""
        if len(data) != self.size:
            return super()._looked_at()
        self._data = data
        return data[:HEAD]

    def chunks(self) -> Iterator[bytes]:
        """See :meth:`File.chunks`; the first piece is small, for often no more is wanted."""
        source = self._at_hand()
        offset, length = 0, min(_FIRST, self.size + 1)
        try:
            while piece := source.read_on(offset, length):
                if self._keeps:
                    source.first, source.latest = source.first or piece, (offset, piece)
                yield piece
                offset += len(piece)
                if offset == self.size and len(piece) < length:
                    return  # it was asked for more than it holds
                length = max(_PROBE, min(_NEXT, self.size + 1 - offset))
        except OSError as error:
            raise self.unreadable(error) from error

    def begun(self) -> bytes:
        """See :meth:`File.begun`."""
        return self._data or (self._source and self._source.first) or super().begun()

    def part(self, offset: int, length: int) -> bytes:
        """See :meth:`File.part`; a file that was hashed has been read to its end."""
        start, latest = self._source.latest if self._source else (0, b"")
        if start <= offset and offset + length <= start + len(latest):
            return latest[offset - start : offset - start + length]
        return super().part(offset, length)

    def at_rest(self) -> Source:
        """See :meth:`File.at_rest`; the file itself, nothing is copied."""
        return self._at_hand() if self._data is None else BytesSource(self._data)

    source = at_rest

    def on_disk(self) -> Callable[[], AbstractContextManager[int]]:
        """See :meth:`File.on_disk`."""
        return self._unchanged

    @contextmanager
    def _unchanged(self) -> Iterator[int]:
        handle, status = self._opened()
        try:
            self._check_unchanged(status)
            yield handle
            self._check_unchanged(os.fstat(handle))
        finally:
            os.close(handle)

    def _check_unchanged(self, status: os.stat_result) -> None:
        if (status.st_size, status.st_mtime_ns) != (self.size, self._seen.st_mtime_ns):
            raise InputError("changed while it was read", path=self.location_path)

    def _at_hand(self) -> _OpenFile:
        source = self._source or self._taken()
        self._source = source if self._keeps else None
        return source

    def _taken(self) -> _OpenFile:
        handle, status = self._opened()
        return _OpenFile.taking(handle, status.st_size)


class FolderTree(FileTree):
    """The regular files of a folder, without version-control histories and excluded paths."""

    def __init__(self, root: Path, *, exclude: Sequence[str] = (), limits: Limits | None = None) -> None:
        """Args: ``exclude`` holds path patterns as in ``Wants.paths``; a folder that matches is not entered."""
        super().__init__(location=root, limits=limits)
        self.root = root
        self.top = str(root).rstrip("/")
        """The root with a slash behind it to come: empty for ``/``."""
        self._excluded = Patterns(exclude)
        self._listings: dict[str, tuple[str, ...]] = {}
        self._seen: tuple[list[tuple[str, os.stat_result]], list[str]] | None = None
        self._targets: list[tuple[str, str]] | None = None
        """The links and where they lead, once somebody has asked for them."""
        self._real_root = os.path.realpath(root).rstrip("/")

    def walk(self) -> Iterator[File]:
        """See :meth:`FileTree.walk`."""
        return in_turn(starmap(partial(FolderFile, self), self._found()[0]))

    def links(self) -> Iterator[tuple[str, str]]:
        """See :meth:`FileTree.links`."""
        if self._targets is None:
            self._targets = list(self._followed())
        yield from self._targets

    def _followed(self) -> Iterator[tuple[str, str]]:
        for path in self._found()[1]:
            if target := self._target(path):  # else gone since
                yield self.place(path), shown(target)

    def _found(self) -> tuple[list[tuple[str, os.stat_result]], list[str]]:
        """Files with their status, and links; in the order of the paths' bytes."""
        if self._seen is None:
            files: dict[str, os.stat_result] = {}
            links: list[str] = []
            pending: list[tuple[str, os.stat_result | None]] = [("", None)]
            excluded = self._excluded.match if self._excluded else None
            seen = 0
            while pending:
                folder, known = pending.pop()
                entries = self._entries(folder, known)
                seen += len(entries)
                if seen > self.limits.files:
                    self._problem("error", f"more than {self.limits.files} entries; the rest was not read", folder)
                    break
                above = folder and f"{folder}/"
                for name, status in entries:
                    path = above + name
                    mode = status.st_mode
                    if S_ISREG(mode):
                        if not (excluded and excluded(path)):
                            files[path] = status
                    elif S_ISDIR(mode):
                        if self._is_entered(name, path):
                            pending.append((path, status))
                    elif S_ISLNK(mode) and not (excluded and excluded(path)):
                        links.append(path)
            paths = _in_order(files)
            self._seen = list(zip(paths, map(files.__getitem__, paths), strict=True)), _in_order(links)
        return self._seen

    def _is_entered(self, name: str, path: str) -> bool:
        if name in VERSION_CONTROL or self._excluded.match_folder(path):
            return False
        return self.enters is None or self.enters(path)

    def _entries(self, folder: str, known: os.stat_result | None) -> list[tuple[str, os.stat_result]]:
        """What the folder holds, sorted by name, so that a limit cuts at the same place each time.

        Args:
            folder: its path.
            known: what was seen in the folder above, None for the root.
        """
        full = f"{self.top}/{folder}"
        try:
            if os.scandir not in os.supports_fd:  # Windows
                return self._listed(full, folder)
            handle = os.open(full, _OPEN_FOLDER if known else _OPEN_FOLDER & ~_NO_FOLLOW)
            try:
                if known and not _is_same(known, os.fstat(handle)):
                    raise OSError("was replaced while it was read")
                return self._listed(handle, folder)
            finally:
                os.close(handle)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else None
            self._problem("error", f"folder cannot be read: {reason or error}", folder)
            return []

    def _listed(self, where: str | int, folder: str) -> list[tuple[str, os.stat_result]]:
        out = []
        with os.scandir(where) as listing:
            for entry in listing:
                try:
                    out.append((entry.name, entry.stat(follow_symlinks=False)))
                except OSError as error:
                    path = f"{folder}/{entry.name}" if folder else entry.name
                    self._problem("warning", f"vanished while the folder was read: {error.strerror}", path)
        out.sort(key=itemgetter(0))
        return out

    def _problem(self, severity: Severity, message: str, path: str) -> None:
        self.problems.append(Problem(severity, message, self.place(path) or "."))

    def lookup(self, path: str) -> File | None:
        """See :meth:`FileTree.lookup`; a link that leads out of the folder is no file.

        An absolute link counts from the folder, as it would on the device, unless it names the folder itself.
        """
        inside = self._resolve(path)
        if not inside:
            return None
        try:
            status = os.lstat(f"{self.top}/{inside}")
        except OSError:
            return None
        return FolderFile(self, inside, status) if S_ISREG(status.st_mode) else None

    def list(self, folder: str) -> Sequence[str]:
        """See :meth:`FileTree.list`."""
        if folder not in self._listings:
            inside = self._resolve(folder)
            self._listings[folder] = () if inside is None else tuple(sorted(self._names(inside), key=os.fsencode))
        return self._listings[folder]

    def _names(self, inside: str) -> Iterator[str]:
        try:
            with os.scandir(f"{self.top}/{inside}") as listing:
                for entry in listing:
                    path = f"{inside}/{entry.name}" if inside else entry.name
                    if entry.name not in VERSION_CONTROL and not self._excluded.match(path):
                        yield entry.name
        except OSError:
            return

    def _resolve(self, path: str) -> str | None:
        """The path without links, or None when it leads out, round in circles, into what is excluded, or nowhere."""
        done: list[str] = []
        pending, links = path.split("/")[::-1], 0
        while pending:
            part = pending.pop()
            if part == ".." and not done:
                return None
            if part == "..":
                done.pop()
            elif part not in ("", "."):
                target = self._target("/".join([*done, part]))
                if target is None:
                    return None
                if not target:
                    done.append(part)
                    continue
                links += 1
                if links > LINKS:
                    return None
                if target.startswith("/"):
                    done.clear()
                    if f"{target}/".startswith(f"{self._real_root}/"):
                        target = target.removeprefix(self._real_root)
                pending.extend(reversed(target.split("/")))
        inside = "/".join(done)
        return None if self.is_hidden(path) or self.is_hidden(inside) else inside

    def _target(self, path: str) -> str | None:
        """Where a link leads, empty when it is none, None when there is nothing."""
        try:
            return os.readlink(f"{self.top}/{path}")  # noqa: PTH115 - a Path would be made for each part of each look-up
        except OSError as error:
            return "" if error.errno == errno.EINVAL else None
        except ValueError:  # a NUL byte, or what no file system can hold
            return None

    def is_hidden(self, path: str) -> bool:
        """Is the path excluded, or inside a version-control history?"""
        parts = path.split("/")
        if not VERSION_CONTROL.isdisjoint(parts[:-1]):
            return True
        return bool(self._excluded) and (
            self._excluded.match(path)
            or any(self._excluded.match_folder("/".join(parts[:count])) for count in range(1, len(parts)))
        )


def _bytes_of(path: str) -> bytes:
    """As :func:`os.fsencode`, of which this is the part that does something to a string."""
    return path.encode(_ENCODING, _ERRORS)


def _in_order(paths: Collection[str]) -> list[str]:
    """Sorted by their bytes."""
    return sorted(paths, key=None if "".join(paths).isascii() else _bytes_of)


def _is_same(seen: os.stat_result, status: os.stat_result) -> bool:
    """Is this what was seen in a listing? Where listings give no inodes (Windows), it cannot be told."""
    return _IDENTITY(seen) == _IDENTITY(status) or not seen.st_ino
