"""Licence files that a build gathered, ``licenses/[<architecture>/]<PN>/`` (oe-core, ``license.bbclass``).

``generic_<name>`` is the text of a licence by the name that the recipe calls it; what stands beside it are the files of
LIC_FILES_CHKSUM, of which nothing tells which licence they are.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator

from firmbom.licence_text import licence_text, references
from firmbom.model import LicenceText
from firmbom.problems import Report
from firmbom.tree.base import File, FileTree
from firmbom_yocto.licences import expression

_GENERIC = "generic_"
_INFO = "recipeinfo"
_MOST = 20
"""Files of one licence."""


class LicenceFiles:
    """Those of the recipes of one build."""

    def __init__(self, tree: FileTree, infos: Iterable[File], report: Report, deploy: str = "") -> None:
        """Args: ``infos`` are the recipes' ``recipeinfo``; of two of one recipe that below ``deploy`` counts."""
        self._tree, self._report = tree, report
        folders = sorted(posixpath.dirname(file.path) for file in infos)
        ours = [folder for folder in folders if folder.startswith(f"{deploy}/licenses/")]
        self._folders = {posixpath.basename(folder): folder for folder in [*folders, *ours]}

    def texts(self, recipe: str, licence: str) -> tuple[LicenceText, ...]:
        """The texts of what SPDX does not list in an expression.

        Args:
            recipe: PN.
            licence: the recipe's expression.
        """
        wanted, folder = references(licence), self._folders.get(recipe, "")
        return tuple(sorted(self._found(wanted, folder, licence))) if wanted and folder else ()

    def _found(self, wanted: tuple[str, ...], folder: str, licence: str) -> Iterator[LicenceText]:
        names = self._tree.list(folder)
        generic = {expression(name.removeprefix(_GENERIC)): name for name in names if name.startswith(_GENERIC)}
        for name in wanted:
            if name in generic:
                yield from licence_text(name, self._files(folder, [generic[name]]), self._report)
            elif name == licence:
                others = [one for one in names if one != _INFO and not one.startswith(_GENERIC)]
                yield from licence_text(name, self._files(folder, others[:_MOST]), self._report)

    def _files(self, folder: str, names: Iterable[str]) -> list[File]:
        found = (self._tree.get(f"{folder}/{name}") for name in names)
        return [file for file in found if file]
