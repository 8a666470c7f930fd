"""How files and findings travel between the host and a worker: frames over a local socket.

A frame is two lengths (4 and 8 bytes, little-endian), a MessagePack value and raw bytes after it. Where a file stands
on disk, its open file goes along with the lengths (SCM_RIGHTS, unix(7)) in the place of these bytes.
"""

from __future__ import annotations

import os
import struct
from socket import MSG_WAITALL, recv_fds, send_fds, socket
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


def send_file(channel: socket, message: bytes, handle: int) -> None:
    """Write one frame whose bytes are those of an open file, which stays open here.

    Raises:
        OSError: nobody reads any more.
    """
    send_fds(channel, [_LENGTHS.pack(len(message), os.fstat(handle).st_size)], [handle])
    channel.sendall(message)


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


def accept(channel: socket) -> Frame | None:
    """Read one frame that may come with an open file, and the file; None when the other side has gone.

    Not by way of a stream, which would lose the file.

    Raises:
        OSError: the other side was cut off, or the file cannot be read.
    """
    lengths, handles, _, _ = recv_fds(channel, _LENGTHS.size, 1)
    try:
        lengths += _exactly(channel, _LENGTHS.size - len(lengths)) if lengths else b""
        if len(lengths) < _LENGTHS.size:
            return None
        first, second = _LENGTHS.unpack(lengths)
        message = _exactly(channel, first)
        body = _content(handles[0], second) if handles else _exactly(channel, second)
    finally:
        for handle in handles:
            os.close(handle)
    return Frame(message, body) if len(message) == first and (handles or len(body) == second) else None


def _exactly(channel: socket, length: int) -> bytes:
    """Fewer bytes only when the other side has gone."""
    parts: list[bytes] = []
    while length > 0 and (part := channel.recv(length, MSG_WAITALL)):
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def _content(handle: int, length: int) -> bytes:
    """The first bytes of a file; fewer where it has been cut, which the host will see."""
    parts: list[bytes] = []
    offset = 0
    while offset < length and (part := os.pread(handle, length - offset, offset)):
        parts.append(part)
        offset += len(part)
    return b"".join(parts)
