"""base64 as others write it (RFC 4648 sections 4 and 5): either alphabet, padded or not, but no other freedom."""

from __future__ import annotations

import base64
import binascii

from firmbom.errors import InputError


def encode(data: bytes) -> str:
    """The text of ``data`` in the standard alphabet, padded."""
    return base64.b64encode(data).decode()


def decode(text: object, what: str) -> bytes:
    """The bytes of ``text``.

    One alphabet at a time, no white space, no bits that mean nothing: so text that was changed gives other bytes.

    Raises:
        InputError: not base64 in that sense; ``what`` is named in it.
    """
    if not isinstance(text, str):
        raise InputError(f"{what} is not text")
    body = text.rstrip("=")
    padding, needed = len(text) - len(body), -len(body) % 4
    url = "-" in body or "_" in body
    if padding not in (0, needed) or (url and ("+" in body or "/" in body)):
        raise InputError(f"{what} is not base64")
    try:
        data = base64.b64decode(body + "=" * needed, altchars=b"-_" if url else None, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InputError(f"{what} is not base64") from error
    last = data[len(data) - len(data) % 3 :]
    altered = base64.b64encode(last, altchars=b"-_" if url else None).decode().rstrip("=")
    if not body.endswith(altered):
        raise InputError(f"{what} is not base64: its last character has bits that mean nothing")
    return data
