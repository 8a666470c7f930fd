"""The yocto plugin: gathers what a walk offers of a build, and says what it states once it has seen all of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar, Literal
from weakref import WeakKeyDictionary

import msgspec

from firmbom.model import Aggregate, Coverage, Fact
from firmbom.plugin import Context, Use, Wants
from firmbom.problems import Report
from firmbom.tree.base import File, FileTree
from firmbom_yocto import workdirs
from firmbom_yocto.kinds import WANTS, Kind, is_of, kind_of


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """``[plugin.yocto]`` of firmbom.toml."""

    images: tuple[str, ...] = ()
    """Image recipes to read, such as ``core-image-minimal``; empty: every image that was deployed."""
    machines: tuple[str, ...] = ()
    """Machines whose images are read; empty: all."""
    build_recipes: bool = False
    """Also name the recipes of which nothing is installed (native tools, compilers), with scope excluded."""


class Plugin:
    """Reads a deploy folder, a TMPDIR or a build folder; runs nothing and writes nothing."""

    name: ClassVar[str] = "yocto"
    version: ClassVar[str] = "0.1.0"
    wants: ClassVar[Wants] = WANTS

    def __init__(self) -> None:
        self._found: WeakKeyDictionary[FileTree, dict[Kind, list[File]]] = WeakKeyDictionary()

    def collect(self, file: File, context: Context) -> Iterable[Fact]:  # noqa: ARG002 - the contract's signature
        """Note the file; which ones are read is known when all have been seen."""
        kind = kind_of(file.path)
        if kind and is_of(kind, file):
            self._found.setdefault(file.tree, {}).setdefault(kind, []).append(file)
        return ()

    def use_of(self, folder: str, tree: FileTree) -> Use:
        """See :class:`firmbom.plugin.BuildPlugin`."""
        return workdirs.use_of(folder, tree)

    def finish(self, tree: FileTree, context: Context) -> Iterator[Fact]:  # noqa: ARG002 - the contract's signature
        """Say what the builds state; raises ConfigError for an option that there is not."""
        from firmbom.settings import convert

        options = convert(context.options, Options, "plugin.yocto")
        found, self._found = self._found, WeakKeyDictionary()
        for inner, files in list(found.items()):
            yield from _facts(inner, files, options)


def _facts(tree: FileTree, files: dict[Kind, list[File]], options: Options) -> Iterator[Fact]:
    from firmbom_yocto.facts import facts
    from firmbom_yocto.gather import images

    report = Report()
    read: dict[str, File] = {}

    def record(file: File) -> None:
        read[file.location_path] = file

    for image in images(tree, files, report, record):
        if options.images and image.name not in options.images:
            continue
        if options.machines and image.machine not in options.machines:
            continue
        yield from facts(image, report, build_recipes=options.build_recipes)
    yield from report.problems()
    components, dependencies = _whole(report, "components"), _whole(report, "dependencies")
    for path, file in read.items():
        yield Coverage(path, components=components, dependencies=dependencies, digests=file.digests)


def _whole(report: Report, what: Literal["components", "dependencies"]) -> Aggregate:
    """Is all of it stated?"""
    return "incomplete" if report.lost else "unknown" if what in report.uncertain else "complete"
