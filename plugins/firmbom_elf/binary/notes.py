"""ELF notes: the build-id, GNU properties, the FDO package note and the FDO dlopen note.

Sources: System V gABI chapter 5 (note section); the x86-64 and AArch64 psABI supplements (GNU properties); the UAPI
group's specifications "Package Metadata for Executable Files" and "ELF dlopen metadata".
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from itertools import islice
from typing import Literal, NamedTuple

from firmbom.errors import printable
from firmbom_elf.binary.tables import Tables

BUILD_ID = ("GNU", 3)
PROPERTIES = ("GNU", 5)
PACKAGE = ("FDO", 0xCAFE_1A7E)
DLOPEN = ("FDO", 0x407C_0C0A)

_KNOWN = frozenset({BUILD_ID, PROPERTIES, PACKAGE, DLOPEN})

MOST_NOTES = 1000
MOST_BYTES = 1 << 16
"""Of one note."""
_LONGEST_OWNER = 16
"""Bytes that are looked at."""

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
    held: dict[tuple[str, int], list[bytes]] = {}
    for kind, said in islice(_notes(tables), MOST_NOTES):
        if kind in _KNOWN:
            held.setdefault(kind, []).append(said)
    return Notes(
        build_id=held.get(BUILD_ID, [b""])[0].hex(),
        package=tuple(package(held.get(PACKAGE, [b""])[0])),
        dlopens=tuple(dict.fromkeys(name for said in held.get(DLOPEN, []) for name in dlopens(said))),
        features=tuple(features(held.get(PROPERTIES, [b""])[0], tables.header.endian, tables.header.bits)),
    )


def _notes(tables: Tables) -> Iterator[tuple[tuple[str, int], bytes]]:
    header = struct.Struct(f"{tables.order}3I")
    for offset, size, pad in tables.notes:
        yield from _in(tables.view[offset : offset + size], header, pad)


def _in(part: memoryview, header: struct.Struct, pad: int) -> Iterator[tuple[tuple[str, int], bytes]]:
    """Owner and type, and content: three words (lengths of both, type) stand before them, and both are padded."""
    at = 0
    while at + header.size <= len(part):
        owner, length, kind = header.unpack_from(part, at)
        name = bytes(part[at + header.size : at + header.size + min(owner, _LONGEST_OWNER)]).rstrip(b"\0")
        start = -(-(at + header.size + owner) // pad) * pad
        yield (name.decode("latin-1"), kind), bytes(part[start : start + min(length, MOST_BYTES)])
        at = -(-(start + length) // pad) * pad


def package(said: bytes) -> Iterator[tuple[str, str]]:
    """Keys and values of a package note; a value that is no text is given as JSON."""
    stated = _json(said)
    for key, value in stated.items() if isinstance(stated, dict) else ():
        yield printable(key), printable(value if isinstance(value, str) else json.dumps(value))


def dlopens(said: bytes) -> Iterator[str]:
    """The SONAMEs that a dlopen note lists."""
    stated = _json(said)
    for entry in stated if isinstance(stated, list) else ():
        names = entry.get("soname") if isinstance(entry, dict) else None
        for name in names if isinstance(names, list) else ():
            if isinstance(name, str):
                yield printable(name)


def features(said: bytes, endian: Literal["little", "big"], bits: Literal[32, 64]) -> Iterator[str]:
    """The features that the loader may turn on because every part of the file was built for them."""
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
    try:
        return json.loads(text) if text else None  # most files have no such note
    except (ValueError, RecursionError):
        return None
