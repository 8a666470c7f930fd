"""Composes the CycloneDX document of an inventory and a release. A pure function: no clock, no chance, no host."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Literal

import msgspec

from firmbom.cyclonedx import bundles, evidence
from firmbom.cyclonedx.citations import citations
from firmbom.cyclonedx.component import Frame, written
from firmbom.cyclonedx.compositions import compositions, readings
from firmbom.cyclonedx.file_component import FileComponent
from firmbom.cyclonedx.files import installed
from firmbom.cyclonedx.formulation import formulation
from firmbom.cyclonedx.graph import dependencies, graph
from firmbom.cyclonedx.images import seen_in
from firmbom.cyclonedx.metadata import metadata, subject, supplier_of, timestamp, tool_refs, tools
from firmbom.cyclonedx.pause import collector_paused
from firmbom.cyclonedx.provenance import conflicts
from firmbom.cyclonedx.spec import SPECS
from firmbom.cyclonedx.text import compact, pretty
from firmbom.inventory import Conflict, Inventory, Merged
from firmbom.model import ROOT, Edge, Ref
from firmbom.project import Project
from firmbom.release import Release

_DEEPEST = 16
"""Components inside components; what is deeper stands at the top and names its container. JSON readers limit depth."""


def document(
    inventory: Inventory, release: Release, project: Project, *, phase: Literal["build", "post-build"] = "build"
) -> dict[str, Any]:
    """The document as plain values, valid in ``project.document.spec_version``.

    Raises:
        ConfigError: the project cannot be followed (its purl is none).
    """
    with collector_paused():
        body = _body(inventory, release, project, phase, lambda component: component)
        return numbered({**body, "metadata": msgspec.to_builtins(body["metadata"])})


def packed(
    inventory: Inventory, release: Release, project: Project, *, phase: Literal["build", "post-build"] = "build"
) -> dict[str, Any]:
    """The same document in half the memory: all that :func:`pieces` needs.

    Its components and the files in it are JSON text, of which the serial number and the file are made, so that it is
    quicker to write too.

    Raises:
        ConfigError: as above.
    """
    with collector_paused():
        body = _body(inventory, release, project, phase, _packed)
        product = body["metadata"]["component"]
        if "components" in product:
            product["components"] = _with_packed_files(product["components"])
        return numbered(body)


def encode(document: dict[str, Any]) -> bytes:
    """The document as a file: JSON, two spaces, members in the order they stand, a newline at the end."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def pieces(document: dict[str, Any]) -> Iterator[bytes]:
    """What :func:`encode` gives, a component or less at a time."""
    yield from pretty(document)
    yield b"\n"


def _body(
    inventory: Inventory, release: Release, project: Project, phase: str, kept: Callable[[dict[str, Any]], Any]
) -> dict[str, Any]:
    spec = SPECS[project.document.spec_version]
    about = subject(project.product, release, inventory)
    images = tuple(about.images)
    root = Ref(about.purl)
    itself = [one for one in inventory.components if one.ref == root]
    components = [one for one in inventory.components if one.ref != root]
    edges = _edges(inventory.edges, root) if itself else inventory.edges
    held = bundles.edges(about.images)
    places = {one.ref: found for one in components if (found := seen_in(one, about.images))} if images else {}
    made, unreached = graph(components, edges, images, places, held)
    top, nested = _arranged(components)
    named = {claim.plugin for one in inventory.components for claim in one.component.claims}
    refs = tool_refs(inventory.plugins, named)
    frame = Frame(
        spec=spec,
        tools=refs,
        conflicts=_by_ref(inventory.conflicts),
        direct=frozenset(edge.target for edge in edges if edge.source == ROOT),
        supplier=supplier_of(about.product),
        unreached=unreached,
        installed=installed(inventory),
        loose=frozenset(one.ref for one in top if one.component.within),
    )
    known = {one.ref for one in components}
    read = readings(inventory)
    body = {
        "$schema": spec.schema_url,
        "bomFormat": "CycloneDX",
        "specVersion": spec.version,
        "serialNumber": "",
        "version": 1,
        "metadata": metadata(
            about,
            inventory,
            tools=tools(inventory.plugins, refs),
            evidence=_evidence(itself, frame),
            remarks=conflicts(one for one in inventory.conflicts if one.ref not in known),
            spec=spec,
            phase=phase,
        ),
        "components": [kept(_with_nested(one, nested, frame)) for one in top],
        "dependencies": dependencies(made, root),
        "compositions": compositions(root, sorted({*images, *held}), components, inventory, read),
        "formulation": formulation(read, images, release, phase),
        "citations": citations(_pointers(top, nested), refs, timestamp(release)) if spec.cites else [],
    }
    return {name: value for name, value in body.items() if value or name in _ALWAYS}


