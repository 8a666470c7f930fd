"""The buildroot plugin: gathers what a walk offers of a build, and says what it states once it has seen all of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar
from weakref import WeakKeyDictionary

import msgspec

from firmbom.model import Aggregate, Coverage, Fact
from firmbom.plugin import Context, Use, Wants
from firmbom.tree.base import File, FileTree
from firmbom_buildroot import layout
from firmbom_buildroot.kinds import WANTS, Kind, kind_of

Records = dict[Kind, list[File]]


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """``[plugin.buildroot]`` of firmbom.toml."""

    host: bool = False
    """Also name what was built for the build machine (compilers, tools), with scope excluded."""


class Plugin:
    """Reads an output folder, a legal-info folder or a single record of a Buildroot build; runs and writes nothing."""

    name: ClassVar[str] = "buildroot"
    version: ClassVar[str] = "0.1.0"
    wants: ClassVar[Wants] = WANTS

    def __init__(self) -> None:
        self._found: WeakKeyDictionary[FileTree, Records] = WeakKeyDictionary()

    def collect(self, file: File, context: Context) -> Iterable[Fact]:  # noqa: ARG002 - the contract's signature
        """Note the file; which ones speak of one build is known when all have been seen."""
        if kind := kind_of(file):
            self._found.setdefault(file.tree, {}).setdefault(kind, []).append(file)
        return ()

    def use_of(self, folder: str, tree: FileTree) -> Use:
        """See :class:`firmbom.plugin.BuildPlugin`."""
        return layout.use_of(folder, tree)

    def finish(self, tree: FileTree, context: Context) -> Iterator[Fact]:  # noqa: ARG002 - the contract's signature
        """Say what the builds state; raises ConfigError for an option that there is not."""
        from firmbom.settings import convert

        options = convert(context.options, Options, "plugin.buildroot")
        found, self._found = self._found, WeakKeyDictionary()
        for inner, records in list(found.items()):
            yield from _facts(inner, records, options)


_COVERS: Mapping[Kind, tuple[Aggregate, Aggregate]] = {
    Kind.SHOW_INFO: ("complete", "complete"),
    Kind.MANIFEST: ("complete", "incomplete"),
    Kind.HOST_MANIFEST: ("complete", "incomplete"),
}
"""How completely a record names components and edges; legal-info states what is needed, not by whom directly."""


def _facts(tree: FileTree, records: Records, options: Options) -> Iterator[Fact]:
    from firmbom.problems import Report
    from firmbom_buildroot.build import builds
    from firmbom_buildroot.facts import facts
    from firmbom_buildroot.trees import Trees

    report = Report()
    tops = [file.path.rpartition("/")[0] for file in records.pop(Kind.TREE, [])]
    for build in builds(tree, records, report):
        yield from facts(build, tree, Trees(tree, tops, [build.output]), report, host=options.host)
        for kind, file in build.read:
            lost = file.location_path in report.lost
            components, edges = _COVERS.get(kind, ("unknown", "unknown"))
            yield Coverage(
                file.location_path,
                components="incomplete" if lost and kind in _COVERS else components,
                dependencies="incomplete" if lost and kind in _COVERS else edges,
                digests=file.digests,
            )
    yield from report.problems()
