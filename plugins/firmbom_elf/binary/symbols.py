"""The symbols of one file: what it gives to others and what it takes from them.

A file has thousands, of which next to nobody asks for more than a few.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from firmbom_elf.binary.string_table import StringTable
from firmbom_elf.binary.symbol_table import FUNCTION, OBJECT, SymbolTable
from firmbom_elf.binary.tables import Tables
from firmbom_elf.strings.database import Database, escaped

MOST_TELLERS, MOST_TELLER = 200, 128
"""Names in one file that may tell a version, and bytes of each."""

_TELLING = ("ersion", "ERSION", "_ver_")
"""What stands in the names of symbols that tell a version."""
_MOST_TRIES = 64
"""Names that end as is asked for which are looked at before all are."""
_SHT_SYMTAB = 2


class Names(Set[str]):
    """The distinct names of some symbols. They are made only for who goes through all of them."""

    def __init__(self, table: SymbolTable, without: frozenset[str] = frozenset()) -> None:
        """Args: names of ``without`` do not count."""
        self._table, self._without = table, without
        self.strings = table.strings
        """What they are from."""

    @property
    def _places(self) -> Collection[int]:
        """Where they begin in the string table."""
        return self._table.listed

    def _counts(self, place: int) -> bool | None:
        """Is the name among them that begins there? None if that takes too long to tell."""
        return self._table.any(place, lambda _: True)

    @cached_property
    def _all(self) -> frozenset[str]:
        return self.strings.all(self._places) - self._without

    def __contains__(self, name: object) -> bool:
        if not name or not isinstance(name, str) or name in self._without:
            return False
        places = self.strings.places(name)
        if places is None:
            return name in self._all
        for place in places:
            counted = self._counts(place)
            if counted is None:
                return name in self._all
            if counted:
                return True
        return False

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def __bool__(self) -> bool:
        names = map(self.strings.at, self._places)
        return any(name and name not in self._without for name in names) or bool(self._all)

    def mention(self, part: str) -> bool:
        """May ``part`` be in one of them?"""
        return self.strings.text is None or self.strings.holds(part)

    def ending(self, end: str) -> Iterator[str]:
        """Those that end so, some perhaps twice; cheap for who wants but one of them."""
        if not self.mention(f"{end}\0"):
            return
        text, at, others = self.strings.text or "", -1, not self.strings.text
        for _ in range(_MOST_TRIES):
            at = text.find(f"{end}\0", at + 1)
            if at < 0:
                break
            start = text.rfind("\0", 0, at) + 1
            name = text[start : at + len(end)]
            if name.isprintable() and self._counts(start) and name not in self._without:
                yield name
            else:
                others = True  # it may share the bytes of one that is none of them
        if others or at >= 0:
            yield from (name for name in self._all if name.endswith(end))


class Given(Names):
    """Of the symbols that a file gives to others."""

    @property
    def _places(self) -> Collection[int]:
        return self._table.given

    def _counts(self, place: int) -> bool | None:
        table = self._table
        given = table.any(place, table.is_given)
        copied = given and table.any(place, table.is_copied)
        return None if copied is None else given and not copied


class Taken(Names):
    """Of those that it takes from others."""

    @property
    def _places(self) -> Collection[int]:
        return self._table.taken

    def _counts(self, place: int) -> bool | None:
        return self._table.any(place, self._table.is_taken)


class Sought:
    """Names that many files are asked for, all of which are looked for at once."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = tuple(names)

    @cached_property
    def _database(self) -> Database:
        return Database([(escaped(f"{name}\0".encode()), False) for name in self._names], once=True)

    def prepare(self) -> None:
        """Get ready for the first file."""
        self._database.scan(b"", lambda *_: None)

    def among(self, names: Set[str]) -> Set[str]:
        """Those that are there."""
        return {name for name in self._mentioned(names) if name in names}

    def any_among(self, names: Set[str]) -> bool:
        """Is any there?"""
        return any(name in names for name in self._mentioned(names))

    def _mentioned(self, names: Set[str]) -> Sequence[str]:
        """Those that may be there."""
        if not isinstance(names, Names) or names.strings.text is None:
            return self._names
        places: list[int] = []
        self._database.scan(names.strings.names, lambda place, *_: places.append(place))
        return [self._names[place] for place in places]


class Defined(NamedTuple):
    """A symbol that the file defines."""

    name: str
    address: int
    size: int
    """Of data, in bytes."""
    function: bool


def tellers(table: SymbolTable) -> Iterator[Defined]:
    """The functions and data in whose names ``version`` or ``_ver_`` stands; of one name the first."""
    parts = [part.encode("ascii") for part in _TELLING if part in table.strings.marks]
    return _defined(table, dict(_named(table.strings.names, parts))) if parts else iter(())


def ending(table: SymbolTable, ends: Iterable[str]) -> Iterator[Defined]:
    """The functions and data whose names end so; of one name the first."""
    strings = table.strings
    held = [end.encode("ascii") for end in (f"{end}\0" for end in ends) if strings.holds(end)]
    return _defined(table, dict(found for end in held for found in _ended(strings.names, end))) if held else iter(())


def listed(tables: Tables) -> Names:
    """All names in ``.symtab``, by which an object file is linked."""
    section = next((one for one in tables.sections if one.type == _SHT_SYMTAB), None)
    if section is None or section.link >= len(tables.sections):
        return Names(SymbolTable(tables, b"", StringTable(b"")))
    rows = tables.data[section.offset : section.offset + section.size]
    names = StringTable(tables.content(tables.sections[section.link]))
    return Names(SymbolTable(tables, rows, names))


def _defined(table: SymbolTable, wanted: Mapping[int, str]) -> Iterator[Defined]:
    """What has these names, which begin at these offsets of the table of names."""
    for place, called in islice(wanted.items(), MOST_TELLERS):
        found = table.first(place)
        if found and found.given and found.type in (OBJECT, FUNCTION):
            yield Defined(called, found.address, found.size, found.type == FUNCTION)


def _ended(names: bytes, end: bytes) -> Iterator[tuple[int, str]]:
    """Offset and text of the names; one that is no more than ``end`` may share the bytes of a longer one."""
    at = names.find(end)
    while at >= 0:
        start = names.rfind(b"\0", 0, at) + 1
        for begin in {start, at}:
            name = names[begin : at + len(end) - 1]
            if len(name) <= MOST_TELLER and name.isascii():
                yield begin, name.decode("ascii")
        at = names.find(end, at + len(end))


def _named(names: bytes, parts: Iterable[bytes]) -> Iterator[tuple[int, str]]:
    """Offset and text of the names with such parts that may tell; those of C++ say for what, in their own way."""
    for part in parts:
        at = names.find(part)
        while at >= 0:
            start, end = names.rfind(b"\0", 0, at) + 1, names.find(b"\0", at)
            name = names[start:end]
            if end - start <= MOST_TELLER and name.isascii() and not name.startswith(b"_Z"):
                yield start, name.decode("ascii")
            at = names.find(part, end) if end > 0 else -1
