"""Reading a document whose shape cannot be trusted: every wrong type becomes a Problem that names its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from firmbom.errors import printable
from firmbom.model import Problem, Severity

MOST = 100
"""Problems told of one file; a file with more is told so once."""

_T = TypeVar("_T")
_KINDS = {dict: "a table", list: "an array", str: "text", bool: "a truth value", int: "a number", float: "a number"}


class Report:
    """What reading one file has to say beside its components."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._problems: dict[Problem, None] = {}
        self._untold = 0
        self.lost = False
        """True once something said means that components may be missing."""

    def say(self, severity: Severity, message: str, place: str = "") -> None:
        """Tell one problem; ``place`` is a key path such as ``package[3].version``."""
        self.lost = self.lost or severity == "error"
        problem = Problem(severity, printable(f"{place}: {message}" if place else message)[:500], self._path)
        if len(self._problems) < MOST or problem in self._problems:
            self._problems[problem] = None
        else:
            self._untold += 1

    def problems(self) -> Iterator[Problem]:
        """All that was told."""
        yield from self._problems
        if self._untold:
            severity: Severity = "error" if self.lost else "warning"
            yield Problem(severity, f"{self._untold} more problems like these", self._path)

    def tried(self, make: Callable[[], _T], otherwise: _T, place: str) -> _T:
        """The value made, or ``otherwise`` with a warning that says why."""
        try:
            return make()
        except ValueError as error:
            self.say("warning", _first_line(error), place)
            return otherwise

    def text(self, table: Mapping[str, Any], key: str, place: str, severity: Severity = "warning") -> str:
        """The text at ``key``, without control characters; empty when it is absent or no text."""
        value = table.get(key)
        if isinstance(value, str):
            return clean(value)
        if value is not None:
            self._mismatch(value, "text", at(place, key), severity)
        return ""

    def flag(self, table: Mapping[str, Any], key: str, place: str) -> bool:
        """The truth value at ``key``, also as YAML text; False when it is absent or neither."""
        value = table.get(key)
        if value is True or value == "true":
            return True
        if value is not None and value is not False and value != "false":
            self._mismatch(value, "a truth value", at(place, key), "warning")
        return False

    def table(self, table: Mapping[str, Any], key: str, place: str, severity: Severity = "warning") -> dict[str, Any]:
        """The table at ``key``; empty when it is absent or no table."""
        value = table.get(key)
        if isinstance(value, dict):
            return value
        if value is not None:
            self._mismatch(value, "a table", at(place, key), severity)
        return {}

    def items(self, table: Mapping[str, Any], key: str, place: str, severity: Severity = "warning") -> list[Any]:
        """The array at ``key``; empty when it is absent or no array."""
        value = table.get(key)
        if isinstance(value, list):
            return value
        if value is not None:
            self._mismatch(value, "an array", at(place, key), severity)
        return []

    def tables(
        self, table: Mapping[str, Any], key: str, place: str, severity: Severity = "warning"
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each table of the array at ``key`` with its place."""
        for index, value in enumerate(self.items(table, key, place, severity)):
            here = f"{at(place, key)}[{index}]"
            if isinstance(value, dict):
                yield here, value
            else:
                self._mismatch(value, "a table", here, severity)

    def strings(self, table: Mapping[str, Any], key: str, place: str) -> list[str]:
        """The texts of the array at ``key``; what is no text is told and left out."""
        found = []
        for index, value in enumerate(self.items(table, key, place)):
            if isinstance(value, str):
                found.append(clean(value))
            else:
                self._mismatch(value, "text", f"{at(place, key)}[{index}]", "warning")
        return found

    def _mismatch(self, value: object, expected: str, place: str, severity: Severity) -> None:
        self.say(severity, f"{expected} expected, found {_KINDS.get(type(value), type(value).__name__)}", place)


def at(place: str, key: str) -> str:
    """The key path of ``key`` inside ``place``."""
    return f"{place}.{key}" if place else key


def clean(text: str) -> str:
    """``text`` on one line without control characters and lone surrogates."""
    return text if text.isprintable() else printable(text)


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0][:200]
