"""The pip plugin: which files it asks for, and which module reads each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import ClassVar

from firmbom import __version__
from firmbom.model import Fact
from firmbom.plugin import Context, Wants
from firmbom.tree.base import File, FileTree
from firmbom.tree.match import NamePatterns, Patterns
from firmbom_pip.requirement_names import NAMES

_BY_NAME: Mapping[str, str] = {
    "Pipfile.lock": "pipfile_lock",
    "poetry.lock": "poetry_lock",
    "pdm.lock": "pdm_lock",
    "uv.lock": "uv_lock",
    "pylock.toml": "pylock",
    "pylock.*.toml": "pylock",
    "conda-lock.yml": "conda_lock",
    "*.conda-lock.yml": "conda_lock",
    "conda-lock.yaml": "conda_lock",
    **dict.fromkeys(NAMES, "requirements"),
}
_BY_PATH: Mapping[str, str] = {
    "**/*.dist-info/METADATA": "installed",
    "**/*.egg-info/PKG-INFO": "installed",
    "**/EGG-INFO/PKG-INFO": "installed",
    "**/*.egg-info": "installed",
    "**/*.dist-info/sboms/**": "embedded",
    "**/requirements/*.txt": "requirements",
}
"""File names, and paths, to the module of this package whose ``read`` reads them."""

_MATCHERS = [(NamePatterns((pattern,)).match, module) for pattern, module in _BY_NAME.items()]
_MATCHERS += [(Patterns((pattern,)).match, module) for pattern, module in _BY_PATH.items()]


class Plugin:
    """Python packages: requirements files, lock files, installed environments, live interpreters on request."""

    name: ClassVar[str] = "pip"
    version: ClassVar[str] = __version__
    wants: ClassVar[Wants] = Wants(names=tuple(_BY_NAME), paths=tuple(_BY_PATH))

    def collect(self, file: File, context: Context) -> Iterable[Fact]:
        """Say what one file states; the module of its format is loaded when it is first needed."""
        name = next(module for fits, module in _MATCHERS if fits(file.path))
        read: Callable[[File, Context], Iterable[Fact]] = import_module(f"firmbom_pip.{name}").read
        return read(file, context)

    def scan(self, tree: FileTree, context: Context) -> Iterable[Fact]:
        """Say what the interpreters listed in the option ``environments`` can import; nothing without options."""
        if not context.options:
            return ()
        from firmbom_pip.environment import scan

        return scan(tree, context)
