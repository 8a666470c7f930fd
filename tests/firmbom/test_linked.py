"""Links with a name that a plugin wants: what they lead to is read, in folders, images and images within images."""

from __future__ import annotations

import io
import tarfile
from contextlib import closing
from pathlib import Path

import pytest

from firmbom.linked import MOST, LinkedFile, linked, stored_as_text
from firmbom.model import Problem
from firmbom.tree.base import FileTree
from firmbom.tree.folder import FolderTree
from firmbom.tree.open import nested, open_tree


def archive(path: Path, links: dict[str, str], **files: bytes) -> Path:
    """A tar of files and links."""
    with tarfile.open(path, "w") as made:
        for name, content in files.items():
            member = tarfile.TarInfo(name.replace("__", "/"))
            member.size = len(content)
            made.addfile(member, io.BytesIO(content))
        for name, target in links.items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            made.addfile(member)
    return path


def found(tree: FileTree, name: str = "wanted") -> list[tuple[str, str, bytes]]:
    with closing(tree):
        list(tree.walk())
        return [
            (one.location_path, one.real, one.read())
            for one in linked(tree, lambda path: path.rpartition("/")[2] == name)
            if isinstance(one, LinkedFile)
        ]


def told(tree: FileTree) -> list[Problem]:
    with closing(tree):
        list(tree.walk())
        return [one for one in linked(tree, lambda _: True) if isinstance(one, Problem)]


def test_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_text("x")
    (tmp_path / "wanted").symlink_to("real.txt")
    assert found(FolderTree(tmp_path)) == [("wanted", "real.txt", b"x")]


def test_in_an_image_and_in_an_image_within_it(tmp_path: Path) -> None:
    inner = archive(tmp_path / "rootfs", {"etc/wanted": "../usr/lib/real"}, usr__lib__real=b"x")
    assert found(open_tree(inner)) == [("rootfs!/etc/wanted", "rootfs!/usr/lib/real", b"x")]
    outer = archive(tmp_path / "update", {}, images__rootfs=inner.read_bytes())
    place = "update!/images/rootfs!"
    assert found(nested(open_tree(outer))) == [(f"{place}/etc/wanted", f"{place}/usr/lib/real", b"x")]


@pytest.mark.parametrize("target", ["gone", "../../outside", "/nowhere", "wanted"])
def test_one_that_leads_nowhere_is_told(target: str, tmp_path: Path) -> None:
    (tmp_path / "wanted").symlink_to(target)
    assert [(one.severity, one.path) for one in told(FolderTree(tmp_path))] == [("error", "wanted")]
    image = archive(tmp_path / "image", {"wanted": target})
    assert [(one.severity, one.path) for one in told(open_tree(image))] == [("warning", "image!/wanted")]


def test_a_link_to_a_folder_is_none(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/file").write_text("x")
    (tmp_path / "wanted").symlink_to("folder")
    assert told(FolderTree(tmp_path)) == []


def test_a_link_to_a_folder_in_an_image_within_an_image_is_none(tmp_path: Path) -> None:
    inner = archive(tmp_path / "rootfs", {"wanted": "etc", "lost": "gone"}, etc__real=b"x")
    archive(tmp_path / "update", {}, rootfs=inner.read_bytes())
    inner.unlink()
    assert [one.path for one in told(nested(FolderTree(tmp_path)))] == ["update!/rootfs!/lost"]


def test_many_that_lead_nowhere_are_counted(tmp_path: Path) -> None:
    image = archive(tmp_path / "image", {f"link{number}": "gone" for number in range(MOST + 5)})
    assert len(told(open_tree(image))) == MOST + 1
    assert told(open_tree(image))[-1].message == "5 more links lead out of the tree"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("image-2026.tar.gz", "image-2026.tar.gz"),
        ("image-2026.tar.gz\n", "image-2026.tar.gz"),
        ("image.tar.gz", ""),
        ("../image-2026.tar.gz", ""),
        ("nowhere.tar.gz", ""),
        ("folder", ""),
        ("", ""),
        ("x" * 300, ""),
        ("a\0b", ""),
        ("\udcff", ""),
    ],
)
def test_a_link_that_was_stored_as_text(text: str, found: str, tmp_path: Path) -> None:
    (tmp_path / "image-2026.tar.gz").write_bytes(b"image")
    (tmp_path / "folder").mkdir()
    link = tmp_path / "image.tar.gz"
    link.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert stored_as_text(link) == found
