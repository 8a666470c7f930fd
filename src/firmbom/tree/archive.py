"""A container as a FileTree: any reader that yields entries becomes a tree with links, folders and look-ups."""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Literal

import msgspec

from firmbom.errors import FirmbomError, InputError, LimitError
from firmbom.model import Problem
from firmbom.tree.base import File, FileTree, in_turn, shown
from firmbom.tree.budget import Budget
from firmbom.tree.index import Content, Folder, Leaf, Link, Packed, as_bytes, nodes, resolve
from firmbom.tree.report import Report
from firmbom.tree.source import Source

LONGEST_PATH = 4096
"""Linux's PATH_MAX; no system that runs firmware opens a longer one."""

_SOON = 256
"""Files; enough of the smallest to keep all processors at work."""
BOTH = "is a file and a folder; the file was not read"


class Entry(msgspec.Struct, frozen=True):
    """One name in a container, as stored there; of two of one name the later stands."""

    name: bytes
    kind: Literal["file", "folder", "symlink", "hardlink"]
    size: int = 0
    """Of a file: how many bytes ``content`` will give."""
    content: Content | None = None
    target: bytes = b""
    """Of a link; a hard link's counts from the root."""


Reader = Callable[[Source, Report], Iterable[Entry]]
"""Reads a container from its source, in order; says what it cannot read, raises InputError when it must stop."""


class ArchiveFile(File):
    """A regular file in a container."""

    def __init__(self, tree: FileTree, path: str, leaf: Leaf) -> None:
        super().__init__(tree, path, leaf.size)
        self._content = leaf.content

    def open(self) -> BinaryIO:
        """See :meth:`File.open`; a file whose bytes are packed can only be read from start to end."""
        if isinstance(self._content, Source):
            return self._content.open()
        return io.BufferedReader(_Stream(self.chunks()), 1 << 16)

    def chunks(self) -> Iterator[bytes]:
        """See :meth:`File.chunks`; what is packed must hold as many bytes as the container states."""
        content = self._content
        if isinstance(content, Source):
            return self._checked(content.chunks())
        return self._checked(content(), self.size)

    def _checked(self, pieces: Iterator[bytes], size: int | None = None) -> Iterator[bytes]:
        total = 0
        try:
            for piece in pieces:
                total += len(piece)
                if size is not None and total > size:
                    break
                if piece:
                    yield piece
        except FirmbomError as error:
            raise InputError(error.message, path=self.location_path) from error
        except OSError as error:
            raise self.unreadable(error) from error
        if size is not None and total != size:
            raise InputError("does not hold as many bytes as its container states", path=self.location_path)

    def at_rest(self) -> Source | None:
        """See :meth:`File.at_rest`."""
        return self._content if isinstance(self._content, Source) else None


class ArchiveTree(FileTree):
    """The files of one container."""

    def __init__(
        self,
        source: Source,
        reader: Reader,
        *,
        budget: Budget,
        prefix: str,
        problems: list[Problem],
        location: Path | None = None,
    ) -> None:
        """Read the container's index; never raises for what the container holds, see ``problems``."""
        super().__init__(prefix=prefix, location=location, limits=budget.limits)
        self.problems = problems
        self.budget = budget
        """What may still be asked for inside it."""
        self._source = source
        self._root = Folder()
        filling = _Filling(self._root, Report(problems, prefix.removesuffix("!/"), self.place), budget)
        filling.run(reader, source)

    def walk(self) -> Iterator[File]:
        """See :meth:`FileTree.walk`."""
        leaves = ((path, node) for path, node in nodes(self._root) if isinstance(node, Leaf))
        return in_turn(ArchiveFile(self, path, leaf) for path, leaf in _announced(leaves))

    def links(self) -> Iterator[tuple[str, str]]:
        """See :meth:`FileTree.links`."""
        for path, node in nodes(self._root):
            if isinstance(node, Link):
                yield self.place(path), shown(node.target)

    def lookup(self, path: str) -> File | None:
        """See :meth:`FileTree.lookup`."""
        match resolve(self._root, path):
            case (Leaf() as leaf, inside):
                return ArchiveFile(self, inside, leaf)
        return None

    def list(self, folder: str) -> Sequence[str]:
        """See :meth:`FileTree.list`."""
        found = resolve(self._root, folder)
        return sorted(found[0], key=as_bytes) if found and isinstance(found[0], Folder) else ()

    def close(self) -> None:
        """See :meth:`FileTree.close`."""
        self._source.close()


