"""What was put behind a kernel image: device trees and an initramfs.

Sources: Devicetree Specification 0.4, 5.2 (the header); Linux's CONFIG_ARM_APPENDED_DTB.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from firmbom.tree.archive import Entry
from firmbom.tree.base import HEAD
from firmbom.tree.readers import cpio
from firmbom.tree.readers.kernel_payload import beginning
from firmbom.tree.report import Report
from firmbom.tree.source import Source

_TREE = struct.Struct(">10I")
_TREE_MAGIC = b"\xd0\x0d\xfe\xed"
_MOST = 64
"""So many device trees one kernel has behind it; vendors put one for each board."""


def tree_length(source: Source, offset: int) -> int:
    """The bytes of the device tree at ``offset``; 0 when there is none."""
    head = source.read_at(offset, _TREE.size)
    if not head.startswith(_TREE_MAGIC) or len(head) < _TREE.size:
        return 0
    _, total, structure, strings, reserved, version, compatible, _, strings_size, structure_size = _TREE.unpack(head)
    inside = max(structure + structure_size, strings + strings_size, reserved) <= total <= source.size - offset
    return total if inside and compatible <= 17 <= version + 1 else 0


def entries(source: Source, offset: int, report: Report) -> Iterator[Entry]:
    """What follows the kernel that ends at ``offset``; zeros and erased flash are padding."""
    trees = 0
    while trees < _MOST:
        offset = _after_padding(source, offset)
        size = tree_length(source, offset)
        if not size:
            break
        yield Entry(b"dtb" if not trees else b"dtb-%d" % trees, "file", size, source.window(offset, size))
        trees += 1
        offset += size
    rest = source.window(offset, source.size)
    if rest.read_at(0, 4) == _TREE_MAGIC and trees < _MOST:
        report("error", f"a device tree at byte {offset} is damaged or cut short")
    if rest.size:
        yield Entry(b"initramfs" if _is_initramfs(rest) else b"+%d" % offset, "file", rest.size, rest)


def _is_initramfs(source: Source) -> bool:
    return cpio.confirm(source.read_at(0, HEAD)) or cpio.confirm(beginning(source, 0, HEAD))


def _after_padding(source: Source, offset: int) -> int:
    for chunk in source.chunks(offset):
        rest = chunk.lstrip(b"\0\xff")
        if rest:
            return offset + len(chunk) - len(rest)
        offset += len(chunk)
    return offset
