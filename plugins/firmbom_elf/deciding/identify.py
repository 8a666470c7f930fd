"""Which components the examined files are: one identity a component, all its files as evidence."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from operator import attrgetter

import msgspec

from firmbom.errors import printable
from firmbom.identity import parts, purl
from firmbom.model import (
    ROOT,
    Basis,
    Claim,
    Component,
    ComponentType,
    Edge,
    ExternalReference,
    Location,
    Problem,
    Purl,
    Ref,
)
from firmbom_elf.catalogue.entry import Entry
from firmbom_elf.catalogue.load import catalogue, licences
from firmbom_elf.deciding import settling
from firmbom_elf.deciding.bearer import Bearer
from firmbom_elf.deciding.decide import decided
from firmbom_elf.deciding.owning import bearers
from firmbom_elf.deciding.stating import ground
from firmbom_elf.facts import Examined, Rule, Sighting
from firmbom_elf.grounds import MEASURED, Ground
from firmbom_elf.loading.loads import Loads

_BASIS = {
    Rule.SYMBOL: Basis.VERSION_STRING,
    Rule.STRING: Basis.VERSION_STRING,
    Rule.NUMBER: Basis.VERSION_STRING,
    Rule.SOURCE: Basis.VERSION_STRING,
    Rule.SIMILAR: Basis.VERSION_STRING,
    Rule.FILE: Basis.FILE_NAME,
}
_EVIDENCE, _INSIDE = attrgetter("evidence"), attrgetter("inside")
_SOURCE = Rule.SOURCE  # looked up once, for in Python 3.11 that is slow
MOST_CLAIMS = 6
"""Of one component on one file."""
UNSTATED = 0.45
"""At most so sure is a version that was read and is not stated."""
SUREST = 0.99
"""No reading of bytes is surer, however often it was right."""


def components(files: Sequence[Examined]) -> Iterator[Component | Edge | Problem]:
    """Yield what the files are; see :func:`identified`."""
    yield from identified(files)[1]


def identified(files: Sequence[Examined]) -> tuple[list[Examined], list[Component | Edge | Problem]]:
    """What the files are.

    Every component with its own files stands alone; one whose code is inside another component's file is nested in
    that. What declares itself (a package note, a Go program) is already said and only carries what is inside it. Where
    it declares no version and the rules know it, both are one: the files come back with that as their declaration.
    """
    declared = {file.place: one for file in files if file.components and (one := _declared(file))}
    group = decided(bearers(files))
    owner: dict[str, Ref] = {}
    found: list[Component | Edge | Problem] = []
    settled: dict[str, Component] = {}
    for (name, version), members in sorted(group.items()):
        held, said = members, []
        if not declared.keys().isdisjoint([member.file.place for member in members]):
            held = [
                member
                for member in members
                if member.file.place not in declared or not _said(declared[member.file.place], name, version, member)
            ]
            said = [one for member in held if (one := declared.get(member.file.place))]
        if held:
            component = settling.named(
                _component(name, version, held), () if held[0].listed or len(said) < len(held) else said
            )
            found.append(component)
            owner.update((member.file.place, component.ref) for member in held)
            settled.update((one.claims[0].location.path, component) for one in said if settling.same(one, component))
    owner.update((place, one.ref) for place, one in declared.items() if place not in settled)
    files = [
        settling.settled(file, declared[file.place], settled[file.place])
        if file.place in settled
        else _housed(file, owner)
        for file in files
    ]
    taken = {(member.file.place, name) for (name, _), members in group.items() for member in members}
    found += _nested(_without_headers(files, group), owner, taken, set(group))
    return files, found


def _without_headers(
    files: Sequence[Examined], group: Mapping[tuple[str, str], Sequence[Bearer]]
) -> Sequence[Examined]:
    """The files without the strings that headers of libraries put there which they load, directly or not."""
    entries = catalogue().entries
    header = {name for name, _ in group if name in entries and any(rule.unless_needs for rule in entries[name].version)}
    owned = {(name, one.file.path) for (name, _), held in group.items() if name in header for one in held}
    if not owned:
        return files
    loads = Loads(files)
    return [_without_header(file, header, owned, loads) for file in files]


def _without_header(file: Examined, header: set[str], owned: set[tuple[str, str]], loads: Loads) -> Examined:
    suspects = {seen.name for seen in file.sightings if seen.name in header and _by_text(seen)}
    if not suspects:
        return file
    loaded = loads.of(file)
    foreign = {name for name in suspects if any((name, path) in owned for path in loaded)}
    kept = tuple(seen for seen in file.sightings if not _by_text(seen) or seen.name not in foreign)
    return msgspec.structs.replace(file, sightings=kept)


def _by_text(seen: Sighting) -> bool:
    """Is it code in somebody else's file that a text stands for, which a header may have put there?"""
    return seen.inside and not seen.own and seen.rule is not _SOURCE


