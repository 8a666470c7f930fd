"""A folder as a tree: what is in it and what is not, and how its files are read."""

from __future__ import annotations

import os
import socket
from operator import attrgetter
from pathlib import Path

import pytest
from folders import fill, walked

from firmbom.errors import InputError, LimitError
from firmbom.tree import folder as folder_module
from firmbom.tree.base import File, Limits, digests_of
from firmbom.tree.folder import FolderTree
from firmbom.tree.single import SingleFile


def test_regular_files_come_sorted_by_the_bytes_of_their_paths(tmp_path: Path) -> None:
    fill(tmp_path, "b", "a/z", "a-b", "a.b/c", "ab", "\u00e9", "\uffff", "\U0001f600")
    (tmp_path / "empty").mkdir()
    found = walked(FolderTree(tmp_path))
    assert found == sorted(found, key=os.fsencode)
    assert found[:3] == ["a-b", "a.b/c", "a/z"]
    assert len(found) == 8


def test_links_and_special_files_are_no_files(tmp_path: Path) -> None:
    fill(tmp_path, "a", "d/b")
    (tmp_path / "link").symlink_to("a")
    (tmp_path / "dlink").symlink_to("d")
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as one:
        here = Path.cwd()
        os.chdir(tmp_path)  # a socket's whole path may be too long
        try:
            one.bind("socket")
        finally:
            os.chdir(here)
        tree = FolderTree(tmp_path)
        assert walked(tree) == ["a", "d/b"]
    assert tree.get("pipe") is None
    assert tree.get("d") is None
    assert tree.problems == []


@pytest.mark.parametrize("name", sorted(folder_module.VERSION_CONTROL))
def test_histories_are_not_entered_nor_looked_up(name: str, tmp_path: Path) -> None:
    fill(tmp_path, f"{name}/config", f"sub/{name}/config", "a")
    (tmp_path / "link").symlink_to(f"{name}/config")
    tree = FolderTree(tmp_path)
    assert walked(tree) == ["a"]
    assert tree.get(f"{name}/config") is None
    assert tree.get("link") is None
    assert tree.list("") == ("a", "link", "sub")


def test_a_file_is_open_as_long_as_its_turn_lasts(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 100_000)
    (tmp_path / "b").write_bytes(b"b")
    walk = FolderTree(tmp_path).walk()
    file = next(walk)
    assert file.sha256.value
    (tmp_path / "a").unlink()
    assert file.read() == b"x" * 100_000
    inside = file.source()
    assert next(walk).path == "b"
    assert inside.read_at(99_999, 5) == b"x", "a container in it may still be read"
    with pytest.raises(InputError, match="cannot be read"):
        list(file.chunks())


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 327_680, 400_000])
def test_parts_are_the_same_whatever_was_read_before(size: int, tmp_path: Path) -> None:
    content = os.urandom(size)
    (tmp_path / "a").write_bytes(content)
    places = [(0, 16), (0, size), (32_769, 5), (65_500, 100), (max(0, size - 512), 512), (size, 1), (size + 9, 9)]
    expected = [content[offset : offset + length] for offset, length in places]
    for file in FolderTree(tmp_path).walk():
        for read in (File.head, attrgetter("sha256"), File.read, File.drop):
            read(file)
            assert [file.part(offset, length) for offset, length in places] == expected
            assert content.startswith(file.begun())


def test_a_file_that_grew_is_read_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12")
    [file] = FolderTree(tmp_path).walk()
    (tmp_path / "a").write_bytes(b"1" * 3000)
    assert file.read() == b"1" * 3000


