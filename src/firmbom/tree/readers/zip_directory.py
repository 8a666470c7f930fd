"""The headers of a zip archive: end record, central directory, local headers (PKWARE APPNOTE 6.3.10, section 4.3)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import msgspec

from firmbom.errors import InputError
from firmbom.tree.source import Source

LOCAL, CENTRAL, END, END64, LOCATOR64 = (b"PK\3\4", b"PK\1\2", b"PK\5\6", b"PK\6\6", b"PK\6\7")
_SIGNATURE = b"PK\5\5"
_ALL_ONES16, _ALL_ONES32 = 0xFFFF, 0xFFFFFFFF
_UTF8, _FOLLOWED, _ENCRYPTED = 1 << 11, 1 << 3, 1 << 0
_FAT = 0
_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64 = struct.Struct("<4sLQL")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_COMMENT = 0xFFFF
_AT_ONCE = 1 << 20


class Member(msgspec.Struct, frozen=True):
    """What a header says of one file."""

    name: bytes
    """UTF-8, or what was not."""
    method: int
    flags: int
    crc: int
    packed: int
    size: int
    offset: int
    """Of the local header, in the source."""
    mode: int = 0
    """Unix file mode, 0 when not known."""

    @property
    def encrypted(self) -> bool:
        """Its bytes need a password."""
        return bool(self.flags & _ENCRYPTED)

    @property
    def followed(self) -> bool:
        """The local header left sizes and checksum to a record after the data."""
        return bool(self.flags & _FOLLOWED)


class Directory(msgspec.Struct, frozen=True):
    """Where the central directory stands."""

    start: int
    size: int
    count: int
    shift: int
    """What stands before the archive, in bytes; offsets count from behind it."""


def find(source: Source) -> Directory:
    """The central directory, by the end record.

    Raises:
        InputError: there is none, or it contradicts itself.
    """
    tail_start = max(0, source.size - _END.size - _COMMENT)
    tail = source.read_at(tail_start, _END.size + _COMMENT)
    position = _end_record(tail)
    if position < 0:
        raise InputError("has no end record; it was cut short or is damaged")
    _, disk, first_disk, _, count, size, start, _ = _END.unpack_from(tail, position)
    end = tail_start + position
    if disk not in (first_disk, _ALL_ONES16):
        raise InputError("is one of several volumes", remedy="join them first: zip -s 0")
    count, size, start, end = _find64(source, end) or (count, size, start, end)
    shift = 0 if start == _ALL_ONES32 else end - size - start  # Info-ZIP's -fz says it is wide and leaves it out
    if shift < 0 or size > end:
        raise InputError("end record and central directory contradict one another")
    return Directory(end - size, size, count, shift)


def _end_record(tail: bytes) -> int:
    """Where the end record stands: one whose comment ends with the file, else the last one; -1 for none."""
    last = position = tail.rfind(END, 0, max(0, len(tail) - _END.size + 4))
    while position >= 0:
        if position + _END.size + int.from_bytes(tail[position + 20 : position + 22], "little") == len(tail):
            return position
        position = tail.rfind(END, 0, position + 3)
    return last


def _find64(source: Source, end: int) -> tuple[int, int, int, int] | None:
    locator = source.read_at(max(0, end - _LOCATOR64.size), _LOCATOR64.size)
    if len(locator) < _LOCATOR64.size or not locator.startswith(LOCATOR64):
        return None
    stated = _LOCATOR64.unpack(locator)[2]
    for position in (end - _LOCATOR64.size - _END64.size, stated):
        record = source.read_at(position, _END64.size) if position >= 0 else b""
        if len(record) == _END64.size and record.startswith(END64):
            count, size, start = _END64.unpack(record)[-3:]
            return count, size, start, position
    return None


def central(source: Source, directory: Directory) -> Iterator[Member]:
    """The members of the central directory.

    Raises:
        InputError: it is damaged; what came before was given.
    """
    stream = source.window(directory.start, directory.size).open()
    read = 0
    while len(fixed := stream.read(_CENTRAL.size)) == _CENTRAL.size and fixed.startswith(CENTRAL):
        fields = _CENTRAL.unpack(fixed)
        made_by, flags, method = fields[1], fields[3], fields[4]
        crc, packed, size, name_length, extra_length, comment_length = fields[7:13]
        attributes, offset = fields[15], fields[16]
        variable = stream.read(name_length + extra_length + comment_length)
        if len(variable) < name_length + extra_length + comment_length:
            break
        extra = variable[name_length : name_length + extra_length]
        size, packed, offset = _wide(extra, size, packed, offset)
        yield Member(
            _name(variable[:name_length], flags, made_by >> 8),
            method,
            flags,
            crc,
            packed,
            size,
            offset + directory.shift,
            attributes >> 16 if made_by >> 8 != _FAT else 0,
        )
        read += 1
    ended = not fixed or fixed.startswith(_SIGNATURE)
    if not ended or (read - directory.count) % (_ALL_ONES16 + 1):
        raise InputError(f"central directory is damaged after {read} of {directory.count} entries")


def _wide(extra: bytes, *values: int) -> tuple[int, ...]:
    """The values that did not fit 32 bits, from the zip64 extra field (4.5.3), in its fixed order."""
    field = b""
    position = 0
    while position + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, position)
        if kind == 1:
            field = extra[position + 4 : position + 4 + length]
            break
        position += 4 + length
    out = []
    for value in values:
        if value == _ALL_ONES32 and len(field) >= 8:
            value, field = int.from_bytes(field[:8], "little"), field[8:]  # noqa: PLW2901 - the wide value replaces it
        out.append(value)
    return tuple(out)


def _name(raw: bytes, flags: int, made_on: int) -> bytes:
    """UTF-8 if it says so or is; else code page 437 (4.4.17, appendix D). DOS's backslashes become slashes."""
    try:
        raw.decode()
    except UnicodeDecodeError:
        if not flags & _UTF8:
            raw = raw.decode("cp437").encode()
    return raw.replace(b"\\", b"/") if made_on == _FAT and b"/" not in raw else raw


def local(source: Source, offset: int) -> tuple[Member, int] | None:
    """The local header at ``offset`` and where its data begins; None when there is none."""
    fixed = source.read_at(offset, _LOCAL.size)
    if len(fixed) < _LOCAL.size or not fixed.startswith(LOCAL):
        return None
    _, _, flags, method, _, _, crc, packed, size, name_length, extra_length = _LOCAL.unpack(fixed)
    variable = source.read_at(offset + _LOCAL.size, name_length + extra_length)
    size, packed = _wide(variable[name_length:], size, packed)
    member = Member(_name(variable[:name_length], flags, _FAT), method, flags, crc, packed, size, offset)
    return member, offset + _LOCAL.size + name_length + extra_length