def _declared(file: Examined) -> Component | None:
    """The component that the file says it is."""
    own = [one for one in file.components if not one.within and one.claims[0].location.path == file.place]
    return own[0] if own and not any(map(_standard, own)) else None


def _standard(one: Component) -> bool:
    """Is it Go's standard library with nothing around it, as in a library for others that has no main module?"""
    return not one.within and one.purl.startswith(f"{settling.GO}stdlib")


def _housed(file: Examined, owner: Mapping[str, Ref]) -> Examined:
    """The file, the modules of a Go library in it being inside whatever the file is."""
    if file.place not in owner or not any(map(_standard, file.components)):
        return file
    within = owner[file.place]
    inside = (one if one.within else msgspec.structs.replace(one, within=within) for one in file.components)
    return msgspec.structs.replace(file, components=tuple(inside))


def _said(declared: Component, name: str, version: str, member: Bearer) -> bool:
    """Does the file say itself what the rules found, or something better?

    What is found of the release that a package is made from is told: the merge makes it evidence about the package.
    """
    entry = catalogue().entries.get(name) if member.listed else None
    made = _versioned(entry, version) if entry else purl("generic", _plain(name), _plain(version))
    if declared.version:
        return made not in declared.upstream
    return not version


def _component(name: str, version: str, members: Sequence[Bearer]) -> Component:
    """One component with its files."""
    entry = catalogue().entries.get(name) if members[0].listed else None
    best = ground(version, members, listed=members[0].listed)
    measured = MEASURED.get(best)
    least = min(measured.share, SUREST) if measured else 0.0
    claims = tuple(chain.from_iterable(_claims(member, version, best, least) for member in members))
    stated = _stated(name, version, chain.from_iterable(map(_EVIDENCE, members)))
    if entry:
        return _under(stated, _listed(entry, version, claims))
    kinds = Counter(member.kind for member in members)
    return _under(stated, _unlisted(name, version, claims, "application" if kinds["executable"] else "library"))


def _unlisted(
    name: str, version: str, claims: tuple[Claim, ...], kind: ComponentType = "library", within: Ref = ROOT
) -> Component:
    made = purl("generic", _plain(name), _plain(version))
    return Component(purl=made, name=_plain(name), version=_plain(version), type=kind, within=within, claims=claims)


def _stated(name: str, version: str, seen: Iterable[Sighting]) -> str:
    """The purl that firmbom.toml gives the sources of that component; empty if it says nothing of them."""
    return min((one.purl for one in seen if one.purl and (one.name, one.version) == (name, version)), default="")


def _under(stated: str, component: Component) -> Component:
    return msgspec.structs.replace(component, purl=Purl(stated)) if stated else component


def _claims(member: Bearer, version: str, best: Ground, least: float) -> list[Claim]:
    """What speaks for the component in one file: its identity once, then the versions that were read.

    What the stated version rests on, ``best``, is at ``least`` as sure as such evidence was found to be.
    """
    place = member.file.place
    name = member.named
    claims = [Claim(_BASIS[name.rule], _location(place, name), round(member.belonging, 3))]
    if not member.evidence:
        return claims
    told = sorted((seen for seen in member.evidence if seen.version), key=lambda seen: -seen.confidence)
    best_of: dict[tuple[Basis, Location, str], float] = {}
    for seen in told[:MOST_CLAIMS]:
        if seen.confidence >= 0.15 or seen.version == version:
            read = _BASIS[seen.rule], _location(place, seen), _plain(seen.version)
            best_of[read] = max(best_of.get(read, 0.0), round(_sureness(seen, version, best, least), 3))
    for (basis, location, stated), sure in best_of.items():  # several rules may read the same text
        claims.append(Claim(basis, location, sure, "version", stated))
    return claims


def _sureness(seen: Sighting, version: str, best: Ground, least: float) -> float:
    if seen.version != version:
        return min(seen.confidence, UNSTATED)
    return max(seen.confidence, least) if seen.ground is best else seen.confidence


def _location(place: str, seen: Sighting) -> Location:
    section = ".debug_info" if seen.rule is _SOURCE else ""
    return Location(seen.beside or place, offset=seen.offset, symbol=section, text=printable(seen.text))


