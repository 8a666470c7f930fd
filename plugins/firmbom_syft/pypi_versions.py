"""Versions that syft 1.18 cuts short in requirements files (``1.0.0-rc1`` to ``1.0.0``), taken from the file itself."""

from __future__ import annotations

import re

from firmbom.errors import FirmbomError
from firmbom.identity import pypi_name
from firmbom.parse import text
from firmbom.tree.base import FileTree
from firmbom_syft.package import Package, Repair

_PIN = re.compile(r"^[ \t]*([A-Za-z0-9][\w.-]*)[ \t]*(?:\[[^\]]*\])?[ \t]*===?[ \t]*([^\s;,#\\]+)", re.MULTILINE)


def put_right(version: str, pinned: set[str]) -> str:
    """The pinned version that syft's is the beginning of, or syft's own."""
    stated = version.lstrip("=")
    longer = {one for one in pinned if one.startswith(stated)}
    return longer.pop() if len(longer) == 1 else stated


def repair(tree: FileTree) -> Repair:
    """The repair for what was seen in ``tree``; each requirements file is read once."""
    known: dict[str, dict[str, set[str]]] = {}

    def pins(path: str) -> dict[str, set[str]]:
        if path not in known:
            known[path] = {}
            file = tree.get(path)
            try:
                content = text(file.read()) if file else ""
            except FirmbomError:  # the plugin that reads the file says what is wrong with it
                content = ""
            for project, version in _PIN.findall(content):
                known[path].setdefault(pypi_name(project), set()).add(version)
        return known[path]

    def look(package: Package, paths: tuple[str, ...]) -> Package | None:
        pinned: set[str] = set()
        for path in paths:
            if path.endswith(".txt"):
                pinned |= pins(path).get(pypi_name(package.name), set())
        return Package(package.name, put_right(package.version, pinned))

    return look
