"""The packages plugin: what dpkg, opkg, apk, rpm and pacman wrote down about an installed system, and os-release."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import ClassVar

import msgspec

from firmbom.model import Fact
from firmbom.plugin import Context, Wants
from firmbom.tree.base import File, FileTree
from firmbom.tree.match import Patterns
from firmbom_packages.root import Visit, Visits

Read = Callable[[File, Visit], Iterable[Fact]]

_READERS: Mapping[str, str] = {
    "**/var/lib/dpkg/status": "dpkg:collect_status",
    "**/var/lib/dpkg/status.d/*": "dpkg:collect_folder",
    "**/lib/opkg/status": "opkg:collect_status",
    "**/lib/opkg/info/*.control": "opkg:collect_folder",
    "**/lib/apk/db/installed": "apk:collect",
    **{
        f"**/{folder}/{name}": "rpm:collect"
        for folder in ("var/lib/rpm", "usr/lib/sysimage/rpm", "usr/share/rpm")
        for name in ("rpmdb.sqlite", "Packages.db", "Packages")
    },
    "**/var/lib/pacman/local/*/desc": "pacman:collect",
    "**/etc/os-release": "operating_system:collect",
    "**/usr/lib/os-release": "operating_system:collect",
}
"""By path pattern the module and function that reads it; loaded when the first such file is met."""


class Options(msgspec.Struct, frozen=True):
    """``[plugin.packages]`` of firmbom.toml: there is nothing to set."""


class Plugin:
    """Reads package databases in any root filesystem of a tree; never runs a package manager."""

    name: ClassVar[str] = "packages"
    version: ClassVar[str] = "0.1.0"
    wants: ClassVar[Wants] = Wants(paths=tuple(_READERS))

    def __init__(self) -> None:
        self._visits = Visits()
        self._patterns = [(Patterns((pattern,)), target) for pattern, target in _READERS.items()]

    def collect(self, file: File, context: Context) -> Iterable[Fact]:  # noqa: ARG002 - the contract's signature
        """Say what one database states; the first file of one that is a folder stands for all of it."""
        target = next(target for patterns, target in self._patterns if patterns.match(file.path))
        module, _, function = target.partition(":")
        read: Read = getattr(import_module(f"firmbom_packages.{module}"), function)
        return read(file, self._visits.of(file.tree))

    def finish(self, tree: FileTree, context: Context) -> Iterable[Fact]:  # noqa: ARG002 - the contract's signature
        """Nothing more to say of the files; raises ConfigError for an option, once a tree instead of for each file."""
        from firmbom.settings import convert

        convert(context.options, Options, "plugin.packages")
        return ()
