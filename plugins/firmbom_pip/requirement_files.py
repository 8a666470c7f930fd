"""Requirements files and how they include one another: ``-r`` (and its text is part of the file), ``-c`` (only pins).

pip reads from the file it is given downwards. The host offers each file by itself, so a file that another one includes
is read as that one sees it: with its indexes and constraints. Otherwise one requirement would be said twice, with and
without a version.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from weakref import WeakKeyDictionary

import msgspec

from firmbom.errors import FirmbomError
from firmbom.tree.base import File, FileTree
from firmbom_pip import requirement
from firmbom_pip.report import Report
from firmbom_pip.requirement import Need
from firmbom_pip.requirement_lines import Line, decoded, lines
from firmbom_pip.requirement_names import FOLDER, is_requirements

DEFAULT_NAME = "requirements.txt"
MOST_FILES = 500
"""Files that one file may include, directly or not."""


class Stated(msgspec.Struct, frozen=True):
    """A line and the file it stands in."""

    file: File
    line: Line


class Pin(msgspec.Struct, frozen=True):
    """What a constraints file says of one project."""

    need: Need
    file: File
    line: int


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A requirements file with all that it includes."""

    start: File
    stated: tuple[Stated, ...]
    pins: tuple[Pin, ...]
    included: tuple[File, ...]
    """By ``-r`` or ``-c``, without the file itself."""


_SHELVES: WeakKeyDictionary[FileTree, Shelf] = WeakKeyDictionary()


def shelf_of(tree: FileTree) -> Shelf:
    """The one shelf of a tree; it goes when the tree goes."""
    return _SHELVES.setdefault(tree, Shelf())


class Shelf:
    """The requirements files of one tree, each parsed once."""

    def __init__(self) -> None:
        self._lines: dict[str, list[Line]] = {}

    def lines(self, file: File) -> list[Line]:
        """The file's logical lines.

        Raises:
            FirmbomError: it cannot be read.
        """
        if file.path not in self._lines:
            self._lines[file.path] = lines(decoded(file.read(), file.location_path))
        return self._lines[file.path]

    def read(self, file: File, report: Report) -> Reading:
        """The file and what it includes; what is missing is told."""
        walk = _Walk(self, report)
        walk.enter(file, "")
        included = dict.fromkeys(one for one in walk.seen.values() if one.path != file.path)
        return Reading(start=file, stated=tuple(walk.stated), pins=tuple(walk.pins), included=tuple(included))

    def starts(self, file: File) -> list[File]:
        """The files from which ``file`` is included by ``-r`` and which nothing includes; itself, when nothing does."""
        around = self._neighbours(file)
        including = {
            other.path: [
                one for one in around if one.path != other.path and other.path in self._targets(one, "requirements")
            ]
            for other in around
        }
        tops, seen, pending = [], {file.path}, [file]
        while pending:
            one = pending.pop()
            above = including.get(one.path, [])
            tops += [] if above else [one]
            pending += [other for other in above if other.path not in seen]
            seen.update(other.path for other in above)
        return sorted(tops, key=lambda one: one.path) or [file]

    def constrained_by(self, file: File) -> str:
        """The name of a file that uses ``file`` only as constraints (``-c``); empty: it lists requirements itself.

        Layered files name a full list by ``-c`` as well, only to keep in step with it. So a file counts as constraints
        if it gives a version to something that the other one wants without one, and nobody includes it by ``-r``.
        """
        if file.name == DEFAULT_NAME:
            return ""
        others = [other for other in self._neighbours(file) if other.path != file.path]
        if any(file.path in self._targets(other, "requirements") for other in others):
            return ""
        pinned = {need.key for need in self._needs(file)}
        for other in others:
            if file.path in self._targets(other, "constraints"):
                open_needs = {need.key for need in self._needs(other) if not requirement.pinned(need.specifier)}
                if pinned & open_needs:
                    return other.location_path
        return ""

    def _neighbours(self, file: File) -> list[File]:
        """The requirements files in the file's folder, the one above, and the folder ``requirements`` beside it."""
        here = posixpath.dirname(file.path)
        folders = dict.fromkeys((here, posixpath.dirname(here), posixpath.join(here, FOLDER)))
        paths = [posixpath.join(folder, name) for folder in folders for name in file.tree.list(folder)]
        found = (file.tree.get(path) for path in paths if is_requirements(path))
        return [one for one in found if one is not None]

    def _targets(self, file: File, kind: str) -> set[str]:
        """The paths that a file includes."""
        folder = posixpath.dirname(file.path)
        named = (target for line in self._readable(file) for target in getattr(line, kind))
        return {posixpath.normpath(posixpath.join(folder, target)) for target in named}

    def _needs(self, file: File) -> Iterator[Need]:
        for line in self._readable(file):
            if line.requirement:
                try:
                    yield requirement.parse(line.requirement)
                except ValueError:
                    continue  # told when the file itself is read

    def _readable(self, file: File) -> list[Line]:
        try:
            return self.lines(file)
        except FirmbomError:
            return []  # told when the file itself is offered


class _Walk:
    """One reading, from a file downwards."""

    def __init__(self, shelf: Shelf, report: Report) -> None:
        self._shelf, self._report = shelf, report
        self.stated: list[Stated] = []
        self.pins: list[Pin] = []
        self.seen: dict[tuple[str, bool], File] = {}

    def enter(self, file: File, place: str, *, constraint: bool = False) -> None:
        """Read a file and what it includes, each once as requirements and once as constraints, so cycles end."""
        pending = [(file, place, constraint)]
        while pending:
            file, place, constraint = pending.pop()
            if (file.path, constraint) in self.seen:
                continue
            if len(self.seen) >= MOST_FILES:
                self._report.say("error", f"more than {MOST_FILES} included files; the rest was not read", place)
                return
            self.seen[file.path, constraint] = file
            pending += reversed(list(self._read(file, place, constraint)))

    def _read(self, file: File, place: str, constraint: bool) -> Iterator[tuple[File, str, bool]]:
        try:
            found = self._shelf.lines(file)
        except FirmbomError as error:
            if not place:
                raise
            self._report.say("warning" if constraint else "error", str(error), place)
            return
        for line in found:
            if constraint:
                self._pin(file, line)
            else:
                self.stated.append(Stated(file, line))
            for target in line.requirements:
                yield from self._include(file, line, target, constraint)
            for target in line.constraints:
                yield from self._include(file, line, target, True)

    def _include(self, file: File, line: Line, target: str, constraint: bool) -> Iterator[tuple[File, str, bool]]:
        place = f"line {line.number}" if not self.seen or file is next(iter(self.seen.values())) else ""
        place = place or f"{file.location_path}: line {line.number}"
        if "://" in target:
            self._report.say(
                "warning" if constraint else "error", f"{target[:80]} is an address and was not read", place
            )
            return
        found = file.sibling(target)
        if found is None:
            self._report.say("warning" if constraint else "error", f"{target[:80]} is not in the tree", place)
        else:
            yield found, place, constraint

    def _pin(self, file: File, line: Line) -> None:
        if line.requirement:
            need = self._report.tried(
                lambda: requirement.parse(line.requirement), None, f"{file.location_path}: line {line.number}"
            )
            if need:
                self.pins.append(Pin(need, file, line.number))
