"""Which copy of a build is read, and how several builds and images are kept apart."""

from __future__ import annotations

import json
from typing import Any

import pytest

from firmbom.model import ROOT, ComponentSet
from firmbom_yocto.current import split


def images(found: ComponentSet) -> list[str]:
    return [one.target for one in found.edges if one.source == ROOT]


def versions(found: ComponentSet, name: str) -> set[str]:
    return {one.version for one in found.components if one.name == name and not one.purl.startswith("pkg:yocto/")}


@pytest.mark.parametrize(
    ("name", "key", "date"),
    [
        ("a-qemuarm.rootfs-20260102030405.manifest", "a-qemuarm", "20260102030405"),
        ("a-qemuarm-20260102030405.rootfs.manifest", "a-qemuarm", "20260102030405"),
        ("a-qemuarm.rootfs.manifest", "a-qemuarm", ""),
        ("a-qemuarm.manifest", "a-qemuarm", ""),
        ("a-1234.manifest", "a-1234", ""),
    ],
)
def test_names(name: str, key: str, date: str) -> None:
    assert split(name, ".manifest") == (key, date)


def _three(build: Any) -> None:
    """The middle one is linked to."""
    for date, version in (("20260101000000", "1"), ("20260103000000", "3"), ("20260102000000", "2")):
        build.linked("manifest", f"tool cortexa57 {version}-r0\n", date)


def test_the_link_decides(new_build: Any, said: Any) -> None:
    _three(new_build())
    assert versions(said(), "tool") == {"2-r0"}


def test_a_copy_of_a_build_may_hold_the_text_of_a_link(new_build: Any, said: Any) -> None:
    build = new_build()
    _three(build)
    link = build.deployed / f"{build.link}.manifest"
    target = str(link.readlink())
    link.unlink()
    link.write_text(target)
    assert versions(said(), "tool") == {"2-r0"}


def test_without_a_link_the_newest_counts(new_build: Any, said: Any) -> None:
    build = new_build()
    _three(build)
    (build.deployed / f"{build.link}.manifest").unlink()
    assert versions(said(), "tool") == {"3-r0"}


def test_a_link_to_nothing_is_told_and_the_newest_counts(new_build: Any, said: Any) -> None:
    build = new_build()
    _three(build)
    (build.deployed / f"{build.link}-20260102000000.manifest").unlink()
    found = said()
    assert versions(found, "tool") == {"3-r0"}
    assert any("a link to" in one.message for one in found.problems)


def test_a_copy_under_the_name_of_the_link_counts(new_build: Any, said: Any) -> None:
    build = new_build()
    _three(build)
    link = build.deployed / f"{build.link}.manifest"
    content = link.read_text()
    link.unlink()
    link.write_text(content)
    assert versions(said(), "tool") == {"2-r0"}


def test_older_copies_without_a_date_are_not_other_images(new_build: Any, said: Any) -> None:
    build = new_build()
    for name in ("-v1", "-v2"):
        build.write(build.deployed / f"{build.link}{name}.manifest", f"tool cortexa57 1{name}-r0\n")
    (build.deployed / f"{build.link}.manifest").symlink_to(f"{build.link}-v1.manifest")
    found = said()
    assert len(images(found)) == 1
    assert versions(found, "tool") == {"1-v1-r0"}


def test_several_images_of_a_machine(new_build: Any, said: Any) -> None:
    new_build().manifest().testdata().pkgdata()
    new_build(image="other-image").linked("manifest", "tool cortexa57 2.0-r0\n")
    found = said()
    assert sorted(images(found)) == [
        "pkg:yocto/other-image?machine=qemuarm64",
        "pkg:yocto/small-image@1.0?machine=qemuarm64",
    ]
    used = {one.target for one in found.edges if one.source.startswith("pkg:yocto/other-image")}
    assert used == {"pkg:generic/tool@2.0-r0?arch=cortexa57", "pkg:yocto/tool@2.0"}
    assert versions(found, "tool") == {"2.0-r0"}


def test_several_configurations_of_one_image(new_build: Any, said: Any) -> None:
    for tmp in ("tmp", "tmp-musl"):
        new_build(tmp=tmp).manifest().testdata().pkgdata()
    found = said()
    assert sorted(images(found)) == [
        "pkg:yocto/small-image@1.0?configuration=tmp&machine=qemuarm64",
        "pkg:yocto/small-image@1.0?configuration=tmp-musl&machine=qemuarm64",
    ]
    assert {one.path.split("/")[0] for one in found.ownership} == {"tmp", "tmp-musl"}


def test_each_machine_has_its_own_pkgdata(new_build: Any, said: Any) -> None:
    new_build().manifest().pkgdata()
    build = new_build(machine="qemux86-64").manifest()
    build.write(build.tmp / "pkgdata/qemux86-64/runtime/tool", "PN: tool\nPV: 2.0\nPKGV: 2.0\nPKGR: r0\nLICENSE: ISC\n")
    found = said()
    tools = [one for one in found.components if one.name == "tool" and one.licences and "pkg:generic" in one.purl]
    assert {one.licences[0].value for one in tools} == {"MIT OR LicenseRef-CLOSED", "ISC"}


