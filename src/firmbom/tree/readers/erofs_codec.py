"""EROFS's compressed blocks: unpacks as many bytes as an extent has, though what is stored may hold more.

Sources: the kernel's fs/erofs/decompressor*.c; for MicroLZMA, lzma_microlzma_decoder() in liblzma's lzma/container.h.
"""

from __future__ import annotations

import io
import lzma
import zlib
from collections.abc import Callable, Mapping

from firmbom.errors import InputError
from firmbom.tree.codec import codec
from firmbom.tree.readers.erofs_extents import DEFLATE, LZ4, LZMA, ZSTD

_PADDING = bytes(32)
"""Literals put behind a block that was cut, for the library takes no match near a block's end."""
_unlz4 = codec("lz4")


def unpack(method: int, data: bytes, size: int, *, partial: bool, padded: bool) -> bytes:
    """The first ``size`` bytes of what ``data`` unpacks to.

    Args:
        method: :data:`LZ4`, :data:`LZMA`, :data:`DEFLATE` or :data:`ZSTD`.
        data: whole blocks.
        size: how many bytes the extent has.
        partial: there may be more bytes than ``size``.
        padded: zeros stand before the packed bytes; else garbage may follow them.

    Raises:
        InputError: damaged, or too few bytes.
    """
    if padded:
        data = data.lstrip(b"\0")
    try:
        if method != LZ4:
            made = _STREAMS[method](data, size)
        else:
            made = _lz4_beginning(data, size) if partial else _lz4(data if padded else data.rstrip(b"\0"), data, size)
    except (zlib.error, lzma.LZMAError, EOFError, IndexError, ValueError) as error:
        raise InputError(f"damaged compressed data ({error})") from error
    if len(made) < size:
        raise InputError(f"unpacks to {len(made)} bytes, where {size} are due")
    return made[:size]


def _lz4(guess: bytes, data: bytes, size: int) -> bytes:
    """The quick way first: ``guess`` may be the whole block, unless an extent is partial without saying so."""
    try:
        made = _unlz4(guess, size)
    except InputError:
        made = b""
    return made if len(made) == size else _lz4_beginning(data, size)


def _lz4_beginning(data: bytes, size: int) -> bytes:
    """The library unpacks only a whole block, so one is made that ends with the sequence that completes the content.

    A sequence is literals and a match, which repeats what came before; the last one of a block has literals only.
    Source: LZ4's lz4_Block_format.md.
    """
    at = made = 0
    while True:
        begin, token = at, data[at]
        literals, at = _lz4_length(data, token >> 4, at + 1)
        distance = int.from_bytes(data[at + literals : at + literals + 2], "little")
        matched, following = _lz4_length(data, token & 15, at + literals + 2) if made + literals < size else (0, 0)
        if made + literals + matched + 4 >= size:
            break
        made, at = made + literals + matched + 4, following
    literals = min(literals, size - made)
    count = literals + len(_PADDING) - 15
    last = b"\xf0" + b"\xff" * (count // 255) + bytes([count % 255]) + data[at : at + literals] + _PADDING
    out = _unlz4(data[:begin] + last, size + len(_PADDING))[: made + literals]
    missing = size - len(out)
    if missing and not 0 < distance <= len(out):
        raise ValueError("a match before the beginning")
    repeated = out[len(out) - distance :] if missing else b""
    return out + (repeated * (missing // max(1, distance) + 1))[:missing]


def _lz4_length(data: bytes, length: int, at: int) -> tuple[int, int]:
    """A length goes on in further bytes when its four bits are all set, and again while a byte is 255."""
    more = 255 if length == 15 else 0
    while more == 255:
        more = data[at]
        length, at = length + more, at + 1
    return length, at


def _microlzma(data: bytes, size: int) -> bytes:
    """LZMA without its header: the first byte, otherwise always zero, is the properties, inverted."""
    pb, rest = divmod(255 - data[0], 45)
    lp, lc = divmod(rest, 9)
    chain = [{"id": lzma.FILTER_LZMA1, "dict_size": max(4096, size), "lc": lc, "lp": lp, "pb": pb}]
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=chain).decompress(b"\0" + data[1:], size)


def _deflate(data: bytes, size: int) -> bytes:
    return zlib.decompressobj(-15).decompress(data, size)


def _zstd(data: bytes, size: int) -> bytes:
    import zstandard

    try:
        with zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(io.BytesIO(data)) as stream:
            return stream.read(size)
    except zstandard.ZstdError as error:
        raise ValueError(str(error)) from error


_STREAMS: Mapping[int, Callable[[bytes, int], bytes]] = {LZMA: _microlzma, DEFLATE: _deflate, ZSTD: _zstd}
