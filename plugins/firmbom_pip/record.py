"""Which files a distribution installed: ``RECORD`` (PyPA "Recording installed projects"), ``installed-files.txt``."""

from __future__ import annotations

import csv
import posixpath
from collections.abc import Iterator

from firmbom import parse
from firmbom.errors import FirmbomError
from firmbom.tree.base import File, FileTree
from firmbom_pip.report import Report


def paths(info: File, report: Report) -> Iterator[str]:
    """The installed files' paths from the tree's root; ``info`` is the METADATA or PKG-INFO beside the list.

    A path that leads out of the tree is told and left out; an absolute one counts from the tree's root, as in a root
    file system, if there is such a file.
    """
    for name, base in (("RECORD", ".."), ("installed-files.txt", ".")):
        file = info.sibling(name)
        if file is None:
            continue
        try:
            rows = _rows(file)
        except FirmbomError as error:
            report.say("warning", f"files are not known: {error}")
            return
        yield from _inside(rows, posixpath.join(posixpath.dirname(info.path), base), info.tree, report)
        return


def _rows(file: File) -> list[str]:
    content = parse.text(file.read(), path=file.location_path)
    try:
        return [row[0] for row in csv.reader(content.splitlines()) if row and row[0]]
    except csv.Error as error:
        from firmbom.errors import InputError

        raise InputError(f"not CSV: {error}", path=file.location_path) from error


def _inside(rows: list[str], base: str, tree: FileTree, report: Report) -> Iterator[str]:
    outside = 0
    for row in rows:
        stated = row.replace("\\", "/") if "/" not in row else row
        if stated.startswith("/"):
            found = tree.get(stated)
            if found:
                yield found.path
            continue
        path = posixpath.normpath(posixpath.join(base, stated))
        if path.startswith("../") or path in {".", ".."}:
            outside += 1
        else:
            yield path
    if outside:
        report.say("note", f"{outside} of its files are outside the tree")
