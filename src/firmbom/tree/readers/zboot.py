"""The EFI image of a compressed kernel, as arm64, RISC-V and LoongArch use it; its payload is an Image.

Source: Linux's drivers/firmware/efi/libstub/zboot-header.S.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from firmbom.tree.archive import Entry
from firmbom.tree.readers import kernel_pe
from firmbom.tree.readers.kernel_payload import entry, unpack
from firmbom.tree.report import Report
from firmbom.tree.source import Source

_HEADER = struct.Struct("<4s4sII8x32s")


def confirm(head: bytes) -> bool:
    """A DOS header with the mark of the format."""
    return head[:8] == b"MZ\0\0zimg" and len(head) >= _HEADER.size


def read(source: Source, report: Report) -> Iterator[Entry]:
    """The unpacked kernel."""
    _, _, offset, size, _ = _HEADER.unpack(source.read_at(0, _HEADER.size))
    end = max(offset + size, kernel_pe.end(source))
    if end > source.size:
        report("error", f"cut short: {source.size} of {end} bytes are there")
    yield from entry(unpack(source.window(0, offset + size), offset), report)
