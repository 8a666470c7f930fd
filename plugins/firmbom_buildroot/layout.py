"""Folders that Buildroot works in: ``build``, ``host``, ``staging`` and ``per-package`` of an output folder; ``dl``.

Source: Buildroot's manual, "General Buildroot usage", and its Makefile.
"""

from __future__ import annotations

from collections.abc import Sequence

from firmbom.plugin import Use
from firmbom.tree.base import FileTree

_SCRATCH = frozenset({"host", "per-package", "staging"})
_MADE = frozenset({"images", "target"})
"""What an output folder holds beside them."""
_BUILDS = frozenset({"build-time.log", "buildroot-config", "buildroot-fs", "packages-file-list.txt"})
"""What Buildroot itself puts into ``build``, of one release or another."""
_DOWNLOADS, _TOP = "dl", "Config.in.legacy"
"""Downloads lie in Buildroot's own checkout, which this file tells."""


def use_of(folder: str, tree: FileTree) -> Use:
    """What Buildroot has the folder for; in ``build`` and the folders of packages in it the files alone are records."""
    *above, name = parts = folder.split("/")
    if name in _SCRATCH and _is_output(above, tree):
        return "scratch"
    if name == _DOWNLOADS and _TOP in tree.list("/".join(above)):
        return "scratch"
    for up in (1, 2, 3):
        if parts[-up:][:1] == ["build"] and _is_output(parts[:-up], tree):
            return "records" if up < 3 else "scratch"
    return "product"


def _is_output(parts: Sequence[str], tree: FileTree) -> bool:
    beside = set(tree.list("/".join(parts)))
    if "build" not in beside or beside.isdisjoint(_MADE):
        return False
    return not _BUILDS.isdisjoint(tree.list("/".join((*parts, "build"))))
