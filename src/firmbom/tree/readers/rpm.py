"""RPM packages: a lead, two headers, and a compressed cpio archive with the files.

Source: rpm.org, "RPM V4 Package format" and "RPM V4 Signatures and digests".
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from firmbom.errors import InputError
from firmbom.tree.archive import Entry
from firmbom.tree.report import Report
from firmbom.tree.source import Source

_LEAD = 96
_HEADER = struct.Struct(">4s4xII")
_MAGIC = b"\x8e\xad\xe8\x01"
_ENTRY = struct.Struct(">IIII")
_MOST_ENTRIES, _MOST_BYTES = 1 << 16, 256 << 20
"""What librpm itself accepts."""

_SIZE, _LONG_SIZE = 1000, 270
"""In the signature: bytes of the main header and the payload, as 32 and as 64 bits."""
_NUMBERS = {_SIZE: ">I", _LONG_SIZE: ">Q"}
_COMPRESSOR = 1125
_ENDINGS = {"gzip": ".gz", "bzip2": ".bz2", "xz": ".xz", "lzma": ".lzma", "zstd": ".zst"}


class _Header(NamedTuple):
    end: int
    """Where what follows begins, without padding."""
    values: dict[int, bytes]
    """The bytes from each wanted tag's value on, at most 32."""


def read(source: Source, report: Report) -> Iterator[Entry]:
    """The payload, under the name of its compression.

    Raises:
        InputError: a header is damaged.
    """
    signature = _header(source, _LEAD)
    start = signature.end + -signature.end % 8
    main = _header(source, start)
    stated = next((_number(signature.values[tag], tag) for tag in _NUMBERS if tag in signature.values), None)
    there = source.size - start
    payload = source.window(main.end, source.size - main.end)
    if stated is not None and there < stated:
        report("error", f"cut short: {there} of {stated} bytes are there")
    if stated is not None and there > stated:
        report("warning", f"holds {there} bytes where it states {stated}; all were read")
    compressor = main.values.get(_COMPRESSOR, b"gzip").partition(b"\0")[0].decode("ascii", "replace")
    yield Entry(f"payload.cpio{_ENDINGS.get(compressor, '')}".encode(), "file", payload.size, payload)


def _header(source: Source, at: int) -> _Header:
    """Read the index at ``at`` and the few values that matter."""
    head = source.read_at(at, _HEADER.size)
    magic, count, size = _HEADER.unpack(head) if len(head) == _HEADER.size else (b"", 0, 0)
    if magic != _MAGIC or count > _MOST_ENTRIES or size > _MOST_BYTES:
        raise InputError(f"no header at byte {at}")
    store = at + _HEADER.size + count * _ENTRY.size
    index = source.read_at(at + _HEADER.size, count * _ENTRY.size)
    if len(index) < count * _ENTRY.size or store + size > source.size:
        raise InputError(f"cut off at byte {source.size}, in the header at byte {at}")
    values = {
        tag: source.read_at(store + offset, min(32, size - offset))
        for tag, _, offset, _ in _ENTRY.iter_unpack(index)
        if (tag in _NUMBERS or tag == _COMPRESSOR) and offset < size
    }
    return _Header(store + size, values)


def _number(value: bytes, tag: int) -> int | None:
    form = _NUMBERS[tag]
    return int(struct.unpack_from(form, value)[0]) if len(value) >= struct.calcsize(form) else None