def _listed(entry: Entry, version: str, claims: tuple[Claim, ...], within: Ref = ROOT) -> Component:
    return Component(
        purl=_versioned(entry, version),
        name=entry.name,
        version=settling.go_version(version) if entry.purl.startswith(settling.GO) else version,
        type=entry.type,
        within=within,
        claims=claims,
        cpes=tuple(_cpe(name, version) for name in entry.cpe),
        licences=licences(entry.name, version),
        references=(ExternalReference("website", entry.homepage),) if entry.homepage else (),
    )


def _versioned(entry: Entry, version: str) -> Purl:
    if not entry.purl:
        return purl("generic", entry.name, version)
    said = parts(Purl(entry.purl))
    version = settling.go_version(version) if said.type == "golang" else version
    return purl(said.type, said.name, version, namespace=said.namespace or "", qualifiers=dict(said.qualifiers))


def _cpe(name: str, version: str) -> str:
    """CPE 2.3 formatted string (NISTIR 7695 section 6.2); ``*`` stands for a version that is not known."""
    part, rest = (name[0], name[2:]) if name[:2] in {"a:", "o:", "h:"} else ("a", name)
    quoted = "".join(char if char.isalnum() or char in "._-" else f"\\{char}" for char in version)
    return f"cpe:2.3:{part}:{rest}:{quoted or '*'}:*:*:*:*:*:*:*"


def _nested(
    files: Sequence[Examined], owner: Mapping[str, Ref], taken: set[tuple[str, str]], known: set[tuple[str, str]]
) -> Iterator[Component]:
    """Copies of components inside files of other components."""
    claims: dict[tuple[Ref, str, str], list[Claim]] = defaultdict(list)
    stated: dict[tuple[str, str], str] = {}
    for file in files:
        if not any(map(_INSIDE, file.sightings)):
            continue
        within = owner.get(file.place, ROOT)
        for name, version, seen in _inside(file):
            if (file.place, name) in taken or _called(within) == name or _says(file, name, version):
                continue
            field = "version" if seen.version else "purl"
            stated.setdefault((name, version), _stated(name, version, file.sightings))
            claims[within, name, version].append(
                Claim(_BASIS[seen.rule], _location(file.place, seen), round(seen.confidence, 3), field, seen.version)  # type: ignore[arg-type] # both are literals
            )
    for (within, name, version), found in sorted(claims.items()):
        if within or (name, version) not in known:
            entry = catalogue().entries.get(name)
            made = _listed(entry, version, tuple(found), within) if entry else None
            yield _under(stated[name, version], made or _unlisted(name, version, tuple(found), within=within))


def _says(file: Examined, name: str, version: str) -> bool:
    """Does the file declare the component itself, of that version?"""
    return any(one.name == name and version in {"", one.version} for one in file.components)


def _inside(file: Examined) -> Iterator[tuple[str, str, Sighting]]:
    """(component, version, sighting) of each component whose code is in the file though the file is not its own.

    Where what was read disagrees and no version is stated, all of it stands as evidence. What only the component's code
    holds does not disagree: two releases of that are two copies.
    """
    best: dict[str, list[Sighting]] = defaultdict(list)
    for seen in file.sightings:
        if seen.inside and not seen.own and (seen.listed or seen.rule is _SOURCE):
            best[seen.name].append(seen)
    for name, found in best.items():
        copies = {seen.version for seen in found if seen.version and _of_code(seen)}
        if len(copies) > 1:
            yield from ((name, seen.version, seen) for seen in found if seen.version in copies)
            continue
        versions = Counter(seen.version for seen in found if seen.version)
        version = versions.most_common(1)[0][0] if len(versions) == 1 else _highest(found)
        yield from ((name, version, seen) for seen in found if not version or seen.version in {"", version})


def _of_code(seen: Sighting) -> bool:
    """Did a rule read it that matches nothing but the component's own code?"""
    rules = catalogue().rules.get(seen.name, ()) if seen.listed and seen.rule is Rule.STRING else ()
    return any(rule.copies and rule.search(seen.text) for rule in rules)


def _highest(found: Iterable[Sighting]) -> str:
    """The version that is most likely, or empty when two are equally so."""
    sure: dict[str, float] = defaultdict(float)
    for seen in found:
        if seen.version:
            sure[seen.version] += seen.confidence
    ranked = sorted(sure.items(), key=lambda pair: -pair[1])
    return ranked[0][0] if ranked and (len(ranked) == 1 or ranked[0][1] > ranked[1][1]) else ""


def _called(ref: Ref) -> str:
    """The name in a ref: a component is not inside itself."""
    return parts(Purl(ref.rpartition("!")[2])).name if ref else ""


def _plain(text: str) -> str:
    return printable(text)[:120]
