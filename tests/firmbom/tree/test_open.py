"""Opening by content, and containers inside containers."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import tarfile
from pathlib import Path

import pytest
from archives import places, put, tar, told, zipped

from firmbom.errors import InputError
from firmbom.tree.base import Limits
from firmbom.tree.folder import FolderTree
from firmbom.tree.formats import FORMATS, Contents, recognise
from firmbom.tree.open import nested, open_container, open_tree
from firmbom.tree.source import BytesSource


def test_a_folder_is_a_folder(tmp_path: Path) -> None:
    put(tmp_path, "a", b"x")
    put(tmp_path, "b", b"x")
    tree = open_tree(tmp_path, exclude=("b",), limits=Limits(depth=3))
    assert isinstance(tree, FolderTree)
    assert places(tree) == ["a"]
    assert (tree.location, tree.limits.depth) == (tmp_path, 3)


@pytest.mark.parametrize("name", ["update.tar", "firmware.bin", "no extension", "lies.zip"])
def test_a_container_is_told_by_its_content(name: str, tmp_path: Path) -> None:
    path = put(tmp_path, name, tar(etc__passwd=b"root"))
    with open_tree(path) as tree:
        assert places(tree) == [f"{name}!/etc/passwd"]
        assert tree.location == path
        assert tree.limits == Limits()


@pytest.mark.parametrize(
    ("name", "pack", "inside"),
    [
        ("x.tar.gz", gzip.compress, ["x.tar.gz!/a"]),
        ("x.tgz", bz2.compress, ["x.tgz!/a"]),
        ("x", lzma.compress, ["x!/a"]),
    ],
)
def test_a_compressed_archive_opens_at_once(name: str, pack: object, inside: list[str], tmp_path: Path) -> None:
    assert callable(pack)
    with open_tree(put(tmp_path, name, pack(tar(a=b"x")))) as tree:
        assert places(tree) == inside


@pytest.mark.parametrize(
    ("name", "inner"),
    [("notes.txt.gz", "notes.txt"), ("notes.GZ", "notes"), (".gz", ".gz"), ("notes", "notes"), ("x.tgz", "x.tar")],
)
def test_a_compressed_file_is_a_tree_of_one(name: str, inner: str, tmp_path: Path) -> None:
    with open_tree(put(tmp_path, name, gzip.compress(b"text"))) as tree:
        (file,) = tree.walk()
        assert (file.location_path, file.read()) == (f"{name}!/{inner}", b"text")
        assert tree.list("") == [inner]


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "an empty file"),
        (bytes(5000), "only zero bytes"),
        (b"hello\r\n\tworld", "text"),
        ("grüße\n".encode() * 1000, "text"),
        (b"\x7fELF\2\1\1", "an ELF binary"),
        (bytes(510) + b"\x55\xaa", "a boot sector without partitions or FAT"),
        (b"\xde\xad\xbe\xef" * 4, "binary data that begins with de ad be ef de ad be ef"),
        (b"BZh9 is no bzip2", "text"),
        (b"]\0\0\0\0text", "binary data that begins with 5d 00 00 00 00 74 65 78"),
    ],
    ids=lambda one: str(one)[:20],
)
def test_what_is_no_container_is_named(data: bytes, what: str, tmp_path: Path) -> None:
    path = put(tmp_path, "x", data)
    with pytest.raises(InputError) as caught:
        open_tree(path)
    assert caught.value.message == f"is {what}, not a container that firmbom opens"
    assert caught.value.path == str(path)


def test_what_is_not_there_or_no_file_is_said(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, said in (
        (tmp_path / "gone", "cannot be read: No such file or directory"),
        (tmp_path / "pipe", "is neither a file nor a folder"),
        (Path("a\0b"), "cannot be read: .*embedded null"),
    ):
        with pytest.raises(InputError, match=said):
            open_tree(path)


def test_a_name_that_is_no_text_is_told_in_ascii(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.gz")
    path.write_bytes(gzip.compress(b"x"))
    with open_tree(path) as tree:
        assert places(tree) == ["caf\\xe9.gz!/caf\\xe9"]


def test_nothing_is_recognised_in_what_is_cut_before_its_magic() -> None:
    for size in range(3):
        source = BytesSource(b"\x1f\x8b\x08"[:size])
        assert recognise(Contents(size, source.read_at)) is None


def test_the_table_names_each_format_once_and_every_module_has_a_reader() -> None:
    assert len({one.name for one in FORMATS}) == len(FORMATS)
    for one in FORMATS:
        assert callable(one.module.read)
        assert one.confirm is hasattr(one.module, "confirm")
        assert one.magics or one.confirm, f"{one.name} would be recognised in any file"


def test_containers_in_containers_are_walked(tmp_path: Path) -> None:
    inner = tar(deep=b"x", z=b"x")
    put(tmp_path, "a.tar", tar(etc__a=b"1", m=gzip.compress(zipped(i=inner, j=b"2"))))
    put(tmp_path, "b", b"plain")
    tree = nested(open_tree(tmp_path))
    assert places(tree) == [
        "a.tar",
        "a.tar!/etc/a",
        "a.tar!/m",
        "a.tar!/m!/i",
        "a.tar!/m!/i!/deep",
        "a.tar!/m!/i!/z",
        "a.tar!/m!/j",
        "b",
    ]
    assert told(tree) == []
    assert tree.location == tmp_path


def test_a_file_belongs_to_the_container_it_stands_in(tmp_path: Path) -> None:
    put(tmp_path, "out.tar", tar(inner=tar(a=b"1", b=b"2"), b=b"outer"))
    with nested(open_tree(tmp_path / "out.tar")) as tree:
        files = {file.location_path: file for file in tree.walk()}
        sibling = files["out.tar!/inner!/a"].sibling("b")
        assert sibling is not None
        assert sibling.read() == b"2"
        assert sibling.location_path == "out.tar!/inner!/b"
        assert files["out.tar!/inner!/a"].sibling("../b") is None


def test_files_can_be_read_after_the_walk_and_until_the_tree_is_closed(tmp_path: Path) -> None:
    put(tmp_path, "out.zip", zipped(inner=gzip.compress(tar(a=b"1"))))
    with nested(open_tree(tmp_path / "out.zip")) as tree:
        files = list(tree.walk())
        assert [file.path for file in files] == ["inner", "a"]
        assert files[1].read() == b"1"
    with pytest.raises(InputError, match="has been closed"):
        files[0].read()


def test_look_ups_go_into_containers(tmp_path: Path) -> None:
    put(tmp_path, "out.tar", tar(inner=zipped(dir__a=b"1")))
    tree = nested(open_tree(tmp_path))
    found = tree.get("out.tar!/inner!/dir/a")
    assert found is not None
    assert found.read() == b"1"
    outer = tree.get("out.tar!/inner")
    assert outer is not None
    for path in ("out.tar!/gone", "gone!/a", "out.tar!/inner!/", "out.tar!/", "!/", "a!/b!/c"):
        assert tree.get(path) is None
    assert tree.list("") == ("out.tar",)


def test_links_of_containers_are_told_with_their_whole_path(tmp_path: Path) -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        member = tarfile.TarInfo("link")
        member.type, member.linkname = tarfile.SYMTYPE, "../target"
        archive.addfile(member)
    put(tmp_path, "a.tar", made.getvalue())
    (tmp_path / "own").symlink_to("a.tar")
    tree = nested(open_tree(tmp_path))
    list(tree.walk())
    assert sorted(tree.links()) == [("a.tar!/link", "../target"), ("own", "a.tar")]


def test_only_a_container_is_opened(tmp_path: Path) -> None:
    put(tmp_path, "a.tar", tar(x=b"1"))
    put(tmp_path, "plain", b"text")
    found = {file.path: open_container(file) for file in open_tree(tmp_path).walk()}
    assert found["plain"] is None
    assert found["a.tar"] is not None
    assert places(found["a.tar"]) == ["a.tar!/x"]


def test_two_open_files_of_one_archive_do_not_disturb_one_another(tmp_path: Path) -> None:
    big = os.urandom(300_000)
    for name, data in (("a.tar", tar(a=big, b=big[::-1])), ("a.zip", zipped(a=big, b=big[::-1]))):
        with open_tree(put(tmp_path, name, data)) as tree:
            one, two = tree.walk()
            with one.open() as first, two.open() as second, one.open() as third:
                parts = [b"", b"", b""]
                for _ in range(200):
                    for index, stream in enumerate((first, second, third)):
                        parts[index] += stream.read(1777 * (index + 1))
            assert parts == [big, big[::-1], big]


def test_a_folder_in_a_container_is_listed(tmp_path: Path) -> None:
    put(tmp_path, "outer", zipped(inner=tar(etc__passwd=b"x", etc__group=b"x", bin=b"x")))
    tree = nested(open_tree(tmp_path))
    for _ in range(2):
        assert tree.list("outer!/inner!/etc") == ["group", "passwd"]
        assert tree.list("outer!/inner!/nowhere") == ()
        assert tree.list("outer!/nowhere") == ()
        assert tree.list("nowhere!/etc") == ()
        assert list(tree.list("")) == ["outer"]
        places(tree)
