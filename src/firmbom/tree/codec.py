"""Decompression of single blocks whose greatest size is known, as filesystems store them."""

from __future__ import annotations

import io
import lzma
import threading
import zlib
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from firmbom.errors import InputError
from firmbom.tree.unpack import MEMORY

Codec = Callable[[bytes, int], bytes]
"""Packed bytes and the most bytes they may unpack to; raises :class:`InputError` when damaged or larger."""

_OF_THREAD = threading.local()
"""A decompressor serves one thread at a time; making a new one costs more than a small block."""


def _zlib(data: bytes, limit: int) -> bytes:
    return zlib.decompressobj().decompress(data, limit + 1)


def _deflate(data: bytes, limit: int) -> bytes:
    return zlib.decompressobj(-15).decompress(data, limit + 1)


def _xz(data: bytes, limit: int) -> bytes:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MEMORY).decompress(data, limit + 1)


def _lzma(data: bytes, limit: int) -> bytes:
    return lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=MEMORY).decompress(data, limit + 1)


def _zstd(data: bytes, limit: int) -> bytes:
    import zstandard

    # ``decompress`` is quicker, but it allocates whatever size the frame's header states.
    if 0 < zstandard.frame_content_size(data) <= limit:
        if not hasattr(_OF_THREAD, "zstd"):
            _OF_THREAD.zstd = zstandard.ZstdDecompressor(max_window_size=1 << 27)
        unpacked: bytes = _OF_THREAD.zstd.decompress(data)
        return unpacked
    with zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(io.BytesIO(data)) as stream:
        return stream.read(limit + 1)


def _lz4(data: bytes, limit: int) -> bytes:
    import lz4.block  # type: ignore[import-untyped] # the library has no annotations

    unpacked: bytes = lz4.block.decompress(data, uncompressed_size=limit)
    return unpacked


def _lzo(data: bytes, limit: int) -> bytes:
    unpacked: bytes = _lzo_library().decompress(data, output_size_hint=limit)
    return unpacked


@cache
def _lzo_library() -> Any:
    from lzallright import LZOCompressor

    return LZOCompressor


_CODECS: Mapping[str, Codec] = {
    "gzip": _zlib,
    "zlib": _zlib,
    "deflate": _deflate,
    "lzma": _lzma,
    "xz": _xz,
    "zstd": _zstd,
    "lz4": _lz4,
    "lzo": _lzo,
}


def codec(name: str) -> Codec:
    """The decompressor of that name (``zlib``, ``deflate`` (bare), ``lzma``, ``xz``, ``zstd``, ``lz4``, ``lzo``)."""
    unpack = _CODECS[name]

    def checked(data: bytes, limit: int) -> bytes:
        try:
            unpacked = unpack(data, limit)
        except MemoryError:
            raise
        except Exception as error:  # each library has its own; all of them mean the same here
            raise InputError(f"damaged {name} data ({error})") from error
        if len(unpacked) > limit:
            raise InputError(f"{name} data larger than the {limit} bytes it may have")
        return unpacked

    return checked
