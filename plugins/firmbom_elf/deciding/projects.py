"""Files of one project under one name: tools that are called after it, lie in its folder or load its library."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import msgspec

from firmbom_elf import names
from firmbom_elf.deciding.bearer import ENOUGH, SURE, Bearer
from firmbom_elf.grounds import Ground

_MARKS = re.compile(r"[-_.]+")
_TRIPLET = re.compile(r"[a-z0-9_]+-(?:[a-z0-9_]+-)?linux-(?:gnu|musl|uclibc)[a-z0-9_]*-?")
"""What the tools of a cross compiler are called after, whoever makes them: ``aarch64-linux-gnu-``."""
_FIRST_INTERFACE = ".0.0"
"""How numbers after ``.so.`` end that interfaces begin with, and many libraries have."""
_SHORTEST = 3
"""Letters of a name that tools share."""
_TOOLS = 2
"""Tools of one release that share the beginning of their names are one project."""
_SIBLINGS = 3
"""So are so many of one folder."""
FAMILY = 5
"""So many of one number like 5.4, which may be chance, that share their names' beginning or their folder."""


class Home(NamedTuple):
    """A component that others may belong to."""

    name: str
    listed: bool


Releases = Mapping[tuple[Home, str], Sequence[Bearer]]
"""(component, version) → its files."""


def gathered(held: Sequence[Bearer], releases: Releases) -> list[Bearer]:
    """The same files; those that the catalogue does not know, of the release of another component here, are its own.

    The same release counts with a second reason only: names alone prove nothing, since others write tools for a project
    too, and equal numbers alone are chance.
    """
    by_name: dict[tuple[str, str], Home] = {}
    by_library: dict[tuple[str, str], set[Home]] = defaultdict(set)
    for (home, version), members in sorted(releases.items(), key=lambda pair: (not pair[0][0].listed, pair[0])):
        by_name.setdefault((names.plain(home.name), version), home)
        for soname in {one.file.elf.soname for one in members if one.file.elf} - {""}:
            by_library[soname, version].add(home)
    moved = [_moved(one, by_name, by_library) for one in held]
    return _together(moved)


def sheltered(found: Mapping[tuple[str, str], list[Bearer]]) -> dict[tuple[str, str], list[Bearer]]:
    """(name, version) → files: those of which no more is known than their names are whose folder they lie in.

    ``usr/lib/printd/helper`` is no component of its own: it is printd's, if that is here or has two such files.
    """
    homes: dict[str, tuple[str, str]] = {}
    for key in sorted(found, key=lambda key: (not found[key][0].listed, not key[1], -len(found[key]))):
        homes.setdefault(names.plain(key[0]), key)
    for key, files in found.items():
        for name in filter(None, map(program, files)):
            homes.setdefault(names.plain(name), key)
    lodgers: dict[str, list[Bearer]] = defaultdict(list)
    kept: dict[tuple[str, str], list[Bearer]] = defaultdict(list)
    for key, files in found.items():
        for one in files:
            shelter = "" if one.listed or key[1] or not one.file.elf else names.shelter(one.file.path)
            (lodgers[shelter] if shelter else kept[key]).append(one)
    for shelter, files in sorted(lodgers.items()):
        home = homes.get(names.plain(shelter))
        several = len({one.name for one in files}) >= _TOOLS
        listed = bool(home and found[home][0].listed)
        for one in files:
            key = home or ((shelter, "") if several else (one.name, ""))
            kept[key].append(msgspec.structs.replace(one, name=key[0], listed=listed))
    return dict(sorted(kept.items()))


def program(one: Bearer) -> str:
    """What a component's own program is called that tells the release: folders are, as the component is or as that is.

    ``nvim`` is Neovim, and ``usr/lib/nvim`` its folder.
    """
    main = one.listed and one.kind == "executable" and one.best[1] >= SURE and not names.folder(one.file.path)
    return names.stem(one.file.path, "") if main else ""


def _telling(version: str) -> bool:
    return version.count(".") > 1


def _moved(
    one: Bearer, by_name: Mapping[tuple[str, str], Home], by_library: Mapping[tuple[str, str], set[Home]]
) -> Bearer:
    if one.listed or one.declares or not one.file.elf:
        return one
    version, sure = one.best
    said = {seen.version for seen in one.evidence if _telling(seen.version)} if sure < SURE else set()
    folder = names.folder(one.file.path)
    called = [names.plain(name) for name in (*beginnings(one.name), folder, *beginnings(folder)) if name]
    homes = [by_name[name, told] for name in called for told in sorted({version} | said) if (name, told) in by_name]
    loaded = {
        home for needed in one.file.elf.needed for home in by_library.get((needed, version), ()) if _telling(version)
    }
    homes += loaded if len(loaded) == 1 and _telling(version) and sure >= ENOUGH else ()
    home = next((home for home in homes if home.name != one.name), None)
    return msgspec.structs.replace(one, name=home.name, listed=home.listed) if home else one


def families(one: Bearer) -> set[str]:
    """What the names of a project's other programs may begin with, or their folder be called."""
    return {*beginnings(one.name), names.folder(one.file.path)} - {""}


@lru_cache(4096)
def beginnings(name: str) -> tuple[str, ...]:
    """``git-remote-http`` → ``git-remote``, ``git``."""
    marks = [found.start() for found in _MARKS.finditer(name)]
    triplet = _TRIPLET.match(name) if marks else None
    least = max(_SHORTEST, triplet.end() + 1 if triplet else 0)
    return tuple(name[:end] for end in reversed(marks) if end >= least)


def _together(held: Sequence[Bearer]) -> list[Bearer]:
    """Tools of one release that no component here is the home of, under the name that they share."""
    shared: dict[tuple[str, str], set[str]] = defaultdict(set)
    beside: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in _homeless(held):
        for name in beginnings(one.name):
            shared[name, one.best[0]].add(one.name)
        if folder := names.folder(one.file.path):
            beside[folder, one.best[0]].add(one.name)
    joint = {
        key
        for key, tools in shared.items()
        if len(tools) >= (_TOOLS if _telling(key[1]) else FAMILY) and not names.is_host(key[0])
    }
    joint |= {key for key, tools in beside.items() if len(tools) >= (_SIBLINGS if _telling(key[1]) else FAMILY)}
    return [_joint(one, joint) for one in held]


def _homeless(held: Iterable[Bearer]) -> Iterator[Bearer]:
    return (one for one in held if not one.listed and not one.declares and one.file.elf and _says(one))


def _says(one: Bearer) -> bool:
    """Does the file tell a number that is more than its interface's first?"""
    version, _ = one.best
    texts = any(seen.version == version and seen.ground is not Ground.NAME for seen in one.evidence)
    return bool(version) and (texts or not version.endswith(_FIRST_INTERFACE))


def _joint(one: Bearer, joint: set[tuple[str, str]]) -> Bearer:
    if one.listed or one.declares or not one.file.elf or not joint or not _says(one):
        return one
    version = one.best[0]
    called = (names.folder(one.file.path), *reversed(beginnings(one.name)))
    name = next((name for name in called if (name, version) in joint), "")
    return msgspec.structs.replace(one, name=name) if name else one
