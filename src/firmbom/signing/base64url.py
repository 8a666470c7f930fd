"""base64url without padding (RFC 4648 section 5), read strictly: one sequence of bytes has one text."""

from __future__ import annotations

import base64
import re

from firmbom.errors import InputError

_SHAPE = re.compile(r"(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2,3})?\Z")


def encode(data: bytes) -> str:
    """The text of ``data``."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: object, what: str) -> bytes:
    """The bytes of ``text``.

    Only the text that :func:`encode` would give is read, for else a character of a signature could be changed without
    changing its bytes.

    Raises:
        InputError: not text, other characters, padding, unused bits that are set; ``what`` is named in it.
    """
    if not isinstance(text, str):
        raise InputError(f"{what} is not text")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)) if _SHAPE.match(text) else b""
    if encode(data) != text:
        raise InputError(f"{what} is not base64url without padding")
    return data
