"""What is recognised and cannot be opened is told with its name and its bytes, at the top and in any tree, once."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from firmbom.errors import InputError
from firmbom.tree.formats import CLOSED, FORMATS, Format
from firmbom.tree.open import nested, open_tree

SIGNED, ENVELOPED = "06092a864886f70d010702", "06092a864886f70d010703"
UNKNOWN = bytes(range(128, 256)) * 64


def cms(kind: str) -> bytes:
    body = bytes.fromhex(kind) + UNKNOWN[:300]
    return b"\x30\x82" + len(body).to_bytes(2, "big") + body


def minix(magic: int, inodes: int = 32) -> bytes:
    if magic == 0x4D5A:
        head = struct.pack("<IHHHHHHIIHHHB", inodes, 0, 1, 1, 5, 0, 0, 1 << 20, 60, magic, 0, 1024, 0)
    else:
        head = struct.pack("<HHHHHHIHHI", inodes, 60, 1, 1, 5, 0, 1 << 20, magic, 1, 60)
    return (bytes(1024) + head).ljust(61440, b"\0")


CRAFTED = {
    "rauc-crypt": [UNKNOWN + cms(kind) + struct.pack(">Q", len(cms(kind))) for kind in (SIGNED, ENVELOPED)],
    "cms": [cms(ENVELOPED)],
    "minix": [minix(magic) for magic in (0x137F, 0x138F, 0x2468, 0x2478, 0x4D5A)],
    "compress": [b"\x1f\x9d\x90" + UNKNOWN],
    "shrs": [b"SHRS" + struct.pack(">II", 1000, 1008) + UNKNOWN],
}
"""Of formats whose magic is not enough."""
DOUBTFUL = {
    "rauc-crypt": [UNKNOWN + struct.pack(">Q", 100), struct.pack(">Q", 100), UNKNOWN + struct.pack(">Q", 1 << 60)],
    "cms": [b"0", b"0 is a number", cms("0603550403")],
    "minix": [minix(0x137F)[:1500], minix(0x137F, 60_000), minix(0x1234), minix(0x4D5A, 0)],
    "compress": [b"\x1f\x9d\xff" + UNKNOWN, b"\x1f\x9d"],
    "shrs": [b"SHRS is a word", b"SHRS" + UNKNOWN],
    "ubiquiti": [b"UBNT makes routers\n" * 9],
    "xiaomi": [b"HDR1 HDR2\n" * 9],
    "rockchip": [b"RKFW and RKAF are marks\n" * 9],
}
"""With the magic and no more."""


def example(one: Format) -> list[bytes]:
    made = []
    for value, offset in one.magics:
        data = bytearray(b"\0" * 1024 * 72)
        place = offset if offset >= 0 else len(data) + offset
        data[place : place + len(value)] = value
        made.append(bytes(data))
    return CRAFTED.get(one.name, made)


def told(path: Path) -> list[tuple[str, str, str]]:
    with nested(open_tree(path)) as tree:
        list(tree.walk())
        return [(one.severity, one.path, one.message) for one in tree.problems]


@pytest.mark.parametrize("one", CLOSED, ids=[one.name for one in CLOSED])
def test_it_is_told_at_the_top_and_in_a_tree(one: Format, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for data in example(one):
        path = tmp_path / "folder/image.bin"
        path.write_bytes(data)
        said = ("error", "image.bin", f"{one.description}: not opened; what its bytes 0 to {len(data)} hold is unknown")
        assert told(path) == [said]
        assert told(tmp_path / "folder") == [said]


def test_names_are_unique() -> None:
    names = [one.name for one in (*FORMATS, *CLOSED)]
    assert len(set(names)) == len(names)
    assert all(name.isascii() and not set(name) & set(" /()") for name in names)


@pytest.mark.parametrize(("name", "data"), [(name, data) for name, listed in DOUBTFUL.items() for data in listed])
def test_a_magic_alone_is_not_enough_where_it_is_short(name: str, data: bytes, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(data)
    with pytest.raises(InputError):
        open_tree(tmp_path / "file")
    assert told(tmp_path) == []


@pytest.mark.parametrize("size", [65600 + 7, 65600 + 8 + 505])
def test_magics_far_behind_the_beginning_are_looked_for_in_whole_sectors_only(size: int, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes((bytes(65600) + b"_BHRfS_M" + bytes(600))[:size])
    assert told(tmp_path) == []


@pytest.mark.parametrize("data", [b"", b"\x7fELF", b"MZ", b"text\n", b"!<arch>\n" + bytes(60), b"\x89PNG\r\n\x1a\n"])
def test_ordinary_files_are_not_mentioned(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(data)
    assert told(tmp_path) == []
