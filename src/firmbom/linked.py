"""Files that a tree holds under a name only a link gives them, and links that lead out of the tree.

A walk sees each file once, under its own name. A lockfile that a checkout links to (``requirements.txt ->
locks/prod.txt``) would go unread where only the link's name tells its format.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from firmbom.errors import printable
from firmbom.model import Problem, Severity
from firmbom.tree.base import File, FileTree

_NAME_MAX = 255
"""Bytes of a file name on the file systems that builds run on."""
MOST = 20
"""So many links out of the tree are told one by one."""


class LinkedFile(File):
    """A file under the name that a link gives it."""

    def __init__(self, file: File, path: str) -> None:
        super().__init__(file.tree, path, file.size)
        self.real = file.location_path
        """Where it stands itself."""
        self._file = file

    def open(self) -> BinaryIO:
        """See :meth:`File.open`."""
        return self._file.open()


def stored_as_text(path: Path) -> str:
    """The name of a neighbour, if that is all that the file holds: a checkout without links keeps one so."""
    try:
        if path.stat().st_size > _NAME_MAX:
            return ""
        name = path.read_bytes().decode().strip()
        fits = name and "/" not in name and "\0" not in name and name != path.name
        return name if fits and path.with_name(name).is_file() else ""
    except (OSError, ValueError):
        return ""


def linked(tree: FileTree, wanted: Callable[[str], bool]) -> Iterator[LinkedFile | Problem]:
    """What the links with a wanted name lead to; a link to a folder is none of these.

    Args:
        tree: walked already, so that the containers in it are open.
        wanted: told a link's path.
    """
    lost = 0
    severity: Severity = (
        "warning" if tree.prefix else "error"
    )  # an image is whole; from a checkout a file may be missing
    for place, target in tree.links():
        path = place.removeprefix(tree.prefix)
        if not wanted(path):
            continue
        found = tree.get(path)
        if found:
            yield LinkedFile(found, path.rpartition("!/")[2])
        elif not tree.list(path):
            lost += 1
            if lost <= MOST:
                message = f"a link to {target[:200]}, which is not in the tree: nothing was read (put the file here)"
                yield Problem(severity, printable(message), place)
    if lost > MOST:
        yield Problem(severity, f"{lost - MOST} more links lead out of the tree")
