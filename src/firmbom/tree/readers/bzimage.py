"""The x86 kernel image, bzImage: real-mode code with a setup header, then code that unpacks the payload.

Source: Linux's Documentation/arch/x86/boot.rst.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from firmbom.tree.archive import Entry
from firmbom.tree.readers import kernel_pe
from firmbom.tree.readers.kernel_payload import entry, find, unpack
from firmbom.tree.readers.kernel_tail import entries as tail
from firmbom.tree.report import Report
from firmbom.tree.source import Source

_SECTOR = 512
_UNIT = 16
_SETUP = struct.Struct("<BHIHHHHH4sH")
"""From 0x1f1: sectors of setup, flags, size in units of 16 bytes, …, the boot mark, a jump, ``HdrS``, version."""
_RELEASE = re.compile(rb"\d+\.\d+[^ \0]* \(")
"""What the header of a kernel points to begins so: ``6.1.0 (user@host) #1 SMP …``."""
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
    return ((sectors or 4) + 1) * _SECTOR + _UNIT * paragraphs


def _is_linux(source: Source, head: bytes) -> bool:
    """Does it state a payload, or who built which release? memtest86+, iPXE and MEMDISK do not."""
    (version, *_, text) = struct.unpack_from("<HIHH", head, 0x206)
    offset, size = struct.unpack_from("<II", head, _PAYLOAD) if version >= _HAS_PAYLOAD else (0, 0)
    stated = source.read_at(_SECTOR + text, 64) if text else b""
    return bool((offset and size) or _RELEASE.match(stated))


def read(source: Source, report: Report) -> Iterator[Entry]:
    """The unpacked kernel, and what was put behind the image."""
    head = source.read_at(0, 0x250)
    end = length(head)
    if end >= source.size + _UNIT:
        report("error", f"cut short: {source.size} of {end} bytes are there")
    start = (head[0x1F1] or 4) * _SECTOR + _SECTOR
    payload = None
    (version,) = struct.unpack_from("<H", head, 0x206)
    if version >= _HAS_PAYLOAD:
        offset, size = struct.unpack_from("<II", head, _PAYLOAD)
        payload = unpack(source.window(0, start + offset + size), start + offset)
    payload = payload or find(source, start)
    if payload or _is_linux(source, head):
        yield from entry(payload, report)
    else:
        report("note", "is started like a Linux kernel and is none: nothing in it is compressed as a kernel is")
    yield from tail(source, max(end, kernel_pe.end(source)), report)
