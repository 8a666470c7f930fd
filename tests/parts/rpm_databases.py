"""rpm's databases for the tests: those that its own tools wrote, and headers made one by one."""

from __future__ import annotations

import lzma
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

FORMS = {
    "rpmdb.sqlite": "rpmdb.sqlite",
    "Packages.db": "Packages.db",
    "Packages.little": "Packages",
    "Packages.big": "Packages",
}
"""By test data the name it has in a system. The data was written by rpm 4.18, that of Berkeley DB by its library."""

FEDORA = "?arch=x86_64&distro=fedora-39"
TLS = f"pkg:rpm/fedora/libtls@3.0.9-1.fc39{FEDORA}&epoch=1&upstream=libtls-3.0.9-1.fc39.src.rpm"
GATEWAY = f"pkg:rpm/fedora/gateway@2.1-1.fc39{FEDORA}&upstream=gateway-2.1-1.fc39.src.rpm"
SHELL = f"pkg:rpm/fedora/shell@5.2-1.fc39{FEDORA}&upstream=shell-5.2-1.fc39.src.rpm"
"""The packages in all of them."""


def unpacked(data: Path, name: str) -> bytes:
    """A database out of the test data."""
    return lzma.decompress((data / "rpm" / f"{name}.xz").read_bytes())


def header(tags: Mapping[int, tuple[int, int, bytes]]) -> bytes:
    """A header: by tag its type, count and stored bytes."""
    index, store = b"", b""
    for tag, (kind, count, value) in tags.items():
        index += struct.pack(">IIII", tag, kind, len(store), count)
        store += value
    return struct.pack(">II", len(tags), len(store)) + index + store


def text(value: bytes) -> tuple[int, int, bytes]:
    """A tag that holds one text."""
    return 6, 1, value + b"\0"


NAMED = {1000: text(b"tool"), 1001: text(b"1.0"), 1002: text(b"2"), 1022: text(b"noarch")}
"""The least that a package says of itself."""


def ndb_of(*blobs: bytes) -> bytes:
    """An ndb database of headers."""
    page = struct.pack("<4sIII16x", b"RpmP", 0, 1, 1)
    out, at = b"", 4096
    for index, blob in enumerate(blobs, 1):
        room = -(-(16 + len(blob) + 12) // 16) * 16
        page += struct.pack("<4sIII", b"Slot", index, at // 16, room // 16)
        head = (struct.pack("<4sIII", b"BlbS", index, 1, len(blob)) + blob).ljust(room - 12, b"\0")
        out += head + struct.pack("<II4s", zlib.adler32(head), len(blob), b"BlbE")
        at += room
    page += struct.pack("<4sIII", b"Slot", 0, 0, 0) * ((4096 - len(page)) // 16)
    return page + out
