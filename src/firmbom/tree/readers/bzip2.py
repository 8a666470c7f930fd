"""bzip2: streams one after another, each of blocks with a checksum."""

from __future__ import annotations

import bz2
from collections.abc import Iterator

from firmbom.tree.report import Report
from firmbom.tree.source import Source
from firmbom.tree.unpack import members

_BLOCK = b"1AY&SY"  # the digits of pi in hexadecimal
_END = b"\x17\x72\x45\x38\x50\x90"  # the digits of its square root


def confirm(head: bytes) -> bool:
    """``BZh``, the block size ``1`` to ``9``, and the mark of a block or of the end."""
    return head[3:4] in b"123456789" and head[4:10] in (_BLOCK, _END)


def read(source: Source, report: Report) -> Iterator[bytes]:
    """The unpacked bytes. Raises :class:`firmbom.errors.InputError` when damaged or cut."""
    return members(source, report, bz2.BZ2Decompressor, b"BZh")
