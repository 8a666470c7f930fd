"""What the real tools pack from a folder reads as the folder does; what the standard library packs, as it reads it."""

from __future__ import annotations

import io
import os
import random
import shutil
import struct
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmbom.tree.base import FileTree
from firmbom.tree.folder import FolderTree
from firmbom.tree.open import open_tree

PACKERS = {
    **{
        f"tar-{one}": ["tar", f"--format={one}", "-cf", "OUT", "."] for one in ("v7", "oldgnu", "gnu", "ustar", "posix")
    },
    "tar-sparse-gnu": ["tar", "--format=gnu", "-S", "-cf", "OUT", "."],
    **{
        f"tar-sparse-{one}": ["tar", "--format=posix", "-S", f"--sparse-version={one}", "-cf", "OUT", "."]
        for one in ("0.0", "0.1", "1.0")
    },
    "tar-gzip": ["tar", "-czf", "OUT", "."],
    "tar-bzip2": ["tar", "-cjf", "OUT", "."],
    "tar-xz": ["tar", "-cJf", "OUT", "."],
    "tar-lzma": ["tar", "--lzma", "-cf", "OUT", "."],
    "tar-zstd": ["tar", "--zstd", "-cf", "OUT", "."],
    "tar-xattrs": ["tar", "--format=posix", "--xattrs", "--acls", "-cf", "OUT", "."],
    "tar-label": ["tar", "-V", "a label", "-cf", "OUT", "."],
    "tar-incremental": ["tar", "--incremental", "-cf", "OUT", "."],
    "zip": ["zip", "-q", "-r", "-y", "OUT", "."],
    "zip-stored": ["zip", "-q", "-r", "-y", "-0", "OUT", "."],
    "zip-bzip2": ["zip", "-q", "-r", "-y", "-Z", "bzip2", "OUT", "."],
    "zip-64": ["zip", "-q", "-r", "-y", "-fz", "OUT", "."],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("content")
    chance = random.Random(7)
    for path, data in {
        "hello.txt": b"hello\n",
        "dir/empty": b"",
        "dir-x": b"sorts before dir/",
        "dir/random": chance.randbytes(70_000),
        "dir/zeros": bytes(300_000),
        "n\u00e4me with space": b"x" * 513,
        f"{'d' * 60}/{'f' * 30}": b"y" * 512,
        "a'\"$(b);\\c": b"quoting",
    }.items():
        (top / path).parent.mkdir(parents=True, exist_ok=True)
        (top / path).write_bytes(data)
    with (top / "sparse").open("wb") as holes:
        for number in range(30):
            holes.seek(number * 20_000)
            holes.write(b"data")
        holes.truncate(700_000)
    (top / "link").symlink_to("dir/random")
    (top / "dir" / "up").symlink_to("../hello.txt")
    (top / "dir" / "same").hardlink_to(top / "hello.txt")
    return top


def content(tree: FileTree) -> dict[str, tuple[int, str]]:
    return {file.path: (file.size, file.sha256.value) for file in tree.walk()}


@pytest.mark.parametrize("name", PACKERS)
def test_what_a_tool_packed_reads_as_the_folder(name: str, folder: Path, tmp_path: Path) -> None:
    program, *arguments = PACKERS[name]
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed")
    packed = tmp_path / ("packed.zip" if program == "zip" else "packed")
    command = [program, *(str(packed) if one == "OUT" else one for one in arguments)]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    with open_tree(packed) as tree:
        assert content(tree) == content(FolderTree(folder))
        assert tree.problems == []
        for path, target in (("link", "dir/random"), ("dir/up", "hello.txt")):
            found = tree.get(path)
            assert found is not None
            assert found.path == target


@pytest.mark.parametrize("program", ["gzip", "bzip2", "xz", "zstd"])
@pytest.mark.parametrize("option", ["-1", "-9"])
def test_what_a_tool_compressed_is_read_whole(program: str, option: str, folder: Path, tmp_path: Path) -> None:
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed")
    data = (folder / "sparse").read_bytes() + (folder / "dir" / "random").read_bytes()
    packed = tmp_path / "packed"
    with packed.open("wb") as out:
        for part in (data, data[:5]):
            subprocess.run([program, option, "-c"], input=part, stdout=out, check=True)
    with open_tree(packed) as tree:
        (file,) = tree.walk()
        assert file.read() == data + data[:5]
        assert tree.problems == []


names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=200).filter(
    lambda name: not {"", ".", ".."} & set(name.split("/")) and len(name.encode()) < 250
)
members = st.lists(st.tuples(names, st.binary(max_size=1500)), max_size=5, unique_by=lambda one: one[0])


def without_clashes(found: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """Leave out what would be a file and a folder at once."""
    paths = {name for name, _ in found}
    parents = {"/".join(name.split("/")[:end]) for name in paths for end in range(1, name.count("/") + 1)}
    return [one for one in found if one[0] not in parents]


class Streamed(io.BytesIO):
    """What cannot be sought in, so that sizes and checksums follow the data."""

    def seek(self, *_: int) -> int:
        raise io.UnsupportedOperation

    def tell(self) -> int:
        raise io.UnsupportedOperation


@settings(max_examples=60, deadline=None)
@given(members, st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]))
def test_tar_reads_what_the_standard_library_writes(found: list[tuple[str, bytes]], form: int) -> None:
    found = without_clashes(found)
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=form) as archive:
        for name, data in found:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    if found:
        assert opened(made.getvalue()) == dict(found)


@settings(max_examples=60, deadline=None)
@given(
    members,
    st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]),
    st.binary(max_size=60),
    st.booleans(),
)
def test_zip_reads_what_the_standard_library_writes(
    found: list[tuple[str, bytes]], method: int, comment: bytes, streamed: bool
) -> None:
    found = [(name, data) for name, data in without_clashes(found) if "\\" not in name]
    made = Streamed() if streamed else io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, data in found:
            archive.writestr(name, data)
        archive.comment = comment
    if found:
        assert opened(made.getvalue()) == dict(found)


def opened(data: bytes) -> dict[str, bytes]:
    number = os.memfd_create("packed") if hasattr(os, "memfd_create") else -1
    if number < 0:
        pytest.skip("no file in memory on this platform")
    with os.fdopen(number, "wb", closefd=True) as handle:
        handle.write(data)
        handle.flush()
        with open_tree(Path(f"/proc/self/fd/{number}")) as tree:
            assert [one for one in tree.problems if one.severity == "error"] == []
            return {file.path: file.read() for file in tree.walk()}


def test_a_zip_of_more_than_65535_files_is_counted_right_without_zip64(tmp_path: Path) -> None:
    """Some writers let the count wrap round; the central directory has them all the same."""
    count = 65_540
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 0, 0, 33, 0, 0, 0, 5, 0)
    listed = struct.pack("<4s6H3L5HL", b"PK\1\2", 20, 20, 0, 0, 0, 33, 0, 0, 0, 5, 0, 0, 0, 0, 0)
    names = [b"%05d" % number for number in range(count)]
    files = b"".join(local + name for name in names)
    central = b"".join(
        listed + struct.pack("<L", number * (len(local) + 5)) + name for number, name in enumerate(names)
    )
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count & 0xFFFF, count & 0xFFFF, len(central), len(files), 0)
    (tmp_path / "x.zip").write_bytes(files + central + end)
    assert len(zipfile.ZipFile(tmp_path / "x.zip").namelist()) == count
    with open_tree(tmp_path / "x.zip") as tree:
        assert sum(1 for _ in tree.walk()) == count
        assert tree.problems == []
