"""Rules for where the catalogue is silent: what any file says of its own version, with modest confidence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from firmbom_elf import names
from firmbom_elf.answers import own_answers
from firmbom_elf.catalogue.load import catalogue
from firmbom_elf.facts import Elf, PluginRelease, Rule, Sighting
from firmbom_elf.grounds import Ground
from firmbom_elf.rules import footing, numbers, rust_package
from firmbom_elf.rules.texts import Told, told
from firmbom_elf.strings.automaton import Literal
from firmbom_elf.strings.printable import Printable
from firmbom_elf.strings.quoted import quoted

MOST_TOLD = 12
"""Sightings in one file."""
_GRADES = ((6.0, 0.8), (4.5, 0.7), (3.5, 0.6), (2.5, 0.5), (1.5, 0.3), (0.5, 0.15))
"""Points of a bare number → confidence."""
_PLUGIN, _PRIVATE = 0.6, 0.5
"""What the bare number in a library of somebody's own folder counts, which numbers its own releases: beside its name,
and without that."""
_ANSWERED = 0.9
"""What counts that a function of the library says, a plugin's structure, and what the linker put into a program."""
_MANY = 4
"""A file that says of so many versions that they are its own is about versions of something else."""
_BESIDE = 0.6
"""What one counts that is not the release which the SONAME holds."""
_PAIR = 0.45
"""At most so much, if less than 0.6, of a number like 5.4, which anything may be."""
_CHANCE = 0.2
"""At most so much of it where nothing around it says that it is a version."""
_RELEASE, _SUPPORT = 0.6, 0.2
"""What a whole release in a name says, and what other numbers there do."""
_SOUND = 0.59
"""A bare number of less is a number, whatever program it stands in."""
_NODE = re.compile(
    rf"^(?P<name>[A-Za-z][A-Za-z0-9]*(?:[-_][A-Za-z]+)*?)_(?P<private>PRIVATE_)?(?P<version>{names.VERSION})"
)
PROJECT_LITERALS = tuple(map(Literal, ("@gnu.org", "gnu.org/software/", ") %s", ") version %s", ") v%s")))
"""What stands in strings that name the project of a program."""
_GO = Literal(" Go buildinf:")
"""Stands in every program that Go linked."""
TEXTS = (*footing.TEXTS, *numbers.TEXTS, _GO, *rust_package.TEXTS)
"""What every file is searched for besides."""
MOST_PROJECTS = 40
"""Hits of one of them that are looked at."""
_PROJECT = re.compile(
    r"bug-([a-z][a-z0-9-]+)@gnu\.org|gnu\.org/software/([a-z][a-z0-9+-]+)|"
    r"^(?:%s|%1\$s|[\w.-]+) \((?:GNU )?([A-Za-z][\w .+-]{2,30})\),? (?:version )?v?%"
)
"""Texts that name the project of a program."""


class Strings(NamedTuple):
    """The strings of a file that the general rules look at."""

    dotted: Sequence[Printable]
    """Those with a dotted number."""
    projects: Sequence[Printable]
    """Of a program: those with one of :data:`PROJECT_LITERALS`."""
    held: frozenset[Literal] = frozenset()
    """Those of :data:`TEXTS` that are in the file."""
    headers: numbers.Headers = numbers.Headers()
    """What of them is not the file's own."""


def sight(
    data: bytes, elf: Elf | None, path: str, strings: Strings, listed: Sequence[Sighting]
) -> tuple[Sighting, ...]:
    """What a program or library says of itself; a .pc file, of its libraries."""
    if elf is None and path.endswith(".pc"):
        from firmbom_elf.beside import pkg_config

        return tuple(pkg_config.sight(data, path))
    if elf is None or elf.kind not in {"executable", "library"}:
        return ()
    return tuple(_sightings(data, elf, path, strings, listed))


class _File(NamedTuple):
    """A program or library."""

    data: bytes
    elf: Elf
    path: str
    strings: Strings
    folder: str
    """The one that names whom it serves."""
    called: Sequence[str]
    """What it and its component may be called; the first is its own name."""
    name: str
    """Of its component."""