_ALWAYS = frozenset({"serialNumber", "components", "dependencies"})
"""Written even when empty: an empty list of components is a statement."""


def numbered(body: dict[str, Any]) -> dict[str, Any]:
    """With a serial number derived from everything else: the same content always has the same one."""
    del body["serialNumber"]
    try:
        digest = _digest(body)
    except UnicodeEncodeError:  # a lone surrogate, which JSON can escape but no UTF-8 can hold
        body = without_surrogates(body)
        digest = _digest(body)
    serial = uuid.uuid5(uuid.NAMESPACE_URL, f"sha256:{digest}")
    head = ("$schema", "bomFormat", "specVersion")
    return {**{name: body[name] for name in head}, "serialNumber": f"urn:uuid:{serial}", **body}


def _digest(body: dict[str, Any]) -> str:
    hashed = hashlib.sha256()
    for piece in compact(body):
        hashed.update(piece)
    return hashed.hexdigest()


def without_surrogates(value: Any) -> Any:
    """The value with each lone surrogate, which no UTF-8 can hold, escaped."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, dict):
        return {name: without_surrogates(member) for name, member in value.items()}
    return [without_surrogates(member) for member in value] if isinstance(value, list) else value


def _edges(edges: Sequence[Edge], root: Ref) -> list[Edge]:
    """With the component that is the product itself replaced by :data:`firmbom.model.ROOT`."""
    return [Edge(*(ROOT if end == root else end for end in (edge.source, edge.target))) for edge in edges]


def _by_ref(conflicts: Sequence[Conflict]) -> dict[Ref, list[Conflict]]:
    found: dict[Ref, list[Conflict]] = {}
    for one in conflicts:
        found.setdefault(one.ref, []).append(one)
    return found


def _arranged(components: Sequence[Merged]) -> tuple[list[Merged], dict[Ref, list[Merged]]]:
    """The components at the top, and those inside others by container; by ref, the order they come in.

    A ref is longer than its container's, so a container's depth is known before it is asked for once they are sorted by
    length.
    """
    known = {one.ref for one in components}
    depth: dict[Ref, int] = {}
    for one in sorted(components, key=lambda merged: len(merged.ref)):
        within = one.component.within
        above = depth[within] + 1 if within in known else 0
        depth[one.ref] = above if above < _DEEPEST else 0
    top: list[Merged] = []
    nested: dict[Ref, list[Merged]] = {}
    for one in components:
        (nested.setdefault(one.component.within, []) if depth[one.ref] else top).append(one)
    return top, nested


def _with_nested(one: Merged, nested: Mapping[Ref, Sequence[Merged]], frame: Frame) -> dict[str, Any]:
    """A component with those inside it, which stand where it is easy to read: before the evidence."""
    made = written(one, frame)
    if one.ref in nested:
        tail: dict[str, Any] = {name: made.pop(name) for name in ("evidence", "properties") if name in made}
        made["components"] = [_with_nested(inner, nested, frame) for inner in nested[one.ref]]
        made.update(tail)
    return made


def _packed(component: dict[str, Any]) -> msgspec.Raw:
    return msgspec.Raw(_encoded(component))


_RUN = 8
"""Files that are one text: each by itself would take as long again as to write them all."""


def _with_packed_files(components: Sequence[Any]) -> list[Any]:
    """Images and files, the latter as JSON text of several in a row, with the commas between them."""
    made: list[Any] = []
    for kind, alike in groupby(components, type):
        listed = list(alike)
        if kind is FileComponent:
            runs = (listed[start : start + _RUN] for start in range(0, len(listed), _RUN))
            made += [msgspec.Raw(_encoded(run)[1:-1]) for run in runs]
        else:
            made += [
                {**one, "components": _with_packed_files(one["components"])} if "components" in one else one
                for one in listed
            ]
    return made


def _encoded(value: Any) -> bytes:
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        return msgspec.json.encode(without_surrogates(msgspec.to_builtins(value)))


def _pointers(top: Sequence[Merged], nested: dict[Ref, list[Merged]]) -> dict[str, Merged]:
    """Every component by its JSON pointer."""
    found: dict[str, Merged] = {}
    pending = [("", top)]
    while pending:
        prefix, listed = pending.pop()
        for number, one in enumerate(listed):
            pointer = f"{prefix}/components/{number}"
            found[pointer] = one
            if one.ref in nested:
                pending.append((pointer, nested[one.ref]))
    return found


def _evidence(itself: Sequence[Merged], frame: Frame) -> dict[str, Any]:
    """What the inputs say of the product, if one of them names it by its very purl."""
    if not itself:
        return {}
    component = itself[0].component
    return {
        "identity": evidence.identity(component, frame.tools),
        "occurrences": evidence.occurrences(component.claims),
    }
