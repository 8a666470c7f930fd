"""The syft plugin: has syft look at the whole tree and takes over the packages that it reports."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import msgspec

from firmbom.errors import ToolError
from firmbom.model import ROOT, Basis, Coverage, Fact, PluginRun, Problem
from firmbom.plugin import Context
from firmbom.tree.base import FileTree


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """``[plugin.syft]`` of firmbom.toml."""

    command: tuple[str, ...] = ()
    """The program and its first arguments; default: ``syft`` on the PATH, else that of ``firmbom[syft]``."""
    timeout: float = 600.0
    """Seconds that it may take."""


class Plugin:
    """Runs only if asked for by name: ``firmbom collect syft FOLDER``, or in ``[build] plugins``."""

    name: ClassVar[str] = "syft"
    version: ClassVar[str] = "0.1.0"

    def scan(self, tree: FileTree, context: Context) -> Iterable[Fact]:
        """Yield the packages that syft reports, as reported; raises ToolError when it cannot be run."""
        from firmbom.cyclonedx import read
        from firmbom.settings import convert
        from firmbom_syft import command, reading

        options = convert(context.options, Options, "plugin.syft")
        location = tree.location
        if location is None:
            raise ToolError("syft can only read what lies on disk", remedy="unpack it, or leave syft out")
        source = ("dir:" if location.is_dir() else "file:") + str(location.resolve())
        output = command.run(command.find(options.command), source, seconds=options.timeout)
        document = read.load(output, path="syft's output")
        yield PluginRun(self.name, self.version, reading.tool(document))
        base = tree.prefix.removesuffix("!/") or "."
        said = read.component_set(
            reading.packages(document, tree),
            plugin=self.name,
            location=base,
            basis=Basis.REPORTED,
        )
        kept = [placed for component in said.components if (placed := reading.placed(component, tree))]
        yield from kept
        refs = {ROOT, *(component.ref for component in kept)}
        yield from (edge for edge in said.edges if edge.source in refs and edge.target in refs)
        yield from said.problems
        yield Coverage(base)
        if not kept:
            yield Problem("note", "syft found no packages", base)
