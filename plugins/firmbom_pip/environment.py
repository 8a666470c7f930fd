"""A live interpreter's packages, by running ``cyclonedx-py environment`` (PyPI cyclonedx-bom); only on request.

``[plugin.pip] environments = [".venv"]`` names interpreters or virtual environments, relative to the tree.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec

from firmbom import __version__
from firmbom.errors import FirmbomError, ToolError
from firmbom.model import Basis, Component, ComponentSet, Coverage, Edge, Fact, PluginRun, Ref
from firmbom.plugin import Context
from firmbom.settings import convert
from firmbom.tree.base import FileTree
from firmbom_pip.package import package_purl
from firmbom_pip.report import Report
from firmbom_pip.requirement import is_name
from firmbom_pip.source import DEFAULT

TOOL = "cyclonedx-bom"


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[plugin.pip]`` of firmbom.toml."""

    environments: tuple[str, ...] = ()
    """Interpreters, or folders of virtual environments."""
    timeout: float = 120.0
    """In seconds, for each."""


def scan(tree: FileTree, context: Context) -> Iterator[Fact]:
    """What each interpreter can import; one that fails is a Problem and the others are read.

    Raises:
        ConfigError: the options are not as :class:`Options` says.
        ToolError: cyclonedx-bom is not installed beside firmbom.
    """
    options = convert(context.options, Options, "plugin.pip")
    if not options.environments:
        return
    try:
        yield PluginRun("pip", __version__, f"{TOOL} {version(TOOL)}")
    except PackageNotFoundError as error:
        raise ToolError(f"{TOOL} is not installed", remedy=f"install {TOOL} where firmbom is") from error
    for named in options.environments:
        yield from _one(named, tree, options.timeout)


def _one(named: str, tree: FileTree, timeout: float) -> Iterator[Fact]:
    from firmbom.cyclonedx.read import component_set, load

    report = Report(named)
    try:
        document = load(_output(tree.location or Path(), named, timeout), path=named)
        found = component_set(document, plugin="pip", location=named, basis=Basis.PACKAGE_DATABASE)
    except FirmbomError as error:
        report.say("error", error.within(named))
        yield from report.problems()
        return
    yield from _python_packages(found)
    yield from found.problems
    yield Coverage(named, components="complete", dependencies="complete")


def _python_packages(found: ComponentSet) -> Iterator[Component | Edge]:
    """All that this tool lists are Python packages; to those from a local folder it gives no purl, so they get one."""
    refs: dict[Ref, Ref] = {}
    for one in found.components:
        known = one
        if one.purl.startswith("pkg:generic/") and is_name(one.name):
            known = msgspec.structs.replace(one, purl=package_purl(one.name, one.version, DEFAULT))
        refs[one.ref] = known.ref
        yield known
    for edge in found.edges:
        yield Edge(refs.get(edge.source, edge.source), refs.get(edge.target, edge.target))


def _output(folder: Path, named: str, timeout: float) -> bytes:
    """The document that the tool writes for one interpreter."""
    python = folder / named
    if not python.exists():
        raise ToolError("no such interpreter or virtual environment", path=named)
    asked = [
        "environment",
        "--output-format",
        "JSON",
        "--spec-version",
        "1.6",
        "--output-reproducible",
        "--no-validate",
    ]
    command = [sys.executable, "-m", "cyclonedx_py", *asked, "--output-file", "-", os.fspath(python)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=timeout, check=False, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired as error:
        raise ToolError(f"no answer within {timeout:g} seconds", path=named) from error
    except OSError as error:
        raise ToolError(f"cannot be run: {error.strerror}", path=named) from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["nothing"]
        raise ToolError(f"cyclonedx-py failed with status {done.returncode}: {said[-1][:200]}", path=named)
    return done.stdout
