"""How files and findings travel between the host and a worker: frames over a local socket.

A frame is two lengths (4 and 8 bytes, little-endian), a MessagePack value and raw bytes after it.
"""

from __future__ import annotations

import struct
from socket import socket
from typing import BinaryIO, NamedTuple

_LENGTHS = struct.Struct("<IQ")


class Frame(NamedTuple):
    """What one side says."""

    message: bytes
    body: bytes = b""


def send(channel: socket, frame: Frame) -> None:
    """Write one frame.

    Raises:
        OSError: nobody reads any more.
    """
    lengths = _LENGTHS.pack(len(frame.message), len(frame.body))
    channel.sendall(lengths + frame.message)
    channel.sendall(frame.body)


def receive(stream: BinaryIO) -> Frame | None:
    """Read one frame; None when the other side has gone, be it within a frame.

    Raises:
        OSError: the other side was cut off, or says nothing for too long.
    """
    lengths = stream.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    first, second = _LENGTHS.unpack(lengths)
    message = stream.read(first)
    body = stream.read(second) if second else b""
    return Frame(message, body) if len(message) == first and len(body) == second else None