def _sightings(data: bytes, elf: Elf, path: str, strings: Strings, listed: Sequence[Sighting]) -> Iterator[Sighting]:
    base, folder, stem = path.rpartition("/")[2], names.folder(path), names.stem(path, elf.soname)
    owners = [seen.name for seen in listed if seen.own]
    called = list(dict.fromkeys((stem, names.stem(path, ""), *owners, *([folder] if folder else ()))))
    project = _project(strings.projects, stem) if strings.projects else ""
    name = elf.release.name if elf.release else project or stem
    known_name = bool(elf.release) and name in catalogue().entries
    yield Sighting(name=name, rule=Rule.FILE, confidence=0.3, listed=known_name, own=True, text=elf.soname or base)
    if elf.release:
        yield _of_plugin(elf.release, listed=known_name)
    yield from _by_name(name, base, elf)
    if strings.held:
        yield from _own_language(name, base, data, strings)
    known = {*elf.defines, *elf.needed, elf.soname}.union([node for _, node in elf.requires])
    found = sorted(told(strings.dotted, called, known), key=lambda one: (-one.own, -one.confidence))
    if found:
        serial = _series(base, elf, stem)
        for one in _distinct(found):
            ground = footing.of_text(one.ground, one.version, elf, strings.held)
            yield _stated(name, one, 0.4 if one.version in serial else 1.0, ground)
    if elf.kind == "library" and elf.answers and not (names.extends_python(path) or names.plugin(path, elf)):
        yield from _answered(name, base, elf, called)
    if bare := numbers.bare(strings.dotted):
        trust = 0.7 if len({one.version for one in found if one.own}) >= _MANY else 1.0
        yield from _numbered(_File(data, elf, path, strings, folder, called, name), bare, trust)


def _numbered(file: _File, bare: Sequence[numbers.Bare], trust: float) -> Iterator[Sighting]:
    """Which bare number may be its version; ``trust`` is by what else the file says."""
    data, elf, path, strings, folder, called, name = file
    base, stem = path.rpartition("/")[2], called[0]
    read = (names.released, names.numbered, names.series)
    hints = [hint for text in (base, elf.soname) for look in read if (hint := look(text))]
    private = elf.kind == "library" and bool(folder) and names.plain(folder) != names.plain(stem)
    helper = folder if elf.kind == "executable" else ""
    extension = names.extends_python(path)
    for number in numbers.numbers(data, bare, called, elf, hints, strings.held, strings.headers):
        grade = next((grade for points, grade in _GRADES if number.points >= points), 0.05)
        told_of = number.told and (not helper or numbers.named(data, number.string, helper))
        if number.version.count(".") < 2 and not (told_of and grade >= 0.6):
            grade = min(grade, _PAIR if number.told else _CHANCE)
        if ".so." in elf.soname and number.version == names.series(elf.soname):
            grade = min(grade, _CHANCE)  # libfarstream-0.2.so.5 has the number of its interface twice
        doubt = 1.0 if _goes_with(number.version, base, elf.soname) else _BESIDE
        if private:
            doubt = _PLUGIN if numbers.named(data, number.string, stem) else _PRIVATE
        part = bool(helper) and not (names.akin(stem, helper) or numbers.named(data, number.string, helper))
        sure = grade * trust * doubt
        yield Sighting(
            name=name,
            version=number.version,
            rule=Rule.NUMBER,
            confidence=round(sure, 3),
            listed=False,
            own=True,
            offset=number.string.start,
            text=quoted(number.string.text, number.version),
            ground=footing.of_number(number, elf) if sure >= _SOUND and not (part or extension) else Ground.NUMBER,
        )


def _of_plugin(stated: PluginRelease, *, listed: bool) -> Sighting:
    return Sighting(
        name=stated.name,
        version=stated.version,
        rule=Rule.SYMBOL,
        confidence=_ANSWERED,
        listed=listed,
        own=True,
        text=quoted(f"{stated.symbol}: {stated.version}", stated.version),
        ground=Ground.PLUGIN,
    )


def _answered(name: str, base: str, elf: Elf, called: Sequence[str]) -> Iterator[Sighting]:
    for one in own_answers.versions(elf, base, called):
        yield Sighting(
            name=name,
            version=one.version,
            rule=Rule.STRING,
            confidence=_ANSWERED,
            listed=False,
            own=True,
            text=quoted(f"{one.symbol}: {one.said}", one.version),
            ground=Ground.ANSWER,
        )


