"""What syft's document says, cut down to what it knows, with places that count from the tree."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from firmbom.model import Basis, Claim, Component, Location, Property
from firmbom.tree.base import FileTree
from firmbom.tree.folder import FolderTree

_LOCATION = re.compile(r"syft:location:\d+:path\Z")
_FOUND_BY_BYTES = Property("syft:package:type", "binary")
"""syft knows the CPE of what it finds by its bytes; for all else it makes up to forty from the name, no evidence."""


def packages(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document without what is no package: files, the scanned folder itself, edges to either."""
    components = document.get("components")
    listed = components if isinstance(components, list) else []
    kept = [one for one in listed if not isinstance(one, dict) or one.get("type") != "file"]
    dropped = {one.get("bom-ref") for one in listed if isinstance(one, dict) and one.get("type") == "file"}
    metadata = document.get("metadata")
    own = metadata.get("component") if isinstance(metadata, dict) else None
    dropped.add(own.get("bom-ref") if isinstance(own, dict) else None)
    made = {key: value for key, value in document.items() if key not in ("components", "metadata", "dependencies")}
    edges = list(_edges(document.get("dependencies"), dropped))
    return {**made, "components": kept, **({"dependencies": edges} if edges else {})}


def _edges(edges: Any, dropped: set[Any]) -> Iterator[Any]:
    for edge in edges if isinstance(edges, list) else ():
        if not isinstance(edge, dict):
            yield edge
        elif not _is_in(edge.get("ref"), dropped):
            targets = edge.get("dependsOn")
            listed = targets if isinstance(targets, list) else []
            yield {**edge, "dependsOn": [target for target in listed if not _is_in(target, dropped)]}


def _is_in(ref: Any, dropped: set[Any]) -> bool:
    return isinstance(ref, str) and ref in dropped


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
    listed = tools.get("components") if isinstance(tools, dict) else tools
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict) and one.get("name") == "syft" and isinstance(one.get("version"), str):
            return f"syft {one['version']}"
    return ""
