"""Rock Ridge: POSIX names, links and deep folders in the system use areas of ISO 9660.

Sources: IEEE P1281 "System Use Sharing Protocol" version 1.12 (SP, CE, ST), IEEE P1282 "Rock Ridge Interchange
Protocol" version 1.12 (PX, SL, NM, CL, RE), libisofs' doc/zisofs_format.txt (ZF).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from firmbom.errors import InputError
from firmbom.tree.readers.iso9660_records import SECTOR, Record
from firmbom.tree.source import Source

_MOST_CONTINUATIONS = 32
_CONTINUES, _HERE, _ABOVE, _ROOT = 0x01, 0x02, 0x04, 0x08
_PARTS = {_HERE: b".", _ABOVE: b".."}


class Attributes(NamedTuple):
    """What the fields say of a file."""

    name: bytes = b""
    """Empty where only the name of ISO 9660 stands."""
    mode: int = 0
    """As in POSIX; 0 where it is not said."""
    target: bytes | None = None
    """Of a symbolic link."""
    child: int | None = None
    """Of a folder that was moved out of here: the block where it is now."""
    moved: bool = False
    """The folder was moved here from elsewhere."""
    packed: tuple[int, int, int, int] | None = None
    """Of a file in zisofs: letters of the method, header length in words, block size's logarithm, unpacked size."""


class RockRidge:
    """Reads the fields, once it has been seen that there are any."""

    def __init__(self, source: Source, block_size: int, skip: int) -> None:
        """Args: ``skip`` is how many bytes of each area belong to someone else."""
        self._source, self._block_size, self._skip = source, block_size, skip

    def attributes(self, record: Record) -> Attributes:
        """What is said of a record. Raises :class:`InputError` where the fields are damaged."""
        name, link, found = b"", _Target(), Attributes()
        for signature, data in self._fields(record.system[self._skip :]):
            if signature == b"NM" and data and not data[0] & (_HERE | _ABOVE):
                name += data[1:]
            elif signature == b"PX" and len(data) >= 4:
                found = found._replace(mode=int.from_bytes(data[:4], "little"))
            elif signature == b"SL" and data:
                link.add(data[1:])
            elif signature == b"CL" and len(data) >= 4:
                found = found._replace(child=int.from_bytes(data[:4], "little"))
            elif signature == b"RE":
                found = found._replace(moved=True)
            elif signature == b"ZF" and len(data) >= 8:
                found = found._replace(packed=struct.unpack("<HBBI", data[:8]))
        return found._replace(name=name, target=link.path)

    def _fields(self, area: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Signature and data of each field, through all continuations."""
        for _ in range(_MOST_CONTINUATIONS):
            following = None
            for signature, data in fields(area):
                if signature == b"ST":
                    break
                if signature == b"CE" and len(data) >= 24:
                    following = struct.unpack("<I4xI4xI4x", data[:24])
                else:
                    yield signature, data
            if following is None:
                return
            block, offset, length = following
            area = self._source.read_at(block * self._block_size + offset, min(length, SECTOR))
            if len(area) < length:
                raise InputError("its Rock Ridge fields lead out of the image")
        raise InputError("its Rock Ridge fields run in a circle")


def skip_of(record: Record) -> int | None:
    """How many bytes of each area are to be skipped, from the root folder's own record; None without Rock Ridge."""
    area = record.system
    for start in (0, 15):  # CD-ROM XA puts 14 bytes, and a pad byte, before it
        if area[start : start + 2] == b"SP" and area[start + 4 : start + 6] == b"\xbe\xef":
            return area[start + 6] if len(area) > start + 6 else 0
    return None


def fields(area: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Signature and data of each field of one area."""
    place = 0
    while place + 4 <= len(area):
        length = area[place + 2]
        if length < 4 or place + length > len(area):
            return
        yield area[place : place + 2], area[place + 4 : place + length]
        place += length


class _Target:
    """Puts a link's target together from components, which may go on in the next component and the next field."""

    def __init__(self) -> None:
        self.path: bytes | None = None
        self._open = False

    def add(self, components: bytes) -> None:
        """Raises :class:`InputError` where a component is longer than the field."""
        path, place = self.path or b"", 0
        while place + 2 <= len(components):
            flags, length = components[place], components[place + 1]
            if place + 2 + length > len(components):
                raise InputError("its link's target is cut off")
            part = _PARTS.get(flags & (_HERE | _ABOVE), components[place + 2 : place + 2 + length])
            if flags & _ROOT:
                path = b"/"
            else:
                path += part if self._open or not path or path.endswith(b"/") else b"/" + part
            self._open = bool(flags & _CONTINUES)
            place += 2 + length
        self.path = path
