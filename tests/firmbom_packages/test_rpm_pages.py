"""rpm's own database (ndb) and the older one of Berkeley DB, and every way in which they can be broken."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from firmbom.errors import InputError
from firmbom.model import ComponentSet
from firmbom_packages import rpm_bdb

Said = Callable[[Path], ComponentSet]
System = Callable[[str, bytes], Path]


def ndb(slots: Mapping[int, tuple[int, int]] | None = None, blob: bytes = b"x" * 20, tail: bytes = b"BlbE") -> bytes:
    """One page of slots, by index offset and length in units of 16 bytes, and a blob of package 1 behind it."""
    slots = {1: (256, 4)} if slots is None else slots
    page = struct.pack("<4sIII16x", b"RpmP", 0, 1, 1)
    page += b"".join(struct.pack("<4sIII", b"Slot", index, *where) for index, where in slots.items())
    page += struct.pack("<4sIII", b"Slot", 0, 0, 0) * ((4096 - len(page)) // 16)
    head = struct.pack("<4sIII", b"BlbS", 1, 1, len(blob)) + blob.ljust(36, b"\0")
    return page + head + struct.pack("<II4s", zlib.adler32(head), len(blob), tail)


NDB = {
    "header": (b"RpmP" + bytes(20), "ends within its own header"),
    "version": (b"RpmP" + struct.pack("<I", 5) + bytes(24), "ndb version 5 is not known"),
    "pages": (struct.pack("<4sIII16x", b"RpmP", 0, 1, 9), "ends within its 9 pages of slots"),
    "no slots": (struct.pack("<4sIII16x", b"RpmP", 0, 1, 1) + bytes(4064), "no slot at byte 32"),
    "beyond": (ndb({1: (9999, 4)}), "package 1 at byte 159984: its blob lies beyond the end of the file"),
    "too small": (ndb({1: (256, 1)}), "its blob lies beyond"),
    "other package": (ndb({2: (256, 4)}), "package 2 at byte 4096: its blob does not begin as one"),
    "longer than its room": (ndb(blob=b"x" * 99)[:4160], "its blob does not begin as one"),
    "no end": (ndb(tail=b"Blob"), "its blob does not end as one"),
    "checksum": (ndb()[:-20] + b"y" + ndb()[-19:], "its checksum does not fit"),
    "no header in it": (ndb(), "header cannot be read: number 1: header of"),
}


@pytest.mark.parametrize("case", NDB)
def test_bad_ndb(case: str, system: System, said: Said) -> None:
    content, message = NDB[case]
    found = said(system("Packages.db", content))
    assert "error" in {one.severity for one in found.problems if message in one.message}


def page(number: int, following: int, entries: int, used: int, kind: int, content: bytes) -> bytes:
    return (struct.pack("<8xIIIHHBB", number, 0, following, entries, used, 0, kind) + content).ljust(512, b"\0")


def meta(*, size: int = 512, encrypted: int = 0, kind: int = 8, last: int = 1) -> bytes:
    head = struct.pack("<8xI", 0) + struct.pack("<IIIBBxx", 0x061561, 9, size, encrypted, kind)
    return (head + struct.pack("<II", 0, last)).ljust(512, b"\0")


def hash_page(*items: bytes) -> bytes:
    offsets, body = [], b""
    for item in items:
        body = item + body
        offsets.append(512 - len(body))
    index = struct.pack(f"<{len(offsets)}H", *offsets)
    return page(1, 0, len(items), 0, 13, index + bytes(512 - 26 - len(index) - len(body)) + body)


KEY = b"\1" + struct.pack("<I", 1)


def off_page(number: int, length: int) -> bytes:
    return struct.pack("<BxxxII", 3, number, length)


BDB = {
    "first page": (meta()[:100], "ends within its first page"),
    "no hash": (meta(kind=9), "is a Berkeley DB file, but no hash"),
    "page size": (meta(size=1000), "pages of a possible size"),
    "encrypted": (meta(encrypted=1), "is encrypted"),
    "cut off": (meta(last=7), "ends before its last page, 7"),
    "too many entries": (meta() + page(1, 0, 999, 0, 13, b""), "page 1: 999 entries do not fit a page"),
    "overlap": (meta() + page(1, 0, 2, 0, 2, struct.pack("<HH", 400, 450)), "page 1: its items overlap"),
    "type": (meta() + hash_page(KEY, b"\2dup"), "page 1: an item of type 2 is not one that rpm writes"),
    "length": (meta() + hash_page(KEY, off_page(2, 99999)), "an item of 99999 bytes is larger than the file"),
    "nowhere": (meta() + hash_page(KEY, off_page(77, 9)), "an item leads to page 77, which is not there"),
    "no overflow": (meta() + hash_page(KEY, off_page(1, 9)), "leads to page 1, which is no overflow page"),
    "circle": (
        meta(last=2) + hash_page(KEY, off_page(2, 1500)) + page(2, 2, 0, 9, 7, b"x"),
        "its overflow pages form a circle",
    ),
    "header": (meta() + hash_page(KEY, b"\1abc"), "header cannot be read: number 1: header shorter"),
}


@pytest.mark.parametrize("case", BDB)
def test_bad_berkeley_db(case: str, system: System, said: Said) -> None:
    content, message = BDB[case]
    found = said(system("Packages", content))
    assert [one.severity for one in found.problems if message in one.message] == ["error"]


def test_items_that_share_pages_do_not_multiply_the_file() -> None:
    items = [item for _ in range(14) for item in (KEY, off_page(2, 480))]
    content = meta(last=2) + hash_page(*items) + page(2, 0, 0, 486, 7, b"x" * 480)
    with pytest.raises(InputError, match="share pages"):
        list(rpm_bdb.records(content, print))
