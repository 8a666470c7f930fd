"""UEFI firmware built from EDK II: firmware volumes, and the LZMA-compressed ones inside them.

Format: UEFI Platform Initialization specification, volume 3: a volume has ``_FVH`` 40 bytes from its start; a section
of type 2 names by GUID how it is packed, EE4E5898-3914-4259-9D6E-DC7BD79403CF being LZMA (edk2 ``LzmaDecompress.h``).
Versions stand in build paths (``edk2-2022.11/Build``) and in what the firmware shows (``EDK II`` beside its version).
"""

from __future__ import annotations

import lzma
import re
import struct
from collections.abc import Iterator

from firmbom.identity import purl
from firmbom.model import Component, Property
from firmbom_elf.declarations.subject import Declared, Subject, plain

LARGEST = 64 << 20
"""Unpacked bytes of all volumes together."""
_MOST = 8
"""Compressed sections that are looked into."""
_MEMORY = 256 << 20

_LZMA = bytes.fromhex("98584eee143959429d6edc7bd79403cf")
_PATH = re.compile(rb"/edk2-(?:stable)?(\d{4}\.?\d{2})[^/\0]{0,40}/")
_MARKS = (b"/edk2", b"EDK II", "EDK II".encode("utf-16-le"), b"\\MdePkg\\", b"/MdePkg/")
_SHOWN = re.compile(
    rb"(?P<version>2\x000\x00[0-9]\x00[0-9]\x00(?P<dot>\.\x00)?[01]\x00[0-9]\x00)"
    rb"(?:[-+~]\x00(?:[!-~]\x00){1,40})?\x00\x00"
)
"""A release in UTF-16 with what a distribution adds: ``2025.02-8+deb13u1``, ``edk2-stable202502``."""
_TAG = "stable".encode("utf-16-le")


def read(subject: Subject) -> Declared:
    """EDK II, with the stable release it was built from where the file tells."""
    marked = False
    shown: dict[str, tuple[int, str]] = {}
    for offset, text in _texts(subject):
        found = _PATH.search(text)
        if found:
            at = offset if offset >= 0 else found.start()
            return Declared((_component(subject, at, plain(found[0]), plain(found[1])),))
        marked = marked or any(mark in text for mark in _MARKS)
        for match in _SHOWN.finditer(text):
            if match["dot"] or text.endswith(_TAG, 0, match.start()):
                version = match["version"].decode("utf-16-le")
                at = offset if offset >= 0 else match.start()
                shown.setdefault(version, (at, match[0].decode("utf-16-le").strip("\0")))
    if not marked:
        return Declared()
    if len(shown) == 1:
        ((version, (at, stated)),) = shown.items()
        return Declared((_component(subject, at, stated, version),))
    return Declared((_component(subject, subject.data.find(b"_FVH") - 40, "EDK II", ""),))


def _texts(subject: Subject) -> Iterator[tuple[int, bytes]]:
    """The file itself (offset -1), then each unpacked section with its offset."""
    yield -1, subject.data
    left = LARGEST
    for at in subject.find(_LZMA, _MOST):
        start, length = at - 4, int.from_bytes(subject.data[at - 4 : at - 1], "little")
        (offset,) = struct.unpack_from("<H", subject.data.ljust(at + 18, b"\0"), at + 16)
        if start < 0 or subject.data[at - 1] != 2 or not 24 <= offset < length:
            continue
        unpacked = _lzma(subject.data[start + offset : start + length], left)
        left -= len(unpacked)
        yield start, unpacked


def _lzma(packed: bytes, most: int) -> bytes:
    try:
        return lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=_MEMORY).decompress(packed, most)
    except (lzma.LZMAError, EOFError):
        return b""


def _component(subject: Subject, offset: int, text: str, stated: str) -> Component:
    """Releases are named by year and month, ``edk2-stable202211``; written here as 2022.11."""
    digits = stated.replace(".", "")
    version = f"{digits[:4]}.{digits[4:]}" if digits else ""
    return Component(
        purl=purl("generic", "edk2", version),
        name="edk2",
        version=version,
        type="firmware",
        cpes=(f"cpe:2.3:a:tianocore:edk2:{digits}:*:*:*:*:*:*:*",) if digits else (),
        claims=subject.banner(offset, text, version, stated, confidence=0.9 if version else 0.8),
        properties=(Property("firmbom:boot:release", f"edk2-stable{digits}"),) if digits else (),
    )
