"""SBOMs that a wheel carries about itself, ``*.dist-info/sboms/`` (PEP 770): nested components of the wheel."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from firmbom import parse
from firmbom.errors import FirmbomError
from firmbom.identity import parts
from firmbom.model import Basis, Component, ComponentSet, Coverage, Edge, Fact, Ref
from firmbom.plugin import Context
from firmbom.tree.base import File
from firmbom_pip.installed import site_folder, site_of
from firmbom_pip.report import Report


def read(file: File, context: Context) -> Iterator[Fact]:  # noqa: ARG001 - every reader takes the context
    """What a CycloneDX JSON document inside a wheel lists, attributed to the wheel; other formats are noted."""
    report = Report(file.location_path)
    document = _document(file, report)
    if document is not None:
        yield from _nested(document, file, report)
    yield from report.problems()
    if document is not None:
        yield Coverage(file.location_path, components="unknown", dependencies="unknown")


def _document(file: File, report: Report) -> Mapping[str, Any] | None:
    if not file.name.endswith(".json"):
        report.say("note", "an SBOM that was not read: only CycloneDX as JSON is")
        return None
    table = parse.json(file.read(), path=file.location_path, on_duplicate=lambda _: None)
    if isinstance(table, dict) and table.get("bomFormat") == "CycloneDX":
        return table
    is_spdx = isinstance(table, dict) and ("spdxVersion" in table or "@context" in table)
    report.say("note", f"an {'SPDX document' if is_spdx else 'SBOM'} that was not read: only CycloneDX as JSON is")
    return None


def _nested(document: Mapping[str, Any], file: File, report: Report) -> Iterator[Fact]:
    from firmbom.cyclonedx.read import component_set

    wheel = _wheel(file, report)
    if wheel is None:
        return
    found = component_set(document, plugin="pip", location=file.location_path, basis=Basis.EMBEDDED, within=wheel.ref)
    yield from _without_itself(found, wheel)


def _wheel(file: File, report: Report) -> Component | None:
    info = posixpath.join(file.path.rpartition(".dist-info/")[0] + ".dist-info", "METADATA")
    described = file.tree.get(info)
    if described is None:
        report.say("error", "there is no METADATA that tells which wheel carries this")
    try:
        return site_of(file.tree, site_folder(info)).dist(described).component if described else None
    except FirmbomError as error:
        report.say("warning", f"the wheel that carries this is not known: {error}")
        return None


def _without_itself(found: ComponentSet, wheel: Component) -> Iterator[Fact]:
    """Such a document lists the wheel itself too; inside the wheel it would stand a second time."""
    itself = {one.ref for one in found.components if one.within == wheel.ref and _same(one, wheel)}

    def ref(named: Ref) -> Ref:
        return wheel.ref if named in itself else named

    for one in found.components:
        if one.ref not in itself:
            yield msgspec.structs.replace(one, within=ref(one.within))
    for edge in found.edges:
        if ref(edge.source) != ref(edge.target):
            yield Edge(ref(edge.source), ref(edge.target))
    yield from found.ownership
    yield from found.problems


def _same(one: Component, wheel: Component) -> bool:
    stated, own = parts(one.purl), parts(wheel.purl)
    return (stated.type, stated.name, stated.version) == (own.type, own.name, own.version)
