"""Texts as a file stores them, which need not be UTF-8."""

from __future__ import annotations

from firmbom.errors import printable

MOST = 4096
"""Of one name or path, in bytes or characters."""


def decoded(given: bytes) -> str:
    """Printable text of at most :data:`MOST` bytes, without zeros at its end; what is not UTF-8 is in hexadecimal."""
    if len(given) <= MOST and given.isascii() and (text := given.decode("ascii")).isprintable():
        return text  # as nearly all are
    return printable(given[:MOST].decode("utf-8", "backslashreplace").rstrip("\0"))
