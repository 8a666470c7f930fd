"""The npm plugin: lockfiles of npm, yarn, pnpm and bun, installed node_modules, and package.json as the last resort."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import ClassVar

import msgspec

from firmbom.model import Fact
from firmbom.plugin import Context, Wants
from firmbom.tree.base import File, FileTree

_MODULES: Mapping[str, str] = {
    "package-lock.json": "package_lock",
    "npm-shrinkwrap.json": "package_lock",
    ".package-lock.json": "package_lock",
    "yarn.lock": "yarn",
    "pnpm-lock.yaml": "pnpm",
    "bun.lock": "bun_lock",
    "bun.lockb": "bun_lock",
    "package.json": "package_json",
    "lock.yaml": "pnpm",
}
_INSTALLED = frozenset({".package-lock.json", "lock.yaml"})
"""What an installer writes into a project's node_modules."""


class Options(msgspec.Struct, frozen=True):
    """``[plugin.npm]`` of firmbom.toml: there is nothing to set."""


class Plugin:
    """Reads what npm, yarn, pnpm and bun write; never runs them."""

    name: ClassVar[str] = "npm"
    version: ClassVar[str] = "0.1.0"
    wants: ClassVar[Wants] = Wants(
        names=tuple(name for name in _MODULES if name != "lock.yaml"), paths=("**/node_modules/.pnpm/lock.yaml",)
    )

    def collect(self, file: File, context: Context) -> Iterable[Fact]:
        """Say what one file states; the module of its format is loaded when it is first needed.

        A lockfile that was published inside a package says what its author had, not what is installed: no word on it.
        """
        inside = file.path.split("/").count("node_modules")
        if file.name != "package.json" and inside > (file.name in _INSTALLED):
            return ()
        module = import_module(f"firmbom_npm.{_MODULES[file.name]}")
        read: Callable[[File, Context], Iterable[Fact]] = module.collect
        return read(file, context)

    def finish(self, tree: FileTree, context: Context) -> Iterable[Fact]:  # noqa: ARG002 - the contract's signature
        """Nothing more to say of the files; raises ConfigError for an option, once a tree instead of for each file."""
        from firmbom.settings import convert

        convert(context.options, Options, "plugin.npm")
        return ()
