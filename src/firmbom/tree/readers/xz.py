"""xz (".xz File Format" 1.2): streams one after another, padded with zeros."""

from __future__ import annotations

import lzma
from collections.abc import Iterator

from firmbom.tree.report import Report
from firmbom.tree.source import Source
from firmbom.tree.unpack import MEMORY, members


def read(source: Source, report: Report) -> Iterator[bytes]:
    """The unpacked bytes. Raises :class:`firmbom.errors.InputError` when damaged or cut."""

    def start() -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MEMORY)

    return members(source, report, start, b"\xfd7zXZ\0")
