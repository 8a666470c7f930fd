"""SEAMA, the container of D-Link's and others' firmware: entities one after another, each with its description.

Source: Linux's and OpenWrt's drivers for it call the fields so; all are big endian.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from firmbom.tree.archive import Entry
from firmbom.tree.readers.vendor import Part, parts
from firmbom.tree.report import Report
from firmbom.tree.source import Source

_HEADER = struct.Struct(">4sHHI")
"""Magic, reserved, the description's length, the content's length; a content has its MD5 before the description."""
_MAGIC = b"\x5e\xa3\xa4\x17"
_DIGEST = 16
_MOST = 64


def confirm(head: bytes) -> bool:
    """A description of variables, as ``name=value``."""
    if len(head) < _HEADER.size:
        return False
    _, reserved, described, size = _HEADER.unpack_from(head)
    start = _HEADER.size + (_DIGEST if size else 0)
    return not reserved and b"=" in head[start : start + described]


def read(source: Source, report: Report) -> Iterator[Entry]:
    """Each entity's content under its number; a header without content describes what follows it."""
    listed: list[Part] = []
    offset = 0
    while len(listed) < _MOST:
        head = source.read_at(offset, _HEADER.size)
        if len(head) < _HEADER.size or not head.startswith(_MAGIC):
            break
        _, _, described, size = _HEADER.unpack(head)
        offset += _HEADER.size + described + (_DIGEST if size else 0)
        if size:
            listed.append(Part(b"entity-%d" % len(listed), offset, size))
        offset += size
    if not listed:
        report("error", "cut short: there is nothing behind its header")
    return parts(source, report, *listed)
