"""How files and findings travel between the host and a worker: frames over pipes.

A frame is two lengths (4 and 8 bytes, little-endian), a MessagePack value and raw bytes after it.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

_LENGTHS = struct.Struct("<IQ")


def send(stream: BinaryIO, message: bytes, body: bytes = b"") -> None:
    """Write one frame.

    Raises:
        OSError: nobody reads any more.
    """
    for part in (_LENGTHS.pack(len(message), len(body)), message, body):
        view = memoryview(part)
        while view:  # a raw pipe takes as much as fits
            view = view[stream.write(view) :]
    stream.flush()


def receive(stream: BinaryIO) -> tuple[bytes, bytes] | None:
    """Read one frame; None when the other side has gone, be it within a frame."""
    lengths = stream.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    first, second = _LENGTHS.unpack(lengths)
    message = stream.read(first)
    body = stream.read(second) if second else b""
    return (message, body) if len(message) == first and len(body) == second else None
