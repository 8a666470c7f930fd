"""Strict reading of JSON, TOML and YAML: what is ambiguous is refused or reported, never silently resolved."""

from __future__ import annotations

import json as _json
from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn

from firmbom.errors import InputError

DEEPEST = 500
"""How deep YAML may nest; lockfiles stay below ten."""

OnDuplicate = Callable[[str], None]
"""Told the name of a key that an object holds twice; the last value stands, as in every common parser."""


def text(data: bytes, *, path: str = "") -> str:
    """Decode text as its byte-order mark says, else as UTF-8.

    Raises:
        InputError: the bytes are not text in that encoding, with the byte offset.
    """
    encoding = "utf-8-sig"
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(
            f"not text in {encoding.removesuffix('-sig').upper()}", path=path, place=f"byte {error.start}"
        ) from error


MOST_DIGITS = 17
"""Significant ones of a number that are worth something: so many tell any two doubles apart (IEEE 754)."""


def json(data: bytes, *, path: str = "", on_duplicate: OnDuplicate | None = None, exact: bool = False) -> Any:
    """Read one JSON value (RFC 8259); without ``on_duplicate`` a repeated key is refused.

    Args:
        data: the text.
        path: what to call it.
        on_duplicate: told of each key that stands twice, in place of a refusal.
        exact: refuse numbers that no double holds, for readers would differ on them (RFC 7493 section 2.2).

    Raises:
        InputError: not JSON, not UTF-8, NaN or Infinity, a repeated key, nested too deeply, a number that is not exact.
    """

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(found)
        if len(made) != len(found):
            seen: set[str] = set()
            for key, _ in found:
                if key in seen:
                    if on_duplicate is None:
                        raise InputError(f"key {key[:80]!r} stands twice in one object", path=path)
                    on_duplicate(key)
                seen.add(key)
        return made

    def constant(name: str) -> NoReturn:
        raise InputError(f"{name} is not JSON", path=path)

    content = text(data, path=path)
    try:
        number = partial(_exact, path) if exact else None
        return _json.loads(content, object_pairs_hook=pairs, parse_constant=constant, parse_float=number)
    except _json.JSONDecodeError as error:
        what = error.msg if content.strip() else "it is empty"
        raise InputError(f"not JSON: {what}", path=path, place=f"line {error.lineno} column {error.colno}") from error
    except RecursionError as error:
        raise InputError("nested too deeply", path=path) from error
    except ValueError as error:  # an integer of more than 4,300 digits
        raise InputError(f"not JSON that can be read: {error}", path=path) from error


def _exact(path: str, text: str) -> float:
    """The double that a JSON number with a fraction or an exponent stands for, if that is what it says."""
    value, digits = float(text), text.lower().partition("e")[0].lstrip("-").replace(".", "").strip("0")
    if abs(value) == float("inf") or (digits and not value) or len(digits) > MOST_DIGITS:
        raise InputError(f"the number {text[:40]} is beyond what a double holds: readers would differ on it", path=path)
    return value


def toml(data: bytes, *, path: str = "") -> dict[str, Any]:
    """Read a TOML 1.0 document.

    Raises:
        InputError: not TOML, with line and column; not UTF-8; nested too deeply.
    """
    import tomllib  # for who reads TOML

    try:
        return tomllib.loads(text(data, path=path))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"not TOML: {error}", path=path) from error
    except (RecursionError, ValueError) as error:
        raise InputError(f"not TOML that can be read: {error}", path=path) from error


def yaml(data: bytes, *, path: str = "", on_duplicate: OnDuplicate | None = None) -> list[Any]:
    """Read every document of a YAML stream; **all scalars stay text**, so the version ``1.10`` stays ``"1.10"``.

    Built from the parser's events, because PyYAML's own composer recurses in C and crashes on deep nesting.

    Raises:
        InputError: not YAML, with the line; not text; a repeated key without ``on_duplicate``; nested too deeply.
    """
    import yaml as pyyaml

    report = on_duplicate or partial(_refuse_key, path)
    try:
        return _documents(pyyaml, text(data, path=path), report, path)
    except pyyaml.MarkedYAMLError as error:
        place = f"line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise InputError(f"not YAML: {error.problem or error.context}", path=path, place=place) from error
    except pyyaml.YAMLError as error:
        raise InputError(f"not YAML: {str(error).splitlines()[0]}", path=path) from error


class _Open:
    """A mapping or sequence whose end has not been read."""

    __slots__ = ("key", "value")

    def __init__(self, value: dict[str, Any] | list[Any]) -> None:
        self.value = value
        self.key: str | None = None
        """In a mapping: the key whose value comes next."""

    def add(self, child: Any, report: OnDuplicate) -> None:
        if isinstance(self.value, list):
            self.value.append(child)
        elif self.key is None:
            self.key = child if isinstance(child, str) else str(child)[:80]
            if self.key in self.value:
                report(self.key)
        else:
            self.value[self.key], self.key = child, None


def _documents(pyyaml: Any, content: str, report: OnDuplicate, path: str) -> list[Any]:
    events, loader = pyyaml.events, getattr(pyyaml, "CBaseLoader", pyyaml.BaseLoader)
    top: list[Any] = []
    stack = [_Open(top)]
    anchors: dict[str, Any] = {}
    for event in pyyaml.parse(content, loader):
        kind = type(event)
        if kind is events.ScalarEvent:
            value: Any = event.value
            stack[-1].add(value, report)
        elif kind is events.MappingStartEvent or kind is events.SequenceStartEvent:
            value = {} if kind is events.MappingStartEvent else []
            if len(stack) > DEEPEST:
                raise InputError(f"nested deeper than {DEEPEST}", path=path, place=f"line {event.start_mark.line + 1}")
            stack[-1].add(value, report)
            stack.append(_Open(value))
        elif kind is events.MappingEndEvent or kind is events.SequenceEndEvent:
            stack.pop()
            continue
        elif kind is events.AliasEvent:
            if event.anchor not in anchors:
                raise InputError(f"alias {event.anchor!r} has no anchor", path=path)
            stack[-1].add(anchors[event.anchor], report)
            continue
        elif kind is events.DocumentStartEvent:
            anchors.clear()
            continue
        else:
            continue
        if event.anchor:
            anchors[event.anchor] = value
    return top


def _refuse_key(path: str, key: str) -> None:
    raise InputError(f"key {key[:80]!r} stands twice in one mapping", path=path)
