"""FIT: U-Boot's image tree, a flattened device tree whose ``/images`` hold kernels, ramdisks and filesystems.

Sources: Devicetree Specification 0.4, chapter 5; U-Boot's doc/usage/fit/source_file_format.rst.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from firmbom.errors import InputError
from firmbom.tree.archive import Entry
from firmbom.tree.report import Report
from firmbom.tree.source import Source

_BEGIN, _END_NODE, _PROPERTY, _NOP, _END = 1, 2, 3, 4, 9
_MOST_NODES = 10_000
_LONGEST_NAME = 256
_CIPHER = b"cipher"
"""The node in an image's own that says how it is encrypted."""
_KEPT = frozenset({b"data", b"data-size", b"data-offset", b"data-position", b"compression", b"type"})


class _Value(NamedTuple):
    """A property's place."""

    offset: int
    size: int


def confirm(head: bytes) -> bool:
    """A device tree with a node ``images`` near its beginning, which no board's tree has there."""
    return b"\0\0\0\1images\0" in head


def read(source: Source, report: Report) -> Iterator[Entry]:
    """Each image under its node's name; data stored outside the tree is found through its offset."""
    _, total, *_ = struct.unpack(">II", source.read_at(0, 8))
    outside = total + -total % 4
    for name, properties in _images(source):
        value = properties.get(b"data") or _external(source, properties, outside)
        if value is None:
            report("warning", "an image without data", name)
            continue
        content = source.window(value.offset, value.size)
        if _CIPHER in properties:
            report("error", f"encrypted: not opened; what its bytes 0 to {content.size} hold is unknown", name)
        if content.size < value.size:
            report("error", f"cut short: {content.size} of {value.size} bytes are there", name)
        yield Entry(name, "file", content.size, content)


def _external(source: Source, properties: dict[bytes, _Value], outside: int) -> _Value | None:
    size = _number(source, properties.get(b"data-size"))
    position = _number(source, properties.get(b"data-position"))
    offset = _number(source, properties.get(b"data-offset"))
    if size is None or (position is None and offset is None):
        return None
    return _Value(position if position is not None else outside + (offset or 0), size)


def _number(source: Source, value: _Value | None) -> int | None:
    if value is None or value.size != 4:
        return None
    return int.from_bytes(source.read_at(value.offset, 4), "big")


def _images(source: Source) -> Iterator[tuple[bytes, dict[bytes, _Value]]]:
    """The nodes directly under ``/images`` with where their properties stand."""
    path: list[bytes] = []
    found: dict[bytes, _Value] = {}
    for token, name, value in _tokens(source):
        if token == _BEGIN:
            path.append(name)
            if len(path) == 3:
                found = {}
            elif len(path) == 4 and name == _CIPHER:
                found[_CIPHER] = _Value(0, 0)
        elif token == _PROPERTY and value and len(path) == 3 and name in _KEPT:
            found[name] = value
        elif token == _END_NODE:
            if len(path) == 3 and path[1] == b"images":
                yield path[2], found
            if not path:
                raise InputError("a device tree with more ends than nodes")
            path.pop()


def _tokens(source: Source) -> Iterator[tuple[int, bytes, _Value | None]]:
    _, _, offset, strings = struct.unpack(">IIII", _exactly(source, 0, 16))
    for _ in range(_MOST_NODES):
        (token,) = struct.unpack(">I", _exactly(source, offset, 4))
        offset += 4
        if token == _BEGIN:
            name = _text(source, offset)
            offset += len(name) + 1 + -(len(name) + 1) % 4
            yield token, name, None
        elif token == _PROPERTY:
            size, where = struct.unpack(">II", _exactly(source, offset, 8))
            yield token, _text(source, strings + where), _Value(offset + 8, size)
            offset += 8 + size + -size % 4
        elif token == _END_NODE:
            yield token, b"", None
        elif token == _END:
            return
        elif token != _NOP:
            raise InputError(f"no token of a device tree at byte {offset - 4}")
    raise InputError(f"a device tree of more than {_MOST_NODES} nodes and properties")


def _text(source: Source, offset: int) -> bytes:
    data, nul, _ = source.read_at(offset, _LONGEST_NAME).partition(b"\0")
    if not nul:
        raise InputError(f"a name without end at byte {offset}")
    return data


def _exactly(source: Source, offset: int, length: int) -> bytes:
    data = source.read_at(offset, length)
    if len(data) < length:
        raise InputError(f"the device tree is cut off at byte {offset + len(data)}")
    return data
