"""Reads the catalogue, packed or in its TOML files, and answers which components a file belongs to."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from functools import cache, cached_property
from itertools import pairwise
from typing import TypeVar

import msgspec

from firmbom.model import Licence
from firmbom_elf.binary.symbols import Sought
from firmbom_elf.catalogue.entry import Entry, Version
from firmbom_elf.catalogue.literals import SHORTEST, required
from firmbom_elf.catalogue.packed import Index, Known, Packed
from firmbom_elf.catalogue.patterns import WILD
from firmbom_elf.catalogue.releases import NUMBERS, before, order
from firmbom_elf.catalogue.rule import Rule, compiled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

T = TypeVar("T")

FOLDER = __file__.rpartition("/")[0]
PACKED = f"{FOLDER}/catalogue.msgpack"
"""What :func:`firmbom_elf.catalogue.packed.packed` made when the wheel was built."""
NUMBER = r"(?s:(\^|\\A).*(\$|\\Z))"
"""A pattern that stands for a whole string, so that it may match a bare number."""


class _Made(Mapping[str, T]):
    """Values by name, each made when it is first asked for: of thousands, one tree has to do with dozens."""

    def __init__(self, names: Mapping[str, object], make: Callable[[str], T]) -> None:
        self._names, self._make = names, make
        self._made: dict[str, T] = {}

    def __getitem__(self, name: str) -> T:
        if name in self._made:
            return self._made[name]
        if name not in self._names:
            raise KeyError(name)
        return self._made.setdefault(name, self._make(name))

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class Catalogue:
    """All entries, indexed by what files show. An index is made when it is first used."""

    entries: Mapping[str, Entry]
    rules: Mapping[str, tuple[Rule, ...]]
    """Each entry's."""

    def __init__(self, entries: Iterable[Entry] = (), carried: Packed | None = None) -> None:
        """Args: ``carried`` is the catalogue as a wheel carries it, in the place of the entries."""
        self._carried = carried
        if carried:
            packed, decode = carried.entries, msgspec.msgpack.Decoder(Known).decode
            known: _Made[Known] = _Made(packed, lambda name: decode(packed[name]))
            self.entries = _Made(packed, lambda name: known[name].entry)
        else:
            given = {entry.name: entry for entry in entries}
            known = _Made(given, lambda name: Known.of(given[name]))
            self.entries = given
        self._known = known
        self.rules = _Made(self.entries, lambda name: known[name].rules())

    @cached_property
    def index(self) -> Index:
        """By which entries a file is looked at."""
        if self._carried is None:
            return Index.of(self._known.values())
        return msgspec.msgpack.decode(self._carried.index, type=Index)

    @cached_property
    def telling(self) -> Sought:
        """Of what each entry exports, the first."""
        return Sought(self.index.exports)

    def owners(self, path: str, soname: str) -> list[tuple[Entry, str]]:
        """Entries that claim the file by its name, each with the pattern that fits, the most specific first."""
        base = path.rpartition("/")[2]
        files, sonames = self.index.files, self.index.sonames
        found = {**files.match(path, base), **sonames.match(soname or base, soname or base)}
        owners = [(self.entries[name], pattern) for name, pattern in found.items()]
        return sorted(owners, key=_specific) if len(owners) > 1 else owners

    def contained(self, exports: Iterable[str]) -> list[Entry]:
        """Entries all of whose ``exports`` are among those."""
        names = exports if isinstance(exports, Set) else frozenset(exports)
        told = self.telling.among(names)
        candidates = [self.entries[name] for symbol in told for name in self.index.exports[symbol]]
        return sorted((e for e in candidates if all(name in names for name in e.exports)), key=lambda entry: entry.name)


def _specific(found: tuple[Entry, str]) -> tuple[int, int, str]:
    """Sorts whole names before patterns, long patterns before short ones."""
    entry, pattern = found
    return bool(WILD.search(pattern)), -len(pattern), entry.name


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
    from pathlib import Path  # all that it brings is not needed where the catalogue is packed

    return [entry for file in sorted(Path(FOLDER).glob("*.toml")) for entry in read(file)]


@cache
def catalogue() -> Catalogue:
    """The catalogue that firmbom comes with, read once a process."""
    try:
        with open(PACKED, "rb") as file:  # noqa: PTH123 - see listed
            carried = msgspec.msgpack.decode(file.read(), type=Packed)
    except FileNotFoundError:  # not installed from a wheel
        return Catalogue(listed())
    return Catalogue(carried=carried)


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
    return bool(entry.misleads) and any(compiled(pattern).search(text) for pattern in entry.misleads)


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
    from firmbom.spdx import canonical, reference

    for licence in (entry.licence, *(earlier.licence for earlier in entry.licensed)):
        if licence and canonical(licence) != licence:
            yield f"{licence!r} is no SPDX expression, which might be {canonical(licence) or reference(licence)!r}"
    releases = [earlier.before for earlier in entry.licensed]
    strange = [release for release in releases if not re.fullmatch(NUMBERS, release)]
    yield from (f"{release!r} is no release: that is numbers and dots" for release in strange)
    yield from (f"{two} does not follow {one}" for one, two in pairwise(releases) if order(two) <= order(one))


def _broken(pattern: str) -> Iterator[str]:
    try:
        compiled(pattern)
    except re.error as error:
        yield f"{pattern!r}: {error}"


def _led(version: Version) -> Iterator[str]:
    if version.leading and (version.number or version.releases or not re.fullmatch(NUMBERS, version.leading)):
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
        if not re.fullmatch(NUMBER, pattern):
            yield f"{pattern!r} has no literal of 4 characters and is not anchored at both ends"
        if version.inside:
            yield f"{pattern!r} matches a bare number, which proves nothing in other files"
    if version.inside and (version.file or version.data):
        yield f"{pattern!r} says nothing of what is inside: for that there are strings and code"


if __name__ == "__main__":
    from pathlib import Path

    for told in faults(e for name in sys.argv[1:] for e in read(Path(name))):
        print(told)  # noqa: T201  # for those who write entries
