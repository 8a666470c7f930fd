"""Which package owns which file: in the target folder and in the images made of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from firmbom.model import ComponentSet, Problem

Plant = Callable[[Mapping[str, str | bytes]], Path]
Said = Callable[..., ComponentSet]


def info(**members: Any) -> str:
    """A show-info with one package ``good`` and more."""
    return json.dumps({"good": package("good"), **members}, separators=(", ", ": ")).replace("{", "{ ", 1)


def package(name: str, **members: Any) -> dict[str, Any]:
    """A member of show-info."""
    stated = {"type": "target", "name": name, "virtual": False, "version": "1.0", "licenses": "MIT"}
    return {**stated, "downloads": [], "install_target": True, "dependencies": [], **members}


TWO = info(other=package("other"), **{"toolchain-external-x": package("toolchain-external-x")})


def owned(found: ComponentSet) -> set[tuple[str, str]]:
    return {(one.owner.partition("@")[0][12:], one.path) for one in found.ownership}


def test_files_are_owned_where_they_lie(plant: Plant, said: Said) -> None:
    rootfs = {"type": "rootfs", "image_name": "rootfs.squashfs", "dependencies": []}
    files = {
        "output/show-info.json": info(**{"rootfs-squashfs": rootfs}),
        "output/build/packages-file-list.txt": "good,./bin/a, b\ngood,./usr/lib/libc.so\n",
        "output/build/good-1.0/.files-list.txt": "good,./not/read\n",
        "output/build/good-1.0/.files-list-images.txt": "good,./zImage\n",
        "output/images/rootfs.tar": "",
        "output/images/sdcard.img": "",
        "output/images/zImage": "",
    }
    found = said(plant(files))
    assert owned(found) == {
        ("good", f"{place}{path}")
        for place in ("output/target/", "rootfs.squashfs!/", "rootfs.tar!/", "sdcard.img!/")
        for path in ("bin/a, b", "usr/lib/libc.so")
    } | {("good", "output/images/zImage")}
    message = "nothing but the build's own records was read where it works: build"
    assert found.problems == (Problem("note", message, "output", "buildroot"),)


def test_newer_releases_have_a_list_for_each_package(plant: Plant, said: Said) -> None:
    files = {
        "show-info.json": TWO,
        "build/good-1.0/.files-list.txt": "good,./bin/a\n",
        "build/other-1.0/.files-list.txt": "other,./bin/b\n",
    }
    assert owned(said(plant(files))) == {("good", "target/bin/a"), ("other", "target/bin/b")}


def test_a_file_belongs_to_who_wrote_it_last(plant: Plant, said: Said) -> None:
    files = {
        "show-info.json": TWO,
        "build/packages-file-list.txt": "good,./bin/a\nother,./bin/a\ngood,./bin/a\n",
        "build/build-time.log": (
            "1700000002.5:start:install-target      : good\n1700000009.5:end  :install-target      : good\n"
            "1700000003.5:end  :install-target      : other\n1700000099.5:end  :build               : other\nodd\n"
        ),
    }
    assert owned(said(plant(files))) == {("good", "target/bin/a")}


def test_without_times_it_belongs_to_all_who_wrote_it(plant: Plant, said: Said) -> None:
    files = {"show-info.json": TWO, "build/packages-file-list.txt": "good,./bin/a\nother,./bin/a\n"}
    assert owned(said(plant(files))) == {("good", "target/bin/a"), ("other", "target/bin/a")}


def test_a_prebuilt_toolchain_owns_nothing(plant: Plant, said: Said) -> None:
    files = {"show-info.json": TWO, "build/packages-file-list.txt": "toolchain-external-x,./lib/libc.so.6\n"}
    found = said(plant(files))
    assert (owned(found), found.problems) == (set(), ())


def test_who_is_not_named_by_a_record_is_told(plant: Plant, said: Said) -> None:
    files = {"show-info.json": TWO, "build/packages-file-list.txt": "gone,./bin/a\n"}
    found = said(plant(files))
    assert [one.message for one in found.problems] == ["installed files, but no record names it: gone"]


def test_lines_that_name_no_file_are_told(plant: Plant, said: Said) -> None:
    lines = b"good\n,./a\ngood,./../etc/passwd\ngood,./a\0b\ngood,./" + b"a" * 5000 + b"\ngood,./b\xff\n"
    found = said(plant({"show-info.json": TWO, "build/packages-file-list.txt": lines}))
    assert owned(found) == {("good", "target/b\\xff")}
    assert len(found.problems) == 5
    assert {one.severity for one in found.problems} == {"warning"}
