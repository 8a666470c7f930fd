"""Bytes at rest that any number of readers can read at any place at once: a file on disk, a part of one, a copy."""

from __future__ import annotations

import io
import os
import tempfile
import threading
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO, NamedTuple, Self

from firmbom.errors import LimitError

CHUNK = 1 << 18
IN_MEMORY = 8 << 20
"""A copy up to this many bytes stays in memory, a larger one goes to an unlinked temporary file."""


class Source(ABC):
    """Bytes at rest. Reading holds no position, so readers never disturb one another."""

    size: int
    """In bytes."""

    @abstractmethod
    def read_at(self, offset: int, length: int) -> bytes:
        """The bytes from ``offset``, fewer than ``length`` only at the end. Raises OSError when they cannot be read."""

    def open(self) -> BinaryIO:
        """A fresh, independent, seekable reader."""
        return io.BufferedReader(_Reader(self), CHUNK)

    def window(self, offset: int, size: int) -> Source:
        """A part of these bytes as a source of its own, without copying; what lies beyond the end is not in it."""
        return Window(self, offset, size)

    def chunks(self, offset: int = 0) -> Iterator[bytes]:
        """The bytes from ``offset`` to the end, in pieces."""
        while chunk := self.read_at(offset, CHUNK):
            yield chunk
            offset += len(chunk)

    def close(self) -> None:  # noqa: B027 - most sources hold nothing to release
        """Release what the source holds."""


class BytesSource(Source):
    """Bytes in memory."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size = len(data)

    def read_at(self, offset: int, length: int) -> bytes:
        """See :meth:`Source.read_at`."""
        return self._data[offset : offset + length]


class HandleSource(Source):
    """An open file, which this source takes over and closes, at the latest when nothing refers to it any more."""

    _number = -1
    """Under which it is open, if it is."""

    def __init__(self, handle: BinaryIO) -> None:
        # A bare number, because a file object in a circle of references is closed with a warning.
        self._take(number := os.dup(handle.fileno()), os.fstat(number).st_size)
        handle.close()

    @classmethod
    def taking(cls, number: int, size: int) -> Self:
        """Of a file of so many bytes that is open as a bare number."""
        made = cls.__new__(cls)
        made._take(number, size)
        return made

    def _take(self, number: int, size: int) -> None:
        self._number, self.size = number, size
        self._lock = threading.Lock()

    def read_at(self, offset: int, length: int) -> bytes:
        """See :meth:`Source.read_at`."""
        if self._number < 0:
            raise OSError("its container has been closed")
        length = min(length, self.size - offset)  # so that no offset is too large for the system call
        if length <= 0:
            return b""
        part = self.read_on(offset, length)
        return part if len(part) == length else self._joined(part, offset, length)

    def _joined(self, part: bytes, offset: int, length: int) -> bytes:
        parts = [part]
        offset, length = offset + len(part), length - len(part)
        while part and length > 0:
            part = self.read_on(offset, length)
            parts.append(part)
            offset, length = offset + len(part), length - len(part)
        return b"".join(parts)

    def read_on(self, offset: int, length: int) -> bytes:
        """What one system call gives, be it beyond :attr:`size` because the file grew; empty at the end."""
        if hasattr(os, "pread"):
            return os.pread(self._number, length, offset)
        with self._lock:  # Windows
            os.lseek(self._number, offset, os.SEEK_SET)
            return os.read(self._number, length)

    def close(self) -> None:
        """Close the file; a temporary one is gone with that."""
        number, self._number = self._number, -1
        if number >= 0:
            os.close(number)

    def __del__(self) -> None:
        if self._number >= 0:
            self.close()


class Window(Source):
    """A part of another source."""

    def __init__(self, source: Source, offset: int, size: int) -> None:
        self._source, self._offset = source, offset
        self.size = max(0, min(size, source.size - offset))

    def read_at(self, offset: int, length: int) -> bytes:
        """See :meth:`Source.read_at`."""
        length = min(length, self.size - offset)
        return self._source.read_at(self._offset + offset, length) if length > 0 else b""

    def window(self, offset: int, size: int) -> Source:
        """See :meth:`Source.window`; a part of a part is a part of the whole."""
        return Window(self._source, self._offset + offset, min(size, self.size - offset))


class Piece(NamedTuple):
    """``length`` bytes that stand at ``offset`` in the file and at ``stored`` in the source that holds them."""

    offset: int
    stored: int
    length: int


class Pieces(Source):
    """A file put together from pieces of another source; between the pieces it is zero."""

    def __init__(self, source: Source, size: int, pieces: Sequence[Piece]) -> None:
        """Args: ``pieces`` sorted by offset, without overlap."""
        self._source, self.size = source, size
        self._pieces = tuple(piece for piece in pieces if piece.length > 0)
        self._starts = [piece.offset for piece in self._pieces]

    def read_at(self, offset: int, length: int) -> bytes:
        """See :meth:`Source.read_at`."""
        length = min(length, self.size - offset)
        if length <= 0:
            return b""
        end = offset + length
        first = max(0, bisect_right(self._starts, offset) - 1)
        if self._pieces and (only := self._pieces[first]).offset <= offset and end <= only.offset + only.length:
            part = self._source.read_at(only.stored + offset - only.offset, length)
            if len(part) < length:
                raise OSError("its container ends in it")
            return part
        out = bytearray(length)
        for piece in self._pieces[first:]:
            if piece.offset >= end:
                break
            start, stop = max(offset, piece.offset), min(end, piece.offset + piece.length)
            if start < stop:
                part = self._source.read_at(piece.stored + start - piece.offset, stop - start)
                if len(part) < stop - start:
                    raise OSError("its container ends in it")
                out[start - offset : stop - offset] = part
        return bytes(out)


class _Reader(io.RawIOBase):
    """One position in a source."""

    def __init__(self, source: Source) -> None:
        super().__init__()
        self._source, self._position = source, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type] # io passes what supports the buffer protocol
        data = self._source.read_at(self._position, len(view))
        view[: len(data)] = data
        self._position += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._source.size}[whence]
        if base + offset < 0:
            raise ValueError("negative position")
        self._position = base + offset
        return self._position

    def tell(self) -> int:
        return self._position


def chunks_of(stream: BinaryIO) -> Iterator[bytes]:
    """What a stream still holds, in pieces."""
    while chunk := stream.read(CHUNK):
        yield chunk


def spool(chunks: Iterable[bytes]) -> Source:
    """Keep a stream for random access: in memory, or in a temporary file that has no name.

    Without a name nothing can be left behind, whatever ends the process.

    Raises:
        LimitError: the temporary folder has no room for it.
    """
    held: list[bytes] = []
    total = 0
    handle: BinaryIO | None = None
    try:
        for chunk in chunks:
            total += len(chunk)
            if handle is None and total > IN_MEMORY:
                with _room():
                    handle = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - the source closes it
                for part in held:
                    _write(handle, part)
                held.clear()
            if handle is None:
                held.append(chunk)
            else:
                _write(handle, chunk)
    except BaseException:
        if handle is not None:
            handle.close()
        raise
    return BytesSource(b"".join(held)) if handle is None else HandleSource(handle)


def _write(handle: BinaryIO, data: bytes) -> None:
    view = memoryview(data)
    with _room():
        while view:
            view = view[handle.write(view) :]


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise LimitError(
            f"the temporary folder cannot hold what it unpacks to: {error.strerror or error}",
            remedy="set TMPDIR to a folder with more room",
        ) from error
