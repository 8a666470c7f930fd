"""Zstandard (RFC 8878): frames one after another."""

from __future__ import annotations

from collections.abc import Iterator

from firmbom.tree.report import Report
from firmbom.tree.source import Source
from firmbom.tree.unpack import Zstd, members

_SKIPPABLE = tuple(bytes([low]) + b"\x2a\x4d\x18" for low in range(0x50, 0x60))


def read(source: Source, report: Report) -> Iterator[bytes]:
    """The unpacked bytes. Raises :class:`firmbom.errors.InputError` when damaged or cut."""
    return members(source, report, Zstd, b"\x28\xb5\x2f\xfd", *_SKIPPABLE)
