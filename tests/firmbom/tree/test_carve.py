"""Raw dumps: which parts are found, what lies between them, and what is no part."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmbom.errors import InputError, LimitError
from firmbom.tree import carve
from firmbom.tree.carve import parts
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


@pytest.mark.parametrize("data", [b"", b"\xff" * 100_000, b"hsqs" * 100, b"-rom1fs-" + b"x" * 600, UIMAGE[:40], BOOT])
def test_a_magic_alone_is_no_part(data: bytes, tmp_path: Path) -> None:
    assert found(data) == []
    (tmp_path / "none").write_bytes(data)
    with pytest.raises(InputError):
        open_tree(tmp_path / "none")


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
