"""Which files a distribution installed: a list of them, or where there is none, its packages.

The lists are ``RECORD`` (PyPA "Recording installed projects") and ``installed-files.txt``. Distributions that a Linux
distribution packaged, or an old setuptools installed for another root, have none: theirs are the packages and modules
that ``top_level.txt`` (setuptools) names, or those of the distribution's own name.
"""

from __future__ import annotations

import csv
import posixpath
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from firmbom import parse
from firmbom.errors import FirmbomError
from firmbom.tree.base import File, FileTree
from firmbom_pip.report import Report

_LISTS = (("RECORD", ".."), ("installed-files.txt", "."))
"""The file and the folder, seen from its own, that its paths count from."""
_MODULE = (".py", ".pyc", ".so", ".pyd")
"""How files end that can be imported."""
_DEEP = 40
"""Folders inside one another."""


def paths(info: File, report: Report) -> Iterator[str] | None:
    """The installed files' paths from the tree's root; None where nothing lists them.

    A path that leads out of the tree is told and left out; an absolute one counts from the tree's root, as in a root
    file system, if there is such a file.

    Args:
        info: the METADATA or PKG-INFO beside the list.
        report: told what is wrong with the list.
    """
    for name, base in _LISTS:
        file = info.sibling(name)
        if file is None:
            continue
        try:
            rows = _rows(file)
        except FirmbomError as error:
            report.say("warning", f"files are not known: {error}")
            return iter(())
        return _inside(rows, posixpath.join(posixpath.dirname(info.path), base), info.tree, report)
    return None


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


def packages(info: File, key: str) -> tuple[str, ...]:
    """The packages and modules that a distribution brought, by the names under which they are imported.

    Args:
        info: its METADATA, PKG-INFO or egg-info file.
        key: its normalised name.
    """
    stated = info.sibling("top_level.txt") if not info.name.endswith(".egg-info") else None
    try:
        lines = parse.text(stated.read(), path=stated.location_path).split() if stated else [key.replace("-", "_")]
    except FirmbomError:
        return ()
    return tuple(dict.fromkeys(line for line in lines if line.isidentifier()))


def is_listed(info: File) -> bool:
    """Is there a list of what was installed, be it one that cannot be read?"""
    return any(info.sibling(name) for name, _ in _LISTS)


def of_packages(
    tree: FileTree, folder: str, brought: Mapping[str, Sequence[str]], listed: Collection[str]
) -> Iterator[tuple[str, str]]:
    """(who, path) of each file in the packages of those who have no list.

    What two distributions claim is nobody's, and so is a folder that holds packages alone: others have their part in it
    (PEP 420).

    Args:
        tree: where the folder is.
        folder: ``site-packages``.
        brought: who brought which packages and modules.
        listed: who has a list.
    """
    claimed = Counter(name for names in brought.values() for name in names)
    owner = {name: who for who, names in brought.items() for name in names if who not in listed and claimed[name] == 1}
    for entry in tree.list(folder) if owner else ():
        name, dot, rest = entry.partition(".")
        path = posixpath.join(folder, entry)
        if name not in owner:
            continue
        if not dot and any(one.endswith(_MODULE) for one in tree.list(path)):
            yield from ((owner[name], inside) for inside in _below(tree, path))
        elif f".{rest}".endswith(_MODULE) and tree.get(path):
            yield owner[name], path


def _below(tree: FileTree, folder: str) -> Iterator[str]:
    """Every file below a folder."""
    pending = [(folder, 1)]
    while pending:
        above, depth = pending.pop()
        for path in (posixpath.join(above, name) for name in tree.list(above)):
            if tree.get(path):
                yield path
            elif depth < _DEEP:
                pending.append((path, depth + 1))
