"""A TMPDIR as it is left: where tasks worked there are copies of what they made."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

from firmbom.collect import collect
from firmbom.model import ComponentSet
from firmbom.tree.folder import FolderTree
from firmbom_yocto.plugin import Plugin
from firmbom_yocto.workdirs import use_of


def described(found: ComponentSet) -> Counter[str]:
    return Counter(str(one.purl) for one in found.components)


def test_what_tasks_left_is_not_read_again(new_build: Any, said: Any) -> None:
    build = new_build().manifest().testdata().pkgdata().spdx3()
    expected = described(said())
    work = build.tmp / "work/qemuarm64-oe-linux/small-image/1.0"
    staged = work / f"deploy-{build.image}-image-complete"
    shutil.copytree(build.deployed, staged, symlinks=True)
    for old in staged.glob("*.manifest"):
        old.write_text("shell cortexa57 0.9-r0\n")
    shutil.copytree(build.tmp / "pkgdata", work / "stage/pkgdata", symlinks=True)
    for one in ("stamps", "sstate-control"):
        (build.tmp / one).mkdir(exist_ok=True)
    assert described(said()) == expected
    as_image = collect(FolderTree(build.folder), [Plugin()], record_files=True)
    assert any("/work/" in file.path for file in as_image.files)
    assert described(as_image) == expected


def test_any_other_folder_may_be_called_work(new_build: Any, said: Any) -> None:
    build = new_build().manifest()
    folder = build.folder / "work/for/a/customer"
    folder.mkdir(parents=True)
    shutil.move(build.tmp, folder / "tmp")
    (build.folder / "deploy").mkdir()
    assert len(described(said())) > 1


def test_folders_that_bitbake_works_in_are_known(tmp_path: Path) -> None:
    uses = {
        "tmp/deploy/images": "product",
        "tmp/pkgdata": "product",
        "tmp/work": "scratch",
        "tmp/sysroots-components": "scratch",
        "tmp/hosttools": "scratch",
        "tmp/work-shared": "records",
        "tmp/work-shared/qemuarm64": "records",
        "tmp/work-shared/qemuarm64/kernel-build-artifacts": "records",
        "tmp/work-shared/qemuarm64/kernel-build-artifacts/scripts": "scratch",
        "tmp/work-shared/qemuarm64/kernel-source": "scratch",
        "tmp/work-shared/gcc-14.2.0-r0/gcc-14.2.0": "scratch",
        "downloads": "scratch",
        "sstate-cache": "scratch",
        "other/downloads": "product",
        "other/work": "product",
        "other/work-shared": "product",
    }
    for folder in (*uses, "conf"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "conf/local.conf").touch()
    tree = FolderTree(tmp_path)
    assert {folder: use_of(folder, tree) for folder in uses} == uses
    inside = FolderTree(tmp_path / "tmp")
    assert [use_of(folder, inside) for folder in ("work", "work-shared", "deploy")] == ["scratch", "records", "product"]
