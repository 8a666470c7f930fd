"""rpm's own "ndb" format, ``Packages.db``: pages of slots that point at blobs (rpm's lib/backend/ndb/rpmpkg.c).

All little-endian. The file begins with 32 bytes (``RpmP``, version, generation, number of slot pages, next index) that
take the place of the first two slots of the first 4,096-byte page. A slot is ``Slot``, package index (0: free), offset
and length of its blob in units of 16 bytes. A blob is ``BlbS``, index, generation, length, the header, padding, then
Adler-32 of all that, the length again, ``BlbE``.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from firmbom.errors import InputError
from firmbom_packages.rpm_record import Record, Tell

MAGIC = b"RpmP"

_PAGE, _UNIT, _HEAD, _TAIL = 4096, 16, 16, 12
_SLOT = struct.Struct("<4sIII")


def records(data: bytes, tell: Tell) -> Iterator[Record]:
    """Each package; a slot or blob that contradicts itself is told."""
    if len(data) < 32:
        raise InputError("ends within its own header")
    version, _, pages = struct.unpack_from("<III", data, 4)
    if version != 0:
        raise InputError(f"ndb version {version} is not known (0 is)")
    end = min(pages * _PAGE, len(data))
    if pages * _PAGE > len(data):
        tell(f"ends within its {pages} pages of slots")
    for at in range(32, end - end % _UNIT, _UNIT):
        magic, number, start, units = _SLOT.unpack_from(data, at)
        if magic != b"Slot":
            tell(f"no slot at byte {at}")
        elif number:
            blob, fault = _blob(data, number, start * _UNIT, units * _UNIT)
            if fault:
                tell(f"package {number} at byte {start * _UNIT}: {fault}")
            if blob:
                yield Record(number, blob, start * _UNIT + _HEAD)


def _blob(data: bytes, number: int, start: int, room: int) -> tuple[bytes, str]:
    """The header in a blob, if there is one, and what is wrong with it."""
    if room < _HEAD + _TAIL or start + room > len(data):
        return b"", "its blob lies beyond the end of the file"
    magic, index, _, length = _SLOT.unpack_from(data, start)
    if magic != b"BlbS" or index != number or length > room - _HEAD - _TAIL:
        return b"", "its blob does not begin as one"
    checksum, again, last = struct.unpack_from("<II4s", data, start + room - _TAIL)
    blob = data[start + _HEAD : start + _HEAD + length]
    if last != b"BlbE" or again != length:
        return blob, "its blob does not end as one"
    if zlib.adler32(data[start : start + room - _TAIL]) != checksum:
        return blob, "its checksum does not fit"
    return blob, ""
