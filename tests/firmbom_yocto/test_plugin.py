"""The plugin with its options, what is shipped beside the root filesystem, and its meeting with other plugins."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import Any

import pytest

from firmbom.collect import collect
from firmbom.errors import InputError
from firmbom.identity import without_qualifiers
from firmbom.merge import merge
from firmbom.model import ComponentSet
from firmbom.tree.folder import FolderFile, FolderTree
from firmbom.tree.open import nested, open_tree
from firmbom_packages.plugin import Plugin as Packages
from firmbom_yocto import pkgdata
from firmbom_yocto.plugin import Plugin


def names(found: ComponentSet) -> set[str]:
    return {without_qualifiers(one.purl) for one in found.components}


def test_recipes_of_which_nothing_is_installed_on_request(new_build: Any, said: Any) -> None:
    build = new_build().manifest().spdx3()
    build.write("buildhistory/packages/x/gcc-cross-aarch64/latest", "PV = 13.2\nPACKAGES = gcc\nLAYER = core\n")
    assert "pkg:yocto/core/gcc@13.2" not in names(said())
    found = said(build_recipes=True)
    [gcc] = [one for one in found.components if without_qualifiers(one.purl) == "pkg:yocto/core/gcc@13.2"]
    assert gcc.scope == "excluded"


def test_a_kernel_beside_the_root_filesystem_is_shipped(new_build: Any, said: Any) -> None:
    build = new_build().manifest().testdata().licences()
    folder = build.tmp / f"deploy/licenses/{build.machine}/{build.link}-20260102030405"
    blocks = [
        "RECIPE NAME: linux-sample\nVERSION: 6.6.50\nLICENSE: GPL-2.0-only\nFILES: Image-a Image-b\n",
        "RECIPE NAME: only-built\nVERSION: 1\nLICENSE: MIT\nFILES: \n",
    ]
    build.write(folder / "image_license.manifest", "\n".join(blocks))
    found = said()
    [kernel] = [one for one in found.components if one.name == "linux-sample"]
    assert (kernel.version, [one.value for one in kernel.licences]) == ("6.6.50", ["GPL-2.0-only"])
    assert "pkg:yocto/only-built@1" not in names(found)
    assert any(edge.target == kernel.ref for edge in found.edges)
    artefacts = [
        {"name": "board.dtb", "recipe": "linux-sample"},
        {"name": "../../x", "recipe": "linux-sample"},
        {"name": f"{build.link}.ext4", "recipe": build.image},
    ]
    product = {"format": "firmbom-yocto-image-1", "deployed": ["linux-sample", "gone"], "artefacts": artefacts}
    build.linked("firmbom.json", product)
    files = ["Image-a", "Image-b", "board.dtb", "x"]
    place = f"tmp/deploy/images/{build.machine}"
    assert [(one.owner, one.path) for one in said().ownership] == [(kernel.ref, f"{place}/{name}") for name in files]


def test_the_licence_of_a_recipe_from_its_licence_folder(new_build: Any, said: Any) -> None:
    build = new_build().manifest().pkgdata()
    build.write(build.tmp / "deploy/licenses/cortexa57/tool/recipeinfo", "LICENSE: MIT | CLOSED\nPR: r0\nPV: 2.0\n")
    [tool] = [one for one in said().components if one.purl == "pkg:yocto/tool@2.0"]
    assert [one.value for one in tool.licences] == ["MIT OR LicenseRef-CLOSED"]


def test_packages_of_languages_are_inside_their_recipe(new_build: Any, said: Any) -> None:
    build = new_build().manifest().history()
    uri = "crate://registry.example/serde/1.0.2 https://example.org/tool-2.0.tar.gz"
    build.write(
        "buildhistory/packages/aarch64-oe-linux/tool/latest",
        f"PV = 2.0\nPACKAGES = tool\nLAYER = core\nSRC_URI = {uri}\n",
    )
    found = said()
    [crate] = [one for one in found.components if one.name == "serde"]
    assert crate.ref == "pkg:yocto/core/tool@2.0!pkg:cargo/serde@1.0.2"
    assert any(edge.source == crate.within and edge.target == crate.ref for edge in found.edges)


def test_the_build_history_knows_the_images_by_itself(new_build: Any, said: Any) -> None:
    new_build().history().pkgdata()
    found = said()
    assert "pkg:generic/libz1@1.3.1-r0" in names(found)
    assert "pkg:generic/tool-dbg@2.0-r0" not in names(found)


def test_licence_manifests_alone(new_build: Any, said: Any) -> None:
    build = new_build().licences()
    build.write(build.tmp / "deploy/licenses/qemuarm64/empty-image-20260102030405/license.manifest", "")
    found = said()
    assert "pkg:generic/zlib@1.3.1" in names(found)
    assert "pkg:yocto/zlib@1.3.1" in names(found)
    assert any("before renaming" in one.message for one in found.problems)


def test_what_was_read_is_an_input(new_build: Any, said: Any) -> None:
    new_build().manifest().testdata().spdx3().licences().pkgdata()
    covered = {Path(one.path).name.partition("-2")[2] or Path(one.path).name: one for one in said().coverage}
    assert covered.keys() == {"0260102030405.manifest", "0260102030405.spdx.json", "license.manifest"}
    assert all(one.digests and one.components == "complete" for one in covered.values())


def test_records_of_the_layer_count_first(new_build: Any, said: Any) -> None:
    build = new_build().manifest().pkgdata()
    product = {
        "format": "firmbom-yocto-image-1",
        "name": build.link,
        "recipe": "small-image",
        "machine": "qemuarm64",
        "deployed": ["linux-sample"],
        "layers": [{"name": "core", "revision": "0" * 40}],
    }
    build.linked("firmbom.json", product)
    build.write(build.deployed / f"{build.image}-{build.machine}-other.firmbom.json", product | {"name": "other"})
    folder = build.tmp / "deploy/firmbom/recipes/aarch64"
    package = {"key": "tool", "licence": "ISC", "version": "2.0", "revision": "r0"}
    tool = {"name": "tool", "version": "2.0", "layer": "core", "licence": "ISC", "packages": [package]}
    kernel = {"name": "linux-sample", "version": "6.6", "layer": "core", "licence": "GPL-2.0-only"}
    for one in (tool, kernel):
        build.write(folder / f"{one['name']}.json", {"format": "firmbom-yocto-recipe-1", **one})
    found = said()
    assert f"pkg:yocto/core/linux-sample@6.6?layer_version={'0' * 40}" in {one.purl for one in found.components}
    licences = {one.name: [x.value for x in one.licences] for one in found.components if "generic" in one.purl}
    assert (licences["tool"], licences["libz1"]) == (["ISC"], ["Zlib"])


def test_files_that_cannot_be_read_are_told(new_build: Any, said: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    build = new_build().manifest().pkgdata().history()
    unreadable = [
        build.folder / "buildhistory/packages/aarch64-oe-linux/tool/latest",
        build.tmp / "pkgdata/qemuarm64/runtime/tool",
    ]
    read = FolderFile.read

    def refused(self: FolderFile) -> bytes:
        if any(str(one).endswith(self.path) for one in unreadable):
            raise InputError("cannot be read: no", path=self.location_path)
        return read(self)

    monkeypatch.setattr(FolderFile, "read", refused)
    found = said()
    assert sorted(one.path for one in found.problems if one.severity == "error") == [
        "buildhistory/packages/aarch64-oe-linux/tool/latest",
        "tmp/pkgdata/qemuarm64/runtime/tool",
    ]
    assert all(one.components == "incomplete" for one in found.coverage)


def test_very_large_pkgdata_is_told(new_build: Any, said: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    new_build().manifest().pkgdata()
    monkeypatch.setattr(pkgdata, "LARGEST", 10)
    assert any("larger than 10 bytes" in one.message for one in said().problems)


def test_what_no_source_states_as_a_whole(new_build: Any, said: Any) -> None:
    build = new_build().manifest()
    [manifest] = said().coverage
    assert (manifest.components, manifest.dependencies) == ("complete", "unknown")
    for file in build.deployed.iterdir():
        file.unlink()
    build.licences()
    [licences] = said().coverage
    assert (licences.components, licences.dependencies) == ("unknown", "unknown")


STATUS = """Package: {name}
Version: {version}
Architecture: {architecture}
Status: install ok installed
Depends: libc6
"""


@pytest.mark.parametrize(
    ("kind", "place"), [("ipk", "usr/lib/opkg/status"), ("deb", "var/lib/dpkg/status")], ids=["opkg", "dpkg"]
)
def test_one_component_of_the_build_s_and_the_image_s_view(
    kind: str, place: str, tmp_path: Path, new_build: Any
) -> None:
    build = new_build()
    build.manifest().testdata(IMAGE_PKGTYPE=kind, DPKG_ARCH="arm64").pkgdata()
    lines = (build.deployed / f"{build.link}.manifest").read_text().splitlines()
    os_release = "os-release all 1.0-r0"
    (build.deployed / f"{build.link}-20260102030405.manifest").write_text("\n".join([*lines, os_release]))
    stanzas = []
    for line in [*lines, os_release]:
        name, architecture, version = line.split()
        if kind == "deb" and architecture != "all":
            architecture = "arm64"
        stanzas.append(STATUS.format(name=name, version=version, architecture=architecture))
    image = tmp_path / "rootfs.tar"
    with tarfile.open(image, "w") as tar:
        for path, text in ((place, "\n".join(stanzas)), ("etc/os-release", "ID=sample\nVERSION_ID=5.0\n")):
            info = tarfile.TarInfo(path)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
    with FolderTree(build.tmp) as tree:
        built = collect(tree, [Plugin()])
    with nested(open_tree(image)) as inside:
        held = collect(inside, [Packages(), Plugin()])
    merged = merge([built, held])
    kept = [one.component for one in merged.components if not one.component.purl.startswith("pkg:yocto/")]
    found = sorted(one.name for one in kept if one.type != "operating-system")
    assert found == ["libz1", "os-release", "shell", "tool", "tool-data"]
