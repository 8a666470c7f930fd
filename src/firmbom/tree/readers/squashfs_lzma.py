"""squashfs as makers of routers pack it: one of several LZMAs, which no field of the image tells.

Sources: the sources of such tools as firmware-mod-kit collects them; the patch sqlzma.
"""

from __future__ import annotations

import lzma
import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import product

from firmbom.errors import InputError
from firmbom.tree.codec import Codec, codec
from firmbom.tree.readers.squashfs_blocks import FOLDER, LARGEST_BLOCK, Layout

_DICTIONARY = LARGEST_BLOCK
_USUAL = ((3, 0, 2), (0, 0, 2), (0, 2, 2))
"""lc, lp and pb as tools in use have them built in."""
_NO_NAME = re.compile(rb"[/\0]")
_ZLIB, _LZMA = codec("zlib"), codec("lzma")


def fitting(make: Callable[[Codec], Layout], codecs: Iterable[Codec]) -> tuple[Layout, Codec] | None:
    """The first of ``codecs`` with which the root folder makes sense, with the layout made of it."""
    for unpack in codecs:
        layout = make(unpack)
        try:
            root = layout.inode(layout.root)
            names = [name for name, _, _ in layout.listing(root)] if root.kind == FOLDER else []
        except InputError:
            continue
        if root.kind == FOLDER and (names or root.size <= 3) and not any(_NO_NAME.search(name) for name in names):
            return layout, unpack
    return None


def codecs() -> Iterator[Codec]:
    """Likely ones first; zlib is among them."""
    yield _zlib_or_lzma
    yield partial(_unpack, lambda data: _bare(*_USUAL[0], data.removeprefix(b"7zip")))
    yield partial(_unpack, _short_header)
    yield partial(_unpack, lambda data: _bare(data[1], data[2], data[0], data[4:]))
    for lc, lp, pb in (*_USUAL[1:], *product(range(5), range(5), range(5))):
        if lc + lp <= 4:  # the library knows no more
            yield partial(_unpack, partial(_bare, lc, lp, pb))


def _zlib_or_lzma(data: bytes, limit: int) -> bytes:
    """As in squashfs's own tools, or with the patch sqlzma, where each block may be one or the other."""
    return (_LZMA if data.startswith(b"\x5d") else _ZLIB)(data, limit)


def _short_header(data: bytes) -> tuple[lzma.LZMADecompressor, bytes]:
    """Properties and the size of the dictionary, but not that of the data."""
    pb, rest = divmod(data[0], 45)
    lp, lc = divmod(rest, 9)
    return _bare(lc, lp, pb, data[5:])


def _bare(lc: int, lp: int, pb: int, data: bytes) -> tuple[lzma.LZMADecompressor, bytes]:
    """No header; the parameters are built into the tool, or stand in four bytes before the data."""
    chain = [{"id": lzma.FILTER_LZMA1, "dict_size": _DICTIONARY, "lc": lc, "lp": lp, "pb": pb}]
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=chain), data


def _unpack(start: Callable[[bytes], tuple[lzma.LZMADecompressor, bytes]], data: bytes, limit: int) -> bytes:
    try:
        decompressor, packed = start(data)
        return decompressor.decompress(packed, limit)
    except (lzma.LZMAError, EOFError, IndexError) as error:
        raise InputError(f"damaged lzma data ({error})") from error
