"""A document as JSON text, piece by piece: one of 100,000 components is 250 MB, which shall not be held twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

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


_TOGETHER = 256
"""Items of a long list that are written in one piece: memory that holds a piece serves for the next one."""


def pretty(value: Any, deep: int = 0) -> Iterator[bytes]:
    """The value by lines of two spaces a level, in pieces; ``deep`` is how many levels it stands in."""
    if isinstance(value, Mapping) and value:
        opened = b"{"
        for name, member in value.items():
            yield opened + _line(deep + 1) + _encode(name) + b": "
            yield from pretty(member, deep + 1)
            opened = b","
        yield _line(deep) + b"}"
    elif isinstance(value, list) and len(value) > _TOGETHER:
        opened = b"["
        for start in range(0, len(value), _TOGETHER):
            yield opened + _indented(value[start : start + _TOGETHER], deep, without=1)
            opened = b","
        yield _line(deep) + b"]"
    else:
        yield _indented(value, deep)


def _line(deep: int) -> bytes:
    return b"\n" + b"  " * deep


def _indented(value: Any, deep: int, without: Literal[0, 1] = 0) -> bytes:
    """As it stands so many levels deep: in as many lists, whose brackets are cut off; its own if it is ``without``."""
    text = msgspec.json.format(b"".join((b"[" * deep, _encode(value), b"]" * deep)), indent=2)
    above = sum(len(_line(level)) + 1 for level in range(deep))
    below = above + without * (len(_line(deep)) + 1)
    return text[above + len(_line(deep)) - 1 + without : -below or None]
