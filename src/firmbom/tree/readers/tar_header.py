"""One header of a tar archive: POSIX.1-2017 "ustar Interchange Format" and "pax", GNU tar "Basic Tar Format"."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from firmbom.errors import InputError
from firmbom.tree.source import Piece, Source

BLOCK = 512
_CHECKSUM = slice(148, 156)
_OLD_SPARSE, _OLD_SPARSE_MORE, _OLD_SPARSE_SIZE = slice(386, 482), 482, slice(483, 495)
_PIECES = 1 << 20
"""More pieces than any real sparse file has."""
_MAP = 1 << 24
"""More bytes than any real map has."""


class Header(msgspec.Struct, frozen=True):
    """What the block itself says; pax records and long names come before it and override it."""

    name: bytes
    size: int
    type: bytes
    target: bytes
    block: bytes


def parse(block: bytes) -> Header | None:
    """A header block, or None when its checksum or its numbers are wrong."""
    stated = number(block[_CHECKSUM])
    if not stated or not _is_sum(stated, block):
        return None
    size = number(block[124:136])
    if size is None:
        return None
    name = _text(block[:100])
    if block[257:263] == b"ustar\0" and block[345]:
        name = _text(block[345:500]) + b"/" + name
    return Header(name, size, block[156:157], _text(block[157:257]), block)


def number(field: bytes) -> int | None:
    """Octal digits between spaces and NULs, or GNU's base 256 with the high bit set; None if neither or negative."""
    if field[:1] in (b"\x80", b"\xff"):
        value = int.from_bytes(field[1:], "big")
        return value if field[0] == 0x80 else None
    digits = field.partition(b"\0")[0].strip(b" ")
    if digits.strip(b"01234567"):
        return None
    return int(digits or b"0", 8)


def _is_sum(stated: int, block: bytes) -> bool:
    """The sum of the bytes with the checksum as spaces; some old tars took the bytes as signed."""
    without = block[: _CHECKSUM.start] + block[_CHECKSUM.stop :]
    above = sum(without) + 8 * ord(" ") - stated
    return above == 0 or (above > 0 and above == 256 * len(without.translate(None, _LOW)))


_LOW = bytes(range(128))


def _text(field: bytes) -> bytes:
    return field.partition(b"\0")[0]


def records(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The records ``<length> <key>=<value>`` with a newline of a pax header, in order; a key may come again.

    Raises:
        InputError: not such records.
    """
    position = 0
    while position < len(data) and data[position]:
        space = data.find(b" ", position, position + 20)
        digits = data[position:space] if space > 0 else b""
        length = int(digits) if digits.isdigit() else 0
        record = data[position : position + length]
        key, equals, value = record[space - position + 1 :].partition(b"=")
        if length < 5 or len(record) < length or not equals or not value.endswith(b"\n"):
            raise InputError("damaged pax header")
        yield key, value[:-1]
        position += length


def decimal(value: bytes) -> int:
    """A number of a pax record, such as a size.

    Raises:
        InputError: not digits, or more than 20 of them.
    """
    if not value.isdigit() or len(value) > 20:
        raise InputError("damaged pax header: a size that is no number")
    return int(value)


def old_sparse(header: Header, source: Source, offset: int) -> tuple[int, list[tuple[int, int]], int]:
    """GNU's first sparse format: the real size, the pieces (offset, length), and where the data begins.

    Raises:
        InputError: damaged or cut.
    """
    size = number(header.block[_OLD_SPARSE_SIZE])
    table, more = bytearray(header.block[_OLD_SPARSE]), header.block[_OLD_SPARSE_MORE]
    while more:
        block = source.read_at(offset, BLOCK)
        if len(block) < BLOCK or len(table) > 24 * _PIECES:
            raise InputError("damaged map of a sparse file")
        table += block[:504]
        more, offset = block[504], offset + BLOCK
    numbers = [number(bytes(table[start : start + 12])) for start in range(0, len(table), 12)]
    if size is None or None in numbers:
        raise InputError("damaged map of a sparse file")
    flat = [value or 0 for value in numbers]
    return size, [pair for pair in zip(flat[::2], flat[1::2], strict=True) if any(pair)], offset


def new_sparse(source: Source, offset: int, size: int) -> tuple[list[tuple[int, int]], int]:
    """GNU's sparse format 1.0: the pieces in decimal lines before the data, and where the data begins.

    Raises:
        InputError: damaged or cut.
    """
    text = source.read_at(offset, min(size, _MAP))
    count = decimal(text[:21].partition(b"\n")[0])
    lines = text.split(b"\n", 2 * count + 1) if count <= _PIECES else []
    if len(lines) < 2 * count + 2:
        raise InputError("damaged map of a sparse file")
    numbers = [decimal(line) for line in lines[1:-1]]
    taken = sum(len(line) + 1 for line in lines[:-1])
    return list(zip(numbers[::2], numbers[1::2], strict=True)), offset + -(-taken // BLOCK) * BLOCK


def lay_out(pieces: list[tuple[int, int]], size: int, stored: int, available: int) -> list[Piece]:
    """Where each piece of a sparse file stands in the archive.

    Args:
        pieces: offset and length in the file, as its map states them.
        size: of the file.
        stored: where the data begins in the archive.
        available: how many bytes of data there are.

    Raises:
        InputError: pieces out of order, beyond the file's end or beyond the data.
    """
    out: list[Piece] = []
    end = taken = 0
    for offset, length in pieces:
        if offset < end or offset + length > size or taken + length > available:
            raise InputError("damaged map of a sparse file")
        out.append(Piece(offset, stored + taken, length))
        end, taken = offset + length, taken + length
    return out
