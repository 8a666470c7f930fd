"""What an RPM package says of itself in its header.

Format: rpm's "Package format" v4: a lead of 96 bytes, then the header of signatures, padded to 8 bytes, and the
package's own. A header is a magic, the number of entries and the size of their store, entries of 16 bytes (tag, type,
offset, count), and the store.
"""

from __future__ import annotations

import struct

MAGIC = b"\xed\xab\xee\xdb"
LARGEST = 64 << 20
"""Bytes of a package in which its headers end; those of a kernel with 4,000 files have 2 MB."""

NAME, VERSION, RELEASE, EPOCH, ARCH, SOURCE = 1000, 1001, 1002, 1003, 1022, 1044
"""Tags: RPMTAG_NAME … RPMTAG_SOURCERPM."""
_LEAD = 96
_HEADER = b"\x8e\xad\xe8\x01"
_INT32, _STRING, _I18N = 4, 6, 9
_MOST = 10_000
"""Entries; real packages have 100."""


def read(data: bytes) -> dict[int, str]:
    """The texts and numbers of the package's own header, by tag; empty if there is none."""
    try:
        return _entries(data, _end(data, _LEAD)) if data.startswith(MAGIC) else {}
    except struct.error:
        return {}


def _end(data: bytes, at: int) -> int:
    """Where the header after the one at ``at`` begins."""
    count, size = struct.unpack_from(">II", data, at + 8)
    return int(at + (16 + count * 16 + size + 7) // 8 * 8)


def _entries(data: bytes, at: int) -> dict[int, str]:
    if data[at : at + 4] != _HEADER:
        return {}
    (count,) = struct.unpack_from(">I", data, at + 8)
    store = at + 16 + count * 16
    found: dict[int, str] = {}
    for number in range(min(count, _MOST)):
        tag, kind, offset, _ = struct.unpack_from(">IIII", data, at + 16 + number * 16)
        if kind in {_STRING, _I18N}:
            found[tag] = data[store + offset : store + offset + 4096].split(b"\0", 1)[0].decode("utf-8", "replace")
        elif kind == _INT32:
            found[tag] = str(struct.unpack_from(">I", data, store + offset)[0])
    return found
