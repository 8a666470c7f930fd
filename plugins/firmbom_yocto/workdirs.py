"""Folders of a build that BitBake works in: tasks do in ``work/<arch>-<vendor>-<os>/<PN>/<version>/`` of a TMPDIR.

They hold copies of what a task makes for the build (``deploy-<image>-image-complete``, ``pkgdata-pdata-input``,
``spdx``, ``license-destdir``), of this build or, where the task has not run since, of an earlier one. What counts is
what stands in ``deploy`` and ``pkgdata``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate

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
    """Tells of a tree what lies where a task works, also of one that nobody asks about: an archive, an image."""

    def __init__(self, tree: FileTree) -> None:
        self._tree = tree
        self._scratch: dict[str, bool] = {}

    def hold(self, path: str) -> bool:
        """Does the file at ``path`` lie in such a folder?"""
        return any(map(self._is_scratch, accumulate(path.split("/")[:-1], "{}/{}".format)))

    def _is_scratch(self, folder: str) -> bool:
        if folder not in self._scratch:
            self._scratch[folder] = use_of(folder, self._tree) == "scratch"
        return self._scratch[folder]

    def outside(self, found: Mapping[Kind, Sequence[File]]) -> dict[Kind, list[File]]:
        """The files that lie elsewhere."""
        return {kind: [file for file in files if not self.hold(file.path)] for kind, files in found.items()}
