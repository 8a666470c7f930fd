"""Opens a folder, a container file, or a container inside a tree, told by content and never by name."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from firmbom.errors import FirmbomError, InputError, LimitError
from firmbom.model import Problem
from firmbom.tree import carve
from firmbom.tree.archive import ArchiveTree, Entry
from firmbom.tree.base import HEAD, File, FileTree, Limits, Wanted, shown
from firmbom.tree.budget import Budget
from firmbom.tree.folder import FolderTree
from firmbom.tree.formats import Contents, Format, bare_kernel, describe, recognise
from firmbom.tree.report import Report, Unheard
from firmbom.tree.source import HandleSource, Source, spool

_LINKING_KEPT = 16
_UNHEARD = Unheard()


def open_tree(path: Path, *, limits: Limits | None = None, exclude: Sequence[str] = ()) -> FileTree:
    """Open a folder, or a file that is a container.

    Args:
        path: where it is.
        limits: how much it may ask for.
        exclude: path patterns that are not read; of a folder only.

    Raises:
        InputError: there is no such file, it cannot be read, or it is no container; says what was found.
    """
    name = shown(str(path))
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            return FolderTree(path, exclude=exclude, limits=limits)
        if not stat.S_ISREG(status.st_mode):
            raise InputError("is neither a file nor a folder", path=name)
        source = HandleSource(path.open("rb", buffering=0))
        contents = Contents(source.size, source.read_at)
        budget = Budget(limits or Limits(), source.size)
        tree = _open(source, recognise(contents), shown(path.name), budget, location=path)
        if tree:
            return tree
        what = describe(contents)
        source.close()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"cannot be read: {reason or error}", path=name) from error
    raise InputError(
        f"is {what}, not a container that firmbom opens", path=name, remedy="see docs/formats.md for those it does"
    )


def open_container(file: File, *, within: Budget | None = None, wanted: Wanted | None = None) -> ArchiveTree | None:
    """The tree inside a file of a tree, or None when the file is no container.

    Its problems are added to those of the file's own tree.

    Args:
        file: of a tree.
        within: the budget of what the file is in, which what is inside it counts against, too.
        wanted: as :attr:`FileTree.wanted`.

    Raises:
        InputError: the file is damaged or unreadable.
        LimitError: a limit is reached before anything could be read.
    """
    found = _format_of(file)
    if found is None and not (file.tree.images and carve.may_hold_parts(file.size, file.head(HEAD))):
        return None
    if wanted and found and found.kind == "stream" and _is_idle_text(file, found, wanted):
        return None
    source = file.source()
    budget = within.inside(file.size) if within else Budget(file.tree.limits, file.size)
    return _open(source, found, file.location_path, budget, outside=file.tree)


def _is_idle_text(file: File, found: Format, wanted: Wanted) -> bool:
    """Does a compressed file hold text that is no container and that nobody wants?

    No more is unpacked than its beginning, so what is damaged behind that goes unnoticed, as it does in a text that is
    not compressed.
    """
    begun = file.begun()
    head = found.module.beginning(begun, HEAD) if found.glimpsed and len(begun) == file.size else None
    if head is None:
        head = b""
        try:
            for piece in found.module.read(file.source(), _UNHEARD):
                head += piece
                if len(head) >= HEAD:
                    break
        except (FirmbomError, OSError):
            return False  # where it is opened this is said
        head = head[:HEAD]
    if not carve.is_text(head) or wanted(found.inner_name(file.name), head):
        return False
    return recognise(Contents.of(head), head) is None


def nested(tree: FileTree) -> FileTree:
    """``tree`` with what the containers in it hold, and the containers in those, as ``outer!/inner``."""
    return NestedTree(tree)


class NestedTree(FileTree):
    """A tree whose walk goes on into every container, within the limits of the tree."""

    def __init__(self, tree: FileTree) -> None:
        super().__init__(prefix=tree.prefix, location=tree.location, limits=tree.limits)
        self.problems = tree.problems
        self._tree = tree
        self._links: list[tuple[str, str]] = []
        self._linking: dict[str, FileTree] = {}
        """Containers that have links, which will be followed, by where they stand."""

    def walk(self) -> Iterator[File]:
        """Each file, a container's own files right after it. A file belongs to the tree that it stands in."""
        self._links.clear()
        return self._walk(self._tree, Budget(self.limits, 1 << 62), 0)

    def _walk(self, tree: FileTree, budget: Budget, depth: int) -> Iterator[File]:
        for file in tree.walk():
            yield file
            inner = self._inner(file, budget, depth, self.wanted)
            if inner:
                file.drop()
                links = list(inner.links())
                self._links += links
                if links and len(self._linking) < _LINKING_KEPT:
                    self._linking[file.location_path] = inner
                yield from self._walk(inner, inner.budget, depth + 1)

    def _inner(self, file: File, budget: Budget | None, depth: int, wanted: Wanted | None = None) -> ArchiveTree | None:
        try:
            if depth < self.limits.depth:
                return open_container(file, within=budget, wanted=wanted)
            if _format_of(file):
                raise LimitError(f"stands deeper than {self.limits.depth} containers inside one another")
        except (FirmbomError, OSError) as error:
            reason = error.within("") if isinstance(error, FirmbomError) else error
            self.problems.append(Problem("error", f"not opened: {reason}", file.location_path))
        return None

    def links(self) -> Iterator[tuple[str, str]]:
        """See :meth:`FileTree.links`; of the containers that have been walked."""
        yield from self._tree.links()
        yield from self._links

    def lookup(self, path: str) -> File | None:
        """See :meth:`FileTree.lookup`; ``outer!/inner`` looks into the container ``outer``."""
        found = self._tree.lookup(path)
        for inner, inside in () if found else self._inside(path):
            found = found or inner.get(inside)
        return found

    def list(self, folder: str) -> Sequence[str]:
        """See :meth:`FileTree.list`; ``outer!/folder`` looks into the container ``outer``."""
        listed = self._tree.list(folder)
        for inner, inside in () if listed else self._inside(folder):
            listed = listed or inner.list(inside)
        return listed

    def _inside(self, path: str) -> Iterator[tuple[FileTree, str]]:
        """Each container that a part of ``path`` is, and what the rest is in it."""
        position = -1
        while (position := path.find("!/", position + 1)) >= 0:
            outer = self._tree.lookup(path[:position])
            if outer:
                inner = self._linking.get(outer.location_path) or self._inner(outer, None, 0)
                if inner:
                    deeper = NestedTree(inner)
                    deeper._linking = self._linking
                    yield deeper, path[position + 2 :]

    def close(self) -> None:
        """See :meth:`FileTree.close`."""
        self._tree.close()


