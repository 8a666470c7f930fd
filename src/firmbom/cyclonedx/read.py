"""Reads CycloneDX JSON of any tool, 1.2 to 1.7, as values; what cannot be read is a Problem with its pointer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from firmbom import identity, parse
from firmbom.cyclonedx import names
from firmbom.cyclonedx.pause import collector_paused
from firmbom.cyclonedx.read_component import Source, component_of
from firmbom.cyclonedx.read_facts import coverage, file_properties, files, owned, plugin_runs, problems, release
from firmbom.cyclonedx.shape import Node, Notes
from firmbom.cyclonedx.spec import READABLE
from firmbom.errors import InputError
from firmbom.model import ROOT, Basis, Component, ComponentSet, Coverage, Edge, Ownership, Ref
from firmbom.release import Release

_DEEPEST = 32
"""Components inside components; what is deeper counts as inside the last of them."""


def load(data: bytes, *, path: str) -> dict[str, Any]:
    """Read a CycloneDX JSON document; its content is not checked.

    Raises:
        InputError: not JSON, not CycloneDX, or of a version that has no JSON form known here.
    """
    if data.lstrip()[:1] == b"<":
        raise InputError("XML, not JSON", path=path, remedy="convert it to CycloneDX JSON")
    document = parse.json(data, path=path)
    if not isinstance(document, dict) or document.get("bomFormat") != "CycloneDX":
        raise InputError("not a CycloneDX document", path=path, remedy="give CycloneDX JSON; SPDX must be converted")
    if document.get("specVersion") not in READABLE:
        stated = repr(document.get("specVersion"))[:40]
        known = f"{READABLE[0]} to {READABLE[-1]}"
        raise InputError(
            f"CycloneDX {stated} is not known here", path=path, place="specVersion", remedy=f"give {known}"
        )
    return document


def component_set(
    document: Mapping[str, Any], *, plugin: str, location: str, basis: Basis = Basis.REPORTED, within: Ref = ROOT
) -> ComponentSet:
    """What a document says, as a plugin would say it. Never raises for what the document holds.

    A document that firmbom wrote gives back the claims, inputs, problems and plugins it was written from. Of anybody
    else's the main component, unless it is a bare folder, becomes a component that the product uses directly.

    Args:
        document: parsed JSON.
        plugin: who vouches for what another tool says.
        location: path of the document in its tree; empty if it is no file there.
        basis: what the document's word is worth.
        within: the component that the document describes the inside of (the wheel that carries it).
    """
    with collector_paused():
        return _component_set(document, plugin, location, basis, within)


def _component_set(document: Mapping[str, Any], plugin: str, location: str, basis: Basis, within: Ref) -> ComponentSet:
    notes = Notes(location, plugin)
    top = Node(dict(document), "", notes)
    own = names.ours(document)
    if document.get("vulnerabilities"):
        notes.doubt("/vulnerabilities", "an SBOM holds none; they are not taken over", "note")
    runs = dict(plugin_runs(top)) if own else {}
    source = Source(
        plugin=plugin,
        location=location,
        basis=basis,
        own=own,
        exact=own and basis is Basis.REPORTED and not within,
        plugins={ref: run.name for ref, run in runs.items()},
    )
    main = _main(top, within, source)
    listed = [*([main] if main else []), *_listed(top, within, main, source)]
    root = _root(top, within, listed, source)
    edges = {Edge(within, root), *_edges(top, _refs(top, root, listed, notes), _elsewhere(top))}
    hung = {one.component.ref for one in listed if one.hung}
    return ComponentSet(
        components=tuple(one.component for one in listed),
        edges=tuple(sorted(edge for edge in edges if edge.source != edge.target and not _assumed(edge, hung, root))),
        ownership=tuple(Ownership(one.component.ref, path) for one in listed for path in one.owned),
        files=tuple(files(top)) if source.exact else (),
        file_properties=tuple(file_properties(top)) if source.exact else (),
        coverage=tuple(coverage(top, source)),
        plugins=tuple(runs.values()) if source.exact else (),
        problems=(*(problems(top) if source.exact else ()), *notes.problems),
    )


def release_of(document: Mapping[str, Any]) -> Release:
    """The release that a document firmbom wrote speaks of; of another's what can be known."""
    return release(Node(dict(document), "", Notes("", "")))


def inputs_of(document: Mapping[str, Any]) -> tuple[Coverage, ...]:
    """The files that a document firmbom wrote was made from, sorted, each once for each plugin that read it."""
    top = Node(dict(document), "", Notes("", ""))
    source = Source(plugin="", location="", basis=Basis.REPORTED, own=True, exact=True, plugins={})
    return tuple(sorted(coverage(top, source))) if names.ours(document) else ()


