"""A project's library and what is called after it and loads it, programs and further libraries: one component.

Names alone prove nothing (librsync is not of rsync), nor does loading (many programs load libcurl). Of 697 files in
2,000 sources of Debian that load a library and are called as it is, or so up to a mark, 688 were of its project.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

import msgspec

from firmbom_elf import names
from firmbom_elf.deciding import projects
from firmbom_elf.deciding.bearer import Bearer

Key = tuple[str, str]
"""Name and version; the version is empty where none is stated."""
Components = Mapping[Key, list[Bearer]]
"""The files of each component."""


def together(found: Components) -> Components:
    """The same files: libraries with the programs that are called like them, then other files with libraries."""
    found = _with_programs(found)
    for kind in ("library", "executable"):
        found = _with_libraries(found, kind)
    return found


def _with_programs(found: Components) -> Components:
    """Libraries that the catalogue does not know are their programs', of which more is known than the names.

    Where both have a version it is the same: gphoto2 2.5.28 and the libgphoto2 2.5.30 that it loads are two.
    """
    users: dict[str, set[Key]] = defaultdict(set)
    for key, files in found.items():
        if files[0].listed or key[1]:
            for soname in {needed for one in files if one.kind == "executable" for needed in _needed(one)}:
                if _is_called(soname, (key[0],)):
                    users[soname].add(key)

    def home(key: Key, one: Bearer) -> Key:
        fits = {user for user in users.get(_soname(one), ()) if key[1] in {"", user[1]}}
        return fits.pop() if len(fits) == 1 and not one.listed else key

    return _regrouped(found, home)


def _with_libraries(found: Components, kind: str) -> Components:
    """Files of that kind of which no more is known than their names are the libraries' that they load."""
    owners: dict[str, set[Key]] = defaultdict(set)
    for key, files in found.items():
        for soname in filter(None, map(_soname, files)):
            owners[soname].add(key)

    def home(key: Key, one: Bearer) -> Key:
        if one.listed or key[1] or one.kind != kind:
            return key
        called = (one.name, *projects.beginnings(one.name))
        fits = {owner for soname in _needed(one) if _is_called(soname, called) for owner in owners.get(soname, ())}
        return fits.pop() if len(fits) == 1 else key

    return _regrouped(found, home)


def _regrouped(found: Components, home: Callable[[Key, Bearer], Key]) -> Components:
    kept: dict[Key, list[Bearer]] = defaultdict(list)
    for key, files in found.items():
        for one in files:
            goal = home(key, one)
            listed = found[goal][0].listed
            kept[goal].append(one if goal == key else msgspec.structs.replace(one, name=goal[0], listed=listed))
    return dict(sorted(kept.items()))


def _is_called(soname: str, called: Iterable[str]) -> bool:
    return names.plain(names.stem("", soname)) in map(names.plain, called)


def _needed(one: Bearer) -> tuple[str, ...]:
    return one.file.elf.needed if one.file.elf else ()


def _soname(one: Bearer) -> str:
    return one.file.elf.soname if one.file.elf else ""
