"""gzip (RFC 1952): members one after another, each with its checksum."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from firmbom.tree.report import Report
from firmbom.tree.source import Source
from firmbom.tree.unpack import Inflate, members


def read(source: Source, report: Report) -> Iterator[bytes]:
    """The unpacked bytes. Raises :class:`firmbom.errors.InputError` when damaged or cut."""
    return members(source, report, partial(Inflate, 31), b"\x1f\x8b")
