"""The version that a builder gave to a Go program by ``-ldflags=-X main.version=1.2.3``, from the variable itself.

Source: Go's ``cmd/link/internal/ld/data.go`` (``addstrdata``, ``Addstring``). The linker writes such a text with a NUL
behind it among what is not written to, and makes the variable of type string, address and length, point there. Go's
own texts have no NUL; C's have one, and nothing with their length points there. Where the program may stand anywhere,
the address is the addend of a relocation (System V gABI, "Relocation").
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from firmbom.errors import InputError
from firmbom_elf.binary.tables import Tables
from firmbom_elf.strings.printable import Printable

MOST = 64
"""Texts of one program that are looked at."""
_MOST_PLACES = 16
"""Places of one address that are looked at."""
_LONGEST = 64
"""Characters of a version with all that is appended to it."""
_PT_LOAD = 1

_STATED = re.compile(
    r"[vV]?(?P<version>\d{1,8}(?:\.\d{1,8}){1,3}(?:[-~.]?(?:rc|alpha|beta|pre)[-.]?\d{0,3})?)"
    r"(?P<tail>(?:[-+~][\w.+~-]*)?)"
)
_PACKAGED = re.compile(
    r"(?:[-+~.]?(?:dfsg|ds|repack|really)[\d.]*)?(?:-r?\d+(?:\.\d+)?)?(?:[+~.-]?(?:deb\d+u|b|ubuntu)[\w.~+-]*|_debian)*"
)
"""What distributions append: ``+ds1-1+deb12u1+b3``, ``-r0``."""
_DATE = re.compile(
    r"(?:19|20)\d\d\.(?:0?[1-9]|1[0-2])\.(?:0?[1-9]|[12]\d|3[01])|(?:0?[1-9]|[12]\d|3[01])\.\d\d\.20\d\d"
)
"""When it was built, most likely."""
_NOTHING = re.compile(r"0+(?:\.0+)*|(?:\d{1,3}\.){3}\d{1,3}")
"""What is no release: the value that stands in for it, and addresses."""


class Linked(NamedTuple):
    """A version, and the text that tells it."""

    version: str
    string: Printable


def linked(data: bytes, strings: Sequence[Printable]) -> Linked | None:
    """The version that the linker put into a Go program; None if it put none or several there.

    Args:
        data: the program, an ELF file.
        strings: those of its strings that hold a dotted number.
    """
    try:
        tables = Tables(data)
    except InputError:
        return None
    found: dict[str, Printable] = {}
    for string in _ended(data, strings):
        version = _release(string.text)
        if version is None or not _pointed(tables, string):
            continue
        if not version:
            return None  # between two releases
        found.setdefault(version, string)
    if len(found) != 1:
        return None
    version, string = found.popitem()
    return None if _NOTHING.fullmatch(version) or _DATE.fullmatch(version) else Linked(version, string)


def _ended(data: bytes, strings: Sequence[Printable]) -> Iterator[Printable]:
    """Those with a NUL behind them that may be versions."""
    ended = (one for one in strings if len(one.text) <= _LONGEST and data[one.end : one.end + 1] == b"\0")
    yield from islice((one for one in ended if _release(one.text) is not None), MOST)


def _release(text: str) -> str | None:
    """The release in a version as it is given to the linker; empty if it is of none, None if it is no version.

    >>> _release("1.1.5+ds1-1+deb12u1"), _release("v2.0.0-rc1"), _release("v1.2.3-4-gf280282"), _release("1.5 seconds")
    ('1.1.5', '2.0.0-rc1', '', None)
    """
    found = _STATED.fullmatch(text)
    if found is None:
        return None
    return found["version"] if _PACKAGED.fullmatch(found["tail"]) else ""


def _pointed(tables: Tables, string: Printable) -> bool:
    """Does a variable of type string hold just that text?"""
    word = tables.header.bits // 8
    number = struct.Struct(f"{tables.order}{'Q' if word == 8 else 'I'}")
    length = number.pack(len(string.text))
    for one in tables.programs:
        if one.type == _PT_LOAD and one.offset <= string.start < one.offset + one.size:
            address = number.pack(one.address + string.start - one.offset)
            return any(length in _behind(tables, at, number) for at in _places(tables.data, address, word))
    return False


def _places(data: bytes, address: bytes, word: int) -> Iterator[int]:
    """Where that address stands."""
    at = -1
    for _ in range(_MOST_PLACES):
        at = data.find(address, at + 1)
        if at < 0:
            return
        if at % word == 0:
            yield at


def _behind(tables: Tables, at: int, number: struct.Struct) -> Iterator[bytes]:
    """What is behind an address: in the variable, or in the one that a relocation with that addend is for."""
    yield tables.data[at + number.size : at + 2 * number.size]
    row = at - 2 * number.size
    if row >= 0:
        (variable,) = number.unpack_from(tables.data, row)
        yield bytes(tables.at(variable + number.size, number.size))
