"""What the catalogue and the general rules see in one file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import NamedTuple

import msgspec

from firmbom_elf import names
from firmbom_elf.answers import own_answers
from firmbom_elf.catalogue.entry import Version
from firmbom_elf.catalogue.load import Catalogue, catalogue, misled
from firmbom_elf.catalogue.patterns import fits
from firmbom_elf.catalogue.releases import order
from firmbom_elf.catalogue.rule import Rule, compiled, compiled_bytes
from firmbom_elf.facts import Elf, Sighting
from firmbom_elf.facts import Rule as By
from firmbom_elf.rules import general, landmarks, numbers
from firmbom_elf.strings.automaton import MOST_NUMBERS, Hits, Literal
from firmbom_elf.strings.database import Database
from firmbom_elf.strings.printable import REACH, Printable, holding
from firmbom_elf.strings.quoted import quoted

MOST_VERSIONS = 4
"""Different versions that one rule may read in one file; further ones are left out."""
MOST_DIGITS = 20_000
"""Strings of digits in one file that are looked at."""
MOST_MATCHES = 100
"""Of one expression over all the bytes of one file."""

MOST_BETWEEN = 512
"""Bytes between a literal and either end of what an expression over bytes matches, which has the literal."""

_DIGITS = re.compile(rb"[0-9][0-9A-Za-z._-]{2,30}(?![\x20-\x7e\t])")
_BEGUN = rb"(?:^|[^\x20-\x7e\t])[0-9][0-9A-Za-z._-]{2}"
"""How they begin in a file, as Hyperscan has it, which is five times as fast."""
_NUMBER = re.compile("[0-9][.][0-9]")
_PROGRAM = re.compile(r"[\w+-]+")
"""A pattern that is a program's name: libraries' have a dot, folders' a slash."""
_NO_TEXTS: frozenset[Literal] = frozenset()
_NO_ELF = Elf(bits=32, endian="little", machine="", kind="object")


def sight(data: bytes, elf: Elf | None, path: str, hits: Hits | None = None) -> tuple[Sighting, ...]:
    """All that ``data`` shows of any component; ``elf`` is None for what is not an ELF file.

    The first sightings are those of the catalogue. A sighting without version and of rule ``file-name`` says that the
    file is the component's by its name; further ones of that name tell the version.
    """
    hits = hits or landmarks.found(data)
    seen = _File(data, elf or _NO_ELF, path, _index(), hits)
    listed = tuple(dict.fromkeys(seen.sightings()))
    strings = general.Strings(seen.dotted(), seen.projects(), seen.texts(), seen.headers)
    return (*listed, *general.sight(data, elf, path, strings, listed))


class _Looked(NamedTuple):
    """A rule for the files of its component, and what tells that it can match in one of them."""

    rule: Rule
    numbered: bool = False
    """The file's name or SONAME has a dotted number."""
    places: frozenset[int] = frozenset()
    """One of these literals is in the file; empty if that says nothing."""
    texts: tuple[str, ...] = ()
    """One of these is among its strings with dotted numbers; empty if that says nothing."""


class _Index:
    """The catalogue made ready for looking; built once a process."""

    def __init__(self, known: Catalogue, places: Mapping[Literal, int]) -> None:
        """Args: ``places`` are the numbers of the literals that are looked for."""
        self.known, self.places = known, places
        self.literals = tuple(places)
        texts = zip(known.index.literals, known.index.inside, strict=True)
        self.inside = {places[text]: rules for text, rules in texts if rules}
        """Rules that count in every file, by the numbers of the literals that may have them match."""
        self.coded = {name: frozenset(map(places.__getitem__, code)) for name, code in known.index.code.items()}
        """By the name of each entry that says what stands in its code: the numbers of that."""
        self.texts = {places[text]: text for text in general.TEXTS}
        self.projects = frozenset(map(places.__getitem__, general.PROJECT_LITERALS))
        self.code = frozenset(place for code in self.coded.values() for place in code)
        self._own: dict[str, tuple[_Looked, ...]] = {}

    def own(self, name: str) -> tuple[_Looked, ...]:
        """The rules of one entry."""
        if name not in self._own:
            self._own[name] = tuple(map(self._looked, self.known.rules[name]))
        return self._own[name]

    def _looked(self, rule: Rule) -> _Looked:
        if rule.version.file:
            return _Looked(rule, numbered=rule.needed.number)
        if rule.sought:
            return _Looked(rule, places=frozenset(self.places[literal] for literal in rule.literals))
        return _Looked(rule, texts=tuple(literal.text for literal in rule.literals if not literal.caseless))


