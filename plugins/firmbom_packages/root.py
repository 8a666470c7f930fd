"""The root filesystem that a database stands in: what its absolute paths count from, and what else is there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from weakref import WeakKeyDictionary

from firmbom.errors import FirmbomError
from firmbom.model import Severity
from firmbom.problems import Report
from firmbom.tree.base import File, FileTree
from firmbom_packages.listed import WalkedFiles
from firmbom_packages.os_release import PATHS, OsRelease, parse


class Visit:
    """What is remembered of one tree between its databases."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self.files: WalkedFiles | None = None

    def first(self, key: str) -> bool:
        """True the first time ``key`` is asked for: a database of many files is read once, with its first file."""
        if key in self._taken:
            return False
        self._taken.add(key)
        return True


class Visits:
    """A :class:`Visit` for each tree that is alive."""

    def __init__(self) -> None:
        self._by_tree: WeakKeyDictionary[FileTree, Visit] = WeakKeyDictionary()

    def of(self, tree: FileTree) -> Visit:
        """The visit of ``tree``."""
        return self._by_tree.setdefault(tree, Visit())


class Root:
    """A folder of a tree that is a root filesystem."""

    def __init__(self, tree: FileTree, base: str, visit: Visit) -> None:
        """Args: ``base`` is empty or ends with a slash."""
        self.tree, self.base, self._visit = tree, base, visit

    @classmethod
    def around(cls, file: File, suffixes: Iterable[str], visit: Visit) -> Root:
        """The root that ``file`` stands in, when ``suffixes`` are where a root holds it, the longest first."""
        path = f"/{file.path}"
        for suffix in suffixes:
            if path.endswith(f"/{suffix}"):
                return cls(file.tree, path[1 : -len(suffix)], visit)
        raise ValueError(f"{file.path} is none of the places of its database")

    def get(self, path: str) -> File | None:
        """The file at ``path`` in this root, or None."""
        return self.tree.get(self.base + path)

    def list(self, folder: str) -> Sequence[str]:
        """The names in a folder of this root."""
        return self.tree.list(self.base + folder)

    def read(self, path: str, report: Report) -> tuple[File, bytes] | None:
        """A file of this root with its content; None when it is absent, and told when it cannot be read."""
        return self.read_at(self.base + path, report)

    def read_at(self, path: str, report: Report) -> tuple[File, bytes] | None:
        """As :meth:`read`, for a path from the tree's own root."""
        file = self.tree.get(path)
        return read(file, report) if file else None

    @cached_property
    def files(self) -> WalkedFiles:
        """Where listed paths lie in the tree."""
        if self._visit.files is None:
            self._visit.files = WalkedFiles(self.tree)
        return self._visit.files

    @cached_property
    def os(self) -> OsRelease:
        """What the root says it is; its problems are told where os-release itself is read."""
        for path in PATHS:
            found = self.read(path, Report(path))
            if found:
                return parse(found[1], Report(path))
        return OsRelease()


def read(file: File, report: Report, severity: Severity = "warning") -> tuple[File, bytes] | None:
    """A file with its content; None when it cannot be read, which is told."""
    try:
        return file, file.read()
    except FirmbomError as error:
        report.say(severity, error.within(file.location_path), path=file.location_path)
    return None
