"""Decompressors behind one shape, and the loop that runs them over one member after another with bounded memory."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

from firmbom.errors import InputError
from firmbom.tree.report import Report
from firmbom.tree.source import Source

READ = 1 << 16
"""Packed bytes given to a decompressor at once."""
FIRST, WRITE = 1 << 12, 1 << 18
"""Unpacked bytes asked from a decompressor at once: of a member's beginning, for often no more is wanted, and after."""
MEMORY = 512 << 20
"""What a decompressor may ask for its dictionary, in bytes; ``xz -9`` asks for 65 MiB."""


class Decompressor(Protocol):
    """The shape of ``bz2.BZ2Decompressor`` and ``lzma.LZMADecompressor``."""

    @property
    def eof(self) -> bool:
        """The end of the compressed data was reached."""
        ...

    @property
    def needs_input(self) -> bool:
        """Nothing more comes out before something goes in."""
        ...

    @property
    def unused_data(self) -> bytes:
        """What was given beyond the end of the compressed data."""
        ...

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Take packed bytes, give at most ``max_length`` unpacked ones."""
        ...


class Inflate:
    """zlib's decompressor in the shape of the others."""

    def __init__(self, window_bits: int) -> None:
        """Args: ``window_bits`` is 31 for gzip, 15 for zlib, -15 for bare DEFLATE."""
        self._inner = zlib.decompressobj(window_bits)

    @property
    def eof(self) -> bool:
        """See :class:`Decompressor`."""
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        """See :class:`Decompressor`."""
        return not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        """See :class:`Decompressor`."""
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """See :class:`Decompressor`."""
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)


class Zstd:
    """zstandard's decompressor in the shape of the others.

    It takes no ``max_length``; since 4 packed bytes can make 128 KiB, it is given few at a time.
    """

    STEP = 512

    def __init__(self) -> None:
        import zstandard

        self._inner = zstandard.ZstdDecompressor(max_window_size=MEMORY).decompressobj()
        self._error = zstandard.ZstdError
        self._waiting = b""

    @property
    def eof(self) -> bool:
        """See :class:`Decompressor`."""
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        """See :class:`Decompressor`."""
        return not self._waiting

    @property
    def unused_data(self) -> bytes:
        """See :class:`Decompressor`."""
        return self._inner.unused_data + self._waiting

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """See :class:`Decompressor`; may give up to 16 MiB more than ``max_length``."""
        self._waiting += data
        made: list[bytes] = []
        total = position = 0
        while total < max_length and position < len(self._waiting) and not self._inner.eof:
            step = self._waiting[position : position + self.STEP]
            position += len(step)
            try:
                made.append(self._inner.decompress(step))
            except self._error as error:
                raise ValueError(str(error)) from error
            total += len(made[-1])
        self._waiting = self._waiting[position:]
        return b"".join(made)


def one(pieces: Iterator[bytes], decompressor: Decompressor) -> Iterator[bytes]:
    """What one member unpacks to, the pieces taken from ``pieces`` as they are needed.

    Raises:
        InputError: damaged, or it ends too early.
    """
    most = FIRST
    while not decompressor.eof:
        data = b""
        if decompressor.needs_input:
            data = next(pieces, b"")
            if not data:
                raise InputError("ends in the middle of compressed data")
        try:
            made = decompressor.decompress(data, most)
        except _damage() as error:
            raise InputError(f"compressed data is damaged: {error}") from error
        yield made
        most = WRITE


def _damage() -> tuple[type[Exception], ...]:
    """What decompressors raise; asked for only then, for most do without lzma."""
    from lzma import LZMAError

    return zlib.error, LZMAError, OSError, EOFError, ValueError, MemoryError


def members(source: Source, report: Report, start: Callable[[], Decompressor], *magics: bytes) -> Iterator[bytes]:
    """What all members unpack to; zeros between and after them are padding, anything else is reported.

    Args:
        source: the members, one after another.
        report: told of what follows the last one.
        start: makes a new decompressor.
        magics: each member begins with one of them.

    Raises:
        InputError: damaged, or it ends too early.
    """
    pieces = _Pushback(source)
    while True:
        decompressor = start()
        yield from one(pieces, decompressor)
        pieces.push(decompressor.unused_data)
        following = pieces.skip_zeros(len(magics[0]))
        if not following:
            return
        if not following.startswith(magics):
            report("warning", "more data follows the end of the compressed data; not read")
            return


class _Pushback(Iterator[bytes]):
    """A source in pieces, of which some can be put back."""

    def __init__(self, source: Source) -> None:
        self._source, self._offset = source, 0
        self._held = b""

    def __next__(self) -> bytes:
        piece, self._held = self._held, b""
        if not piece:
            piece = self._source.read_at(self._offset, READ)
            self._offset += len(piece)
        if not piece:
            raise StopIteration
        return piece

    def push(self, data: bytes) -> None:
        self._held = data

    def skip_zeros(self, length: int) -> bytes:
        """The next ``length`` bytes that do not begin with a zero, without taking them; empty at the end."""
        held = self._held.lstrip(b"\0")
        while len(held) < length:
            more = self._source.read_at(self._offset, READ)
            if not more:
                break
            self._offset += len(more)
            held = (held + more).lstrip(b"\0")
        self._held = held
        return held[:length]
