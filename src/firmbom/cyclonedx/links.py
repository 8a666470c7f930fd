"""Do the references inside a document lead somewhere? bom-refs, dependencies, compositions, formulas, citations."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from firmbom.cyclonedx import names
from firmbom.cyclonedx.vulnerabilities import is_vex
from firmbom.cyclonedx.walk import Object, at, inventory, others, product
from firmbom.errors import printable

_BOM_LINK = "urn:cdx:"
"""Begins a reference into another document."""

_DECLARED = (
    ("services", "*", "bom-ref"),
    ("services", "*", "services", "*", "bom-ref"),
    ("metadata", "tools", "services", "*", "bom-ref"),
    ("compositions", "*", "bom-ref"),
    ("annotations", "*", "bom-ref"),
    ("citations", "*", "bom-ref"),
    ("vulnerabilities", "*", "bom-ref"),
    ("formulation", "*", "bom-ref"),
    ("formulation", "*", "services", "*", "bom-ref"),
    ("formulation", "*", "workflows", "*", "bom-ref"),
    ("formulation", "*", "workflows", "*", "tasks", "*", "bom-ref"),
)
"""Where things that are no component say what they are called."""

_USED = (
    ("compositions", "*", "assemblies", "*"),
    ("compositions", "*", "dependencies", "*"),
    ("annotations", "*", "subjects", "*"),
    ("vulnerabilities", "*", "affects", "*", "ref"),
    ("citations", "*", "attributedTo"),
    ("citations", "*", "process"),
    *(
        ("formulation", "*", "workflows", "*", side, "*", role, "ref")
        for side in ("inputs", "outputs")
        for role in ("source", "target", "resource")
    ),
)
"""Where things are referred to, beside the graph and evidence, which are too long to be walked by paths."""


def link_faults(document: Object) -> Iterator[str]:
    """Faults of a document that its schema accepts."""
    known: dict[str, str] = {}
    for pointer, ref in _declared(document):
        if known.setdefault(ref, pointer) != pointer:
            yield f"{pointer}: {printable(ref)} is already that of {known[ref]}"
    for pointer, ref in _used(document):
        if ref not in known and not ref.startswith(_BOM_LINK):
            yield f"{pointer}: {printable(ref)} is no bom-ref of this document"
    yield from _repeated(document)
    if names.ours(document) and not is_vex(document):
        yield from _missing(document)
    for pointer, cited in at(document, ("citations", "*", "pointers", "*")):
        if not _leads_somewhere(document, cited):
            yield f"{pointer}: {printable(cited)} leads nowhere"


def _declared(document: Object) -> Iterator[tuple[str, str]]:
    for pointer, component, _ in chain(product(document), inventory(document), others(document)):
        if ref := component.get("bom-ref"):
            yield f"{pointer}/bom-ref", ref
    for path in _DECLARED:
        yield from at(document, path)


def _used(document: Object) -> Iterator[tuple[str, str]]:
    yield from _ends(document)
    for path in _USED:
        yield from at(document, path)
    for pointer, component, _ in chain(product(document), inventory(document)):
        identities = component.get("evidence", {}).get("identity", ())
        for number, one in enumerate(identities if isinstance(identities, list) else ()):
            for place, ref in enumerate(one.get("tools", ())):
                yield f"{pointer}/evidence/identity/{number}/tools/{place}", ref


def _ends(document: Object) -> Iterator[tuple[str, str]]:
    for number, entry in enumerate(document.get("dependencies", ())):
        yield f"/dependencies/{number}/ref", entry["ref"]
        for member in ("dependsOn", "provides"):
            for place, ref in enumerate(entry.get(member, ())):
                yield f"/dependencies/{number}/{member}/{place}", ref


def _repeated(document: Object) -> Iterator[str]:
    first: dict[str, str] = {}
    for number, entry in enumerate(document.get("dependencies", ())):
        pointer, ref = f"/dependencies/{number}/ref", entry["ref"]
        if first.setdefault(ref, pointer) != pointer:
            yield f"{pointer}: {printable(ref)} already has an entry at {first[ref]}"


def _missing(document: Object) -> Iterator[str]:
    """Components that are not in the graph. Asked of firmbom's own only; others may leave out what has no edges.

    The files of an image have neither a bom-ref nor an entry.
    """
    listed = {entry["ref"] for entry in document.get("dependencies", ())}
    for pointer, component, _ in chain(product(document), inventory(document)):
        ref = component.get("bom-ref")
        if not ref and component["type"] == "file":
            continue
        if not ref:
            yield f"{pointer}: has no bom-ref"
        elif ref not in listed:
            yield f"{pointer}: {printable(ref)} has no entry in dependencies"


def _leads_somewhere(document: Object, pointer: str) -> bool:
    """Does an RFC 6901 pointer lead to a value?"""
    if pointer and not pointer.startswith("/"):
        return False
    place: Any = document
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(place, list) and name.isascii() and name.isdecimal() and int(name[:9]) < len(place):
            place = place[int(name[:9])]
        elif isinstance(place, dict) and name in place:
            place = place[name]
        else:
            return False
    return True
