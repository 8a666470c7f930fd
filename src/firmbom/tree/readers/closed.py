"""What is recognised and not opened: encrypted data, filesystems and vendor formats without a reader.

Each says that something may be in there which nobody has seen, and where. Sources of the structures looked at beside
the magics: Linux's include/uapi/linux/minix_fs.h; RFC 5652 (CMS); RAUC's documentation, "Bundle Formats".
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from firmbom.tree.archive import Entry, Reader
    from firmbom.tree.formats import Contents, Format
    from firmbom.tree.report import Report
    from firmbom.tree.source import Source

_ENVELOPED = bytes.fromhex("06092a864886f70d010703")
"""The object identifier of CMS EnvelopedData, in DER."""
_SIGNED = bytes.fromhex("06092a864886f70d010702")
_AUTH_ENVELOPED = bytes.fromhex("060b2a864886f70d0109100117")
_MINIX = struct.Struct("<HHHHHHIH")
_MINIX_3 = struct.Struct("<IHHHHHHIIHHHB")


def reader(one: Format) -> Reader:
    """A reader that yields nothing and says so."""

    def read(source: Source, report: Report) -> Iterator[Entry]:
        report("error", f"{one.description}: not opened; what its bytes 0 to {source.size} hold is unknown")
        return iter(())

    return read


def _is_cms(data: bytes, *types: bytes) -> bool:
    """A DER SEQUENCE whose first member names one of the content types."""
    if data[:1] != b"\x30" or len(data) < 2:
        return False
    start = 2 + (data[1] & 0x7F if data[1] & 0x80 else 0)
    return data.startswith(types, start)


def _cms(head: bytes, _: Contents | None) -> bool:
    return _is_cms(head, _ENVELOPED, _AUTH_ENVELOPED)


def _rauc_crypt(_: bytes, contents: Contents | None) -> bool:
    """A signature at the end, its size in the last eight bytes, as in other bundles; but before it no filesystem."""
    if contents is None:
        return False
    size = int.from_bytes(contents.read_at(contents.size - 8, 8), "big")
    if not 0 < size < contents.size - 8:
        return False
    return _is_cms(contents.read_at(contents.size - 8 - size, 64), _ENVELOPED, _AUTH_ENVELOPED, _SIGNED)


def _minix(head: bytes, contents: Contents | None) -> bool:
    """A superblock whose maps have room for the inodes and zones that it states."""
    if len(head) < 2048 or contents is None:
        return False
    inodes, zones, inode_map, zone_map, first, log, largest, magic = _MINIX.unpack_from(head, 1024)
    block = 1024
    if magic not in (0x137F, 0x138F, 0x2468, 0x2478):
        inodes, _, inode_map, zone_map, first, log, _, largest, zones, magic, _, block, _ = _MINIX_3.unpack_from(
            head, 1024
        )
        if magic != 0x4D5A or block not in (1024, 2048, 4096):
            return False
    elif magic in (0x2468, 0x2478):
        (zones,) = struct.unpack_from("<I", head, 1024 + 20)
    bits = 8 * block
    return bool(
        inodes > 0
        and log == 0
        and largest > 0
        and inode_map == -(-(inodes + 1) // bits)
        and 0 < zone_map <= -(-(zones + 1) // bits)
        and inode_map + zone_map + 2 < first < zones <= contents.size // block
    )


def _compress(head: bytes, _: Contents | None) -> bool:
    return len(head) > 3 and not head[2] & 0x60 and 9 <= head[2] & 0x1F <= 16


def _shrs(head: bytes, _: Contents | None) -> bool:
    """D-Link states the size before and after encryption, to the block the same."""
    plain, packed = (int.from_bytes(head[start : start + 4], "big") for start in (4, 8))
    return 0 < plain <= packed < plain + 4096


def _no_text(head: bytes, _: Contents | None) -> bool:
    return 0 in head[:64]


CONFIRM: Mapping[str, Callable[[bytes, Contents | None], bool]] = {
    "cms": _cms,
    "rauc-crypt": _rauc_crypt,
    "minix": _minix,
    "compress": _compress,
    "shrs": _shrs,
    "ubiquiti": _no_text,
    "xiaomi": _no_text,
    "rockchip": _no_text,
}
"""By the format's name, what its magic does not tell; from the head, and from the whole where it is at hand."""
