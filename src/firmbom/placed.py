"""Files that a build says it put into an image, at the place where the image that is shipped holds them.

A build names the file ``<image>!/<path>``, with the image's link name. The image that is read is a file whose name
begins so; the path is that in its innermost file system. What fits no image that was read stays as it is.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from firmbom.model import ComponentSet, FileProperties, Ownership

Places = Mapping[str, Sequence[str]]
"""Where images hold a file, by its path in the innermost container."""


def placed(sources: ComponentSet, contents: Iterable[ComponentSet]) -> ComponentSet:
    """``sources`` with the files that it names where ``contents`` have them."""
    if not any("!/" in one.path for one in sources.ownership):
        return sources
    places: dict[str, list[str]] = {}
    for content in contents:
        for file in content.files:
            places.setdefault(file.path.rpartition("!/")[2], []).append(file.path)
    ownership = [Ownership(one.owner, path) for one in sources.ownership for path in _found(one.path, places)]
    properties = [
        FileProperties(path, one.properties) for one in sources.file_properties for path in _found(one.path, places)
    ]
    return msgspec.structs.replace(sources, ownership=tuple(ownership), file_properties=tuple(properties))


def _found(path: str, places: Places) -> Iterable[str]:
    image, inside, inner = path.partition("!/")
    if not inside:
        return (path,)
    name = posixpath.basename(image)
    return [one for one in places.get(inner, ()) if _is_of(one, name)] or (path,)


def _is_of(path: str, name: str) -> bool:
    """Is the outermost container called as the image, with an ending or a date behind it?"""
    outer = posixpath.basename(path.partition("!/")[0])
    return outer.startswith(name) and outer[len(name) : len(name) + 1] in ("", ".", "-")
