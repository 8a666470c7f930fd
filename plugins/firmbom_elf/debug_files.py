"""Debug files (``.gnu_debuglink``, build-id folders) beside what they were cut from, and what their sources tell."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence

import msgspec

from firmbom_elf import sources
from firmbom_elf.facts import Examined, Rule, Sighting

_MOST = 50
"""Components that the sources of one file are told as."""
_OWN = 0.5
"""A component with more than this part of a file's sources is what the file is."""


def joined(files: Sequence[Examined]) -> list[Examined]:
    """The files without those that only hold others' debug information, which goes to the files it belongs to.

    A debug file has the build-id of the file it was cut from, or the name that this one links to (GDB manual,
    "Debugging Information in Separate Files").
    """
    by_id: dict[str, Examined] = {}
    by_name: dict[str, Examined] = {}
    for file in files:
        if file.elf and _is_debug(file.path):
            by_name.setdefault(posixpath.basename(file.path), file)
            if file.elf.build_id:
                by_id.setdefault(file.elf.build_id, file)
    return [_with_debug(file, by_id, by_name) for file in files if not (file.elf and _is_debug(file.path))]


def with_origins(file: Examined, rules: Sequence[sources.PathRule]) -> Examined:
    """The file with a sighting of each component that its sources come from."""
    if not file.sources:
        return file
    return msgspec.structs.replace(file, sightings=(*file.sightings, *_origins(file.sources, rules)))


def _is_debug(path: str) -> bool:
    return path.endswith(".debug") or "/.debug/" in f"/{path}" or "/lib/debug/" in f"/{path}"


def _with_debug(file: Examined, by_id: dict[str, Examined], by_name: dict[str, Examined]) -> Examined:
    if file.elf is None or file.sources:
        return file
    found = by_id.get(file.elf.build_id) or by_name.get(file.elf.debug_link)
    if found is None:
        return file
    return msgspec.structs.replace(file, sources=found.sources, producers=found.producers)


def _origins(paths: Sequence[str], rules: Sequence[sources.PathRule]) -> Iterator[Sighting]:
    for one in sources.origins(paths, rules)[:_MOST]:
        yield Sighting(
            name=one.name,
            version=one.version,
            purl=one.purl or "",
            rule=Rule.SOURCE,
            confidence=0.9 if one.purl else 0.8,
            listed=False,
            own=one.files > _OWN * len(paths),
            inside=True,
            text=f"{one.example} and {one.files - 1} more"[-160:] if one.files > 1 else one.example[-160:],
        )
