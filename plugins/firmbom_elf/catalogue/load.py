"""Reads the catalogue, packed or in its TOML files, and answers which components a file belongs to."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Set
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path

import msgspec

from firmbom.model import Licence
from firmbom.spdx import canonical, reference
from firmbom_elf.binary.symbols import Sought
from firmbom_elf.catalogue.entry import Entry, Version
from firmbom_elf.catalogue.literals import SHORTEST, Needed, needed, required
from firmbom_elf.catalogue.patterns import WILD, Patterns
from firmbom_elf.catalogue.releases import NUMBERS, before, order
from firmbom_elf.strings.automaton import Literal

FOLDER = Path(__file__).parent
PACKED = FOLDER / "catalogue.msgpack"
"""What :func:`packed` made when the wheel was built."""
NUMBER = re.compile(r"(\^|\\A).*(\$|\\Z)", re.DOTALL)
"""A pattern that stands for a whole string, so that it may match a bare number."""


class Rule(msgspec.Struct, frozen=True, gc=False, eq=False):
    """One way to read one entry's version, ready to be used."""

    entry: Entry
    version: Version
    rank: int
    """Its place among the entry's rules."""
    needed: Needed = Needed()

    @property
    def literals(self) -> tuple[Literal, ...]:
        """One of these is in each string that it matches."""
        return self.needed.literals

    @property
    def sought(self) -> bool:
        """Must its literals be looked for?

        Not those of a rule for files of the component alone whose matches have a dotted number: these are found anyway.
        """
        return self.version.inside or not self.version.string or not self.needed.number

    @property
    def pattern(self) -> str:
        """The one that is given."""
        return self.version.pattern

    @property
    def bare(self) -> bool:
        """Does it match strings that name nothing?"""
        return bool(self.version.string) and not self.literals

    @property
    def dotted(self) -> bool:
        """Do the strings that it matches have a dot?"""
        return r"\." in self.pattern

    @property
    def copies(self) -> bool:
        """Is the string in the code alone, so that two versions of it in one file are two copies?"""
        return self.version.inside and not self.version.unless_needs and not self.version.beside

    def search(self, text: str) -> str:
        """The version that ``text`` states; empty if it states none."""
        found = compiled(self.pattern).search(text)
        if not found:
            return ""
        groups = [group for group in found.groups() if group]
        whole = ".".join(str(int(group)) if self.version.integers and group.isdigit() else group for group in groups)
        if self.version.releases:
            return self.version.releases.get(whole, "")
        return f"{self.version.leading}.{whole}" if self.version.leading else whole


class Ready(msgspec.Struct, frozen=True, array_like=True):
    """What is made of the entries before files are looked at."""

    needed: dict[str, Needed]
    """What each pattern for a version needs."""
    sonames: Patterns
    files: Patterns

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Ready:
        """Of those entries."""
        listed = list(entries)
        return cls(
            {pattern: needed(pattern) for pattern in sorted({v.pattern for entry in listed for v in entry.version})},
            Patterns.of((pattern, entry.name) for entry in listed for pattern in entry.sonames),
            Patterns.of((pattern, entry.name) for entry in listed for pattern in entry.files),
        )


