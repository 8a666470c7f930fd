"""A document as JSON text, piece by piece: one of 100,000 components is 250 MB, which shall not be held twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

_encode = msgspec.json.encode


def compact(body: Mapping[str, Any]) -> Iterator[bytes]:
    """What ``msgspec.json.encode`` gives for the object, in pieces.

    Raises:
        UnicodeEncodeError: a lone surrogate, which no UTF-8 can hold.
    """
    opened = b"{"
    for name, value in body.items():
        yield opened + _encode(name) + b":"
        opened = b","
        if isinstance(value, list) and value:
            mark = b"["
            for one in value:
                yield mark + _encode(one)
                mark = b","
            yield b"]"
        else:
            yield _encode(value)
    yield b"{}" if not body else b"}"


def pretty(body: Mapping[str, Any]) -> Iterator[bytes]:
    """The object by lines of two spaces a level, in pieces.

    No line break can stand inside a text (RFC 8259, section 7), so each one may be followed by more indentation.
    """
    opened = b"{\n  "
    for name, value in body.items():
        yield opened + _encode(name) + b": "
        opened = b",\n  "
        if isinstance(value, list) and value:
            mark = b"[\n    "
            for one in value:
                yield mark + _indented(one, b"\n    ")
                mark = b",\n    "
            yield b"\n  ]"
        else:
            yield _indented(value, b"\n  ")
    yield b"{}" if not body else b"\n}"


def _indented(value: Any, line: bytes) -> bytes:
    return msgspec.json.format(_encode(value), indent=2).replace(b"\n", line)
