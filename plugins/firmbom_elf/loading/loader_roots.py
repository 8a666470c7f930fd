"""Which root filesystem of an image each file belongs to, where the loader of that root looks for libraries."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

Place = tuple[tuple[str, str], str]
"""(container with ``!/``, folder of the root with ``/``) and the path under that root."""

_SYSTEM = frozenset({"bin", "etc", "lib", "lib32", "lib64", "libx32", "opt", "sbin", "system", "usr", "vendor"})
"""The first of these in a path stands directly under a root that nothing else tells."""
_LIBC = re.compile(r"(libc|libc\.musl-.*|ld-.*|ld|linker(64)?)(\.so.*|-\d.*)?\Z")
_LIBCS = ("libc", "ld", "linker")
"""How their names begin."""
_HOME = re.compile(r"(?P<root>(?:.*/)?)lib(?:32|64|x32)?/(?:[\w-]+/)?(?P<name>[^/]+)\Z")
_MERGED = re.compile(r"(?:usr|system)/\Z")
_TELLING = {"etc", "usr"}
"""A root inside another one has one of these; an application that brings its own C library along has not."""


class Roots:
    """The roots that have a C library; whatever stands under none of them goes by the folders of its path."""

    def __init__(self, places: Iterable[str], names: Callable[[str], Sequence[str]]) -> None:
        """Find them.

        Args:
            places: of the binaries and links.
            names: lists a folder, given by its place with ``/`` at the end.
        """
        libcs = [place for place in places if place.rpartition("/")[2].startswith(_LIBCS)]
        found = {one for place in libcs if (one := _home(place))}
        self._roots: dict[str, list[str]] = {}
        for container, root in sorted(found, key=lambda pair: (-len(pair[1]), pair)):
            if not root or not _TELLING.isdisjoint(names(container + root)):
                self._roots.setdefault(container, []).append(root)

    def split(self, place: str) -> Place:
        """The root that a file belongs to, and its path there."""
        container, inside, path = place.rpartition("!/")
        container += inside
        for root in self._roots.get(container, ()):
            if path.startswith(root):
                return (container, root), path.removeprefix(root)
        parts = path.split("/")
        at = next((number for number, part in enumerate(parts) if part in _SYSTEM), 0)
        above = "".join(f"{part}/" for part in parts[:at])
        return (container, above), "/".join(parts[at:])


def is_libc(name: str) -> bool:
    """Is it the name of a C library or of a loader?"""
    return _LIBC.match(name) is not None


def _home(place: str) -> tuple[str, str] | None:
    """The container and the root of a C library; None for anything else."""
    container, inside, path = place.rpartition("!/")
    found = _HOME.match(path)
    if not found or not is_libc(found["name"]):
        return None
    return container + inside, _MERGED.sub("", found["root"])
