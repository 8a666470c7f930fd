"""Debug files (``.gnu_debuglink``, build-id folders) beside what they were cut from, and what their sources tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from firmbom_elf import names
from firmbom_elf.catalogue.load import catalogue
from firmbom_elf.debug import sources
from firmbom_elf.facts import Examined, Rule, Sighting
from firmbom_elf.strings.quoted import quoted

_MOST = 50
"""Components that the sources of one file are told as."""
_OWN = 0.5
"""A component with more than this part of a library's sources is what the library is."""
_COMPILERS = frozenset({"gcc", "gcc-runtime", "gcc-source", "libgcc", "llvm", "compiler-rt"})
_LIBCS = frozenset({"glibc", "eglibc", "musl", "uclibc", "uclibc-ng", "newlib"})


def joined(files: Sequence[Examined]) -> list[Examined]:
    """The files without those that only hold others' debug information, which goes to the files it belongs to.

    A debug file has the build-id of the file it was cut from, or stands under the name that this one links to beside
    it, in ``.debug`` there, or at its path below a folder for debug files (GDB manual, "Debugging Information in
    Separate Files").
    """
    elves = {file.place: file for file in files if file.elf}
    called = {place.rpartition("/")[2] for place in elves}
    linked = {
        place: there
        for place, file in elves.items()
        if file.elf
        and file.elf.debug_link.rpartition("/")[2] in called
        and (there := _linked(file, file.elf.debug_link, elves))
    }
    debug = {place for place, file in elves.items() if _is_debug(file.path)} | set(linked.values())
    if not debug:
        return list(files)
    by_id: dict[str, Examined] = {}
    for place in sorted(debug):
        if (elf := elves[place].elf) and elf.build_id:
            by_id.setdefault(elf.build_id, elves[place])
    return [
        _with_debug(file, by_id, elves.get(linked.get(file.place, ""))) for file in files if file.place not in debug
    ]


def _linked(file: Examined, name: str, elves: Mapping[str, Examined]) -> str:
    """The place of the debug file that ``file`` links to; empty if there is none."""
    folder, _, own = file.place.rpartition("/")
    container, inside, path = folder.rpartition("!/")
    above = container + inside
    beside = f"{folder}/" if folder else ""
    named = [f"{beside}{name}", f"{beside}.debug/{name}", f"{above}usr/lib/debug/{path}/{name}"]
    return next((one for one in named if one in elves and one != f"{beside}{own}"), "")


def with_origins(file: Examined, rules: Sequence[sources.PathRule]) -> Examined:
    """The file with a sighting of each component that its sources come from."""
    if not file.sources:
        return file
    return msgspec.structs.replace(file, sightings=(*file.sightings, *_origins(file, rules)))


def _is_debug(path: str) -> bool:
    return "debug" in path and (path.endswith(".debug") or "/.debug/" in f"/{path}" or "/lib/debug/" in f"/{path}")


def _with_debug(file: Examined, by_id: Mapping[str, Examined], linked: Examined | None) -> Examined:
    if file.elf is None or file.sources:
        return file
    found = by_id.get(file.elf.build_id) or linked
    if found is None:
        return file
    return msgspec.structs.replace(file, sources=found.sources, producers=found.producers)


def _origins(file: Examined, rules: Sequence[sources.PathRule]) -> Iterator[Sighting]:
    found = sources.origins(file.sources, rules)[:_MOST]
    own = _own(file, found, rules)
    for one in found:
        if (one is not own and _runtime(one.name, file)) or _of_its_kernel(one.name, file):
            continue
        yield Sighting(
            name=_known_as(one),
            version=one.version,
            purl=one.purl or "",
            rule=Rule.SOURCE,
            confidence=0.9 if one.purl else 0.8,
            listed=False,
            own=one is own,
            inside=True,
            text=quoted(one.example, one.version) + (f" and {one.files - 1} more" if one.files > 1 else ""),
        )


def _own(file: Examined, found: Sequence[sources.Origin], rules: Sequence[sources.PathRule]) -> sources.Origin | None:
    """The component that the file itself is: it is called so, its own source stands first, or most are."""
    stem = names.stem(file.path, file.elf.soname if file.elf else "")
    called = next((one for one in found if names.akin(one.name, stem)), None)
    if called:
        return called
    if file.elf and file.elf.kind == "executable":
        first = sources.first(file.sources, rules)
        return next((one for one in found if (one.name, one.version) == first), None)
    return next((one for one in found if one.files > _OWN * len(file.sources)), None)


def _runtime(name: str, file: Examined) -> bool:
    """Is it what compilers put into every file?"""
    return name in _COMPILERS or (name in _LIBCS and not (file.elf and file.elf.static))


def _of_its_kernel(name: str, file: Examined) -> bool:
    """Is it the kernel, under the name of a build's recipe, in a file that states its kernel itself?"""
    return name.partition("-")[0] == "linux" and any(one.name == "linux" for one in file.components)


def _known_as(one: sources.Origin) -> str:
    """The catalogue's name, where it knows the component: zlib of Buildroot's libzlib."""
    if one.purl:
        return one.name
    return next((name for name in (one.name, one.name.removeprefix("lib")) if name in catalogue().entries), one.name)