def test_only_the_images_that_are_asked_for(new_build: Any, said: Any) -> None:
    new_build().manifest().testdata()
    new_build(image="other-image").manifest()
    new_build(image="third-image", machine="other").manifest()
    assert images(said(images=["other-image"])) == ["pkg:yocto/other-image?machine=qemuarm64"]
    assert images(said(machines=["other"])) == ["pkg:yocto/third-image?machine=other"]


@pytest.mark.parametrize("start", ["", "tmp", "tmp/deploy", "tmp/deploy/images", "tmp/deploy/images/qemuarm64"])
def test_from_any_folder(start: str, new_build: Any, said: Any) -> None:
    build = new_build().manifest().testdata().spdx3().licences()
    found = said(build.folder / start)
    assert len(found.components) == 8


@pytest.mark.parametrize("start", ["tmp", "tmp/pkgdata", "tmp/pkgdata/qemuarm64"])
def test_pkgdata_from_any_folder(start: str, new_build: Any, said: Any) -> None:
    build = new_build().pkgdata()
    found = said(build.folder / start)
    assert versions(found, "libz1") == {"1.3.1-r0"}
    assert versions(found, "tool-dbg") == {"2.0-r0"}
    assert ["no image manifest" in one.message for one in found.problems if one.severity == "warning"] == [True]


def test_the_licence_manifest_of_the_same_build(new_build: Any, said: Any) -> None:
    build = new_build().manifest().testdata().licences()
    build.write(
        build.tmp / f"deploy/licenses/qemuarm64/{build.link}-20270101000000/license.manifest",
        "PACKAGE NAME: tool\nPACKAGE VERSION: 2.0\nRECIPE NAME: tool\nLICENSE: ISC\n",
    )
    found = said()
    tool = next(one for one in found.components if one.name == "tool" and "generic" in one.purl)
    assert [one.value for one in tool.licences] == ["MIT OR LicenseRef-CLOSED"]
    libz = next(one for one in found.components if one.name == "libz1")
    assert (libz.licences, libz.upstream) == ((), ())  # it was renamed, and nothing that tells so is at hand
    assert any(one.message.startswith("packages whose recipe no source states (1): libz1") for one in found.problems)


def test_files_of_different_builds_are_told(new_build: Any, said: Any) -> None:
    build = new_build().manifest()
    build.linked("testdata.json", {"MACHINE": "qemuarm64"}, "20200101000000")
    assert any("different builds" in one.message for one in said().problems)


def test_documents_of_single_packages_are_not_images(new_build: Any, said: Any) -> None:
    build = new_build().manifest().pkgdata()
    for place in (
        "spdx/3.0.1/aarch64/packages/package-tool",
        "spdx/qemuarm64/recipes/recipe-tool",
        "spdx/2.2/a/by-hash/x/y",
    ):
        build.write(build.tmp / f"deploy/{place}.spdx.json", "{}")
    assert [one for one in said().problems if one.severity != "note"] == []


def test_a_document_of_recipes_is_no_image(new_build: Any, said: Any) -> None:
    build = new_build().manifest().spdx3()
    document = json.loads((build.deployed / f"{build.link}.spdx.json").read_text())
    kept = [one for one in document["@graph"] if not one.get("build_buildType", "").endswith("/rootfs")]
    build.write(build.deployed / "small-image-recipe-sbom.spdx.json", document | {"@graph": kept})
    assert len(images(said())) == 1
    for file in build.deployed.glob("*rootfs*"):
        file.unlink()
    [image] = images(said())
    assert image == "pkg:yocto/small-image-recipe-sbom"


@pytest.mark.parametrize("form", ["deb", "rpm"])
def test_what_was_built_after_the_image_is_told(form: str, new_build: Any, said: Any) -> None:
    build = new_build().manifest(form=form).pkgdata()
    assert [one for one in said().problems if one.severity == "warning"] == []
    file = build.tmp / "pkgdata/qemuarm64/runtime/shell"
    file.write_text(file.read_text().replace("1.36.1", "1.37.0"))
    told = [one.message for one in said().problems if one.severity == "warning"]
    assert told == ["packages that were built anew in another version after the image was made (1): shell"]


def test_rpm_has_no_dash_in_a_version(new_build: Any, said: Any) -> None:
    build = new_build().pkgdata()
    build.linked("manifest", "shell cortexa57 1.36+rc1\n")
    file = build.tmp / "pkgdata/qemuarm64/runtime/shell"
    file.write_text(file.read_text().replace("1.36.1", "1.36-rc1"))
    found = said()
    assert "pkg:rpm/shell@1.36%2Brc1-r0?arch=cortexa57" in {one.purl for one in found.components}
    assert [one for one in found.problems if one.severity == "warning"] == []
