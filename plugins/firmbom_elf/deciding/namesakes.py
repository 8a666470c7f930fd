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
    unknown = {one.soname for files in found.values() for one in files if not one.listed}
    for key, files in found.items() if unknown else ():
        if files[0].listed or key[1]:
            needed = {soname for one in files if one.kind == "executable" for soname in one.needed}
            for soname in unknown & needed:
                if _is_called(soname, (key[0],)):
                    users[soname].add(key)

    def home(key: Key, one: Bearer) -> Key:
        fits = {user for user in users.get(one.soname, ()) if key[1] in {"", user[1]}}
        return fits.pop() if len(fits) == 1 else key

    return _regrouped(found, home)


def _with_libraries(found: Components, kind: str) -> Components:
    """Files of that kind of which no more is known than their names are the libraries' that they load."""
    owners: dict[str, set[Key]] = defaultdict(set)
    for key, files in found.items():
        for one in files:
            if soname := one.soname:
                owners[soname].add(key)

    def home(key: Key, one: Bearer) -> Key:
        if key[1] or one.kind != kind:
            return key
        called = (one.name, *projects.beginnings(one.name))
        loaded = [soname for soname in one.needed if soname in owners and _is_called(soname, called)]
        fits = {owner for soname in loaded for owner in owners[soname]}
        return fits.pop() if len(fits) == 1 else key

    return _regrouped(found, home)


def _regrouped(found: Components, home: Callable[[Key, Bearer], Key]) -> Components:
    """With what the catalogue does not know at its ``home``."""
    kept: dict[Key, list[Bearer]] = defaultdict(list)
    for key, files in found.items():
        goals = [key if one.listed else home(key, one) for one in files]
        if goals.count(key) == len(files):
            kept[key] += files
            continue
        for one, goal in zip(files, goals, strict=True):
            if goal == key:
                kept[key].append(one)
            else:
                kept[goal].append(msgspec.structs.replace(one, name=goal[0], listed=found[goal][0].listed))
    return dict(sorted(kept.items()))


def _is_called(soname: str, called: Iterable[str]) -> bool:
    return names.plain(names.stem("", soname)) in map(names.plain, called)