class Catalogue:
    """All entries, indexed by what files show. An index is made when it is first used."""

    def __init__(self, entries: Iterable[Entry], ready: msgspec.Raw | None = None) -> None:
        """Args: ``ready`` is a :class:`Ready` as a wheel carries it, where it is at hand."""
        self.entries = {entry.name: entry for entry in entries}
        self._packed = ready

    @cached_property
    def _ready(self) -> Ready:
        if self._packed is None:
            return Ready.of(self.entries.values())
        return msgspec.msgpack.decode(self._packed, type=Ready)

    @cached_property
    def rules(self) -> dict[str, tuple[Rule, ...]]:
        """Each entry's."""
        return {entry.name: tuple(self._rules(entry)) for entry in self.entries.values()}

    def _rules(self, entry: Entry) -> Iterator[Rule]:
        for rank, version in enumerate(entry.version):
            yield Rule(entry, version, rank, self._ready.needed[version.pattern])

    @cached_property
    def inside(self) -> list[Rule]:
        """Rules that count in every file."""
        return [rule for rules in self.rules.values() for rule in rules if rule.version.inside]

    @cached_property
    def _exports(self) -> dict[str, list[Entry]]:
        found: dict[str, list[Entry]] = {}
        for entry in self.entries.values():
            if entry.exports:
                found.setdefault(entry.exports[0], []).append(entry)
        return found

    @cached_property
    def exporters(self) -> dict[str, Entry]:
        """Whose code it is that exports a symbol."""
        return {symbol: entry for entry in self.entries.values() for symbol in entry.exports}

    @cached_property
    def telling(self) -> Sought:
        """Of what each entry exports, the first."""
        return Sought(self._exports)

    @property
    def literals(self) -> tuple[Literal, ...]:
        """What the automaton looks for, once."""
        every = (rule for rules in self.rules.values() for rule in rules if rule.sought and not rule.version.file)
        found = {literal for rule in every for literal in rule.literals}
        return tuple(sorted(found.union(*self.coded.values())))

    @cached_property
    def coded(self) -> dict[str, tuple[Literal, ...]]:
        """What stands in the code of those entries that say it."""
        return {entry.name: tuple(map(Literal, entry.code)) for entry in self.entries.values() if entry.code}

    def owners(self, path: str, soname: str) -> list[tuple[Entry, str]]:
        """Entries that claim the file by its name, each with the pattern that fits, the most specific first."""
        base = path.rpartition("/")[2]
        files, sonames = self._ready.files, self._ready.sonames
        found = {**files.match(path, base), **sonames.match(soname or base, soname or base)}
        return sorted(((self.entries[name], pattern) for name, pattern in found.items()), key=_specific)

    def contained(self, exports: Iterable[str]) -> list[Entry]:
        """Entries all of whose ``exports`` are among those."""
        names = exports if isinstance(exports, Set) else frozenset(exports)
        candidates = [entry for name in self.telling.among(names) for entry in self._exports[name]]
        return sorted((e for e in candidates if all(name in names for name in e.exports)), key=lambda entry: entry.name)


def _specific(found: tuple[Entry, str]) -> tuple[int, int, str]:
    """Sorts whole names before patterns, long patterns before short ones."""
    entry, pattern = found
    return bool(WILD.search(pattern)), -len(pattern), entry.name


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """The expression, compiled once a process and only if something may match it."""
    return re.compile(pattern, re.ASCII)


@cache
def compiled_bytes(pattern: str) -> re.Pattern[bytes]:
    """The same for bytes."""
    return re.compile(pattern.encode("ascii"))


def read(file: Path) -> list[Entry]:
    """The entries of one TOML file: tables ``[[entry]]``.

    Raises:
        ValueError: it is not TOML or not the catalogue's; the message names file and entry.
    """
    import tomllib

    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{file.name}: {error}") from error
    if strange := sorted(document.keys() - {"entry"}):
        raise ValueError(f"{file.name}: it holds tables [[entry]] and nothing else, not {', '.join(strange)}")
    return [_entry(file, number, table) for number, table in enumerate(document.get("entry", []), 1)]


def _entry(file: Path, number: int, table: object) -> Entry:
    try:
        return msgspec.convert(table, Entry)
    except msgspec.ValidationError as error:
        name = table.get("name") if isinstance(table, dict) else None
        raise ValueError(f"{file.name}: entry {number} ({name}): {error}") from error


def listed() -> list[Entry]:
    """The entries of the catalogue that firmbom comes with, as its TOML files say."""
    return [entry for file in sorted(FOLDER.glob("*.toml")) for entry in read(file)]


class Packed(msgspec.Struct, frozen=True, array_like=True):
    """The catalogue ready to be used; reading it costs a thirtieth of reading the TOML files."""

    entries: tuple[Entry, ...]
    """Without what is for people."""
    ready: msgspec.Raw
    """A :class:`Ready`, which those need who look at files."""


def packed(entries: Iterable[Entry]) -> bytes:
    """The entries as a wheel carries them."""
    plain = tuple(msgspec.structs.replace(entry, confused="", verified=()) for entry in entries)
    ready = msgspec.msgpack.encode(Ready.of(plain))
    return msgspec.msgpack.encode(Packed(plain, msgspec.Raw(ready)))


