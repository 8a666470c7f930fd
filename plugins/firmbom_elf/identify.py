"""Which components the examined files are: one identity a component, all its files as evidence."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

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
    Licence,
    Location,
    Problem,
    Purl,
    Ref,
)
from firmbom_elf import names
from firmbom_elf.catalogue.entry import Entry
from firmbom_elf.catalogue.load import catalogue
from firmbom_elf.decide import Bearer, bearers, decided
from firmbom_elf.facts import Examined, Rule, Sighting

_BASIS = {
    Rule.SYMBOL: Basis.VERSION_STRING,
    Rule.STRING: Basis.VERSION_STRING,
    Rule.NUMBER: Basis.VERSION_STRING,
    Rule.FILE: Basis.FILE_NAME,
}
MOST_CLAIMS = 6
"""Of one component on one file."""


def components(files: Sequence[Examined]) -> Iterator[Component | Edge | Problem]:
    """Yield what the files are.

    Every component with its own files stands alone; one whose code is inside another component's file is nested in
    that. What declares itself (a package note, a Go program) is already said and only carries what is inside it.
    """
    declared = {file.place: ref for file in files if (ref := _declared(file))}
    group = decided(bearers([file for file in files if file.place not in declared]))
    owner: dict[str, Ref] = dict(declared)
    for (name, version), members in sorted(group.items()):
        component = _component(name, version, members)
        yield component
        owner.update((member.file.place, component.ref) for member in members)
    yield from _nested(files, owner, {(name, version) for name, version in group})


def _declared(file: Examined) -> Ref:
    """The component that the file says it is; empty if it says nothing of its own version."""
    for one in file.components:
        if not one.within and one.version and one.claims[0].location.path == file.place:
            return one.ref
    return ROOT


def _component(name: str, version: str, members: Sequence[Bearer]) -> Component:
    """One component with its files."""
    entry = catalogue().entries.get(name) if members[0].listed else None
    claims = tuple(claim for member in members for claim in _claims(member, version))
    if entry:
        return _listed(entry, version, claims)
    made = purl("generic", _plain(name), _plain(version))
    kinds = Counter(member.kind for member in members)
    kind: ComponentType = "application" if kinds["executable"] else "library"
    return Component(purl=made, name=_plain(name), version=_plain(version), type=kind, claims=claims)


def _claims(member: Bearer, version: str) -> Iterator[Claim]:
    """What speaks for the component in one file: its identity once, then the versions that were read."""
    place = member.file.place
    name = member.named
    yield Claim(_BASIS[name.rule], Location(place, text=printable(name.text)), round(member.belonging, 3))
    told = sorted((seen for seen in member.evidence if seen.version), key=lambda seen: -seen.confidence)
    for seen in told[:MOST_CLAIMS]:
        stated = _plain(seen.version)
        if seen.confidence < 0.15 and names.upstream(stated) != version:
            continue
        location = Location(place, offset=seen.offset, text=printable(seen.text))
        yield Claim(_BASIS[seen.rule], location, round(seen.confidence, 3), "version", names.upstream(stated))


def _listed(entry: Entry, version: str, claims: tuple[Claim, ...], within: Ref = ROOT) -> Component:
    return Component(
        purl=_versioned(entry, version),
        name=entry.name,
        version=version,
        type=entry.type,
        within=within,
        claims=claims,
        cpes=tuple(_cpe(name, version) for name in entry.cpe),
        licences=(Licence(entry.licence, "concluded"),) if entry.licence else (),
        references=(ExternalReference("website", entry.homepage),) if entry.homepage else (),
    )


def _versioned(entry: Entry, version: str) -> Purl:
    if not entry.purl:
        return purl("generic", entry.name, version)
    said = parts(Purl(entry.purl))
    return purl(said.type, said.name, version, namespace=said.namespace or "", qualifiers=dict(said.qualifiers))


def _cpe(name: str, version: str) -> str:
    """CPE 2.3 formatted string (NISTIR 7695 section 6.2); ``*`` stands for a version that is not known."""
    part, rest = (name[0], name[2:]) if name[:2] in {"a:", "o:", "h:"} else ("a", name)
    quoted = "".join(char if char.isalnum() or char in "._-" else f"\\{char}" for char in version)
    return f"cpe:2.3:{part}:{rest}:{quoted or '*'}:*:*:*:*:*:*:*"


def _nested(files: Sequence[Examined], owner: Mapping[str, Ref], known: set[tuple[str, str]]) -> Iterator[Component]:
    """Copies of components inside files of other components."""
    claims: dict[tuple[Ref, str, str], list[Claim]] = defaultdict(list)
    for file in files:
        within = owner.get(file.place, ROOT)
        for name, version, seen in _inside(file, within):
            text = Location(file.place, offset=seen.offset, text=printable(seen.text))
            field = "version" if seen.version else "purl"
            claims[within, name, version].append(
                Claim(_BASIS[seen.rule], text, round(seen.confidence, 3), field, version)  # type: ignore[arg-type] # both are literals
            )
    for (within, name, version), found in sorted(claims.items()):
        if within or (name, version) not in known:
            yield _listed(catalogue().entries[name], version, tuple(found), within)


def _inside(file: Examined, within: Ref) -> Iterator[tuple[str, str, Sighting]]:
    """(component, version, sighting) of each component whose code is in the file though the file is not its own."""
    best: dict[str, list[Sighting]] = defaultdict(list)
    for seen in file.sightings:
        if seen.inside and seen.listed and not seen.own:
            best[seen.name].append(seen)
    for name, found in best.items():
        if within and _names(within) == name:
            continue
        versions = Counter(names.upstream(seen.version) for seen in found if seen.version)
        version = versions.most_common(1)[0][0] if len(versions) == 1 else _highest(found)
        yield from (
            (name, version, seen) for seen in found if not seen.version or names.upstream(seen.version) == version
        )


def _highest(found: Iterable[Sighting]) -> str:
    """The version that is most likely, or empty when two are equally so."""
    sure: dict[str, float] = defaultdict(float)
    for seen in found:
        if seen.version:
            sure[names.upstream(seen.version)] += seen.confidence
    ranked = sorted(sure.items(), key=lambda pair: -pair[1])
    return ranked[0][0] if ranked and (len(ranked) == 1 or ranked[0][1] > ranked[1][1]) else ""


def _names(ref: Ref) -> str:
    return parts(Purl(ref.rpartition("!")[2])).name


def _plain(text: str) -> str:
    return printable(text)[:120]
