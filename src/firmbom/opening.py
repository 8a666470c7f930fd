"""Opens a file that somebody named: a pipe that is written to is read, one that nobody writes to is never waited for.

``/dev/stdin`` and the shells' ``<(command)`` are pipes, and so is what ``mkfifo`` makes. To open the latter waits for a
writer (POSIX, ``open``, ``O_NONBLOCK``), which may never come.
"""

from __future__ import annotations

import errno
import io
import os
import stat
import time
from pathlib import Path
from typing import BinaryIO

PATIENCE = 2.0
"""Seconds until a pipe has a writer: both were started by one line of a script."""
_PAUSE = 0.02

_FLAGS = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def opened(path: str | Path) -> BinaryIO:
    """The bytes of a file, a pipe that somebody writes to, or a block device.

    ``/dev/null`` is an empty file; other character devices give bytes without end, or none until somebody types.

    Raises:
        OSError: it cannot be opened, is a folder, a character device, or a pipe without a writer.
        ValueError: there is a NUL in its name.
    """
    handle = os.open(path, _FLAGS)
    try:
        _check(os.fstat(handle))
    except BaseException:
        os.close(handle)
        raise
    stream = io.BufferedReader(_Raw(handle))  # which closes it from here on
    try:
        if stat.S_ISFIFO(os.fstat(handle).st_mode):
            _await_writer(stream)
        if os.name == "posix":
            os.set_blocking(handle, True)
    except BaseException:
        stream.close()
        raise
    return stream


def whole(path: str | Path, largest: int) -> bytes:
    """All bytes of a file, or one more than ``largest`` of a larger one.

    Raises:
        OSError: as :func:`opened`.
        ValueError: the same.
    """
    with opened(path) as stream:
        return stream.read(largest + 1)


class _Raw(io.FileIO):
    """A descriptor that remembers whether what it last gave was nothing yet, rather than nothing more."""

    waiting = False

    def readinto(self, buffer: bytearray | memoryview) -> int | None:  # type: ignore[override] # typeshed: never None
        count: int | None = super().readinto(buffer)
        self.waiting = count is None
        return count


def _check(status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
    if stat.S_ISCHR(status.st_mode) and status.st_rdev != Path(os.devnull).stat().st_rdev:
        raise OSError(errno.EINVAL, "it is a character device, not a file")


def _await_writer(pipe: io.BufferedReader[_Raw]) -> None:
    """Wait until the pipe has bytes, which stay in the stream's buffer, or a writer that may send some."""
    end = time.monotonic() + PATIENCE
    while not pipe.peek(1) and not pipe.raw.waiting:
        if time.monotonic() > end:
            raise OSError(errno.ENXIO, "it is a pipe that nobody writes to")
        time.sleep(_PAUSE)
