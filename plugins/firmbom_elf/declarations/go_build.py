"""Go build information: the module, its dependencies and the toolchain, as the linker writes them into each program.

Format: Go's ``debug/buildinfo`` and ``runtime/debug`` (``ParseBuildInfo``). Header of 32 bytes at a 16-byte boundary:
14 bytes magic, pointer size, flags (1: big endian, 2: strings inline). Inline: two strings, each a varint and that many
bytes. Else: two pointers to Go string headers (pointer, length) in memory. The first string is the toolchain's version,
the second one the module text between two 16-byte marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from firmbom.errors import InputError
from firmbom_elf.declarations import go_modules
from firmbom_elf.declarations.signs import GO
from firmbom_elf.declarations.subject import Declared, Subject

LARGEST = 16 << 20
"""Bytes of module text; the largest programs have some 100 kB."""
_HEADER, _ALIGNMENT, _MARK = 32, 16, 16
_BIG_ENDIAN, _INLINE = 1, 2
_TOOLCHAIN = re.compile(r"(?:go\d|devel )")


class BuildInfo(NamedTuple):
    """The two texts, and where they were found."""

    offset: int
    toolchain: str
    modules: str


def read(subject: Subject) -> Declared:
    """The main module, what it was built from and with.

    Raises:
        InputError: there is build information that cannot be read.
    """
    info = find(subject)
    return go_modules.declared(subject, info.offset, info.toolchain, info.modules)


def find(subject: Subject) -> BuildInfo:
    """The first build information that can be read; programs that look for the magic themselves hold others.

    Raises:
        InputError: there is none.
    """
    reason = InputError("its magic is not there")
    for offset in _candidates(subject):
        try:
            return _decode(subject, offset)
        except InputError as error:
            reason = error
    raise reason


def _candidates(subject: Subject) -> Iterator[int]:
    section = subject.section(".go.buildinfo")
    start = section.offset if section else 0
    if section and subject.data.startswith(GO, start):
        yield start
    yield from (at for at in subject.find(GO) if at % _ALIGNMENT == 0 and (at != start or not section))


def _decode(subject: Subject, offset: int) -> BuildInfo:
    header = subject.data[offset : offset + _HEADER]
    if len(header) < _HEADER:
        raise InputError("it is cut off")
    flags = header[15]
    if flags & _INLINE:
        toolchain, after = _inline(subject.data, offset + _HEADER)
        modules, _ = _inline(subject.data, after)
    else:
        toolchain, modules = _pointed(subject, header, "big" if flags & _BIG_ENDIAN else "little")
    version = toolchain.decode("utf-8", "replace")
    if not _TOOLCHAIN.match(version):
        raise InputError(f"its toolchain is {version[:40]!r}, not Go")
    return BuildInfo(offset, version, _unmarked(modules).decode("utf-8", "replace"))


def _unmarked(modules: bytes) -> bytes:
    """Without the marks, which stand there as the linker's protection against chance hits."""
    if len(modules) > 2 * _MARK and modules[-_MARK - 1 : -_MARK] == b"\n":
        return modules[_MARK:-_MARK]
    return b""


def _inline(data: bytes, at: int) -> tuple[bytes, int]:
    """A string and the offset after it; the length is a base-128 varint of at most 10 bytes, low bits first."""
    length = 0
    for count in range(10):
        if at + count >= len(data):
            raise InputError("it is cut off")
        byte = data[at + count]
        length |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:
            return _bounded(data, at + count + 1, length), at + count + 1 + length
    raise InputError("a length has no end")


def _bounded(data: bytes, at: int, length: int) -> bytes:
    if length > LARGEST:
        raise InputError(f"a text of {length} bytes, more than the {LARGEST} it may have")
    if at < 0 or at + length > len(data):
        raise InputError(f"a text of {length} bytes lies outside the file")
    return data[at : at + length]


def _pointed(subject: Subject, header: bytes, order: str) -> tuple[bytes, bytes]:
    size = header[14]
    if size not in (4, 8):
        raise InputError(f"pointers of {size} bytes")

    def number(raw: bytes) -> int:
        return int.from_bytes(raw, "big" if order == "big" else "little")

    def string(pointer: int) -> bytes:
        if not pointer:
            return b""
        fields = _bounded(subject.data, subject.layout.offset(pointer), 2 * size)
        address, length = number(fields[:size]), number(fields[size:])
        return _bounded(subject.data, subject.layout.offset(address), length) if length else b""

    return string(number(header[16 : 16 + size])), string(number(header[16 + size : 16 + 2 * size]))
