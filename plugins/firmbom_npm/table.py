"""Typed access to what a lockfile says: a value of the wrong type is a Problem with its place, and the rest stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from firmbom import parse
from firmbom.errors import InputError, LimitError, printable
from firmbom.model import Digest, Problem, Severity
from firmbom.tree.base import File

MOST = 20
"""So many problems of one severity are told of one file; the rest is counted."""

_MEMBERS = 1_000_000
"""So many members of mappings and lists are read of one file; a lock of 10,000 packages holds about 100,000."""

_WORDS = {dict: "an object", list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number"}


class Report:
    """Gathers the problems of one file."""

    def __init__(self, file: File) -> None:
        self.path = file.location_path
        self.doubtful = False
        """Something that may be a component could not be read."""
        self._budget = _MEMBERS
        self._said: dict[tuple[Severity, str], None] = {}
        self._told: dict[Severity, int] = {}

    def say(self, severity: Severity, message: str, place: str = "") -> None:
        """Add a problem; ``place`` is the key path inside the file."""
        if self._told.get(severity, 0) < MOST:
            line = printable(f"{place[:200]}: {message[:300]}" if place else message[:300])
            if (severity, line) in self._said:
                return
            self._said[severity, line] = None
        self._told[severity] = self._told.get(severity, 0) + 1

    def wrong(self, place: str, expected: str, value: object) -> None:
        """Add the problem that a value is not of the expected type."""
        self.doubtful = True
        self.say("warning", f"should be {expected}, not {_WORDS.get(type(value), 'empty')}", place)

    def newer(self, version: object, newest: object, place: str) -> None:
        """Add the problem that the format is newer than what is known of it, so that something may be misread."""
        self.doubtful = True
        self.say("warning", f"version {version} is newer than {newest}, as which it was read", place)

    def unnamed(self, place: str) -> None:
        """Add the problem that nobody can call a package by what stands there for its name and version."""
        self.doubtful = True
        self.say("error", "a package without a name, or with control characters in it: left out", place)

    def spend(self, members: int) -> None:
        """Count what is read: by YAML's aliases a small file can name one list ten thousand times.

        Raises:
            LimitError: more than any real lockfile holds.
        """
        self._budget -= members
        if self._budget < 0:
            raise LimitError(f"holds more than {_MEMBERS} dependencies", path=self.path)

    def problems(self) -> Iterator[Problem]:
        """Every problem, at most :data:`MOST` of each severity and then their number."""
        for severity, line in self._said:
            yield Problem(severity, line, self.path)
        for severity, count in self._told.items():
            if count > MOST:
                yield Problem(severity, f"{count - MOST} more like these", self.path)


class Table:
    """A JSON or YAML mapping and where it stands."""

    __slots__ = ("data", "place", "report")

    def __init__(self, data: Mapping[str, Any], place: str, report: Report) -> None:
        self.data = data
        self.place = place
        self.report = report

    def at(self, key: str) -> str:
        """The key path of a member."""
        return f"{self.place}.{key}" if self.place else key

    def text(self, key: str) -> str:
        """Text, or empty when there is none."""
        value = self.data.get(key)
        if value.__class__ is str:
            return value
        if value is not None:
            self.report.wrong(self.at(key), "text", value)
        return ""

    def flag(self, key: str) -> bool:
        """A boolean, JSON's or YAML's; absent is False."""
        value = self.data.get(key)
        if value is None or value is False or value == "false":
            return False
        if value is not True and value != "true":
            self.report.wrong(self.at(key), "true or false", value)
        return True

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of text; a single text stands for a list of one."""
        value = self.data.get(key)
        if value is None:
            return ()
        if isinstance(value, str):
            return (value,) if value else ()
        if not isinstance(value, list):
            self.report.wrong(self.at(key), "a list", value)
            return ()
        self.report.spend(len(value))
        for index, one in enumerate(value):
            if not isinstance(one, str):
                self.report.wrong(f"{self.at(key)}[{index}]", "text", one)
        return tuple(one for one in value if isinstance(one, str))

    def digests(self, key: str) -> tuple[Digest, ...]:
        """Subresource Integrity, as digests."""
        try:
            return Digest.from_sri(self.text(key))
        except ValueError as error:
            self.report.say("warning", str(error), self.at(key))
            return ()

    def table(self, key: str) -> Table:
        """A mapping; an absent one is empty."""
        return self.inside(key, self.data.get(key))

    def inside(self, key: str, value: object) -> Table:
        """``value``, found under ``key``, as a mapping."""
        if isinstance(value, dict):
            return Table(value, self.at(key), self.report)
        if value is not None:
            self.report.wrong(self.at(key), "an object", value)
        return Table({}, self.at(key), self.report)

    def tables(self) -> Iterator[tuple[str, Table]]:
        """Every member that is a mapping; others are reported."""
        self.report.spend(len(self.data))
        for key, value in self.data.items():
            if isinstance(value, dict):
                yield key, Table(value, self.at(key), self.report)
            else:
                self.report.wrong(self.at(key), "an object", value)

    def pairs(self, key: str) -> Mapping[str, str]:
        """A mapping of text to text (a dependency list); members of other types are reported and left out."""
        value = self.data.get(key)
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.report.wrong(self.at(key), "an object", value)
            return {}
        self.report.spend(len(value))
        if all(one.__class__ is str for one in value.values()):
            return value
        kept = {}
        for name, one in value.items():
            if isinstance(one, str):
                kept[name] = one
            else:
                self.report.wrong(f"{self.at(key)}.{name}", "text", one)
        return kept


def json_table(data: bytes, report: Report) -> Table:
    """A JSON document that is an object; a key that stands twice is a warning.

    Raises:
        InputError: not JSON, or not an object.
    """
    found = parse.json(data, path=report.path, on_duplicate=lambda key: _twice(report, key))
    if not isinstance(found, dict):
        raise InputError("not a JSON object", path=report.path)
    if b"\\ud" in data or b"\\uD" in data:
        found = _encodable(found)
    return Table(found, "", report)


def yaml_tables(data: bytes, report: Report) -> list[Table]:
    """Every document of a YAML file that is a mapping.

    Raises:
        InputError: not YAML, or no document is a mapping.
    """
    found = parse.yaml(data, path=report.path, on_duplicate=lambda key: _twice(report, key))
    tables = [Table(one, "", report) for one in found if isinstance(one, dict)]
    if not tables:
        raise InputError("holds no mapping", path=report.path, remedy="write the lockfile again")
    if len(tables) < len(found):
        report.wrong("a document", "an object", next(one for one in found if not isinstance(one, dict)))
    return tables


def _twice(report: Report, key: str) -> None:
    """In a lockfile the value that does not count may be a package; a person's package.json lists none."""
    report.doubtful |= not report.path.endswith("package.json")
    report.say("warning", "stands twice in one object; the last one counts", key)


def _encodable(found: Any) -> Any:
    """The same value with lone surrogates, which no output could hold, written as escapes."""
    if isinstance(found, str):
        return found.encode("utf-8", "backslashreplace").decode()
    if isinstance(found, list):
        return [_encodable(one) for one in found]
    if isinstance(found, dict):
        return {_encodable(key): _encodable(value) for key, value in found.items()}
    return found
