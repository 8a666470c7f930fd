"""Reading a document whose shape nobody has checked: every access says what it expects and notes what it finds instead.

A wrong shape costs the value that has it and leaves a :class:`~firmbom.model.Problem` with the JSON pointer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from firmbom.errors import printable
from firmbom.model import Problem, Severity

MOST = 200
"""Problems kept of one document; after that only that there are more."""

Object = dict[str, Any]


class Notes:
    """The problems met while reading one document."""

    def __init__(self, path: str, plugin: str) -> None:
        """Args: ``path`` and ``plugin`` are stamped on each problem."""
        self._path, self._plugin = path, plugin
        self._kept: dict[Problem, None] = {}
        self._full = False

    def doubt(self, pointer: str, message: str, severity: Severity = "warning") -> None:
        """Note what is wrong at a JSON pointer."""
        found = Problem(severity, printable(f"{pointer or '/'}: {message}"), self._path, self._plugin)
        if len(self._kept) < MOST:
            self._kept[found] = None
        elif found not in self._kept:
            self._full = True

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All of them, or the first and that there are more."""
        rest = Problem("warning", f"more is wrong than these {MOST} things", self._path, self._plugin)
        return (*self._kept, rest) if self._full else tuple(self._kept)


class Node:
    """An object of the document and where it stands."""

    __slots__ = ("notes", "pointer", "value")

    def __init__(self, value: Object, pointer: str, notes: Notes) -> None:
        self.value, self.pointer, self.notes = value, pointer, notes

    def text(self, name: str) -> str:
        """A text member; empty when it is absent."""
        found = self.value.get(name)
        if isinstance(found, str):
            return found
        if found is not None:
            self.doubt(name, f"expected text, found {_kind(found)}")
        return ""

    def object(self, name: str) -> Node:
        """An object member; empty when it is absent."""
        found = self.value.get(name)
        if found is not None and not isinstance(found, dict):
            self.doubt(name, f"expected an object, found {_kind(found)}")
        return Node(found if isinstance(found, dict) else {}, f"{self.pointer}/{name}", self.notes)

    def objects(self, name: str) -> list[Node]:
        """The objects of an array member; a lone object counts as an array of one, as ``evidence.identity`` allows."""
        found = self.value.get(name)
        if found is None:
            return []
        made: list[Node] = []
        for number, item in enumerate(self._items(name)):
            pointer = f"{self.pointer}/{name}/{number}"
            if isinstance(item, dict):
                made.append(Node(item, pointer, self.notes))
            else:
                self.notes.doubt(pointer, f"expected an object, found {_kind(item)}")
        return made

    def texts(self, name: str) -> Iterator[str]:
        """The texts of an array member; a lone text counts as an array of one."""
        for number, item in enumerate(self._items(name)):
            if isinstance(item, str):
                yield item
            else:
                self.notes.doubt(f"{self.pointer}/{name}/{number}", f"expected text, found {_kind(item)}")

    def number(self, name: str, default: float) -> float:
        """A numeric member."""
        found = self.value.get(name)
        if isinstance(found, (int, float)) and not isinstance(found, bool):
            return found
        if found is not None:
            self.doubt(name, f"expected a number, found {_kind(found)}")
        return default

    def doubt(self, name: str, message: str, severity: Severity = "warning") -> None:
        """Note what is wrong with a member, or with the object itself when ``name`` is empty."""
        self.notes.doubt(f"{self.pointer}/{name}" if name else self.pointer, message, severity)

    def _items(self, name: str) -> list[Any]:
        found = self.value.get(name)
        if isinstance(found, list):
            return found
        if found is None:
            return []
        if isinstance(found, (dict, str)) and found:
            return [found]
        self.doubt(name, f"expected an array, found {_kind(found)}")
        return []


def _kind(value: object) -> str:
    return {dict: "an object", list: "an array", str: "text", bool: "a truth value", type(None): "null"}.get(
        type(value), "a number"
    )
