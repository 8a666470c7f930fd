"""Whose each file is, told from the file itself and, of metadata, from the library that it lies beside."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from firmbom_elf import names
from firmbom_elf.catalogue.entry import Entry
from firmbom_elf.catalogue.load import catalogue, misled
from firmbom_elf.deciding import projects
from firmbom_elf.deciding.bearer import ENOUGH, Bearer
from firmbom_elf.facts import Examined, Rule, Sighting
from firmbom_elf.grounds import Ground

_SPARE = 0.85
"""What general rules say of a file that the catalogue knows counts less."""
_STRANGE = 0.55
"""The same in a program of another name: a tool beside the main program may have a version of its own."""
_NUMBER, _RELEASE, _BUILD = Rule.NUMBER, Ground.RELEASE, Ground.BUILD  # looked up once: in Python 3.11 that is slow
_BUILT = {Rule.SOURCE, Rule.SIMILAR}
"""What tells which sources or which known file the code is of, whatever it is called."""


def bearers(files: Sequence[Examined]) -> list[Bearer]:
    """Who owns each file, told from the file alone; a file of which nothing is known is nobody's."""
    held = _whole([bearer for file in files if (bearer := _bearer(file))])
    return held + _beside(files, held)


def _whole(held: Sequence[Bearer]) -> list[Bearer]:
    """Modules of Perl with those inside them that are here too: ``Encode-JP`` is a part of ``Encode``."""
    perl = (one for one in held if "/auto/" in one.file.path)
    modules = {one.name for one in perl if names.perl_module(one.file.path) == one.name}
    return [_of_module(one, modules) for one in held] if modules else [*held]


def _of_module(one: Bearer, modules: set[str]) -> Bearer:
    above = [name for name in projects.beginnings(one.name) if name in modules] if one.name in modules else []
    return msgspec.structs.replace(one, name=above[-1], evidence=()) if above else one


def _beside(files: Sequence[Examined], held: Sequence[Bearer]) -> list[Bearer]:
    """pkg-config's files, as evidence about the library of that name that is there."""
    told = [
        (file, seen) for file in files if file.elf is None for seen in file.sightings if seen.own and not seen.listed
    ]
    if not told:
        return []
    libraries = {one.file.path.rpartition("/")[2].partition(".so")[0]: one for one in held if one.file.elf}
    libraries |= {names.stem(one.file.path, ""): one for one in held if one.file.elf}
    found: dict[tuple[str, str], Bearer] = {}
    for file, seen in told:
        library = libraries.get(seen.name)
        if library and _at_home(library.file, file) and not _misleads(library.name, seen):
            found[file.path, library.name] = Bearer(
                file=file, name=library.name, listed=library.listed, named=seen, evidence=(seen,), belonging=0.8
            )
    return list(found.values())


def _at_home(library: Examined, metadata: Examined) -> bool:
    """Does a library lie where pkg-config's file says, or in no folder of somebody else?"""
    folder = metadata.place.rpartition("/")[0].rpartition("/")[0]
    private = names.folder(library.path) or names.extends_python(library.path)
    return library.place.rpartition("/")[0] == folder or not private


def _bearer(file: Examined) -> Bearer | None:
    read = _by_texts(file)
    known = [seen for seen in file.sightings if seen.rule in _BUILT and seen.own]
    if not known:
        return read
    first = known[0]
    if read is None or not read.listed:
        own = tuple(seen for seen in read.evidence if seen.own) if read else ()
        listed = first.name in catalogue().entries
        return Bearer(
            file=file, name=first.name, listed=listed, named=first, evidence=(*known, *own), belonging=first.confidence
        )
    silent = not any(seen.confidence >= ENOUGH for seen in read.evidence if seen.version)
    also = tuple(seen for seen in known if silent or names.akin(seen.name, read.name))
    return msgspec.structs.replace(read, evidence=(*read.evidence, *also))