def _own_language(name: str, base: str, data: bytes, strings: Strings) -> Iterator[Sighting]:
    """What the linker of Go put into a program, and what the compiler of Rust did."""
    linked = None
    if _GO in strings.held:
        from firmbom_elf.rules import go_variables  # which few trees have any file for

        linked = go_variables.linked(data, strings.dotted)
    beside = rust_package.beside(strings.dotted, base, strings.held)
    for one, ground in ((linked, Ground.LINKED), (beside, Ground.CRATE)):
        if one:
            yield Sighting(
                name=name,
                version=one.version,
                rule=Rule.STRING,
                confidence=_ANSWERED,
                listed=False,
                own=True,
                offset=one.string.start,
                text=quoted(one.string.text, one.version),
                ground=ground,
            )


def _goes_with(version: str, base: str, soname: str) -> bool:
    """Do the names allow for that version, where they hold a whole release?

    ``libpbbam.so.2.4.0`` as a SONAME does, ``libvisp.so.3.5.0`` as a file's name if the SONAME is its series.
    """
    stated, release = names.numbered(soname), names.numbered(base)
    whole = stated if stated.count(".") > 1 else release if "." in stated and release.startswith(f"{stated}.") else ""
    return not whole or version == whole


def _series(base: str, elf: Elf, stem: str) -> set[str]:
    """Release series that the file or a library of its project, which it loads, is called after, as both are written.

    ``libgegl-0.4.so.0`` makes ``gegl-0.4`` the name of an interface, ``libgtkhex-4.so.1`` does so of ``gtkhex-4.0``.
    """
    loaded = (needed for needed in elf.needed if names.akin(names.stem("", needed), stem))
    found = {names.series(text) for text in (base, elf.soname, *loaded) if ".so" in text} - {""}
    return found | {f"{one}.0" for one in found if "." not in one}


def _distinct(found: Sequence[Told]) -> list[Told]:
    return list({(one.name, one.version, one.own): one for one in reversed(found)}.values())[::-1][:MOST_TOLD]


def _stated(name: str, one: Told, trust: float, ground: Ground) -> Sighting:
    return Sighting(
        name=one.name or name,
        version=one.version,
        rule=Rule.STRING,
        confidence=round(one.confidence * trust, 3),
        listed=False,
        own=one.own,
        offset=one.string.start,
        text=quoted(one.string.text, one.version),
        ground=ground,
    )


def _by_name(name: str, base: str, elf: Elf) -> Iterator[Sighting]:
    """Versions in the file's name and in its version nodes: alone they say little, with a string they say much."""

    def seen(rule: Rule, version: str, text: str, grade: float) -> Sighting:
        ground = Ground.RELEASE if grade > _SUPPORT else Ground.NAME
        ground = Ground.UNIT if names.haskell_unit(text) else ground
        return Sighting(
            name=name, version=version, rule=rule, confidence=grade, listed=False, own=True, text=text, ground=ground
        )

    for text in dict.fromkeys((base, elf.soname)):
        if ".so" not in text:
            continue
        if version := names.released(text):
            yield seen(Rule.FILE, version, text, _RELEASE if version.count(".") > 1 else _SUPPORT)
        if version := names.numbered(text):
            yield seen(Rule.FILE, version, text, _SUPPORT)
    nodes = [(found, node) for node in elf.defines if (found := _NODE.match(node)) and names.akin(found["name"], name)]
    if nodes:
        found, node = max(nodes, key=lambda pair: [int(part) for part in re.findall(r"\d+", pair[0]["version"])])
        yield seen(Rule.SYMBOL, found["version"], node, _RELEASE if found["private"] else _SUPPORT)


def _project(strings: Sequence[Printable], stem: str) -> str:
    """The project that a program's texts name; empty if none or several do."""
    found = {
        names.spelt(next(group for group in match.groups() if group))
        for string in strings
        for match in _PROJECT.finditer(string.text)
    } - {"gettext", "libtool", "licenses", "gpl", "autoconf", ""}
    akin = [name for name in found if names.akin(name, stem)]
    found = {name for name in found if not name.startswith("lib")}  # it speaks of what programs load
    return akin[0] if len(akin) == 1 else found.pop() if len(found) == 1 else ""
