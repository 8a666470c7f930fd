"""Kernels inside other things, and other things inside kernels: down to the files of the built-in initramfs."""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path

import pytest

from firmbom.tree.open import nested, open_tree
from firmbom.tree.readers import kernel_elf, kernel_payload, kernel_tail, lz4
from firmbom.tree.report import Report
from firmbom.tree.source import BytesSource

DATA = Path(__file__).parent / "data"
ZIMAGE = (DATA / "zimage/sample-xz.zimage").read_bytes()
IMAGE = (DATA / "kernel/sample-arm64.Image").read_bytes()
TREE = (DATA / "zimage/hostile/tree-of-4-gib.zimage").read_bytes()[len(ZIMAGE) :]


def paths(path: Path) -> list[str]:
    with nested(open_tree(path)) as tree:
        found = [file.location_path for file in tree.walk()]
        assert not [one for one in tree.problems if one.severity == "error"], tree.problems
    return found


def bare() -> bytes:
    """A kernel without any header, as a zImage holds it."""
    with open_tree(DATA / "zimage/sample-xz.zimage") as tree:
        file = tree.get("vmlinux")
        assert file is not None
        return file.read()


def uimage(data: bytes) -> bytes:
    head = struct.pack(">IIIIIIIBBBB32s", 0x27051956, 0, 0, len(data), 0, 0, zlib.crc32(data), 5, 2, 2, 0, b"Linux")
    return head[:4] + struct.pack(">I", zlib.crc32(head)) + head[8:] + data


@pytest.mark.parametrize(
    ("sample", "kernel"),
    [
        ("bzimage/sample-lz4.bzimage", "sample-lz4.bzimage!/vmlinux"),
        ("zboot/sample-zstd.efi", "sample-zstd.efi!/vmlinux"),
        ("s390/sample.s390", "sample.s390!/vmlinux"),
        ("kernel/sample-arm64.Image", "sample-arm64.Image!/sample-arm64.Image"),
        ("kernel/sample-mips.elf", "sample-mips.elf!/sample-mips.elf"),
    ],
)
def test_the_kernel_and_the_files_of_its_initramfs_are_in_the_tree(sample: str, kernel: str) -> None:
    found = paths(DATA / sample)
    assert kernel in found
    assert f"{kernel}!/initramfs!/etc/hello" in found


def test_a_kernel_without_header_opens_wherever_images_stand(tmp_path: Path) -> None:
    large = bare() + b"\0" * (1 << 16)
    for name, data, inside in (
        ("Image", large, "Image!/Image"),
        ("Image.gz", gzip.compress(large), "Image.gz!/Image"),
        ("uImage", uimage(large), "uImage!/kernel"),
        ("uImage.gz", uimage(gzip.compress(large)), "uImage.gz!/kernel!/kernel"),
    ):
        path = tmp_path / name
        path.write_bytes(data)
        found = paths(path)
        assert inside in found
        assert f"{inside}!/ikconfig" in found
        assert f"{inside}!/initramfs!/etc/hello" in found


def test_in_a_filesystem_only_a_header_makes_a_kernel(tmp_path: Path) -> None:
    (tmp_path / "boot").mkdir()
    (tmp_path / "boot/data").write_bytes(bare() + bytes(1 << 16))
    (tmp_path / "boot/Image").write_bytes(IMAGE)
    found = paths(tmp_path)
    assert found[:2] == ["boot/Image", "boot/Image!/ikconfig"]
    assert "boot/Image!/initramfs!/etc/hello" in found
    assert found[-1] == "boot/data"


def test_the_configuration_is_the_one_that_was_built_in(tmp_path: Path) -> None:
    with nested(open_tree(DATA / "kernel/sample-arm64.Image")) as tree:
        [config] = (file for file in tree.walk() if file.name == "ikconfig")
        assert config.read().startswith(b"CONFIG_EXAMPLE_0=y\n")


def test_every_tree_behind_a_kernel_is_a_part_up_to_a_limit(tmp_path: Path) -> None:
    tree = TREE[:4] + struct.pack(">I", len(TREE)) + TREE[8:]
    (tmp_path / "zImage").write_bytes(ZIMAGE + tree * 100)
    found = paths(tmp_path / "zImage")
    assert sum("dtb" in one for one in found) == 64
    assert f"zImage!/+{len(ZIMAGE) + 64 * len(tree)}" in found