def _by_texts(file: Examined) -> Bearer | None:
    """By what the file's names and texts say."""
    listed, general = _parted(file)
    own = [seen for seen in general if seen.own]
    if listed:
        name, found = listed.popitem() if len(listed) == 1 else max(listed.items(), key=_by_weight)
        told = [seen for seen in found if seen.version]
        sure = max([seen.confidence for seen in told], default=0)
        spare = [seen for seen in own if seen.version]
        if spare and sure >= ENOUGH:
            same = {seen.version for seen in told}
            spare = [seen for seen in spare if seen.version in same or _completes(seen, same)]
        if spare:
            spare = _spared(file, name, spare)
        return Bearer(
            file=file,
            name=name,
            listed=True,
            named=next((seen for seen in found if not seen.version), found[0]),
            evidence=(*told, *spare),
            belonging=max(0.8, sure),
        )
    if inner := _program(file):
        return inner
    named = next((seen for seen in own if not seen.version), None)
    if not named:
        return None
    return Bearer(file=file, name=named.name, listed=False, named=named, evidence=tuple(general))


def _parted(file: Examined) -> tuple[dict[str, list[Sighting]], list[Sighting]]:
    """What rules of the catalogue see the file to be, by name, and what general rules see."""
    copied: set[int] = set()
    listed: dict[str, list[Sighting]] = {}
    general: list[Sighting] = []
    for seen in file.sightings:
        if not seen.listed:
            if seen.rule not in _BUILT:
                general.append(seen)
        elif seen.own:
            listed.setdefault(seen.name, []).append(seen)
        elif seen.inside and seen.offset >= 0:
            copied.add(seen.offset)
    if copied:
        general = [seen for seen in general if seen.offset not in copied or seen.rule is _NUMBER]
    return listed, general


def _spared(file: Examined, name: str, own: Sequence[Sighting]) -> list[Sighting]:
    """What general rules say of a file that the catalogue knows, as far as it counts."""
    if file.elf and names.plugin(file.path, file.elf):
        return []
    akin = names.akin(name, names.stem(file.path, ""))
    tool = bool(file.elf and not file.elf.soname) and not akin
    factor = _STRANGE if tool else _SPARE
    entry = catalogue().entries.get(name)
    return [
        scaled(seen, _SPARE if _built(seen, name) else factor)
        for seen in own
        if (akin or seen.ground is not _RELEASE) and not (entry and misled(entry, seen.text))
    ]


def _built(seen: Sighting, name: str) -> bool:
    """Does the path of the sources name the component, whatever the program is called?"""
    return seen.ground is _BUILD and f"/{name}-{seen.version}" in seen.text


def _completes(seen: Sighting, told: set[str]) -> bool:
    """Does the path of the sources name a release of the series that a rule read: jq-1.7.1, which says 1.7?"""
    return seen.ground is _BUILD and any(seen.version.startswith(f"{version}.") for version in told)


def _misleads(name: str, seen: Sighting) -> bool:
    """Does the catalogue say that what was read there is no version of the component?"""
    entry = catalogue().entries.get(name)
    return entry is not None and misled(entry, seen.text)


def _program(file: Examined) -> Bearer | None:
    """A program that holds one application's own string is that application's: nobody links those without libraries."""
    if not file.elf or file.elf.kind != "executable":
        return None
    entries = catalogue().entries
    inside = [seen for seen in file.sightings if seen.listed and seen.inside and seen.version]
    named = {seen.name for seen in inside if seen.name in entries and _application(entries[seen.name])}
    if len(named) != 1:
        return None
    found = tuple(msgspec.structs.replace(seen, own=True) for seen in inside if seen.name in named)
    return Bearer(file=file, name=found[0].name, listed=True, named=found[0], evidence=found, belonging=0.7)


def _application(entry: Entry) -> bool:
    return entry.type == "application" and not entry.sonames


def _by_weight(named: tuple[str, Sequence[Sighting]]) -> tuple[float, float]:
    _, found = named
    sure = max((seen.confidence for seen in found if seen.version), default=0.0)
    return sum(seen.confidence for seen in found if not seen.version) + sure, sure


def scaled(seen: Sighting, factor: float) -> Sighting:
    """The sighting with that part of its confidence."""
    return seen if factor == 1 else msgspec.structs.replace(seen, confidence=round(seen.confidence * factor, 3))
