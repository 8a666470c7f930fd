"""Turns parsed TOML into a struct; a wrong key or value is answered with its place, what was expected and what came."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

import msgspec

from firmbom.errors import ConfigError, meant, printable
from firmbom.opening import whole

T = TypeVar("T", bound=msgspec.Struct)


def read(path: Path, largest: int, what: str) -> bytes:
    """The bytes of a file that somebody wrote by hand.

    Raises:
        ConfigError: it cannot be read, or has more than ``largest`` bytes, so that it is not ``what``.
    """
    try:
        data = whole(path, largest)
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror or error}", path=str(path)) from error
    if len(data) > largest:
        raise ConfigError(f"larger than {largest} bytes, so not {what}", path=str(path))
    return data


def convert(raw: Mapping[str, Any], into: type[T], place: str = "") -> T:
    """Make ``into`` of a table; plugins do it with their ``Context.options`` and ``place="plugin.<name>"``.

    Raises:
        ConfigError: an unknown key or a value of the wrong type, without a file name.
    """
    _refuse_unknown_keys(raw, into, place)
    try:
        return msgspec.convert(raw, into)
    except msgspec.ValidationError as error:
        raise _explained(str(error), raw, into, place) from error


def _refuse_unknown_keys(raw: Mapping[str, Any], struct: type[msgspec.Struct], place: str) -> None:
    fields = {field.name: field for field in msgspec.structs.fields(struct)}
    for key, value in raw.items():
        where = f"{place}.{key}" if place else key
        if key not in fields:
            known = meant(key, fields) or "known here: " + (", ".join(fields) or "none")
            raise ConfigError(f"there is no such key; {known}", place=where)
        if inner := _struct_in(fields[key].type):
            for sub, table in _tables(value, where):
                _refuse_unknown_keys(table, inner, sub)


def _struct_in(annotation: Any) -> type[msgspec.Struct] | None:
    """The struct that a field's type is, or holds: ``Party``, ``tuple[Party, ...]``, ``Target | None``."""
    for one in (annotation, *get_args(annotation)):
        if isinstance(one, type) and issubclass(one, msgspec.Struct):
            return one
    return None


def _tables(value: Any, place: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(value, dict):
        yield place, value
    elif isinstance(value, list):
        yield from ((f"{place}[{i}]", one) for i, one in enumerate(value) if isinstance(one, dict))


_COMPLAINT = r"(?s)(?P<what>.*?)(?: - at `\$(?P<where>.*)`)?\Z"
_EXPECTED = r"Expected `(?P<wanted>[^`]*)`, got `(?P<got>[^`]*)`"
_STEP = r"\.(?P<key>\w+)|\[(?P<index>\d+)\]|\[\.\.\.\]"
_WORDS = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "an array",
    "object": "a table",
    "date": "a date",
    "datetime": "a date with a time",
    "time": "a time",
    "null": "",  # TOML has none: the key is left out
}
"""What msgspec calls a thing, and what a person calls it."""


def _explained(complaint: str, raw: Mapping[str, Any], into: type[msgspec.Struct], root: str) -> ConfigError:
    """Say a msgspec complaint with the key path, the value, and in TOML's words."""
    match = re.fullmatch(_COMPLAINT, complaint)
    what, where = (match["what"], match["where"] or "") if match else (complaint, "")
    place, value, field_type = _follow(where, raw, into, root)
    shown = printable(repr(value))[:40]
    expected = re.search(_EXPECTED, what)
    if not expected:  # an enumeration
        choices = " or ".join(repr(one) for one in _choices(field_type))
        return ConfigError(f"expected {choices}, got {shown}" if choices else what, place=place)
    wanted, got = map(_in_words, (expected["wanted"], expected["got"]))
    if isinstance(value, bool):
        got = shown.lower()
    elif not isinstance(value, dict | list):
        got += f" ({shown})"
    remedy = "write it in quotes" if wanted == "text" and isinstance(value, int | float) else ""
    return ConfigError(f"expected {wanted}, got {got}", place=place, remedy=remedy)


def _in_words(types: str) -> str:
    """``float | null`` as "a number"."""
    return " or ".join(filter(None, (_WORDS.get(one, one) for one in types.split(" | "))))


def _follow(where: str, value: Any, annotation: Any, place: str) -> tuple[str, Any, Any]:
    """The key path, the value there and the type it should have, for msgspec's ``.build.images[1]``."""
    for step in re.finditer(_STEP, where):
        if step["key"]:
            place, value = f"{place}.{step['key']}" if place else step["key"], value[step["key"]]
            struct = _struct_in(annotation)
            types = {field.name: field.type for field in msgspec.structs.fields(struct)} if struct else {}
            annotation = types.get(step["key"], Any)
        elif step["index"]:
            place, value = f"{place}[{step['index']}]", value[int(step["index"])]
            annotation = get_args(annotation)[0] if get_args(annotation) else Any
        else:  # a table with free keys: msgspec does not say which; it stops at the first that is no table
            key = next((key for key, one in value.items() if not isinstance(one, dict)), "")
            place, value = f"{place}.{key}", value.get(key)
    return place, value, annotation


def _choices(annotation: Any) -> tuple[Any, ...]:
    return tuple(one for one in get_args(annotation) if isinstance(one, str))
