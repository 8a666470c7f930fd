"""The plugin as the host sees it, and on the corpus of images where that is at hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from firmbom.collect import collect
from firmbom.identity import parts
from firmbom.model import Problem
from firmbom.plugin import Context, FilePlugin
from firmbom.plugin import Plugin as Contract
from firmbom.tree.base import Limits
from firmbom.tree.folder import FolderTree
from firmbom.tree.match import Patterns
from firmbom.tree.open import open_tree
from firmbom_packages.plugin import Plugin

IMAGES = Path(__file__).parents[2] / "../shared/corpus/images"


def test_contract() -> None:
    plugin = Plugin()
    assert isinstance(plugin, Contract)
    assert isinstance(plugin, FilePlugin)


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("var/lib/dpkg/status", True),
        ("a/b/var/lib/dpkg/status.d/base", True),
        ("var/lib/dpkg/status-old", False),
        ("opt/lib/opkg/status", True),
        ("usr/lib/opkg/info/libc.control", True),
        ("usr/lib/opkg/info/libc.list", False),
        ("usr/lib/apk/db/installed", True),
        ("var/lib/rpm/Packages", True),
        ("usr/lib/sysimage/rpm/rpmdb.sqlite", True),
        ("repository/rpm/Packages", False),
        ("var/lib/pacman/local/a-1-1/desc", True),
        ("rootfs/etc/os-release", True),
        ("etc/os-release.d/x", False),
    ],
)
def test_what_is_wanted(path: str, wanted: bool) -> None:
    assert Patterns(Plugin.wants.paths).match(path) is wanted


def test_an_option_is_told_once_and_costs_nothing(tmp_path: Path) -> None:
    for root in ("a", "b"):
        (tmp_path / root / "etc").mkdir(parents=True)
        (tmp_path / root / "etc" / "os-release").write_text("ID=alpine\nVERSION_ID=3.20.1\n")
    found = collect(FolderTree(tmp_path), [Plugin()], {"packages": Context(options={"deep": True})})
    assert found.problems == (
        Problem("error", "plugin.packages.deep: there is no such key; known here: none", "", "packages"),
    )
    assert {one.type for one in found.components} == {"operating-system"}
    assert collect(FolderTree(tmp_path), [Plugin()]).problems == ()


@pytest.mark.parametrize("image", ["rootfs.tar.zst", "initramfs.cpio.xz", "rootfs.zstd.squashfs"])
def test_corpus(image: str) -> None:
    if not IMAGES.is_dir():
        pytest.skip("shared corpus is not there")
    truth = json.loads((IMAGES / "ground-truth.json").read_text())
    with open_tree(IMAGES / image, limits=Limits()) as tree:
        found = collect(tree, [Plugin()])
    packages = {}
    for one in found.components:
        if one.type == "library":
            packages[one.name, one.version, parts(one.purl).qualifiers["arch"]] = one
    assert set(packages) == {(one["name"], one["version"], one["arch"]) for one in truth["dpkg"]}
    for one in truth["dpkg"]:
        component = packages[one["name"], one["version"], one["arch"]]
        source = parts(component.upstream[0])
        assert (source.name, source.version) == (one["source"], one["source_version"])
        owned = {each.path.rpartition("!/")[2] for each in found.ownership if each.owner == component.ref}
        assert owned == {file["path"].lstrip("/") for file in one["files"]}
    system = next(one for one in found.components if one.type == "operating-system")
    assert (system.name, system.version) == (truth["os"]["ID"], truth["os"]["VERSION_ID"])