def _format_of(file: File) -> Format | None:
    """By what of the file can be had cheaply: all of it, or the beginning where its bytes are packed."""
    begun = file.begun() or next(file.chunks(), b"")[:HEAD]  # what cannot be read is to be said here
    return recognise(Contents(file.size, partial(_part, file, begun)), begun)


def _part(file: File, begun: bytes, offset: int, length: int) -> bytes:
    """What stands at a place of a file, as far as it can be had cheaply; ``begun`` is its beginning."""
    if offset + length <= len(begun) or len(begun) == file.size:
        return begun[offset : offset + length]
    return file.part(offset, length) or begun[offset : offset + length]


def _open(
    source: Source,
    found: Format | None,
    place: str,
    budget: Budget,
    *,
    outside: FileTree | None = None,
    location: Path | None = None,
) -> ArchiveTree | None:
    """Take off streams until an archive or plain content remains; None for plain content that no stream held.

    Args:
        source: the container's bytes.
        found: what they begin with.
        place: the container's, as problems state it.
        budget: of the container.
        outside: the tree that it stands in, None for one on disk.
        location: of one on disk.
    """
    problems = outside.problems if outside else []
    report = Report(problems, place, lambda inside: f"{place}!/{inside}")
    name = place.rpartition("/")[2]
    layers = 0
    while found and found.kind == "stream":
        layers += 1
        if layers > budget.limits.depth:
            report("error", f"is compressed more than {budget.limits.depth} times over; not unpacked further")
            found = None
            break
        unpacked = spool(_checked(found.module.read(source, report), budget, report))
        budget.give_back(unpacked.size)
        source, name = unpacked, found.inner_name(name)
        found = recognise(Contents(source.size, source.read_at))
    report.finish()

    def alone(source: Source, _: Report) -> Iterator[Entry]:
        yield Entry(name.encode(), "file", source.size, source)

    images = outside is None or outside.images
    reader = carve.reader(source, found) if images else None
    if reader is None:
        found = found or (bare_kernel(source) if images else None)
        if (layers and found is None) or ((layers or location) and found and found.program):
            reader = alone
        elif found:
            reader, images = found.reader, found.holds == "images" or (found.holds == "either" and images)
        else:
            return None
    tree = ArchiveTree(source, reader, budget=budget, prefix=f"{place}!/", problems=problems, location=location)
    tree.images = images
    return tree


def _checked(pieces: Iterator[bytes], budget: Budget, report: Report) -> Iterator[bytes]:
    """The pieces up to the first damage or limit, which is reported."""
    try:
        for piece in pieces:
            budget.take(len(piece))
            yield piece
    except FirmbomError as error:
        report("error", f"{error.within('')}; only the part before it was read")
    except OSError as error:
        report("error", f"cannot be read: {error.strerror or error}; only the part before it was read")