def _announced(leaves: Iterator[tuple[str, Leaf]]) -> Iterator[tuple[str, Leaf]]:
    """The leaves; to each whose content can be made ahead it is said when only a few others come before it."""
    waiting: deque[tuple[str, Leaf]] = deque()
    for pair in leaves:
        content = pair[1].content
        if isinstance(content, Packed):
            content.expect()
        waiting.append(pair)
        if len(waiting) > _SOON:
            yield waiting.popleft()
    yield from waiting


class _Filling:
    """Puts a reader's entries into the index, within the budget."""

    def __init__(self, root: Folder, report: Report, budget: Budget) -> None:
        self._root, self._report, self._budget = root, report, budget
        self._late: list[tuple[str, Entry]] = []
        """Hard links whose file has not come yet."""

    def run(self, reader: Reader, source: Source) -> None:
        try:
            for entry in reader(source, self._report):
                self._budget.take(entries=1)
                self._add(entry)
            for path, entry in self._late:
                if not self._hard_link(path, entry):
                    self._report("error", "is a hard link to a file that the container does not hold; not read", path)
        except FirmbomError as error:
            self._report("error", f"{error.within('')}; the rest was not read")
        except OSError as error:
            self._report("error", f"cannot be read: {error.strerror or error}; the rest was not read")
        except Exception as error:  # a reader's bug must cost the rest of one container, and be seen
            self._report("error", f"unexpected {type(error).__name__} ({error}); the rest was not read")
        self._report.finish()

    def _add(self, entry: Entry) -> None:
        if len(entry.name) > LONGEST_PATH:
            self._report("error", f"name longer than {LONGEST_PATH} bytes; not read", entry.name[:64])
            return
        if b"\0" in entry.name:
            self._report("warning", "name holds a NUL byte; cut there", entry.name)
        if b".." in entry.name and b".." in entry.name.split(b"/"):
            self._report("warning", "name with '..'; kept inside the container", entry.name)
        path = self._inside(entry.name)
        if entry.kind == "folder":
            self._folder(path.split("/") if path else [], itself=True)
        elif not path:
            self._report("warning", "a file without a name; not read")
        elif entry.kind == "symlink":
            target = entry.target if len(entry.target) < LONGEST_PATH else b""
            self._put(path, Link(target.decode("utf-8", "surrogateescape")))
        elif entry.kind == "hardlink":
            if not self._hard_link(path, entry):
                self._late.append((path, entry))
        elif entry.content is not None:
            self._file(path, Leaf(entry.size, entry.content))

    @staticmethod
    def _inside(name: bytes) -> str:
        """The name as a path under the root, ``""`` for the root itself."""
        text = name.partition(b"\0")[0].decode("utf-8", "surrogateescape")
        parts: list[str] = []
        for part in text.split("/"):
            if part == "..":
                del parts[-1:]
            elif part not in ("", "."):
                parts.append(part)
        return "/".join(parts)

    def _hard_link(self, path: str, entry: Entry) -> bool:
        target = self._inside(entry.target[:LONGEST_PATH])
        found = resolve(self._root, target) if target else None
        if found is None or not isinstance(found[0], Leaf):
            return False
        self._file(path, found[0])
        return True

    def _file(self, path: str, leaf: Leaf) -> None:
        try:
            self._budget.take(leaf.size)
        except LimitError as error:
            self._report("error", f"not read, for with it the container {error.message}", path)
        else:
            self._put(path, leaf)

    def _put(self, path: str, node: Leaf | Link) -> None:
        *parents, name = path.split("/")
        folder = self._folder(parents, itself=False)
        known = folder.get(name)
        if isinstance(known, Folder):
            self._report("error", BOTH, path)
            return
        if known is not None:
            self._report("warning", "stands there more than once; the last one was read", path)
        folder[name] = node

    def _folder(self, parts: Sequence[str], *, itself: bool) -> Folder:
        """The folder at ``parts``, made if need be, through links inside the container.

        Args: ``itself`` says that the entry is the folder: then a link of that name gives way to it, as in tar.
        """
        node = self._root
        for index, part in enumerate(parts):
            child = node.get(part)
            if isinstance(child, Link) and not (itself and index == len(parts) - 1):
                found = resolve(self._root, "/".join(parts[: index + 1]))
                child = found[0] if found else None
            if not isinstance(child, Folder):
                if isinstance(child, Leaf):
                    self._report("error", BOTH, "/".join(parts[: index + 1]))
                self._budget.take(entries=1)
                child = node[part] = Folder()
            node = child
        return node


class _Stream(io.RawIOBase):
    """Pieces as a stream."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces = pieces
        self._held = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type] # io passes what supports the buffer protocol
        if not self._held:
            self._held = memoryview(next(self._pieces, b""))
        count = min(len(view), len(self._held))
        view[:count] = self._held[:count]
        self._held = self._held[count:]
        return count
