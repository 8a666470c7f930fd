"""Printable strings in raw bytes: runs of 0x20 to 0x7e and tab, as ``strings`` finds them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

REACH = 480
"""How far a string is followed to either side of a hit, in bytes; one that goes on is cut there."""

_NEAR = 96
"""So far is looked first: most strings end there."""

_FILLING = 12
"""Bytes between a string and the next one: the NUL, a new line, and what aligns the next."""
_BLANK = bytes(byte if 0x20 <= byte <= 0x7E or byte == 0x09 else 0 for byte in range(256))
"""Translates every byte that ends a string to NUL."""


_AFTER_NUMBER = re.compile(r"[?@](?=[0-9A-Za-z])|[A-O](?=\d+(?:\.\d+)+[\w-]*$)", re.ASCII)
"""The last byte of most floating-point numbers, 0x3f to 0x4f (IEEE 754, low bytes first), before a string."""


class Printable(msgspec.Struct, frozen=True, gc=False):
    """One printable string and where it starts, in bytes."""

    start: int
    text: str

    @property
    def end(self) -> int:
        """The offset after its last byte."""
        return self.start + len(self.text)


def holding(data: bytes, ends: Iterable[int]) -> Iterator[Printable]:
    """The strings that hold the byte before each of ``ends``, which ascend; each string once."""
    done = -1
    for end in ends:
        if end > done:
            string = around(data, end - 1)
            done = string.start + len(string.text)
            yield string


def around(data: bytes, position: int) -> Printable:
    """The string that holds the byte at ``position``; empty if that byte is not printable."""
    first = data.rfind(b"\0", position - _NEAR if position > _NEAR else 0, position) + 1
    last = data.find(b"\0", position, position + _NEAR)
    if first and last > position:
        text = data[first:last].decode("latin-1")
        if text.isascii() and text.isprintable():  # between two zeros, as most are
            return Printable(first, text) if first % 4 != 3 else _without_number(first, text)
    return _between(data, position)


def _between(data: bytes, position: int) -> Printable:
    """The same, whatever ends the string."""
    for reach in (_NEAR, REACH):
        low = max(0, position - reach)
        window = data[low : position + reach].translate(_BLANK)
        first = window.rfind(0, 0, position - low + 1) + 1
        last = window.find(0, position - low)
        if first and last >= 0:
            break
    return _without_number(low + first, window[first : last if last >= 0 else None].decode("ascii"))


def _without_number(start: int, text: str) -> Printable:
    """The string without the last byte of a number that stands before it."""
    if start % 4 == 3 and _AFTER_NUMBER.match(text):
        return Printable(start + 1, text[1:])
    return Printable(start, text)


def near(data: bytes, start: int, end: int, reach: int) -> list[str]:
    """The strings of at least 2 characters that stand within ``reach`` bytes before ``start`` and after ``end``."""
    low = max(0, start - reach)
    window = data[low : end + reach].translate(_BLANK).decode("ascii")
    before, after = window[: start - low], window[end - low :]
    return [part for part in (*before.split("\0"), *after.split("\0")) if len(part) > 1]


def beside(data: bytes, string: Printable) -> list[str]:
    """The strings right before and right behind one, with no more than what fills up between."""
    found = []
    low = max(0, string.start - _FILLING)
    before = data[low : string.start].translate(_BLANK).rstrip(b"\0")
    if before:
        found.append(around(data, low + len(before) - 1).text)
    behind = data[string.end : string.end + _FILLING].translate(_BLANK)
    if behind.strip(b"\0"):
        found.append(around(data, string.end + len(behind) - len(behind.lstrip(b"\0"))).text)
    return found
