"""Raw dumps: which parts are found, what lies between them, and what is no part."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from firmbom.errors import InputError, LimitError
from firmbom.tree import carve
from firmbom.tree.carve import parts
from firmbom.tree.formats import FORMATS
from firmbom.tree.open import nested, open_tree
from firmbom.tree.source import BytesSource

DATA = Path(__file__).parent / "readers/data"
SQUASHFS = (DATA / "squashfs/sample-xz.squashfs").read_bytes()
UIMAGE = (DATA / "uimage/sample-ramdisk.uimage").read_bytes()
ROMFS = (DATA / "romfs/sample.romfs").read_bytes()
BOOT = b"boot code, which nobody knows"


def padded(data: bytes, to: int, fill: bytes = b"\xff") -> bytes:
    return data + fill * (-len(data) % to)


def found(data: bytes) -> list[tuple[int, str]]:
    return [(part.offset, part.format.name if part.format else "") for part in parts(BytesSource(data))]


def test_parts_are_found_in_order_with_what_lies_between_them(tmp_path: Path) -> None:
    dump = (
        padded(BOOT, 0x8000)
        + padded(UIMAGE, 0x8000)
        + padded(SQUASHFS, 0x8000)
        + b"\0" * 0x8000
        + padded(ROMFS, 0x8000)
    )
    assert found(dump) == [(0, ""), (0x8000, "uimage"), (0x10000, "squashfs"), (0x20000, "romfs")]
    (tmp_path / "dump").write_bytes(dump)
    with nested(open_tree(tmp_path / "dump")) as tree:
        paths = {file.location_path: file for file in tree.walk()}
        assert paths["dump!/0x0.bin"].read() == BOOT
    assert "dump!/0x10000.squashfs!/etc/hello" in paths
    assert "dump!/0x8000.uimage!/ramdisk!/etc/hello" in paths
    assert [one.severity for one in tree.problems] == ["note"]


def test_an_image_with_padding_or_a_signature_behind_it_is_no_dump(tmp_path: Path) -> None:
    for number, behind in enumerate((b"", b"\xff" * 5000, b"signature")):
        path = tmp_path / str(number)
        path.write_bytes(SQUASHFS + behind)
        with open_tree(path) as tree:
            assert "etc/hello" in [file.path for file in tree.walk()]


def test_two_images_one_behind_the_other_are_a_dump(tmp_path: Path) -> None:
    (tmp_path / "two").write_bytes(padded(UIMAGE, 0x1000) + SQUASHFS)
    with open_tree(tmp_path / "two") as tree:
        assert [file.path for file in tree.walk()] == ["0x0.uimage", "0x1000.squashfs"]


@pytest.mark.parametrize("data", [b"", b"\xff" * 100_000, b"-rom1fs-" + b"x" * 600, BOOT])
def test_what_holds_no_part_is_refused(data: bytes, tmp_path: Path) -> None:
    assert found(data) == []
    (tmp_path / "none").write_bytes(data)
    with pytest.raises(InputError):
        open_tree(tmp_path / "none")


@pytest.mark.parametrize("data", [b"hsqs" * 100, UIMAGE[:40], b"boot" + b"LUKS\xba\xbe" + bytes(600)])
def test_a_magic_alone_is_no_part(data: bytes) -> None:
    assert found(data) == []


def test_a_part_that_states_more_than_there_is_is_none() -> None:
    assert found(padded(BOOT, 0x1000) + SQUASHFS[:1000]) == []


def test_a_magic_across_two_windows_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carve, "_WINDOW", 1 << 12)
    for shift in range(6):
        assert found(b"\xff" * ((1 << 12) - shift) + SQUASHFS) == [((1 << 12) - shift, "squashfs")]


def test_nothing_but_beginnings_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carve, "_MOST_HITS", 50)
    with pytest.raises(LimitError):
        found(b"hsqs" * 100)


LUKS = b"LUKS\xba\xbe\0\2" + bytes(4088)
F2FS = bytes(1024) + b"\x10\x20\xf5\xf2" + bytes(3068)
ZIMAGE = (DATA / "zimage/sample-xz.zimage").read_bytes()
JFFS2 = next(iter(sorted((DATA / "jffs2").glob("sample*")))).read_bytes()
UBI = next(iter(sorted((DATA / "ubi").glob("sample*")))).read_bytes()


def test_parts_that_cannot_be_opened_are_found_and_told(tmp_path: Path) -> None:
    dump = padded(BOOT, 0x1000) + LUKS + padded(SQUASHFS, 0x1000) + F2FS
    (tmp_path / "dump").write_bytes(dump)
    with nested(open_tree(tmp_path / "dump")) as tree:
        list(tree.walk())
    assert [(one.severity, one.path, one.message) for one in tree.problems if one.severity == "error"] == [
        (
            "error",
            "dump!/0x1000.luks-volume",
            "LUKS volume (encrypted): not opened; what its bytes 0 to 4096 hold is unknown",
        ),
        ("error", "dump!/0x3000.f2fs", "F2FS: not opened; what its bytes 0 to 4096 hold is unknown"),
    ]


def test_a_magic_inside_the_part_gives_its_beginning() -> None:
    assert found(padded(BOOT, 0x1000) + ZIMAGE + SQUASHFS) == [
        (0, ""),
        (0x1000, "zimage"),
        (0x1000 + len(ZIMAGE), "squashfs"),
    ]


def test_a_part_of_unknown_length_ends_at_the_next() -> None:
    block = 1 << 16
    dump = padded(JFFS2, block) + padded(UBI, block) + padded(SQUASHFS, block)
    assert [(offset, name) for offset, name in found(dump) if name] == [
        (0, "jffs2"),
        (len(padded(JFFS2, block)), "ubi"),
        (len(padded(JFFS2, block)) + len(padded(UBI, block)), "squashfs"),
    ]


def test_a_file_in_a_part_of_unknown_length_does_not_end_it() -> None:
    assert [name for _, name in found(padded(JFFS2, 0x1000) + LUKS)] == ["jffs2"]
    assert [name for _, name in found(padded(JFFS2, 0x10000) + LUKS)] == ["jffs2", "luks-volume"]


def test_a_dump_in_a_package_of_images_opens_and_one_in_a_filesystem_does_not(tmp_path: Path) -> None:
    dump = padded(BOOT, 0x10000) + padded(SQUASHFS, 0x1000)
    small = padded(BOOT, 0x1000) + padded(SQUASHFS, 0x1000)
    with zipfile.ZipFile(tmp_path / "update.zip", "w") as package:
        for name, data in (
            ("flash.bin", dump),
            ("small.bin", small),
            ("text", padded(b"text", 0x10000, b"\n") + SQUASHFS),
        ):
            package.writestr(name, data)
    with nested(open_tree(tmp_path / "update.zip")) as tree:
        paths = [file.location_path for file in tree.walk()]
    assert "update.zip!/flash.bin!/0x10000.squashfs!/etc/hello" in paths
    assert not [path for path in paths if "small.bin!/" in path or "text!/" in path]
    (tmp_path / "root").mkdir()
    (tmp_path / "root/flash.bin").write_bytes(dump)
    with nested(open_tree(tmp_path / "root")) as tree:
        assert [file.location_path for file in tree.walk()] == ["flash.bin"]


@pytest.mark.parametrize("name", [one.name for one in FORMATS if one.carved])
def test_every_carved_format_is_found_between_others(name: str) -> None:
    sample = max((DATA / name).glob("sample*")).read_bytes()
    block = 1 << 16
    dump = padded(BOOT, block) + padded(sample, block) + padded(UIMAGE, block)
    listed = [(offset, name) for offset, name in found(dump) if name]
    assert listed[0] == (block, name)
    assert listed[-1] == (len(dump) - block, "uimage")
