"""Folders of a build that BitBake works in: tasks do in ``work/<arch>-<vendor>-<os>/<PN>/<version>/`` of a TMPDIR.

They hold copies of what a task makes for the build (``deploy-<image>-image-complete``, ``pkgdata-pdata-input``,
``spdx``, ``license-destdir``), of this build or, where the task has not run since, of an earlier one. What counts is
what stands in ``deploy`` and ``pkgdata``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from firmbom.plugin import Use
from firmbom.tree.base import File, FileTree
from firmbom_yocto.kinds import Kind

_BESIDE = frozenset({"abi_version", "pkgdata", "saved_tmpdir", "sstate-control", "stamps", "sysroots-components"})
"""What stands beside ``deploy`` and ``work`` in a TMPDIR."""
_SCRATCH = frozenset(
    {"hosttools", "sstate-control", "stamps", "sysroots", "sysroots-components", "sysroots-uninative", "work"}
)
"""What a TMPDIR holds for the build alone."""
_SHARED, _OF_KERNEL = "work-shared", "kernel-build-artifacts"
"""Sources that several recipes are built from, in ``work-shared/<machine>/kernel-source`` and
``work-shared/gcc-<version>``; beside the first the kernel's configuration."""
_CACHES = frozenset({"downloads", "sstate-cache"})
"""DL_DIR and SSTATE_DIR, where they lie in the build folder, as they do by default."""
_BELOW = 4
"""Recipe's folders: architecture, PN, version, and a file or folder in it."""


def use_of(folder: str, tree: FileTree) -> Use:
    """What BitBake has the folder for."""
    *above, name = parts = folder.split("/")
    if name in _SCRATCH and _is_top("/".join(above), tree):
        return "scratch"
    if name in _CACHES and "local.conf" in tree.list("/".join((*above, "conf"))):
        return "scratch"
    at = parts.index(_SHARED) if _SHARED in parts else -1
    if at >= 0 and _is_top("/".join(parts[:at]), tree):
        return "records" if parts[at + 2 :] in ([], [_OF_KERNEL]) else "scratch"
    return "product"


def _is_top(folder: str, tree: FileTree) -> bool:
    """Is it a TMPDIR?"""
    names = set(tree.list(folder))
    return "deploy" in names and not names.isdisjoint(_BESIDE)


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
            self._tops[folder] = _is_top(folder, self._tree)
        return self._tops[folder]