@cache
def catalogue() -> Catalogue:
    """The catalogue that firmbom comes with, read once a process."""
    try:
        known = msgspec.msgpack.decode(PACKED.read_bytes(), type=Packed)
    except FileNotFoundError:  # not installed from a wheel
        return Catalogue(listed())
    return Catalogue(known.entries, known.ready)


def licences(name: str, version: str) -> tuple[Licence, ...]:
    """What the catalogue says of a component's release; empty if it does not know it.

    Args:
        name: the component's.
        version: empty if it is not known. Then nothing is said of what has had several licences.
    """
    entry = catalogue().entries.get(name)
    licence = licence_of(entry, version) if entry else ""
    return (Licence(licence, "concluded"),) if licence else ()


def licence_of(entry: Entry, version: str) -> str:
    """The entry's licence that holds for a release; empty if that cannot be told."""
    for earlier in entry.licensed:
        is_earlier = before(version, earlier.before)
        if is_earlier is None:
            return ""
        if is_earlier:
            return earlier.licence
    return entry.licence


def misled(entry: Entry, text: str) -> bool:
    """Does the entry say that what stands in ``text`` is no version of the component?"""
    return any(compiled(pattern).search(text) for pattern in entry.misleads)


def faults(entries: Iterable[Entry]) -> list[str]:
    """What is wrong with entries, one line each: repeated names, rules that can never work."""
    told, seen = [], set[str]()
    for entry in entries:
        if entry.name in seen:
            told.append(f"{entry.name}: the name is there twice")
        seen.add(entry.name)
        if not (entry.sonames or entry.files or entry.exports or any(rule.inside for rule in entry.version)):
            told.append(f"{entry.name}: nothing says which files are its own")
        told += [f"{entry.name}: {text!r} is too short to look for" for text in entry.code if len(text) < SHORTEST]
        told += [f"{entry.name}: {fault}" for fault in _unlicensed(entry)]
        told += [f"{entry.name}: {fault}" for pattern in entry.misleads for fault in _broken(pattern)]
        told += [f"{entry.name}: {fault}" for version in entry.version for fault in (*_faults(version), *_led(version))]
    return told


def _unlicensed(entry: Entry) -> Iterator[str]:
    for licence in (entry.licence, *(earlier.licence for earlier in entry.licensed)):
        if licence and canonical(licence) != licence:
            yield f"{licence!r} is no SPDX expression, which might be {canonical(licence) or reference(licence)!r}"
    releases = [earlier.before for earlier in entry.licensed]
    strange = [release for release in releases if not NUMBERS.fullmatch(release)]
    yield from (f"{release!r} is no release: that is numbers and dots" for release in strange)
    yield from (f"{two} does not follow {one}" for one, two in pairwise(releases) if order(two) <= order(one))


def _broken(pattern: str) -> Iterator[str]:
    try:
        compiled(pattern)
    except re.error as error:
        yield f"{pattern!r}: {error}"


def _led(version: Version) -> Iterator[str]:
    if version.leading and (version.number or version.releases or not NUMBERS.fullmatch(version.leading)):
        yield f"{version.leading!r} leads groups, without a table of releases, and is of numbers and dots"


def _faults(version: Version) -> Iterator[str]:
    given = [text for text in (version.string, version.symbol, version.file, version.data, version.number) if text]
    if len(given) != 1:
        yield f"a rule gives exactly one of string, symbol, file, data and number, not {len(given)}"
        return
    if version.number or version.units:
        if not version.number or not version.units or sorted(version.units, reverse=True) != list(version.units):
            yield "a number goes with units, the largest first"
        return
    pattern = given[0]
    try:
        groups = compiled(pattern).groups
        literals = required(pattern)
    except (re.error, ValueError) as error:
        yield f"{pattern!r}: {error}"
        return
    if not groups:
        yield f"{pattern!r} has no group that is the version"
    if version.string and not literals:
        if not NUMBER.fullmatch(pattern):
            yield f"{pattern!r} has no literal of 4 characters and is not anchored at both ends"
        if version.inside:
            yield f"{pattern!r} matches a bare number, which proves nothing in other files"
    if version.inside and (version.file or version.data):
        yield f"{pattern!r} says nothing of what is inside: for that there are strings and code"


if __name__ == "__main__":
    for told in faults(e for name in sys.argv[1:] for e in read(Path(name))):
        print(told)  # noqa: T201  # for those who write entries
