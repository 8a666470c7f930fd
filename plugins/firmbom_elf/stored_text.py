"""Texts as a file stores them, which need not be UTF-8 though LIEF takes them for it."""

from __future__ import annotations

from firmbom.errors import printable

MOST = 4096
"""Of one name or path, in bytes or characters."""


def text(owner: object, attribute: str) -> str:
    """An attribute of something that LIEF read; bytes that are not UTF-8 are written out in hexadecimal."""
    try:
        given = getattr(owner, attribute)
    except UnicodeDecodeError as error:
        given = error.object
    return decoded(given)


def decoded(given: object) -> str:
    """Text or bytes as printable text of at most :data:`MOST`, without zeros at its end."""
    if isinstance(given, bytes):
        given = given[:MOST].decode("utf-8", "backslashreplace")
    return printable(str(given)[:MOST].rstrip("\0"))