class _Listed(NamedTuple):
    component: Component
    bom_ref: str
    pointer: str
    hung: bool = False
    """The writer hung it on its container for want of an edge."""
    owned: tuple[str, ...] = ()


def _main(top: Node, within: Ref, source: Source) -> _Listed | None:
    """The main component if it is one of its own.

    It is none when firmbom wrote the document, when it is a mere folder, when it is the container that carries the
    document, and when it stands among the components as well.
    """
    node = top.object("metadata").object("component")
    again = {each.text("bom-ref") for each in top.objects("components")} - {""}
    if source.own or not node.value or _is_folder(node) or node.text("bom-ref") in again:
        return None
    component = component_of(node, within, source)
    if component is None or (within and _same_package(within, component)):
        return None
    return _Listed(component, node.text("bom-ref"), node.pointer)


def _is_folder(node: Node) -> bool:
    return not node.text("purl") and (node.text("type") == "file" or not node.text("version"))


def _same_package(within: Ref, component: Component) -> bool:
    container = identity.canonical(within.rpartition("!")[2])
    return identity.without_qualifiers(container) == identity.without_qualifiers(component.purl)


def _listed(top: Node, within: Ref, main: _Listed | None, source: Source) -> Iterator[_Listed]:
    """Every component but the main one, containers before what they hold."""
    pending = [(each, within, 0) for each in top.objects("components")]
    if not source.own:
        inside = top.object("metadata").object("component").objects("components")
        pending += [(each, main.component.ref if main else within, 1) for each in inside]
    pending.reverse()
    while pending:
        node, container, depth = pending.pop()
        facts = {each.text("name"): each.text("value") for each in node.objects("properties")} if source.own else {}
        component = component_of(node, Ref(facts.get(names.WITHIN, container)), source)
        if component is not None:
            paths = tuple(owned(node)) if source.exact else ()
            yield _Listed(component, node.text("bom-ref"), node.pointer, names.UNREACHED in facts, paths)
            container = component.ref if depth < _DEEPEST else container
        pending.extend((each, container, depth + 1) for each in reversed(node.objects("components")))


def _root(top: Node, within: Ref, listed: list[_Listed], source: Source) -> Ref:
    """What the edges of the main component belong to; some list it among the components too, where more is said."""
    stated = top.object("metadata").object("component").text("bom-ref")
    same = (one.component.ref for one in listed if one.bom_ref == stated)
    return within if source.own or not stated else next(same, within)


def _refs(top: Node, root: Ref, listed: list[_Listed], notes: Notes) -> dict[str, Ref]:
    """What each bom-ref means. The product, and an image that firmbom wrote, is the root."""
    product = top.object("metadata").object("component")
    stated = {product.text("bom-ref")} - {""}
    if names.ours(top.value):
        stated |= {ref for each in product.objects("components") if (ref := each.text("bom-ref"))}
    refs = dict.fromkeys(stated, root)
    for one in listed:
        if one.bom_ref and refs.setdefault(one.bom_ref, one.component.ref) != one.component.ref:
            notes.doubt(one.pointer, f"bom-ref {one.bom_ref[:80]!r} is another component's too; that one keeps it")
    return refs


def _elsewhere(top: Node) -> set[str]:
    """bom-refs of what is no part of the product: tools, services. Edges from and to them are not asked about."""
    tools = top.object("metadata").value.get("tools")
    holders = [Node(tools, "/metadata/tools", top.notes)] if isinstance(tools, dict) else []
    pending = [each for holder in holders for part in ("components", "services") for each in holder.objects(part)]
    pending += top.objects("services")
    found: set[str] = set()
    while pending:
        each = pending.pop()
        found.add(each.text("bom-ref"))
        pending += [inner for part in ("components", "services") for inner in each.objects(part)]
    return found - {""}


def _edges(top: Node, refs: Mapping[str, Ref], elsewhere: set[str]) -> Iterator[Edge]:
    for entry in top.objects("dependencies"):
        stated = entry.text("ref")
        if stated not in refs:
            if stated not in elsewhere:
                entry.doubt("ref", f"{stated[:80]!r} is no component of the document")
            continue
        for target in entry.texts("dependsOn"):
            if target in refs:
                yield Edge(refs[stated], refs[target])
            elif target not in elsewhere:
                entry.doubt("dependsOn", f"{target[:80]!r} is no component of the document")


def _assumed(edge: Edge, hung: set[Ref], root: Ref) -> bool:
    """Was the target hung there by the writer because no input says what uses it?"""
    return edge.target in hung and edge.source in {root, Ref(edge.target.rpartition("!")[0])}
