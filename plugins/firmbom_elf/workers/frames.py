"""How files and findings travel between the host and a worker: frames over a local socket.

A frame is two lengths (4 and 8 bytes, little-endian), a MessagePack value and raw bytes after it. Files that stand on
disk go along with the lengths as open files (SCM_RIGHTS, unix(7)) in the place of their bytes.
"""

from __future__ import annotations

import os
import struct
import time
from collections.abc import Sequence
from socket import MSG_WAITALL, recv_fds, send_fds, socket
from typing import BinaryIO, NamedTuple

MOST_HANDLES = 64
"""Open files that go along with one frame; Linux lets 253 pass (``SCM_MAX_FD``)."""

_LENGTHS = struct.Struct("<IQ")
_MUCH, _OLD = 1 << 16, 0.2
"""Bytes and seconds after which gathered frames go off."""


class Frame(NamedTuple):
    """What one side says."""

    message: bytes
    body: bytes = b""
    handles: tuple[int, ...] = ()
    """Open files, which who receives them closes."""


def send(channel: socket, message: bytes, parts: Sequence[bytes] = (), handles: Sequence[int] = ()) -> None:
    """Write one frame whose body is ``parts``; ``handles`` stay open here.

    Raises:
        OSError: nobody reads any more.
    """
    lengths = _LENGTHS.pack(len(message), sum(map(len, parts)))
    if handles:
        send_fds(channel, [lengths], handles)
        channel.sendall(message)
    else:
        channel.sendall(lengths + message)
    for part in parts:
        channel.sendall(part)


class Gathered:
    """Frames without bodies that go off together, so that who reads them is not woken for each."""

    def __init__(self, channel: socket) -> None:
        self._channel = channel
        self._parts: list[bytes] = []
        self._size = 0
        self._since = time.monotonic()

    def add(self, message: bytes) -> None:
        """Take one; what has been gathered goes off when it is much or old.

        Raises:
            OSError: nobody reads any more.
        """
        self._parts += (_LENGTHS.pack(len(message), 0), message)
        self._size += len(message)
        if self._size >= _MUCH or time.monotonic() - self._since >= _OLD:
            self.send()

    def send(self) -> None:
        """What has been gathered goes off.

        Raises:
            OSError: nobody reads any more.
        """
        parts, self._parts, self._size = self._parts, [], 0
        self._channel.sendall(b"".join(parts))
        self._since = time.monotonic()


def receive(stream: BinaryIO) -> Frame | None:
    """Read one frame that comes without open files; None when the other side has gone, be it within a frame.

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
    """Read one frame that may come with open files. Not by way of a stream, which would lose them.

    Raises:
        OSError: the other side was cut off.
    """
    lengths, handles, _, _ = recv_fds(channel, _LENGTHS.size, MOST_HANDLES)
    try:
        lengths += _exactly(channel, _LENGTHS.size - len(lengths)) if lengths else b""
        if len(lengths) == _LENGTHS.size:
            first, second = _LENGTHS.unpack(lengths)
            frame = Frame(_exactly(channel, first), _exactly(channel, second), tuple(handles))
            if (len(frame.message), len(frame.body)) == (first, second):
                handles = []
                return frame
    finally:
        for handle in handles:
            os.close(handle)
    return None


def _exactly(channel: socket, length: int) -> bytes:
    """Fewer bytes only when the other side has gone."""
    parts: list[bytes] = []
    while length > 0 and (part := channel.recv(length, MSG_WAITALL)):
        parts.append(part)
        length -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def content(handle: int) -> bytes:
    """The bytes of an open file, which is closed; fewer where it is being cut, which the host will see.

    Raises:
        OSError: it cannot be read.
    """
    try:
        parts: list[bytes] = []
        offset, length = 0, os.fstat(handle).st_size
        while offset < length and (part := os.pread(handle, length - offset, offset)):
            parts.append(part)
            offset += len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)
    finally:
        os.close(handle)
