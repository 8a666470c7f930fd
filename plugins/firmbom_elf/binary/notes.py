"""ELF notes: the build-id, GNU properties, the FDO package note and the FDO dlopen note.

Sources: System V gABI chapter 5 (note section); the x86-64 and AArch64 psABI supplements (GNU properties); the UAPI
group's specifications "Package Metadata for Executable Files" and "ELF dlopen metadata".
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from firmbom.errors import printable
from firmbom_elf.binary.tables import Tables

BUILD_ID = (b"GNU", 3)
PROPERTIES = (b"GNU", 5)
PACKAGE = (b"FDO", 0xCAFE_1A7E)
DLOPEN = (b"FDO", 0x407C_0C0A)
"""By owner and type."""
_TYPES = frozenset(kind for _, kind in (BUILD_ID, PROPERTIES, PACKAGE, DLOPEN))

_HEADERS = {order: struct.Struct(f"{order}3I") for order in "<>"}
"""Three words stand before a note: the lengths of owner and content, and the type."""

MOST_NOTES = 1000
"""In one file."""
MOST_BYTES = 1 << 16
"""Of one note."""
_LONGEST_OWNER = 16
"""Bytes that are looked at."""

_MOST_TEXTS = 64
"""That are kept for the next files: most of a system say the same."""

_FEATURES = {
    (0xC000_0002, 0): "ibt",
    (0xC000_0002, 1): "shstk",
    (0xC000_0000, 0): "bti",
    (0xC000_0000, 1): "pac",
    (0xC000_0000, 2): "gcs",
}
"""By property type (GNU_PROPERTY_X86_FEATURE_1_AND, GNU_PROPERTY_AARCH64_FEATURE_1_AND) and bit."""


class Notes(NamedTuple):
    """What the notes of one file say."""

    build_id: str = ""
    package: tuple[tuple[str, str], ...] = ()
    dlopens: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    """``bti``, ``pac``, ``gcs``, ``ibt``, ``shstk``."""


def read(tables: Tables) -> Notes:
    """The notes; the first of each kind counts, of the dlopen notes all."""
    first: dict[tuple[bytes, int], bytes] = {}
    opened: dict[str, None] = {}
    for kind, said in _notes(tables):
        first.setdefault(kind, said)
        if kind == DLOPEN:
            opened.update(dict.fromkeys(dlopens(said)))
    return Notes(
        build_id=first.get(BUILD_ID, b"").hex(),
        package=tuple(package(first[PACKAGE])) if PACKAGE in first else (),
        dlopens=tuple(opened),
        features=features(first.get(PROPERTIES, b""), tables.header.endian, tables.header.bits),
    )


def _notes(tables: Tables) -> Iterator[tuple[tuple[bytes, int], bytes]]:
    """Owner and type, and content, of those whose type is one of ours; owner and content are padded."""
    data, left = tables.data, MOST_NOTES
    header = _HEADERS[tables.order]
    for first, size, pad in tables.notes:
        at, end = first, min(first + size, len(data))
        while at + header.size <= end and left:
            left -= 1
            owner, length, kind = header.unpack_from(data, at)
            name = at + header.size
            start = at - -(header.size + owner) // pad * pad
            if kind in _TYPES:
                called = data[name : min(name + min(owner, _LONGEST_OWNER), end)].rstrip(b"\0")
                yield (called, kind), data[start : min(start + min(length, MOST_BYTES), end)]
            at = start - -length // pad * pad


def package(said: bytes) -> Iterator[tuple[str, str]]:
    """Keys and values of a package note; a value that is no text is given as JSON."""
    stated = _json(said)
    for key, value in stated.items() if isinstance(stated, dict) else ():
        yield printable(key), printable(value if isinstance(value, str) else _written(value))


def dlopens(said: bytes) -> Iterator[str]:
    """The SONAMEs that a dlopen note lists."""
    stated = _json(said)
    for entry in stated if isinstance(stated, list) else ():
        names = entry.get("soname") if isinstance(entry, dict) else None
        for name in names if isinstance(names, list) else ():
            if isinstance(name, str):
                yield printable(name)


@lru_cache(_MOST_TEXTS)
def features(said: bytes, endian: Literal["little", "big"], bits: Literal[32, 64]) -> tuple[str, ...]:
    """The features that the loader may turn on because every part of the file was built for them."""
    return tuple(_features(said, endian, bits))


def _features(said: bytes, endian: Literal["little", "big"], bits: Literal[32, 64]) -> Iterator[str]:
    order, align = "<" if endian == "little" else ">", bits // 8
    offset = 0
    while offset + 8 <= len(said):
        kind, size = struct.unpack_from(f"{order}II", said, offset)
        if size == 4 and offset + 12 <= len(said):
            (mask,) = struct.unpack_from(f"{order}I", said, offset + 8)
            yield from (name for (which, bit), name in _FEATURES.items() if which == kind and mask >> bit & 1)
        offset += 8 + -(-size // align) * align


def _json(said: bytes) -> object:
    text = said.rstrip(b"\0")
    if not text:  # as in most files
        return None
    import json

    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _written(value: object) -> str:
    import json

    return json.dumps(value)
