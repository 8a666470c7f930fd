"""Folders that Buildroot works in."""

from __future__ import annotations

from pathlib import Path

from firmbom.tree.folder import FolderTree
from firmbom_buildroot.layout import use_of


def test_folders_that_buildroot_works_in_are_known(tmp_path: Path) -> None:
    uses = {
        "dl": "scratch",
        "output/host": "scratch",
        "output/per-package": "scratch",
        "output/target/usr": "product",
        "output/images": "product",
        "output/legal-info/sources": "product",
        "output/build": "records",
        "output/build/nodejs-20.11.1": "records",
        "output/build/nodejs-20.11.1/test": "scratch",
        "package/dl": "product",
        "mine/build": "product",
        "mine/build/a/b": "product",
        "mine/host": "product",
        "mine/images": "product",
    }
    for folder in uses:
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    (tmp_path / "Config.in.legacy").touch()
    (tmp_path / "output/build/build-time.log").touch()
    tree = FolderTree(tmp_path)
    assert {folder: use_of(folder, tree) for folder in uses} == uses
    inside = FolderTree(tmp_path / "output")
    assert [use_of(folder, inside) for folder in ("build", "host", "target")] == ["records", "scratch", "product"]
