"""Disk images that the real tools make read as the folder that went in; what is in partitions opens in turn."""

from __future__ import annotations

import os
import random
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from firmbom.errors import InputError
from firmbom.tree.base import FileTree
from firmbom.tree.folder import FolderTree
from firmbom.tree.open import nested, open_tree
from firmbom.tree.readers import ext_blocks, ext_layout, ihex_memory
from firmbom.tree.readers.ext_volume import Volume
from firmbom.tree.readers.ihex_memory import Data
from firmbom.tree.report import Report
from firmbom.tree.source import BytesSource, Source

DATA = Path(__file__).parent / "data"
MEGABYTES = 8


def ext(*options: str) -> list[str]:
    return ["mke2fs", "-q", "-F", *options, "-d", "IN", "OUT", f"{MEGABYTES}M"]


PACKERS = {
    "ext2": ext("-t", "ext2", "-b", "1024"),
    "ext2-revision-0": ext("-t", "ext2", "-r", "0", "-b", "1024"),
    "ext3": ext("-t", "ext3", "-b", "1024"),
    "ext4": ext("-t", "ext4"),
    "ext4-inline": ext("-t", "ext4", "-O", "inline_data", "-I", "512"),
    "ext4-meta-groups": ext("-t", "ext4", "-b", "1024", "-g", "256", "-N", "512", "-O", "meta_bg,^resize_inode"),
    "ext4-two-copies": ext(
        "-t", "ext4", "-b", "1024", "-g", "256", "-N", "512", "-O", "meta_bg,sparse_super2,^resize_inode"
    ),
    "ext4-every-copy": ext(
        "-t", "ext4", "-b", "1024", "-g", "256", "-N", "512", "-O", "meta_bg,^sparse_super,^resize_inode"
    ),
    "ext4-no-types": ext("-t", "ext4", "-O", "^filetype,^dir_index"),
    "iso-rock-ridge": ["genisoimage", "-quiet", "-R", "-J", "-o", "OUT", "IN"],
    "iso-xorriso": ["xorriso", "-as", "mkisofs", "-quiet", "-R", "-o", "OUT", "IN"],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("content")
    chance = random.Random(11)
    for path, data in {
        "hello.txt": b"hello\n",
        "dir/empty": b"",
        "dir/random": chance.randbytes(70_000),
        "a/b/c/d/e/f/g/h/i/deep": b"deep",
        "n\u00e4me with space": b"x" * 513,
        **{f"many/{number:03} {'n' * 60}": str(number).encode() for number in range(60)},
    }.items():
        (top / path).parent.mkdir(parents=True, exist_ok=True)
        (top / path).write_bytes(data)
    with (top / "sparse").open("wb") as holes:
        for number in range(20):
            holes.seek(number * 20_000)
            holes.write(b"data")
        holes.seek(700_000)
        holes.write(b"the end")
    (top / "link").symlink_to("dir/random")
    (top / "long").symlink_to("../" * 30 + "hello.txt")
    (top / "dir" / "same").hardlink_to(top / "hello.txt")
    os.mkfifo(top / "fifo")
    return top


def content(tree: FileTree) -> dict[str, tuple[int, str]]:
    return {file.path: (file.size, file.sha256.value) for file in tree.walk()}


def links(tree: FileTree) -> dict[str, str]:
    return {path.rpartition("!/")[2]: target for path, target in tree.links()}


def run(command: list[str], **places: Path) -> None:
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not installed")
    subprocess.run([str(places.get(one, one)) for one in command], check=True, capture_output=True)


@pytest.mark.parametrize("name", PACKERS)
def test_an_image_reads_as_the_folder_it_was_made_from(name: str, folder: Path, tmp_path: Path) -> None:
    run(PACKERS[name], IN=folder, OUT=tmp_path / "image")
    with open_tree(tmp_path / "image") as tree:
        assert content(tree) == content(FolderTree(folder))
        assert links(tree) == {"link": "dir/random", "long": "../" * 30 + "hello.txt"}
        assert tree.problems == []


@pytest.mark.parametrize(("bits", "kilobytes"), [(12, 1000), (16, 4000), (32, 36_000)])
def test_a_fat_image_reads_as_what_was_copied_in(bits: int, kilobytes: int, folder: Path, tmp_path: Path) -> None:
    image = tmp_path / "image"
    run(["mkfs.fat", "-C", "-F", str(bits), "-s", "1", "OUT", str(kilobytes)], OUT=image)
    run(["mcopy", "-i", "OUT", "-s", str(folder / "dir"), str(folder / "many"), "::/"], OUT=image)
    with open_tree(image) as tree:
        given = {path: one for path, one in content(FolderTree(folder)).items() if path.startswith(("dir/", "many/"))}
        assert content(tree) == given
        assert tree.problems == []


def test_links_and_nothing_but_links_are_links() -> None:
    expected = {"absolute": "/etc/hello", "longlink": "x" * 100, "usr/link": "../etc/hello"}
    for name in ("ext2", "ext4", "inline"):
        with open_tree(DATA / "ext" / f"sample-{name}.img") as tree:
            assert links(tree) == expected
    with open_tree(DATA / "iso9660" / "sample-rock-ridge.iso") as tree:
        assert links(tree) == {"usr/absolute": "/etc/hello", "usr/link": "../etc/hello"}
    with open_tree(DATA / "iso9660" / "sample-zisofs.iso") as tree:
        assert links(tree) == {"longlink": f"{'x' * 100}/{'y' * 100}/../../z"}


def test_what_is_in_partitions_and_disks_opens_in_turn() -> None:
    with open_tree(DATA / "qcow2" / "sample-zstd.qcow2") as tree:
        places = [file.location_path for file in nested(tree).walk()]
    assert "sample-zstd.qcow2!/disk!/partition-3!/etc/hello" in places
    assert "sample-zstd.qcow2!/disk!/partition-5!/etc/hello" in places
    with open_tree(DATA / "gpt" / "sample.gpt") as tree:
        assert nested(tree).get("rootfs _ n\u00e4me!/etc/hello") is not None


def test_a_partition_reads_the_image_itself() -> None:
    with open_tree(DATA / "mbr" / "sample.mbr") as tree:
        found = tree.get("partition-6")
        assert found is not None
        assert found.source().read_at(0, 11) == b"logical two"


def test_a_file_in_too_many_pieces_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    size, count, map_block = 1024, 256, 2
    superblock = ext_layout.Superblock(32, 1024, size, 1, 8192, 32, 128, 0, 32, 1 << 32, clustered=False, backups=None)
    every_other = struct.pack("<256I", *range(3, 3 + 2 * count, 2))
    image = bytes(map_block * size) + every_other.ljust(1024 * size, b"\0")
    file = ext_layout.Inode(12, ext_layout.FILE, 1 << 30, 1, 0, struct.pack("<15I", *[0] * 12, map_block, 0, 0))
    volume = Volume(BytesSource(image), superblock)
    assert len(ext_blocks.pieces(volume, file)) == count
    monkeypatch.setattr(ext_blocks, "MOST", count - 1)
    with pytest.raises(InputError, match="in more than 255 pieces"):
        ext_blocks.pieces(volume, file)


def memory(records: list[Data], problems: list[object]) -> dict[str, bytes]:
    report = Report(problems, "file", str)  # type: ignore[arg-type] # a list of Problems only grows
    found = {}
    for entry in ihex_memory.regions(records, report):
        assert isinstance(entry.content, Source)
        found[entry.name.decode()] = entry.content.read_at(0, entry.size)
    return found


@pytest.mark.parametrize(
    ("gap", "regions"),
    [(0, 1), (1, 1), (ihex_memory.GAP, 1), (ihex_memory.GAP + 1, 2)],
)
def test_a_gap_is_filled_as_erased_flash_or_parts_two_regions(gap: int, regions: int) -> None:
    found = memory([Data(0x100 + 4 + gap, b"then"), Data(0x100, b"this")], [])
    assert len(found) == regions
    if regions == 1:
        assert found == {"0x00000100.bin": b"this" + b"\xff" * gap + b"then"}


def test_data_in_too_many_places_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ihex_memory, "_MOST", 10)
    with pytest.raises(InputError, match="more than 10 places"):
        memory([Data(2 * number, b"x") for number in range(12)], [])


def test_much_memory_is_kept_outside_of_memory() -> None:
    step = 1 << 16
    found = memory([Data(step * number, bytes([number % 251]) * step) for number in range(160)], [])
    assert [len(data) for data in found.values()] == [160 * step]
    assert all(data[step * number] == number % 251 for data in found.values() for number in range(160))


@pytest.mark.parametrize("name", ["ext/sample-ext2.img", "fat/sample-12.img", "iso9660/sample-plain.iso"])
def test_what_follows_a_filesystem_does_not_change_it(name: str, tmp_path: Path) -> None:
    (tmp_path / "image").write_bytes((DATA / name).read_bytes() * 2)
    with open_tree(DATA / name) as alone, open_tree(tmp_path / "image") as tree:
        assert content(tree) == content(alone)
        assert tree.problems == []
