"""LZ4 as files: frames, legacy frames and skippable frames in any order, one after another.

Sources: LZ4 Frame Format Description 1.6.4; "Legacy frame" there is what ``lz4 -l`` writes and what Linux's kernel and
initramfs use.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

from firmbom.errors import InputError
from firmbom.tree.codec import codec
from firmbom.tree.report import Report
from firmbom.tree.source import Source
from firmbom.tree.unpack import one

FRAME, LEGACY = b"\x04\x22\x4d\x18", b"\x02\x21\x4c\x18"
SKIPPABLE = tuple(bytes([low]) + b"\x2a\x4d\x18" for low in range(0x50, 0x60))

_LEGACY_BLOCK = 8 << 20
_LARGEST_LEGACY = _LEGACY_BLOCK + _LEGACY_BLOCK // 255 + 16
"""What a legacy block may take when it cannot be compressed: LZ4_compressBound of 8 MiB."""


def confirm(head: bytes) -> bool:
    """Behind skippable frames, as far as the head shows them, a frame's descriptor or a legacy block's size."""
    offset = 0
    while head[offset : offset + 4] in SKIPPABLE and offset + 8 <= len(head):
        offset += 8 + int.from_bytes(head[offset + 4 : offset + 8], "little")
    magic, rest = head[offset : offset + 4], head[offset + 4 :]
    if magic == LEGACY:
        return 0 < int.from_bytes(rest[:4], "little") <= _LARGEST_LEGACY
    # Version 1, no reserved bit, one of the four block sizes.
    return magic == FRAME and len(rest) > 2 and rest[0] >> 6 == 1 and not rest[1] & 0x8F and rest[1] >> 4 >= 4


def read(source: Source, report: Report) -> Iterator[bytes]:
    """The unpacked bytes. Raises :class:`firmbom.errors.InputError` when damaged or cut."""
    offset = 0
    while magic := source.read_at(offset, 4):
        if magic in (FRAME, LEGACY):
            offset = yield from member(source, offset)
        elif magic in SKIPPABLE:
            size = source.read_at(offset + 4, 4)
            offset += 8 + int.from_bytes(size, "little")
            if len(size) < 4 or offset > source.size:
                raise InputError("ends in the middle of a skippable frame")
        else:
            if any(chunk.strip(b"\0") for chunk in source.chunks(offset)):
                report("warning", "more data follows the end of the compressed data; not read")
            return


def member(source: Source, offset: int) -> Generator[bytes, None, int]:
    """What one frame, legacy or not, unpacks to; returns where it ends.

    Raises:
        InputError: damaged, or it ends too early.
    """
    if source.read_at(offset, 4) == LEGACY:
        return (yield from _legacy(source, offset + 4))
    pieces = source.chunks(offset)
    fed = offset

    def counted() -> Iterator[bytes]:
        nonlocal fed
        for piece in pieces:
            fed += len(piece)
            yield piece

    frame = _Frame()
    yield from one(counted(), frame)
    return fed - len(frame.unused_data)


class _Frame:
    """The library's decompressor in the shape of :class:`firmbom.tree.unpack.Decompressor`."""

    def __init__(self) -> None:
        import lz4.frame  # type: ignore[import-untyped] # the library has no annotations

        self._inner: Any = lz4.frame.LZ4FrameDecompressor()

    @property
    def eof(self) -> bool:
        return bool(self._inner.eof)

    @property
    def needs_input(self) -> bool:
        return bool(self._inner.needs_input)

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data or b""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        try:
            made: bytes = self._inner.decompress(data, max_length)
        except RuntimeError as error:
            raise ValueError(str(error)) from error
        return made


def _legacy(source: Source, start: int) -> Generator[bytes, None, int]:
    """Blocks up to the end of the file, to the next frame, or to the size that Linux's build puts behind the last."""
    unpack = codec("lz4")
    offset, total = start, 0
    while field := source.read_at(offset, 4):
        size = int.from_bytes(field, "little")
        if len(field) < 4:
            raise InputError("ends in the middle of compressed data")
        if total and (size > _LARGEST_LEGACY or size == 0):
            return offset + 4 if size == total else offset
        packed = source.read_at(offset + 4, size) if size <= _LARGEST_LEGACY else b""
        if total == size and len(packed) < size:
            return offset + 4
        if not packed or len(packed) < size:
            raise InputError("ends in the middle of compressed data")
        made = unpack(packed, _LEGACY_BLOCK)
        yield made
        total += len(made)
        offset += 4 + size
    if not total:
        raise InputError("ends before the first block")
    return offset
