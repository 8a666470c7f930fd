"""What syft's document says, cut down to what it knows, with places that count from the tree."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from firmbom import identity
from firmbom.model import Basis, Claim, Component, Location, Property
from firmbom.tree.base import FileTree
from firmbom.tree.folder import FolderTree
from firmbom_syft import npm_names, pypi_versions
from firmbom_syft.package import Package, Repair

_LOCATION = re.compile(r"syft:location:\d+:path\Z")
_FOUND_BY_BYTES = Property("syft:package:type", "binary")
"""syft knows the CPE of what it finds by its bytes; for all else it makes up to forty from the name, no evidence."""


def packages(document: Mapping[str, Any], tree: FileTree) -> dict[str, Any]:
    """The document without what is no package: files, the scanned folder itself, edges to either.

    Args:
        document: as syft wrote it, of any shape.
        tree: what syft looked at, to put right what it misread there.
    """
    repairs = {"npm": npm_names.repair(tree), "pypi": pypi_versions.repair(tree)}
    kept = [one for one in (_package(each, repairs) for each in _list(document.get("components"))) if one is not None]
    refs = {one.get("bom-ref") for one in kept if isinstance(one, dict) and isinstance(one.get("bom-ref"), str)}
    made = {key: value for key, value in document.items() if key not in ("components", "metadata", "dependencies")}
    return {**made, "components": kept, "dependencies": list(_edges(document.get("dependencies"), refs))}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _package(component: Any, repairs: Mapping[str, Repair]) -> Any:
    """The component with the name and version it should have; None if it is no package."""
    if not isinstance(component, dict):
        return component
    if component.get("type") == "file":
        return None
    try:
        stated = identity.parts(str(component.get("purl")))
    except ValueError:
        return component  # whoever reads the document says what is wrong
    repair = repairs.get(stated.type)
    if repair is None:
        return component
    name = "/".join(part for part in (stated.namespace, stated.name) if part)
    meant = repair(Package(name, stated.version or ""), tuple(_paths(component)))
    if meant is None:
        return None
    scope, _, base = meant.name.rpartition("/")
    purl = identity.purl(stated.type, base, meant.version, namespace=scope, qualifiers=dict(stated.qualifiers))
    return {**component, "purl": purl, "name": meant.name, "version": meant.version}


def _paths(component: Mapping[str, Any]) -> Iterator[str]:
    for one in _list(component.get("properties")):
        if isinstance(one, dict) and _LOCATION.match(str(one.get("name"))) and isinstance(one.get("value"), str):
            yield _inside(one["value"])


def _edges(edges: Any, refs: set[Any]) -> Iterator[Any]:
    for edge in _list(edges):
        if not isinstance(edge, dict):
            yield edge
        elif _is_in(edge.get("ref"), refs):
            yield {**edge, "dependsOn": [target for target in _list(edge.get("dependsOn")) if _is_in(target, refs)]}


def _is_in(ref: Any, refs: set[Any]) -> bool:
    return isinstance(ref, str) and ref in refs


def placed(component: Component, tree: FileTree) -> Component | None:
    """The component with a claim for each place syft names, or None when all of them are excluded from the tree."""
    paths = [_inside(one.value) for one in component.properties if _LOCATION.match(one.name)]
    seen = [path for path in paths if not (isinstance(tree, FolderTree) and tree.is_hidden(path))]
    if paths and not seen:
        return None
    first = component.claims[0]
    places = [Location(tree.place(path)) for path in dict.fromkeys(seen)] or [first.location]
    return msgspec.structs.replace(
        component,
        cpes=component.cpes if _FOUND_BY_BYTES in component.properties else (),
        claims=tuple(Claim(Basis.REPORTED, place, first.confidence) for place in places),
        properties=tuple(one for one in component.properties if not one.name.startswith("syft:")),
    )


def _inside(path: str) -> str:
    """A path of syft's, which counts from the tree with or without a leading slash, as ours."""
    return posixpath.normpath("/" + path).lstrip("/")


def tool(document: Mapping[str, Any]) -> str:
    """``syft 1.18.1`` as the document's metadata names it; empty when it does not."""
    metadata = document.get("metadata")
    tools = metadata.get("tools") if isinstance(metadata, dict) else None
    for one in _list(tools.get("components") if isinstance(tools, dict) else tools):
        if isinstance(one, dict) and one.get("name") == "syft" and isinstance(one.get("version"), str):
            return f"syft {one['version']}"
    return ""
