"""Whose each file is and of which version, when all files are looked at together."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from operator import is_

import msgspec

from firmbom_elf import names
from firmbom_elf.catalogue.entry import Entry
from firmbom_elf.catalogue.load import catalogue, misled
from firmbom_elf.deciding import namesakes, projects
from firmbom_elf.deciding.bearer import ENOUGH, SURE, Bearer, clear
from firmbom_elf.deciding.stating import stated
from firmbom_elf.facts import Examined, Rule, Sighting
from firmbom_elf.grounds import STATED, Ground

_SPARE = 0.85
"""What general rules say of a file that the catalogue knows counts less."""
_STRANGE = 0.55
"""The same in a program of another name: a tool beside the main program may have a version of its own."""
_HINT = 0.3
"""What names tell with less than this is only support."""
_NAMES = {Rule.FILE, Rule.SYMBOL}
_BUILT = {Rule.SOURCE, Rule.SIMILAR}
"""What tells which sources or which known file the code is of, whatever it is called."""
_HEARD = 0.15
"""A bare number of less than this is no evidence that others could add to."""
_TOLD = 0.25
"""A number like 5.4 of less than this has nothing that tells of it."""
_SHARED = 3
"""Files that hold the same bare number and nothing better: each makes the others surer."""


def bearers(files: Sequence[Examined]) -> list[Bearer]:
    """Who owns each file, told from the file alone; a file of which nothing is known is nobody's."""
    held = _whole([bearer for file in files if (bearer := _bearer(file))])
    return held + _beside(files, held)


def _whole(held: Sequence[Bearer]) -> list[Bearer]:
    """Modules of Perl with those inside them that are here too: ``Encode-JP`` is a part of ``Encode``."""
    modules = {one.name for one in held if names.perl_module(one.file.path) == one.name}
    return [_of_module(one, modules) for one in held]


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
    known = tuple(seen for seen in file.sightings if seen.own and seen.rule in _BUILT)
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
    listed: dict[str, list[Sighting]] = defaultdict(list)
    copied = {seen.offset for seen in file.sightings if seen.listed and seen.inside and not seen.own} - {-1}
    general = [
        seen
        for seen in file.sightings
        if not seen.listed and seen.rule not in _BUILT and (seen.offset not in copied or seen.rule is Rule.NUMBER)
    ]
    for seen in file.sightings:
        if seen.listed and seen.own:
            listed[seen.name].append(seen)
    own = [seen for seen in general if seen.own]
    if listed:
        name, found = max(listed.items(), key=lambda pair: _weight(pair[1]))
        told = [seen for seen in found if seen.version]
        sure = max((seen.confidence for seen in told), default=0)
        same = {seen.version for seen in told}
        spare = [
            seen for seen in own if seen.version and (sure < ENOUGH or seen.version in same or _completes(seen, same))
        ]
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


def _spared(file: Examined, name: str, own: Sequence[Sighting]) -> list[Sighting]:
    """What general rules say of a file that the catalogue knows, as far as it counts."""
    if file.elf and names.plugin(file.path, file.elf):
        return []
    akin = names.akin(name, names.stem(file.path, ""))
    tool = bool(file.elf and not file.elf.soname) and not akin
    factor = _STRANGE if tool else _SPARE
    return [
        _scaled(seen, _SPARE if _built(seen, name) else factor)
        for seen in own
        if (akin or seen.ground is not Ground.RELEASE) and not _misleads(name, seen)
    ]


def _built(seen: Sighting, name: str) -> bool:
    """Does the path of the sources name the component, whatever the program is called?"""
    return seen.ground is Ground.BUILD and f"/{name}-{seen.version}" in seen.text


def _completes(seen: Sighting, told: set[str]) -> bool:
    """Does the path of the sources name a release of the series that a rule read: jq-1.7.1, which says 1.7?"""
    return seen.ground is Ground.BUILD and any(seen.version.startswith(f"{version}.") for version in told)


def _misleads(name: str, seen: Sighting) -> bool:
    """Does the catalogue say that what was read there is no version of the component?"""
    entry = catalogue().entries.get(name)
    return entry is not None and misled(entry, seen.text)


def _program(file: Examined) -> Bearer | None:
    """A program that holds one application's own string is that application's: nobody links those without libraries."""
    entries = catalogue().entries
    inside = [seen for seen in file.sightings if seen.listed and seen.inside and seen.version]
    named = {seen.name for seen in inside if seen.name in entries and _application(entries[seen.name])}
    if len(named) != 1 or not file.elf or file.elf.kind != "executable":
        return None
    found = tuple(msgspec.structs.replace(seen, own=True) for seen in inside if seen.name in named)
    return Bearer(file=file, name=found[0].name, listed=True, named=found[0], evidence=found, belonging=0.7)


def _application(entry: Entry) -> bool:
    return entry.type == "application" and not entry.sonames


def _weight(found: Sequence[Sighting]) -> tuple[float, float]:
    sure = max((seen.confidence for seen in found if seen.version), default=0.0)
    return sum(seen.confidence for seen in found if not seen.version) + sure, sure


