"""A folder that cannot be read, or changes during the walk: what is lost is said, nothing else is read in its place."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from folders import fill, walked

from firmbom.errors import InputError
from firmbom.tree.folder import FolderTree


def test_an_unreadable_folder_or_file_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path, "a", "closed/b", "secret")
    real = os.open

    def refuse(path: str, *arguments: int) -> int:
        if str(path).endswith(("/closed", "/secret")):  # as for anybody but root
            raise PermissionError(13, "Permission denied")
        return real(path, *arguments)

    monkeypatch.setattr("firmbom.tree.folder.os.open", refuse)
    tree = FolderTree(tmp_path)
    files = {file.path: file for file in tree.walk()}
    assert [(one.severity, one.path) for one in tree.problems] == [("error", "closed")]
    with pytest.raises(InputError, match="secret: cannot be read: Permission denied"):
        files["secret"].read()
    assert files["secret"].head() == b""


def test_a_root_that_is_gone_or_a_file_is_said(tmp_path: Path) -> None:
    fill(tmp_path, "file")
    for path in (tmp_path / "gone", tmp_path / "file"):
        tree = FolderTree(path)
        assert walked(tree) == []
        assert [(one.severity, one.path) for one in tree.problems] == [("error", ".")]
        assert tree.get("x") is None


def test_what_vanishes_during_the_walk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path, "a", "b", "sub/c")

    class Vanishing:
        def __init__(self, inner: os.DirEntry[str]) -> None:
            self.name, self._inner = inner.name, inner

        def stat(self, *, follow_symlinks: bool) -> os.stat_result:
            if self.name == "b":
                raise FileNotFoundError(2, "No such file or directory")
            return self._inner.stat(follow_symlinks=follow_symlinks)

    class Listing:
        def __init__(self, where: int) -> None:
            self._inner = scandir(where)

        def __enter__(self) -> list[Vanishing]:
            return [Vanishing(one) for one in self._inner]

        def __exit__(self, *_: object) -> None:
            self._inner.close()

    scandir = os.scandir
    monkeypatch.setattr("firmbom.tree.folder.os.scandir", Listing)
    monkeypatch.setattr("firmbom.tree.folder.os.supports_fd", {Listing})
    tree = FolderTree(tmp_path)
    assert walked(tree) == ["a", "sub/c"]
    assert [(one.severity, one.path) for one in tree.problems] == [("warning", "b")]


def test_a_folder_replaced_by_a_link_during_the_walk_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    fill(root, "a", "sub/b", "up/deep/c")
    fill(outside, "secret", "deep/secret")
    real = os.open

    def swap(path: str, *arguments: int) -> int:
        for name in ("sub", "up"):
            if str(path).endswith(("/sub", "/deep")) and not (root / name).is_symlink():
                (root / name).rename(tmp_path / f"old-{name}")
                (root / name).symlink_to(outside)
        return real(path, *arguments)

    monkeypatch.setattr("firmbom.tree.folder.os.open", swap)
    tree = FolderTree(root)
    assert walked(tree) == ["a"]
    assert {one.severity for one in tree.problems} == {"error"}
    assert len(tree.problems) == 2


def test_a_file_replaced_after_the_walk_is_refused(tmp_path: Path) -> None:
    fill(tmp_path, "root/a", "root/b", "root/c/d", "outside/d", "new")
    tree = FolderTree(tmp_path / "root")
    files = {file.path: file for file in tree.walk()}
    (tmp_path / "root/a").unlink()
    (tmp_path / "root/a").symlink_to("../outside/d")
    (tmp_path / "new").replace(tmp_path / "root/b")
    (tmp_path / "root/c").rename(tmp_path / "old")
    (tmp_path / "root/c").symlink_to("../outside")
    for path in ("a", "b", "c/d"):
        with pytest.raises(InputError, match=path):
            files[path].read()


def test_a_file_replaced_by_a_pipe_does_not_hang(tmp_path: Path) -> None:
    fill(tmp_path, "a")
    (file,) = FolderTree(tmp_path).walk()
    (tmp_path / "a").unlink()
    os.mkfifo(tmp_path / "a")
    with pytest.raises(InputError, match="was replaced"):
        file.open()


def test_a_file_that_vanished_after_the_walk_is_said(tmp_path: Path) -> None:
    fill(tmp_path, "a")
    (file,) = FolderTree(tmp_path).walk()
    (tmp_path / "a").unlink()
    with pytest.raises(InputError, match="a: cannot be read: No such file"):
        file.read()
    with pytest.raises(InputError):
        _ = file.digests
    with pytest.raises(InputError):
        file.source()
    assert file.head() == b""