def test_another_process_is_handed_what_the_walk_came_by(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12")
    [file] = FolderTree(tmp_path).walk()
    opening = file.on_disk()
    assert opening is not None
    with opening() as handle:
        assert os.pread(handle, 9, 0) == b"12"
    with pytest.raises(InputError, match="changed while it was read"), opening():
        (tmp_path / "a").write_bytes(b"123")
    with pytest.raises(InputError, match="changed while it was read"), opening():
        pytest.fail("it was changed before")


def test_what_is_excluded_is_not_read_in_any_way(tmp_path: Path) -> None:
    fill(tmp_path, "keep/a", "build/x", "build/deep/y", "keep/secret.txt")
    (tmp_path / "link").symlink_to("build/x")
    tree = FolderTree(tmp_path, exclude=("build/**", "**/secret.txt"))
    assert walked(tree) == ["keep/a"]
    assert tree.get("build/deep/y") is None
    assert tree.get("keep/secret.txt") is None
    assert tree.get("link") is None
    assert tree.list("keep") == ("a",)
    assert tree.list("build") == ()
    assert tree.get("keep/a") is not None


def test_an_excluded_folder_is_not_even_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path, "a", "node_modules/x/y")
    opened: list[str] = []
    real = os.open

    def spy(path: str, *arguments: int) -> int:
        opened.append(str(path))
        return real(path, *arguments)

    monkeypatch.setattr("firmbom.tree.folder.os.open", spy)
    assert walked(FolderTree(tmp_path, exclude=("node_modules/**",))) == ["a"]
    assert not [path for path in opened if "node_modules" in path]


@pytest.mark.parametrize("target", ["a/file", "./a/../a/file", "a/again"])
def test_links_inside_the_folder_are_followed(target: str, tmp_path: Path) -> None:
    fill(tmp_path, "a/file")
    (tmp_path / "a" / "again").symlink_to("file")
    (tmp_path / "link").symlink_to(target)
    found = FolderTree(tmp_path).get("link")
    assert found is not None
    assert (found.path, found.read()) == ("a/file", b"a/file")


def test_an_absolute_link_counts_from_the_root_of_the_device(tmp_path: Path) -> None:
    fill(tmp_path, "usr/bin/python3")
    (tmp_path / "python").symlink_to("/usr/bin/python3")
    (tmp_path / "itself").symlink_to(tmp_path.resolve() / "usr")
    tree = FolderTree(tmp_path)
    for path in ("python", "itself/bin/python3"):
        found = tree.get(path)
        assert found is not None
        assert found.path == "usr/bin/python3"


@pytest.mark.parametrize(
    "path",
    [
        *("out", "far", "climb", "loop", "ping", "d", "", ".", "..", "../x", "/../x", "d/../../x", "gone", "d/b/c"),
        *("a\0b", "\ud800", "x" * 5000, "/".join("x" * 3000)),
    ],
)
def test_what_is_outside_nowhere_or_no_file_is_none(path: str, tmp_path: Path) -> None:
    root = tmp_path / "root"
    fill(root, "d/b")
    fill(tmp_path, "x")
    (root / "out").symlink_to("../x")
    (root / "far").symlink_to(tmp_path / "x")
    (root / "climb").symlink_to("d/../../x")
    (root / "loop").symlink_to("loop")
    (root / "ping").symlink_to("pong")
    (root / "pong").symlink_to("ping")
    tree = FolderTree(root)
    assert tree.get(path) is None
    assert tree.list(path) in ((), ("climb", "d", "far", "loop", "out", "ping", "pong"), ("b",))


def test_more_links_than_linux_follows_lead_nowhere(tmp_path: Path) -> None:
    fill(tmp_path, "l0")
    for number in range(1, 60):
        (tmp_path / f"l{number}").symlink_to(f"l{number - 1}")
    tree = FolderTree(tmp_path)
    assert tree.get("l40") is not None
    assert tree.get("l41") is None


def test_the_root_may_be_a_link_and_the_file_system_itself(tmp_path: Path) -> None:
    fill(tmp_path / "real", "a")
    (tmp_path / "link").symlink_to("real")
    assert walked(FolderTree(tmp_path / "link")) == ["a"]
    found = FolderTree(Path("/")).get(str((tmp_path / "real" / "a").resolve()))
    assert found is not None
    assert found.read() == b"a"


