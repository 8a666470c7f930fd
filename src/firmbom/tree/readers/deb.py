"""Debian's packages, and opkg's older ones: an ar archive of a version, a control archive and the files.

Source: deb(5); the archive's headers as ar(5) of the BSDs describes them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from firmbom.errors import InputError
from firmbom.tree.archive import Entry
from firmbom.tree.report import Report
from firmbom.tree.source import Source

_START = 8
_HEADER = struct.Struct("16s12s6s6s8s10s2s")
_MEMBERS = 3
_END = b"`\n"


def read(source: Source, report: Report) -> Iterator[Entry]:
    """The members under their names.

    Raises:
        InputError: a header is damaged; what stands behind it cannot be found.
    """
    offset, members = _START, 0
    while head := source.read_at(offset, _HEADER.size):
        if len(head) < _HEADER.size:
            raise InputError(f"cut off at byte {offset + len(head)}")
        name, _, _, _, _, number, end = _HEADER.unpack(head)
        if end != _END or not number.strip().isdigit():
            raise InputError(f"no header at byte {offset}")
        size = int(number)
        content = source.window(offset + _HEADER.size, size)
        label = name.rstrip(b" ").rstrip(b"/")
        if content.size < size:
            report("error", f"cut short: {content.size} of {size} bytes are there", label)
        yield Entry(label, "file", content.size, content)
        offset += _HEADER.size + size + size % 2
        members += 1
    if members < _MEMBERS:
        report("error", f"cut short: {members} of {_MEMBERS} members are there")
