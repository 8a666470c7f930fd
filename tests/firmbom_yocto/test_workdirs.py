"""A TMPDIR as it is left: where tasks worked there are copies of what they made."""

from __future__ import annotations

import shutil
from collections import Counter
from typing import Any

from firmbom.model import ComponentSet


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


def test_any_other_folder_may_be_called_work(new_build: Any, said: Any) -> None:
    build = new_build().manifest()
    folder = build.folder / "work/for/a/customer"
    folder.mkdir(parents=True)
    shutil.move(build.tmp, folder / "tmp")
    (build.folder / "deploy").mkdir()
    assert len(described(said())) > 1