@cache
def _index() -> _Index:
    return _Index(catalogue(), landmarks.automaton().places)


@cache
def _beginnings() -> Database:
    return Database([(_BEGUN, False)])


class _File:
    """One file while it is looked at."""

    def __init__(self, data: bytes, elf: Elf, path: str, index: _Index, hits: Hits) -> None:
        self._data, self._elf, self._path, self._index, self._hits = data, elf, path, index, hits
        self._known, self._held = index.known, hits.literals.keys()
        self._base = path.rpartition("/")[2]
        self._dotted: tuple[Printable, ...] | None = None
        self._is_whole: bool | None = None
        self._written: str | None = None
        self._said: str | None = None
        self.headers = numbers.Headers(elf.imports)

    def dotted(self) -> tuple[Printable, ...]:
        """Every string with a dotted number, in the file's order."""
        if self._dotted is None:
            found = holding(self._data, self._hits.numbers)
            self._dotted = tuple([string for string in found if len(string.text) >= 3])
        return self._dotted

    def _whole(self) -> bool:
        """Are these strings all of those that have such a number, and none of them cut?"""
        if self._is_whole is None:
            few = len(self._hits.numbers) < MOST_NUMBERS
            self._is_whole = few and all(len(string.text) < REACH for string in self.dotted())
        return self._is_whole

    def texts(self) -> frozenset[Literal]:
        """Those of :data:`general.TEXTS` that are in the file."""
        texts = self._index.texts
        return frozenset(map(texts.__getitem__, found)) if (found := texts.keys() & self._held) else _NO_TEXTS

    def sightings(self) -> Iterator[Sighting]:
        """What the catalogue's entries see."""
        named = self._known.owners(self._path, self._elf.soname)
        program = self._elf.kind == "executable"
        owners = [
            (entry, pattern)
            for entry, pattern in named
            if (program and _at_home(pattern, entry.name)) or (self._may_be(pattern) and self._holds(entry.holds))
        ]
        for place, (entry, pattern) in enumerate(owners):
            name = self._elf.soname if self._elf.soname and fits(self._elf.soname, pattern) else self._base
            yield Sighting(
                name=entry.name, rule=By.FILE, confidence=0.8 if not place else 0.5, own=True, text=quoted(name)
            )
            yield from self._own(entry.name)
        own = {entry.name for entry, _ in owners}
        for rule in self._inside():
            if rule.entry.name not in own and not self._has_it_from_a_header(rule):
                yield from self._read(rule, own=False, factor=1.0)
        exported = {entry.name for entry in self._known.contained(self._elf.exports)} - own
        for name in sorted(exported | self._coded() - own):
            entry = self._known.entries[name]
            by, texts = (By.SYMBOL, entry.exports) if name in exported else (By.STRING, entry.code)
            at = self._data.find(texts[0].encode()) if by is By.STRING else -1
            text = quoted(" ".join(texts))
            yield Sighting(name=name, rule=by, confidence=0.8, inside=True, offset=at, text=text)
            yield from self._contained(name)

    def _may_be(self, pattern: str) -> bool:
        """May the file be what is called so? A plugin may have a program's name: ``/usr/lib/bash/getconf``."""
        return self._elf.kind != "library" or not _PROGRAM.fullmatch(pattern)

    def _coded(self) -> set[str]:
        """Names of the entries whose code is in the file, told by its texts."""
        if self._held.isdisjoint(self._index.code):
            return set()
        return {name for name, code in self._index.coded.items() if self._held >= code}

    def _contained(self, name: str) -> Iterator[Sighting]:
        """The versions that the component's rules read in a file that its code is inside, though it is another's."""
        for rule in self._known.rules[name]:
            if (
                rule.version.data
                or rule.version.number
                or (rule.version.string and rule.literals and not rule.version.inside)
            ):
                for seen in self._read(rule, own=False, factor=0.8):
                    yield msgspec.structs.replace(seen, inside=True)
        exports = self._known.entries[name].exports
        for answer in self._elf.answers:
            if answer.symbol in exports and (version := own_answers.release(answer)):
                text = quoted(f"{answer.symbol}: {answer.text}", version)
                yield Sighting(name=name, version=version, rule=By.SYMBOL, confidence=0.8, inside=True, text=text)

    def projects(self) -> tuple[Printable, ...]:
        """Strings that may name the project, of a program."""
        if self._elf.kind != "executable" or self._held.isdisjoint(self._index.projects):
            return ()
        return tuple(
            string
            for literal in general.PROJECT_LITERALS
            for string in holding(self._data, self._ends(literal)[: general.MOST_PROJECTS])
        )

    def _inside(self) -> list[Rule]:
        """The rules that count in every file and whose literals are in this one, in the catalogue's order."""
        inside = self._index.inside
        found = {rule for place in inside.keys() & self._held for rule in inside[place]}
        return [self._known.rules[name][rank] for name, rank in sorted(found)]

    def _own(self, name: str) -> Iterator[Sighting]:
        """The versions that the rules read in a file of the component; the first rule that matches counts most."""
        factor = 1.0
        unnumbered = not _NUMBER.search(f"{self._base} {self._elf.soname}")
        for rule, numbered, places, texts in self._index.own(name):
            if (
                (numbered and unnumbered)
                or (places and self._held.isdisjoint(places))
                or (texts and not self._writes(texts))
            ):
                continue
            found = list(self._read(rule, own=True, factor=factor))
            yield from found
            factor = factor * 0.4 if found else factor

    def _writes(self, texts: tuple[str, ...]) -> bool:
        """Is one of the texts in a string with a dotted number?"""
        if self._written is None:
            self._written = "\n".join([string.text for string in self.dotted()])
        return any(map(self._written.__contains__, texts))

    def _holds(self, texts: tuple[str, ...]) -> bool:
        """Is one of the texts in the file, or are there none?"""
        if not texts:
            return True
        if self._said is None:
            found = map(self._index.literals.__getitem__, self._held)
            self._said = "\n".join([literal.text for literal in found if not literal.caseless])
        known = any(map(self._said.__contains__, texts)) or self._writes(texts)
        return known or any(text.encode() in self._data for text in texts)

    def _has_it_from_a_header(self, rule: Rule) -> bool:
        patterns = rule.version.unless_needs
        loads = bool(patterns) and any(fits(needed, pattern) for needed in self._elf.needed for pattern in patterns)
        return loads or not self._holds(rule.version.beside)

    def _read(self, rule: Rule, *, own: bool, factor: float) -> Iterator[Sighting]:
        """The versions that one rule reads here: all agree, or their confidence is shared out."""
        found = list(self._candidates(rule))
        if not found:
            return
        count = Counter([version for version, _, _ in found])
        by = By.FILE if rule.version.file else By.SYMBOL if rule.version.symbol or rule.version.number else By.STRING
        by = By.NUMBER if rule.bare else by
        if by is By.SYMBOL:
            best = max(count, key=order)
            count = Counter({best: 1})
        whole = sum(count.values())
        each = len(count) == 1 or (rule.copies and not own)
        for version, times in sorted(count.items(), key=lambda counted: -counted[1])[:MOST_VERSIONS]:
            offset, text = next((offset, text) for candidate, offset, text in found if candidate == version)
            share = 1.0 if each else 0.9 * times / whole
            yield Sighting(
                name=rule.entry.name,
                version=version,
                rule=by,
                confidence=round(rule.version.confidence * factor * share, 3),
                own=own,
                inside=rule.version.inside,
                offset=offset,
                text=quoted(text, version),
            )

    def _candidates(self, rule: Rule) -> Iterator[tuple[str, int, str]]:
        """(version, offset, text) of everything that the rule matches."""
        if rule.version.number:
            yield from self._numbers(rule.version)
            return
        if rule.version.file:
            texts = [(-1, name) for name in self._called(rule)]
        elif rule.version.symbol:
            texts = [(-1, name) for name in self._names(rule)]
        elif rule.bare:
            fitting = compiled(rule.pattern).search
            texts = [
                (string.start, string.text)
                for string in (self.dotted() if rule.dotted else self._digits())
                if fitting(string.text) and not self.headers.state(string.text)
            ]
        elif rule.version.data:
            found = islice(self._matches(rule), MOST_MATCHES)
            texts = [(match.start(1), match.group().decode("latin-1")) for match in found]
        else:
            texts = [(string.start, string.text) for string in self._strings(rule)]
        for offset, text in texts:
            if (stated := rule.search(text)) and (version := names.upstream(stated)) and not misled(rule.entry, text):
                yield version, offset, text.replace("\0", " ")

    def _numbers(self, version: Version) -> Iterator[tuple[str, int, str]]:
        for answer in self._elf.answers:
            if answer.symbol == version.number and answer.number >= version.least:
                parts, left = [], answer.number
                for unit in version.units:
                    parts.append(str(left // unit))
                    left %= unit
                yield ".".join(parts), -1, f"{answer.symbol}: {answer.number}"

    def _digits(self) -> Iterator[Printable]:
        """Every string that begins with a digit and is short enough for a version."""
        ends: list[int] = []

        def begun(_place: int, _start: int, end: int, _flags: int, _context: object) -> bool:
            ends.append(end)
            return len(ends) >= MOST_DIGITS

        _beginnings().scan(self._data, begun)
        for end in ends:
            if found := _DIGITS.match(self._data, end - 3):
                yield Printable(found.start(), found[0].decode("ascii"))

    def _called(self, rule: Rule) -> Iterator[str]:
        """The file's names that a rule for these may match."""
        for name in dict.fromkeys((self._base, self._elf.soname)):
            if name and (_NUMBER.search(name) or not rule.needed.number):
                yield name

    def _matches(self, rule: Rule) -> Iterator[re.Match[bytes]]:
        """What a rule's expression matches in the bytes."""
        for low, high in self._stretches(rule) if rule.literals else [(0, len(self._data))]:
            yield from compiled_bytes(rule.version.data).finditer(self._data, low, high)

    def _stretches(self, rule: Rule) -> Iterator[tuple[int, int]]:
        """Where one of the literals stands that each match has, with what a match may reach to."""
        low = high = 0
        for end in sorted(end for literal in rule.literals for end in self._ends(literal)):
            if end - MOST_BETWEEN > high:
                if high:
                    yield low, high
                low = end - MOST_BETWEEN
            high = end + MOST_BETWEEN
        if high:
            yield low, high

    def _names(self, rule: Rule) -> tuple[str, ...]:
        """Names of exported symbols and version nodes, if the rule's literal is in the file at all."""
        return () if not self._may_match(rule) else (*self._elf.defines, *sorted(self._elf.exports))

    def _may_match(self, rule: Rule) -> bool:
        """Is one of the literals in the file, one of which each match has?"""
        return not rule.literals or any(self._ends(literal) for literal in rule.literals)

    def _strings(self, rule: Rule) -> Iterator[Printable]:
        """The strings that hold one of the rule's literals, or may."""
        if rule.sought:
            for literal in rule.literals:
                if rule.needed.number and self._whole():
                    yield from (string for string in self.dotted() if _is_in(string.text, literal))
                else:
                    yield from holding(self._data, self._ends(literal))
            return
        texts = [literal.text for literal in rule.literals if not literal.caseless]
        for string in self.dotted():
            if not texts or any(text in string.text for text in texts):
                yield string

    def _ends(self, literal: Literal) -> Sequence[int]:
        return self._hits.ends(literal)


def _is_in(text: str, literal: Literal) -> bool:
    return literal.text.lower() in text.lower() if literal.caseless else literal.text in text


def _at_home(pattern: str, name: str) -> bool:
    """Is a pattern for a folder that is called after the component? Programs in it are its own; plugins need not be."""
    return f"/{name}/" in f"/{pattern}"