def decided(held: Sequence[Bearer], share: float = STATED) -> Mapping[tuple[str, str], list[Bearer]]:
    """(name, version) → its files; with the versions alone whose grounds were right for at least that share."""
    cleaned = _joined(_renamed(_without_foreign(held)))
    releases = {
        (projects.Home(*key), version): files
        for key, members in _grouped(cleaned).items()
        for version, files in _split(members).items()
        if version
    }
    cleaned = projects.gathered(cleaned, releases)
    found: dict[tuple[str, str], list[Bearer]] = {}
    for (name, listed), members in sorted(_grouped(cleaned).items()):
        for version, files in stated(_split(members), listed=listed, share=share).items():
            found.setdefault((name, version), []).extend(files)
    return namesakes.together(projects.sheltered(found))


def _grouped(held: Iterable[Bearer]) -> dict[tuple[str, bool], list[Bearer]]:
    groups: dict[tuple[str, bool], list[Bearer]] = defaultdict(list)
    for one in held:
        groups[one.name, one.listed].append(one)
    return groups


def _without_foreign(held: Sequence[Bearer]) -> list[Bearer]:
    """Doubt bare numbers that are the version of a library which the file loads, by its header, or holds.

    What stays and stands alone in several files makes each of them surer.
    """
    groups = _grouped(held)
    versions = {key: {version for version in _split(members) if version} for key, members in groups.items()}
    listed: dict[str, set[str]] = defaultdict(set)
    for (name, known), numbers in versions.items():
        for version in numbers if known else ():
            listed[version].add(name)
    sonames: dict[str, str] = {}
    released: dict[str, set[str]] = defaultdict(set)
    for (name, known), members in groups.items():
        released[name] |= versions[name, known]
        sonames.update((one.file.elf.soname, name) for one in members if one.file.elf and one.file.elf.soname)
    kept = []
    for one in held:
        if not any(seen.rule is Rule.NUMBER for seen in one.evidence):
            kept.append(one)
            continue
        loaded = {sonames[needed] for needed in (one.file.elf.needed if one.file.elf else ()) if needed in sonames}
        headers = {number for name in loaded - {one.name} for number in released[name]}
        copies = {seen.version for seen in one.file.sightings if seen.inside and seen.name != one.name}
        kept.append(_kept(one, headers | copies, listed))
    return _shared(kept)


def _kept(one: Bearer, headers: set[str], listed: Mapping[str, set[str]]) -> Bearer:
    told = {seen.version for seen in one.evidence if seen.rule is not Rule.NUMBER and seen.own}
    evidence = []
    for seen in one.evidence:
        version = seen.version
        factor = 1.0
        if seen.rule is Rule.NUMBER and version not in told:
            alone = seen.confidence >= SURE or one.name in listed.get(version, {one.name})
            factor = 0.1 if version in headers else 1.0 if alone else 0.6
        evidence.append(_scaled(seen, factor))
    return _with(one, tuple(evidence))


def _with(one: Bearer, evidence: tuple[Sighting, ...]) -> Bearer:
    """The file with that evidence; the same object where it is what it has, about which much is known already."""
    same = len(evidence) == len(one.evidence) and all(map(is_, evidence, one.evidence))
    return one if same else msgspec.structs.replace(one, evidence=evidence)


def _scaled(seen: Sighting, factor: float) -> Sighting:
    return seen if factor == 1 else msgspec.structs.replace(seen, confidence=round(seen.confidence * factor, 3))


def _shared(held: Sequence[Bearer]) -> list[Bearer]:
    """Make bare numbers surer that several files hold."""
    times: Counter[str] = Counter()
    family: Counter[tuple[str, str]] = Counter()
    heard = [
        {seen.version for seen in one.evidence if seen.rule is Rule.NUMBER and seen.confidence >= _HEARD}
        for one in held
    ]
    for one, versions in zip(held, heard, strict=True):
        if versions:
            times.update(seen for seen in versions if _counts(seen, one))
            family.update((name, seen) for name in projects.families(one) for seen in versions)
    large = {key for key, files in family.items() if files >= projects.FAMILY}
    return [_all_surer(one, times, large) if versions else one for one, versions in zip(held, heard, strict=True)]


def _counts(version: str, one: Bearer) -> bool:
    """Is a bare number one that others may make surer? One like 5.4 of which nothing tells is in many by chance."""
    return version.count(".") > 1 or any(
        seen.version == version and seen.rule is Rule.NUMBER and seen.confidence >= _TOLD for seen in one.evidence
    )


def _all_surer(one: Bearer, times: Mapping[str, int], large: set[tuple[str, str]]) -> Bearer:
    def shared(seen: Sighting) -> bool:
        if seen.rule is not Rule.NUMBER or seen.confidence < _HEARD:
            return False
        several = times[seen.version] >= _SHARED and _counts(seen.version, one)
        return several or any((name, seen.version) in large for name in projects.families(one))

    surer = {seen for seen in one.evidence if shared(seen)}
    if not surer:
        return one
    evidence = tuple(
        msgspec.structs.replace(seen, confidence=round(1 - (1 - seen.confidence) * 0.6, 3)) if seen in surer else seen
        for seen in one.evidence
    )
    return _with(one, evidence)


