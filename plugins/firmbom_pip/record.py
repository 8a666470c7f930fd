"""Which files a distribution installed: a list of them, or where there is none, its packages.

The lists are ``RECORD`` (PyPA "Recording installed projects") and ``installed-files.txt``. Distributions that a Linux
distribution packaged, or an old setuptools installed for another root, have none: theirs are the packages and modules
that ``top_level.txt`` (setuptools) names, or those of the distribution's own name.
"""

from __future__ import annotations

import csv
import posixpath
from collections import Counter
from collections.abc import Iterator, Mapping

import msgspec

from firmbom import parse
from firmbom.errors import FirmbomError
from firmbom.tree.base import File, FileTree
from firmbom_pip.report import Report

_LISTS = (("RECORD", ".."), ("installed-files.txt", "."))
"""The file and the folder, seen from its own, that its paths count from."""
_MODULE = (".py", ".pyc", ".so", ".pyd")
"""How files end that can be imported."""
_MOST = 10_000
"""Folders of one package that are looked at, for links may lead round in circles."""


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


class Brought(msgspec.Struct, frozen=True):
    """What a distribution brought."""

    packages: tuple[str, ...]
    """Its packages and modules, by the names under which they are imported."""
    family: str
    """What its own name begins with, up to a hyphen: ``google`` of google-auth; empty if there is none."""
    listed: bool
    """Is there a list of the files that were installed, be it one that cannot be read?"""


def brought(info: File, key: str) -> Brought:
    """What the distribution brought that METADATA, PKG-INFO or an egg-info file describes.

    Args:
        info: that file.
        key: the distribution's normalised name.
    """
    stated = info.sibling("top_level.txt") if not info.name.endswith(".egg-info") else None
    try:
        lines = parse.text(stated.read(), path=stated.location_path).split() if stated else [key.replace("-", "_")]
    except FirmbomError:
        lines = []
    packages = tuple(dict.fromkeys(line for line in lines if line.isidentifier()))
    family, hyphen, _ = key.partition("-")
    return Brought(packages, family if hyphen else "", any(info.sibling(name) for name, _ in _LISTS))


def of_packages(tree: FileTree, folder: str, all_brought: Mapping[str, Brought]) -> Iterator[tuple[str, str]]:
    """(who, path) of each file in the packages of those who have no list.

    What two distributions claim is nobody's. A folder that holds packages alone may have parts of several (PEP 420): it
    is not shared if no other distribution is called after it.

    Args:
        tree: where the folder is.
        folder: ``site-packages``.
        all_brought: who brought what.
    """
    claimed = Counter(name for one in all_brought.values() for name in one.packages)
    families = Counter(one.family for one in all_brought.values())
    owner = {
        name: who for who, one in all_brought.items() for name in one.packages if not one.listed and claimed[name] == 1
    }
    for entry in tree.list(folder) if owner else ():
        name, dot, rest = entry.partition(".")
        path = posixpath.join(folder, entry)
        if name not in owner:
            continue
        if not dot:
            alone = families[name] == (all_brought[owner[name]].family == name)
            if alone or any(one.endswith(_MODULE) for one in tree.list(path)):
                yield from ((owner[name], inside) for inside in _below(tree, path))
        elif f".{rest}".endswith(_MODULE) and (file := tree.get(path)):
            yield owner[name], file.path


def _below(tree: FileTree, folder: str) -> Iterator[str]:
    """Every file below a folder, once, by its path without links."""
    pending = [folder]
    seen: set[str] = set()
    for _ in range(_MOST):
        if not pending:
            return
        above = pending.pop()
        inside = [posixpath.join(above, name) for name in tree.list(above)]
        files = {path: file.path for path in inside if (file := tree.get(path))}
        if seen.isdisjoint(files.values()):  # else a link led here again
            seen.update(files.values())
            yield from files.values()
            pending += (path for path in inside if path not in files)
