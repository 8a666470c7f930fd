"""Reads package.json: an installed package's, a project's beside its node_modules, or the last resort of a lone one."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from firmbom.model import ROOT, Aggregate, Basis, Claim, Coverage, Edge, Fact, Location, Property, Ref
from firmbom.plugin import Context
from firmbom.tree.base import File
from firmbom_npm import locks, manifest, node_modules
from firmbom_npm.graph import is_omitted
from firmbom_npm.package import NeedKind, Package, component, purl_of
from firmbom_npm.shelf import project_folder, shelf_of
from firmbom_npm.source import UNKNOWN, address, is_address
from firmbom_npm.table import Report, Table, json_table

_EXACT = re.compile(r"[v=]?(\d+\.\d+\.\d+(?:-[\w.-]+)?(?:\+[\w.-]+)?)")
_ALIAS = re.compile(r"npm:((?:@[^/@]+/)?[^@]+)(?:@(.*))?", re.DOTALL)
_WANTED = 0.5
"""Confidence that what a person asks for is what is used, its version unknown."""
_PINNED = 0.8
"""The same where the person asks for one version only."""


def collect(file: File, context: Context) -> Iterator[Fact]:
    """Say what one package.json states, unless a lockfile says it better."""
    folder = posixpath.dirname(file.path)
    if project_folder(file.path) is not None:
        yield from node_modules.collect(file, context)
    elif "node_modules" in file.path.split("/") or _is_locked(file, folder):
        return
    elif "node_modules" in file.tree.list(folder):
        yield from _beside_modules(file, context)
    else:
        yield from _alone(file, context)


def _is_locked(file: File, folder: str) -> bool:
    """Does a lockfile beside it, or one above that knows this folder, say all this and more?"""
    for above, lock in locks.above(file.tree, folder):
        if above == folder or lock.speaks_of(posixpath.relpath(folder, above or ".")):
            return True
    return bool({"bun.lockb"} & set(file.tree.list(folder)))


def _project(file: File, table: Table) -> tuple[Ref, list[Fact]]:
    package = Package(key="", name="", project=True)
    manifest.describe(package, table)
    if not package.name:
        return ROOT, []
    try:
        purl = purl_of(package)
    except ValueError:
        table.report.unnamed("name")
        return ROOT, []
    ref = Ref(purl)
    return ref, [component(purl, [package], [file.claim(Basis.MANIFEST)]), Edge(ROOT, ref)]


def _beside_modules(file: File, context: Context) -> Iterator[Fact]:
    """A project whose dependencies are installed beside it, without a lockfile."""
    report = Report(file)
    table = json_table(file.read(), report)
    ref, facts = _project(file, table)
    yield from facts
    yield from node_modules.edges(ref, manifest.asks(table, project=True), file, context, report)
    state: Aggregate = "incomplete" if report.doubtful else "complete"
    yield Coverage(file.location_path, state, state)
    yield from report.problems()


def _alone(file: File, context: Context) -> Iterator[Fact]:
    """What a person wants, where no folder above has it installed and no lockfile says what was used."""
    report = Report(file)
    table = json_table(file.read(), report)
    asks = manifest.asks(table, project=True)
    if not asks and not table.data.get("name"):  # such as {"type": "module"}: says nothing of components
        yield from report.problems()
        return
    ref, facts = _project(file, table)
    yield from facts
    shelf, missing = shelf_of(file.tree), False
    for name, (kind, wanted) in asks.items():
        package = _wanted(name, kind, wanted)
        if is_omitted(package, context.omit):
            continue
        found = shelf.find(file.tree, posixpath.dirname(file.path), name)
        if found and found.purl:
            if Ref(found.purl) != ref:
                yield Edge(ref, Ref(found.purl))
            continue
        missing = True
        try:
            purl = purl_of(package)
        except ValueError:
            report.unnamed(f"dependencies.{name}")
            continue
        place = Location(file.location_path, symbol=f"dependencies.{name}")
        yield component(purl, [package], [Claim(Basis.MANIFEST, place, _PINNED if package.version else _WANTED)])
        yield Edge(ref, Ref(purl))
    if missing:
        message = (
            "has no lockfile, so versions and indirect dependencies are unknown (run npm install and keep the lock)"
        )
        report.say("warning", message)
    complete: Aggregate = "incomplete" if missing or report.doubtful else "complete"
    yield Coverage(file.location_path, complete, "unknown" if missing else complete)
    yield from report.problems()


def _wanted(name: str, kind: NeedKind, wanted: str) -> Package:
    alias = _ALIAS.fullmatch(wanted)
    real, wanted = (alias[1], alias[2] or "") if alias else (name, wanted)
    exact = _EXACT.fullmatch(wanted.strip())
    return Package(
        key=name,
        name=real,
        version=exact[1] if exact else "",
        source=address(real, wanted) if is_address(wanted) else UNKNOWN,
        alias=name if real != name else "",
        dev=kind == "dev",
        optional=kind in ("optional", "peer-optional"),
        peer=kind in ("peer", "peer-optional"),
        notes=(Property("firmbom:npm:range", wanted),) if wanted and not exact and not is_address(wanted) else (),
    )
