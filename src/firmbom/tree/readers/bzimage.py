"""The x86 kernel image, bzImage: real-mode code with a setup header, then code that unpacks the payload.

Source: Linux's Documentation/arch/x86/boot.rst.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from firmbom.tree.archive import Entry
from firmbom.tree.readers import kernel_pe
from firmbom.tree.readers.kernel_payload import entry, find, unpack
from firmbom.tree.readers.kernel_tail import entries as tail
from firmbom.tree.report import Report
from firmbom.tree.source import Source

_SECTOR = 512
_SETUP = struct.Struct("<BHIHHHHH4sH")
"""From 0x1f1: sectors of setup, flags, size in units of 16 bytes, …, the boot mark, a jump, ``HdrS``, version."""
_PAYLOAD = 0x248
_HAS_PAYLOAD = 0x208
"""The protocol version from which on the header states where the payload is."""


def confirm(head: bytes) -> bool:
    """The boot sector's mark and a version of the protocol."""
    if len(head) < 0x250:
        return False
    mark, _, magic, version = _SETUP.unpack_from(head, 0x1F1)[6:]
    return bool(mark == 0xAA55 and magic == b"HdrS" and version >= 0x200)


def length(head: bytes) -> int:
    """The bytes of setup and kernel, as the header states; a signature may follow."""
    sectors: int
    paragraphs: int
    sectors, _, paragraphs, *_ = _SETUP.unpack_from(head, 0x1F1)
    return ((sectors or 4) + 1) * _SECTOR + 16 * paragraphs


def read(source: Source, report: Report) -> Iterator[Entry]:
    """The unpacked kernel, and what was put behind the image."""
    head = source.read_at(0, 0x250)
    end = length(head)
    if end > source.size:
        report("error", f"cut short: {source.size} of {end} bytes are there")
    start = (head[0x1F1] or 4) * _SECTOR + _SECTOR
    payload = None
    (version,) = struct.unpack_from("<H", head, 0x206)
    if version >= _HAS_PAYLOAD:
        offset, size = struct.unpack_from("<II", head, _PAYLOAD)
        payload = unpack(source.window(0, start + offset + size), start + offset)
    yield from entry(payload or find(source, start), report)
    yield from tail(source, max(end, kernel_pe.end(source)), report)
