"""JSON and text of a build as values that can be trusted to have the type that is asked for."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from typing import Any

import msgspec

from firmbom.errors import InputError, printable
from firmbom.model import Severity
from firmbom.problems import Report
from firmbom.tree.base import File

Json = dict[str, Any]

LONGEST = 4_000
"""Characters of a text that goes into the document."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+_~-]{0,199}\Z")
"""Of recipes, packages, layers and machines."""
VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+_~:%-]{0,199}\Z")

_ABSOLUTE = re.compile(r"(?<![\w:/.)}~>-])/(?:build|home|mnt|opt|root|srv|tmp|usr/src|var|work|workspace)/[^\s\"',;)]+")


def json_object(data: bytes, path: str) -> Json:
    """A JSON object (RFC 8259); bytes that are no UTF-8 are replaced, as :func:`json_of` tells.

    Raises:
        InputError: no JSON, no object, or nested too deeply.
    """
    try:
        found = msgspec.json.decode(_utf8(data))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"not JSON: {error}", path=path) from error
    except RecursionError as error:
        raise InputError("nested too deeply", path=path) from error
    if not isinstance(found, dict):
        raise InputError("not a JSON object", path=path)
    return found


def _utf8(data: bytes) -> bytes:
    """``data`` without a byte-order mark and with replacement characters for what is no UTF-8."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return data.decode("utf-8-sig", "replace").encode()
    return data.removeprefix(BOM_UTF8)


def json_of(file: File, report: Report, severity: Severity = "error") -> bytes | None:
    """The content of a JSON file in UTF-8; None when it cannot be read. Either is told, and so is what is no UTF-8."""
    data = report.read(file, severity)
    if data is None:
        return None
    made = _utf8(data)
    if made != data.removeprefix(BOM_UTF8):
        report.say("warning", "not UTF-8; what is not is replaced", file.location_path)
    return made


def text_in(found: Any, key: str) -> str:
    """The text at ``key``; empty when there is none."""
    value = found.get(key) if isinstance(found, dict) else None
    return value if isinstance(value, str) else ""


def objects(found: Any, key: str) -> Iterator[Json]:
    """The objects in the list at ``key``."""
    value = found.get(key) if isinstance(found, dict) else None
    return (one for one in value if isinstance(one, dict)) if isinstance(value, list) else iter(())


def texts(found: Any, key: str) -> tuple[str, ...]:
    """The texts in the list at ``key``, or the single text there."""
    value = found.get(key) if isinstance(found, dict) else None
    if isinstance(value, str):
        return (value,)
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def prose(text: str) -> str:
    """A description on one line, of bounded length, without paths of the machine that built."""
    plain = " ".join(text.split())[:LONGEST]
    return _ABSOLUTE.sub("[path]", printable(plain))


def named(text: str) -> str:
    """``text`` if it can be the name of a recipe, package or layer, else empty."""
    return text if NAME.match(text) else ""


def versioned(text: str) -> str:
    """``text`` if it can be a version, else empty."""
    return text if VERSION.match(text) else ""