def _renamed(held: Sequence[Bearer]) -> list[Bearer]:
    """Files that carry another project's package string, and nothing of their own, are that project's."""
    libraries = {
        names.plain(names.stem("", one.file.elf.soname)) for one in held if one.file.elf and one.file.elf.soname
    }
    holders: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in held:
        for name, version in {(seen.name, seen.version) for seen in one.evidence if not seen.own and seen.version}:
            holders[name, version].add(one.file.path.rpartition("/")[2])
    times = defaultdict(int, {key: len(files) for key, files in holders.items()})
    return [_adopted(one, libraries, times) for one in held]


def _adopted(one: Bearer, libraries: set[str], times: Mapping[tuple[str, str], int]) -> Bearer:
    own = tuple(seen for seen in one.evidence if seen.own)
    others = [seen for seen in one.evidence if not seen.own and seen.version]
    kept = _with(one, own)
    if one.listed or not others or kept.best[1] >= SURE:
        return kept
    needed = {names.plain(names.stem("", library)) for library in (one.file.elf.needed if one.file.elf else ())}
    held = {names.plain(seen.name) for seen in one.file.sightings if seen.inside}
    fits = [
        seen
        for seen in others
        if names.plain(seen.name) not in needed | libraries | held
        and (times[seen.name, seen.version] > _least(seen.version) or kept.best[0] == seen.version)
    ]
    if not fits:
        return kept
    best = max(fits, key=lambda seen: (times[seen.name, seen.version], seen.confidence))
    sure = 0.55 if times[best.name, best.version] < 3 else 0.7
    best = msgspec.structs.replace(best, own=True, confidence=sure)
    return msgspec.structs.replace(kept, name=best.name, named=best, evidence=(best, *own), belonging=sure)


def _least(version: str) -> int:
    """More files than this must hold a package string, for it to be more than a text: ``Surround 5.1``."""
    return 1 if version.count(".") > 1 else 3


def _joined(held: Sequence[Bearer]) -> list[Bearer]:
    """Plugins belong to whom their folder names, whatever they number themselves by.

    So does what only has the name of a component that the catalogue knows otherwise; in no such folder, it is that, if
    that is here.
    """
    by_name: dict[str, Bearer] = {}
    for one in sorted(held, key=lambda one: (not one.listed, -one.best[1], one.name)):
        if one.listed or not _plugin(one):
            by_name.setdefault(names.plain(one.name), one)
    for one in held:
        if name := projects.program(one):
            by_name.setdefault(names.plain(name), one)
    listed = {one.name: one for one in held if one.listed}
    return [_homed(one, by_name, listed) for one in held]


def _homed(one: Bearer, by_name: Mapping[str, Bearer], listed: Mapping[str, Bearer]) -> Bearer:
    namesake = listed.get(one.name)
    if one.listed or not (one.name in catalogue().entries or _plugin(one)) or one.declares:
        return one
    home = by_name.get(names.plain(names.folder(one.file.path))) or namesake
    if not home or (home.name, home.listed) == (one.name, one.listed):
        return one
    return msgspec.structs.replace(one, name=home.name, listed=home.listed, evidence=(), belonging=0.5)


def _plugin(one: Bearer) -> bool:
    return bool(one.file.elf and names.plugin(one.file.path, one.file.elf))


def _split(members: Sequence[Bearer]) -> dict[str, list[Bearer]]:
    """Version → files. Files that are sure of different versions are of different versions; the others follow.

    What is only like a known file does not: another release of it is.
    """
    sure: dict[str, list[Bearer]] = defaultdict(list)
    unsure: list[Bearer] = []
    for one in members:
        version, confidence = one.best
        (sure[version] if version and confidence >= SURE else unsure).append(one)
    if not sure:
        return {_vote(unsure): unsure} if unsure else {}
    main = max(sure, key=lambda version: (len(sure[version]), version))
    for one in unsure:
        version, _ = one.best
        sure[version if version in sure else "" if one.alike else main].append(one)
    return dict(sure)


def _vote(members: Sequence[Bearer]) -> str:
    """The version that unsure files agree on; empty if they do not.

    Copies of one file say it once. What names say is one and the same evidence in all files of a component: an
    interface's number, mostly.
    """
    doubt: dict[str, float] = {}
    hinted: dict[str, float] = {}
    for one in {(one.file.path.rpartition("/")[2], one.evidence): one for one in members}.values():
        hints = tuple(seen for seen in one.evidence if seen.rule in _NAMES and seen.confidence < _HINT)
        told = tuple(seen for seen in one.evidence if seen not in hints)
        for version, confidence in msgspec.structs.replace(one, evidence=told).sureness.items():
            doubt[version] = doubt.get(version, 1.0) * (1 - confidence)
        for seen in hints:
            hinted[seen.version] = max(hinted.get(seen.version, 0.0), seen.confidence)
    for version, confidence in hinted.items():
        doubt[version] = doubt.get(version, 1.0) * (1 - confidence)
    version, confidence = clear({version: 1 - rest for version, rest in doubt.items()})
    return version if confidence >= ENOUGH else ""
