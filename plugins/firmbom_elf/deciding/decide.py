"""Which component and which version each file is of, when all files are looked at together."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from operator import attrgetter, is_

import msgspec

from firmbom_elf import names
from firmbom_elf.catalogue.load import catalogue
from firmbom_elf.deciding import namesakes, projects
from firmbom_elf.deciding.bearer import ENOUGH, SURE, Bearer, clear, sureness
from firmbom_elf.deciding.owning import scaled
from firmbom_elf.deciding.stating import stated
from firmbom_elf.facts import Rule, Sighting
from firmbom_elf.grounds import STATED

_RULE = attrgetter("rule")
_NUMBER = Rule.NUMBER  # looked up once, for in Python 3.11 that is slow
_HINT = 0.3
"""What names tell with less than this is only support."""
_NAMES = {Rule.FILE, Rule.SYMBOL}
_HEARD = 0.15
"""A bare number of less than this is no evidence that others could add to."""
_TOLD = 0.25
"""A number like 5.4 of less than this has nothing that tells of it."""
_SHARED = 3
"""Files that hold the same bare number and nothing better: each makes the others surer."""


_Split = Mapping[str, list[Bearer]]
"""Version → files."""


def decided(held: Sequence[Bearer], share: float = STATED) -> Mapping[tuple[str, str], list[Bearer]]:
    """(name, version) → its files; with the versions alone whose grounds were right for at least that share."""
    split = cache(_split)  # most groups stay as they are, whatever is found of others
    cleaned = _joined(_renamed(_without_foreign(held, split)))
    releases = {
        (projects.Home(*key), version): files
        for key, members in _grouped(cleaned).items()
        for version, files in split(members).items()
        if version
    }
    cleaned = projects.gathered(cleaned, releases)
    found: dict[tuple[str, str], list[Bearer]] = {}
    for (name, listed), members in sorted(_grouped(cleaned).items()):
        for version, files in stated(split(members), listed=listed, share=share).items():
            found.setdefault((name, version), []).extend(files)
    return namesakes.together(projects.sheltered(found))


def _grouped(held: Iterable[Bearer]) -> dict[tuple[str, bool], tuple[Bearer, ...]]:
    groups: dict[tuple[str, bool], list[Bearer]] = defaultdict(list)
    for one in held:
        groups[one.name, one.listed].append(one)
    return {key: tuple(members) for key, members in groups.items()}


def _without_foreign(held: Sequence[Bearer], split: Callable[[tuple[Bearer, ...]], _Split]) -> list[Bearer]:
    """Doubt bare numbers that are the version of a library which the file loads, by its header, or holds.

    What stays and stands alone in several files makes each of them surer.
    """
    groups = _grouped(held)
    versions = {key: {version for version in split(members) if version} for key, members in groups.items()}
    listed: dict[str, set[str]] = defaultdict(set)
    for (name, known), numbers in versions.items():
        for version in numbers if known else ():
            listed[version].add(name)
    sonames: dict[str, str] = {}
    released: dict[str, set[str]] = defaultdict(set)
    for (name, known), members in groups.items():
        released[name] |= versions[name, known]
        sonames.update({soname: name for one in members if (soname := one.soname)})
    kept = []
    for one in held:
        if _NUMBER not in map(_RULE, one.evidence):
            kept.append(one)
            continue
        loaded = {sonames[needed] for needed in one.needed if needed in sonames}
        headers = {number for name in loaded - {one.name} for number in released[name]}
        copies = {seen.version for seen in one.file.sightings if seen.inside and seen.name != one.name}
        kept.append(_kept(one, headers | copies, listed))
    return _shared(kept)


def _kept(one: Bearer, headers: set[str], listed: Mapping[str, set[str]]) -> Bearer:
    told = {seen.version for seen in one.evidence if seen.rule is not _NUMBER and seen.own}
    evidence = []
    for seen in one.evidence:
        version = seen.version
        factor = 1.0
        if seen.rule is _NUMBER and version not in told:
            alone = seen.confidence >= SURE or one.name in listed.get(version, {one.name})
            factor = 0.1 if version in headers else 1.0 if alone else 0.6
        evidence.append(scaled(seen, factor))
    return _with(one, tuple(evidence))


def _with(one: Bearer, evidence: tuple[Sighting, ...]) -> Bearer:
    """The file with that evidence; the same object where it is what it has, about which much is known already."""
    same = len(evidence) == len(one.evidence) and all(map(is_, evidence, one.evidence))
    return one if same else msgspec.structs.replace(one, evidence=evidence)


def _shared(held: Sequence[Bearer]) -> list[Bearer]:
    """Make bare numbers surer that several files hold."""
    heard = [
        (one, {seen.version for seen in one.evidence if seen.rule is _NUMBER and seen.confidence >= _HEARD})
        for one in held
    ]
    times = Counter(seen for one, versions in heard for seen in versions if _counts(seen, one))
    family = Counter(
        (name, seen) for one, versions in heard if versions for name in projects.families(one) for seen in versions
    )
    large = {key for key, files in family.items() if files >= projects.FAMILY}
    return [_all_surer(one, times, large) if versions else one for one, versions in heard]


def _counts(version: str, one: Bearer) -> bool:
    """Is a bare number one that others may make surer? One like 5.4 of which nothing tells is in many by chance."""
    return version.count(".") > 1 or any(
        seen.version == version and seen.rule is _NUMBER and seen.confidence >= _TOLD for seen in one.evidence
    )


def _all_surer(one: Bearer, times: Mapping[str, int], large: set[tuple[str, str]]) -> Bearer:
    def shared(seen: Sighting) -> bool:
        if seen.rule is not _NUMBER or seen.confidence < _HEARD:
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
    holders: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in held:
        for seen in one.evidence:
            if not seen.own and seen.version:
                holders[seen.name, seen.version].add(one.file.path.rpartition("/")[2])
    times = {key: len(files) for key, files in holders.items()}

    @cache
    def libraries() -> set[str]:
        return {names.plain(names.stem("", soname)) for one in held if (soname := one.soname)}

    return [_adopted(one, libraries, times) for one in held]


def _adopted(one: Bearer, libraries: Callable[[], set[str]], times: Mapping[tuple[str, str], int]) -> Bearer:
    strange = [seen for seen in one.evidence if not seen.own]
    if not strange:
        return one
    own = tuple(seen for seen in one.evidence if seen.own)
    others = [seen for seen in strange if seen.version]
    kept = _with(one, own)
    if one.listed or not others or kept.best[1] >= SURE:
        return kept
    needed = {names.plain(names.stem("", library)) for library in one.needed}
    held = {names.plain(seen.name) for seen in one.file.sightings if seen.inside}
    fits = [
        seen
        for seen in others
        if names.plain(seen.name) not in needed | libraries() | held
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
    homes = {id(one): names.plain(names.folder(one.file.path)) for one in held if _seeks_home(one)}
    if not homes:
        return [*held]
    by_name: dict[str, Bearer] = {}
    wanted = set(homes.values())
    called = [one for one in held if names.plain(one.name) in wanted and (one.listed or not _plugin(one))]
    for one in sorted(called, key=lambda one: (not one.listed, -one.best[1], one.name)):
        by_name.setdefault(names.plain(one.name), one)
    for one in held:
        if name := projects.program(one):
            by_name.setdefault(names.plain(name), one)
    listed = {one.name: one for one in held if one.listed}
    return [
        _homed(one, by_name.get(homes[id(one)]) or listed.get(one.name)) if id(one) in homes else one for one in held
    ]


def _seeks_home(one: Bearer) -> bool:
    """Is it no file of its own component?"""
    return not one.listed and (one.name in catalogue().entries or _plugin(one)) and not one.declares


def _homed(one: Bearer, home: Bearer | None) -> Bearer:
    if not home or (home.name, home.listed) == (one.name, one.listed):
        return one
    return msgspec.structs.replace(one, name=home.name, listed=home.listed, evidence=(), belonging=0.5)


def _plugin(one: Bearer) -> bool:
    return bool(one.file.elf and names.plugin(one.file.path, one.file.elf))


def _split(members: tuple[Bearer, ...]) -> _Split:
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
    for _, evidence in {(one.file.path.rpartition("/")[2], one.evidence): one for one in members if one.evidence}:
        hints = [seen for seen in evidence if seen.rule in _NAMES and seen.confidence < _HINT]
        told = tuple([seen for seen in evidence if seen not in hints]) if hints else evidence
        for version, confidence in sureness(told).items():
            doubt[version] = doubt.get(version, 1.0) * (1 - confidence)
        for seen in hints:
            hinted[seen.version] = max(hinted.get(seen.version, 0.0), seen.confidence)
    for version, confidence in hinted.items():
        doubt[version] = doubt.get(version, 1.0) * (1 - confidence)
    version, confidence = clear({version: 1 - rest for version, rest in doubt.items()})
    return version if confidence >= ENOUGH else ""
