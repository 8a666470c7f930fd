"""Folders of a TMPDIR in which tasks work, ``work/<arch>-<vendor>-<os>/<PN>/<version>/``.

They hold copies of what a task makes for the build (``deploy-<image>-image-complete``, ``pkgdata-pdata-input``,
``spdx``, ``license-destdir``), of this build or, where the task has not run since, of an earlier one. What counts is
what stands in ``deploy`` and ``pkgdata``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from firmbom.tree.base import File, FileTree
from firmbom_yocto.kinds import Kind

_BESIDE = frozenset({"abi_version", "pkgdata", "saved_tmpdir", "sstate-control", "stamps", "sysroots-components"})
"""What stands beside ``deploy`` and ``work`` in a TMPDIR."""
_BELOW = 4
"""Recipe's folders: architecture, PN, version, and a file or folder in it."""


class Workdirs:
    """Tells of a tree what lies where a task works."""

    def __init__(self, tree: FileTree) -> None:
        self._tree = tree
        self._tops: dict[str, bool] = {}

    def hold(self, path: str) -> bool:
        """Does the file at ``path`` lie in such a folder?"""
        parts = path.split("/")
        return any(part == "work" and self._is_top("/".join(parts[:at])) for at, part in enumerate(parts[:-_BELOW]))

    def outside(self, found: Mapping[Kind, Sequence[File]]) -> dict[Kind, list[File]]:
        """The files that lie elsewhere."""
        return {kind: [file for file in files if not self.hold(file.path)] for kind, files in found.items()}

    def _is_top(self, folder: str) -> bool:
        if folder not in self._tops:
            names = set(self._tree.list(folder))
            self._tops[folder] = "deploy" in names and not names.isdisjoint(_BESIDE)
        return self._tops[folder]