@pytest.mark.parametrize(
    ("text", "payload", "version", "severity"),
    [
        (b"Memtest86+ v7.20\0", (0, 0), 0x20C, "note"),
        (b"1.21.1+git-20250514 -- Open Source\0", (7, 7), 0x207, "note"),
        (b"6.1.0 (root@host) #1\0", (0, 0), 0x207, "error"),
        (b"Memtest86+ v7.20\0", (100, 999), 0x20C, "error"),
    ],
)
def test_what_is_started_like_a_kernel_and_is_none(
    tmp_path: Path, text: bytes, payload: tuple[int, int], version: int, severity: str
) -> None:
    """memtest86+, iPXE and MEMDISK; the size in the header counts 16 bytes begun."""
    setup = bytearray(1024)
    setup[0x1F1] = 1
    struct.pack_into("<I", setup, 0x1F4, 20)
    struct.pack_into("<HH4sH", setup, 0x1FE, 0xAA55, 0x66EB, b"HdrS", version)
    struct.pack_into("<HII", setup, 0x20E, 0x80, 0, 0)
    struct.pack_into("<II", setup, 0x248, *payload)
    setup[0x280 : 0x280 + len(text)] = text
    for cut, found in ((1, [severity]), (15, [severity]), (16, ["error", severity])):
        (tmp_path / "cut").write_bytes((bytes(setup) + b"code" * 80)[:-cut])
        with open_tree(tmp_path / "cut") as tree:
            list(tree.walk())
            assert [one.severity for one in tree.problems] == found, cut


def test_a_payload_that_never_ends_is_cut(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(kernel_payload, "LARGEST", 10_000)
    with open_tree(DATA / "bzimage/sample-xz.bzimage") as tree:
        [file] = tree.walk()
        assert file.size >= 10_000
        assert [one.message for one in tree.problems] == [
            "its compressed kernel was read only in part: unpacks to more than 10000 bytes"
        ]


def test_beginnings_without_end_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(kernel_payload, "_MOST_HITS", 5)
    data = ZIMAGE[:60] + b"\x1f\x8b\x08" * 100 + ZIMAGE[60:]
    (tmp_path / "zImage").write_bytes(data[:44] + struct.pack("<I", len(data)) + data[48:])
    with open_tree(tmp_path / "zImage") as tree:
        assert [one.message for one in tree.problems] == [
            "holds too many beginnings of compressed data to be a kernel; the rest was not read"
        ]


def test_a_size_behind_lz4_is_no_block() -> None:
    data = (DATA / "lz4/sample-legacy.lz4").read_bytes()
    size = len(b"".join(lz4.read(BytesSource(data), silent())))
    assert sum(map(len, lz4.read(BytesSource(data + struct.pack("<I", size)), silent()))) == size
    assert sum(map(len, lz4.read(BytesSource(data + struct.pack("<I", size) + bytes(8)), silent()))) == size


@pytest.mark.parametrize("length", [0, 63, 64, 100])
def test_a_cut_elf_header_is_no_kernel(length: int) -> None:
    head = (DATA / "kernel/sample-x86_64.elf").read_bytes()[:length]
    found = kernel_elf.Elf.parse(head)
    assert found is None or not found.is_kernel


def test_a_shared_library_and_a_module_are_no_kernels(tmp_path: Path) -> None:
    head = bytearray((DATA / "kernel/sample-x86_64.elf").read_bytes()[:4096])
    for kind, segment, expected in ((2, 1, True), (1, 1, False), (2, 3, False), (4, 1, False)):
        struct.pack_into("<H", head, 16, kind)
        struct.pack_into("<I", head, 64, segment)
        found = kernel_elf.Elf.parse(bytes(head))
        assert found is not None
        assert found.is_kernel is expected


@pytest.mark.parametrize("change", [(0, b"\0"), (4, b"\xff"), (8, b"\xff"), (20, b"\0\0\0\1"), (24, b"\0\0\0\x63")])
def test_a_tree_that_contradicts_itself_is_none(change: tuple[int, bytes]) -> None:
    tree = TREE[:4] + struct.pack(">I", len(TREE)) + TREE[8:]
    assert kernel_tail.tree_length(BytesSource(tree), 0) == len(tree)
    offset, value = change
    assert kernel_tail.tree_length(BytesSource(tree[:offset] + value + tree[offset + len(value) :]), 0) == 0


def silent() -> Report:
    return Report([], "", str)