def test_names_that_are_no_text_are_read_and_told_in_ascii(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9\n")
    (tmp_path / name).write_bytes(b"x")
    tree = FolderTree(tmp_path)
    (file,) = tree.walk()
    assert file.path == name
    assert file.location_path == "caf\\xe9\n"
    assert tree.list("") == (name,)
    found = tree.get(name)
    assert found is not None
    assert found.read() == b"x"


def test_a_limit_of_entries_cuts_at_the_same_place_and_is_said(tmp_path: Path) -> None:
    fill(tmp_path, *(f"d{number}/{name}" for number in range(5) for name in "abc"))
    tree = FolderTree(tmp_path, limits=Limits(files=10))
    first = walked(tree)
    assert [one.severity for one in tree.problems] == ["error"]
    assert "more than 10 entries" in tree.problems[0].message
    assert 0 < len(first) < 15
    assert walked(tree) == first


def test_a_file_above_the_limit_is_refused_and_still_hashed(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 100)
    (file,) = FolderTree(tmp_path, limits=Limits(file_bytes=99)).walk()
    with pytest.raises(LimitError, match="a: 100 bytes, more than the limit of 99"):
        file.read()
    assert file.digests == digests_of(b"x" * 100)


def test_a_file_that_grows_above_the_limit_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 50)
    (file,) = FolderTree(tmp_path, limits=Limits(file_bytes=99)).walk()
    with (tmp_path / "a").open("ab") as more:
        more.write(b"x" * 100)
    with pytest.raises(LimitError):
        file.read()


def test_a_file_is_hashed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path, "a")
    (file,) = FolderTree(tmp_path).walk()
    data = file.read()
    monkeypatch.setattr(type(file), "open", lambda _: pytest.fail("read again"))
    assert file.digests == digests_of(data)


def test_siblings_are_found_and_never_outside(tmp_path: Path) -> None:
    fill(tmp_path, "x", "root/a/b", "root/a/c", "root/d")
    (file,) = [one for one in FolderTree(tmp_path / "root").walk() if one.path == "a/b"]
    for relative, path in (("c", "a/c"), ("../d", "d"), ("./../a/./c", "a/c")):
        found = file.sibling(relative)
        assert found is not None
        assert found.path == path
    assert file.sibling("../../x") is None
    assert file.sibling("gone") is None


def test_two_readers_of_one_file_do_not_disturb_one_another(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(range(256)) * 100)
    (file,) = FolderTree(tmp_path).walk()
    with file.open() as one, file.open() as two:
        assert one.read(3) == two.read(3)
    source = file.source()
    with source.open() as one, source.open() as two:
        one.seek(1000)
        assert two.read(2) == b"\0\1"
        assert one.read(1) == bytes([1000 % 256])
    source.close()


def test_a_single_file_is_walked_alone_and_sees_its_neighbours(tmp_path: Path) -> None:
    fill(tmp_path, "requirements.txt", "base.txt")
    tree = SingleFile(tmp_path / "requirements.txt")
    (file,) = tree.walk()
    assert file.path == "requirements.txt"
    assert file.sibling("base.txt") is not None
    assert tree.location == tmp_path / "requirements.txt"


def test_a_single_file_may_be_a_link_to_anywhere(tmp_path: Path) -> None:
    fill(tmp_path, "far/poetry.lock", "near/other")
    (tmp_path / "near" / "link").symlink_to("../far/poetry.lock")
    (file,) = SingleFile(tmp_path / "near" / "link").walk()
    assert file.read() == b"far/poetry.lock"
    assert list(SingleFile(tmp_path / "near" / "gone").walk()) == []


def test_many_files_are_walked(tmp_path: Path) -> None:
    for number in range(2_000):
        (tmp_path / f"{number}").touch()
    assert len(walked(FolderTree(tmp_path))) == 2_000
