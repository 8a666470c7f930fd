"""The same answer from whichever source is at hand; what differs is what a source does not say."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from firmbom.model import ROOT, Component, ComponentSet, Property
from firmbom.problems import Report
from firmbom_yocto import spdx2

Describe = Callable[[Any], Any]

FULL: dict[str, Describe] = {
    "pkgdata": lambda build: build.pkgdata(),
    "spdx 3": lambda build: build.spdx3(),
    "spdx 3 without recipes": lambda build: build.spdx3(recipes=False),
    "spdx 3.0.0": lambda build: build.spdx3(recipes=False, version="3.0.0"),
    "spdx 2.2": lambda build: build.spdx2(),
    "spdx 2.2 of dunfell": lambda build: build.spdx2(ending="gz"),
    "spdx 2.2 in many files": lambda build: build.spdx2(archived=False),
    "buildhistory": lambda build: build.history(),
    "everything": lambda build: build.pkgdata().spdx3().spdx2().history().licences(),
}


def packages(found: ComponentSet) -> dict[str, Component]:
    return {one.name: one for one in found.components if not one.purl.startswith("pkg:yocto/")}


def recipes(found: ComponentSet) -> dict[str, Component]:
    kept = [one for one in found.components if one.purl.startswith("pkg:yocto/") and one.type != "firmware"]
    assert len(kept) == len({one.name for one in kept})
    return {one.name: one for one in kept}


def edges(found: ComponentSet) -> set[tuple[str, str]]:
    """Between packages, by name."""
    names = {one.ref: one.name for one in packages(found).values()}
    return {(names[one.source], names[one.target]) for one in found.edges if one.source in names}


@pytest.mark.parametrize("source", FULL)
def test_packages_recipes_licences_and_edges(source: str, new_build: Any, said: Any) -> None:
    FULL[source](new_build().manifest().testdata(IMAGE_PKGTYPE="ipk"))
    found = said()
    made = packages(found)
    assert {name: one.version for name, one in made.items()} == {
        "shell": "1.36.1-r0",
        "libz1": "1.3.1-r0",
        "tool": "2.0-r0",
        "tool-data": "1:2.0-r0",
    }
    assert {name: [licence.value for licence in one.licences] for name, one in made.items()} == {
        "shell": ["GPL-2.0-only AND LicenseRef-bzip2-1.0.4"],
        "libz1": ["Zlib"],
        "tool": ["MIT OR LicenseRef-CLOSED"],
        "tool-data": ["MIT"],
    }
    assert edges(found) == {("tool", "shell"), ("tool", "libz1"), ("tool-data", "tool")}
    assert {name: one.version for name, one in recipes(found).items()} == {
        "shell": "1.36.1",
        "zlib": "1.3.1",
        "tool": "2.0",
    }
    assert made["libz1"].upstream == (recipes(found)["zlib"].purl,)
    assert recipes(found)["zlib"].upstream == ("pkg:generic/zlib@1.3.1",)
    assert made["shell"].purl == "pkg:generic/shell@1.36.1-r0?arch=cortexa57"
    assert Property("firmbom:package-manager", "opkg") in made["shell"].properties


@pytest.mark.parametrize(
    "source", [name for name in FULL if name not in ("pkgdata", "buildhistory", "spdx 2.2 in many files")]
)
def test_a_document_alone_tells_what_is_installed(source: str, new_build: Any, said: Any) -> None:
    FULL[source](new_build())
    assert set(packages(said())) == {"shell", "libz1", "tool", "tool-data"}


@pytest.mark.parametrize("source", ["spdx 3", "buildhistory", "everything"])
def test_the_layer_where_it_is_stated(source: str, new_build: Any, said: Any) -> None:
    FULL[source](new_build().manifest().testdata())
    assert {one.purl for one in recipes(said()).values()} == {
        "pkg:yocto/core/shell@1.36.1?layer_version=0123456789abcdef0123456789abcdef01234567",
        "pkg:yocto/core/zlib@1.3.1?layer_version=0123456789abcdef0123456789abcdef01234567",
        "pkg:yocto/example-layer/tool@2.0",
    }


@pytest.mark.parametrize(("source", "part"), [("spdx 3", "*"), ("spdx 2.2", "a")])
def test_identifiers_sources_and_patches_of_a_recipe(source: str, part: str, new_build: Any, said: Any) -> None:
    FULL[source](new_build().manifest())
    found = said()
    zlib = recipes(found)["zlib"]
    assert zlib.cpes == packages(found)["libz1"].cpes == (f"cpe:2.3:{part}:*:zlib:1.3.1:*:*:*:*:*:*:*",)
    [address] = [one for one in zlib.references if one.type == "source-distribution"]
    assert address.url == "https://example.org/zlib-1.3.1.tar.gz"
    assert zlib.supplier.name == packages(found)["libz1"].supplier.name == "Sample Makers"
    if source == "spdx 3":
        assert [str(one.algorithm) for one in address.digests] == ["SHA-256"]
        assert [(one.url, one.resolves) for one in zlib.patches] == [("fix.patch", ("CVE-2025-7777",))]


def test_downloads_of_their_own_in_spdx_2(new_build: Any, said: Any, pack: Any) -> None:
    build = new_build().manifest().spdx2()
    report = Report()
    file = build.deployed / f"{build.link}.spdx.tar.zst"
    members = {name: json.loads(one) for name, one in spdx2._members(file.read_bytes(), "a", report)}
    for number in (1, 2):
        members["recipe-zlib.spdx.json"]["packages"].append(
            {
                "SPDXID": f"SPDXRef-Download-zlib-{number}",
                "name": f"zlib-source-{number}",
                "downloadLocation": f"https://example.org/part{number}.tar.gz" if number == 1 else "NOASSERTION",
                "checksums": [{"algorithm": "SHA256", "checksumValue": "0" * 64}],
            }
        )
    build.linked("spdx.tar.zst", pack({name: json.dumps(one).encode() for name, one in members.items()}))
    zlib = recipes(said())["zlib"]
    assert [(one.url, [d.value for d in one.digests]) for one in zlib.references] == [
        ("https://example.org/part1.tar.gz", ["0" * 64])
    ]


def test_sources_and_patches_of_the_build_history(new_build: Any, said: Any) -> None:
    new_build().manifest().history()
    zlib = recipes(said())["zlib"]
    assert [one.url for one in zlib.references] == ["https://example.org/zlib-1.3.1.tar.gz"]
    assert [(one.type, one.url, one.resolves) for one in zlib.patches] == [
        ("backport", "CVE-2025-1234.patch", ("CVE-2025-1234",))
    ]


def test_files_have_their_owner_size_and_digest(new_build: Any, said: Any) -> None:
    new_build().manifest().testdata().pkgdata().spdx3()
    found = said()
    owned = {one.path: one.owner for one in found.ownership}
    place = "small-image-qemuarm64!/usr/lib/libz.so.1.3.1"
    assert owned[place] == packages(found)["libz1"].ref
    known = {one.path: {p.name: p.value for p in one.properties} for one in found.file_properties}
    assert known[place].keys() == {"firmbom:yocto:size", "firmbom:yocto:sha256"}
    assert known[place]["firmbom:yocto:size"] == "42"


def test_the_image_uses_its_packages_and_recipes(new_build: Any, said: Any) -> None:
    new_build().manifest().testdata().pkgdata()
    found = said()
    [image] = [one for one in found.components if one.type == "firmware"]
    assert image.purl == "pkg:yocto/small-image@1.0?machine=qemuarm64"
    used = {one.target for one in found.edges if one.source == image.ref}
    assert used == {one.ref for one in found.components} - {image.ref}
    assert [one.target for one in found.edges if one.source == ROOT] == [image.ref]


@pytest.mark.parametrize(
    ("variables", "form", "purl"),
    [
        ({"IMAGE_PKGTYPE": "deb", "DPKG_ARCH": "arm64"}, "deb", "pkg:deb/openembedded/tool-data@1:2.0-r0?arch=all"),
        ({"IMAGE_PKGTYPE": "rpm"}, "rpm", "pkg:rpm/tool-data@2.0-r0?arch=all&epoch=1"),
        ({}, "rpm", "pkg:rpm/tool-data@2.0-r0?arch=all&epoch=1"),
        ({}, "deb", "pkg:generic/tool-data@1:2.0-r0?arch=all"),
    ],
)
def test_package_managers(variables: dict[str, str], form: str, purl: str, new_build: Any, said: Any) -> None:
    new_build().manifest(form=form).testdata(**variables).pkgdata()
    assert packages(said())["tool-data"].purl == purl


def test_the_package_feed_tells_the_manager(new_build: Any, said: Any) -> None:
    build = new_build().manifest().pkgdata()
    build.write(build.tmp / "deploy/ipk/all/a.ipk", "")
    assert Property("firmbom:package-manager", "opkg") in packages(said())["tool"].properties


def test_the_vendor_counts_where_the_image_names_it(new_build: Any, said: Any) -> None:
    build = new_build()
    one = build_package("os-release")
    build.manifest([one]).testdata(IMAGE_PKGTYPE="deb", DPKG_ARCH="arm64").pkgdata([one])
    assert packages(said())["os-release"].purl == "pkg:deb/sample/os-release@1.0-r0?arch=arm64"


def test_an_initramfs_has_the_packages_of_its_image(new_build: Any, said: Any) -> None:
    """It has no os-release, but the very same packages."""
    build = new_build().pkgdata().testdata(IMAGE_PKGTYPE="rpm").manifest()
    small = (build.deployed / f"{build.link}.manifest").read_text()
    for name, text in (("initrd", small), ("whole", f"{small}os-release all 1.0-r0\n")):
        build.write(build.deployed / f"{name}-qemuarm64.rootfs.manifest", text)
        variables = {"IMAGE_BASENAME": name, "MACHINE": "qemuarm64", "DISTRO": "sample", "DISTRO_VERSION": "5.0"}
        build.write(build.deployed / f"{name}-qemuarm64.rootfs.testdata.json", variables | {"IMAGE_PKGTYPE": "rpm"})
    purls = {
        str(one.purl) for one in said().components if "/tool@" in one.purl and not one.purl.startswith("pkg:yocto")
    }
    assert purls == {"pkg:rpm/sample/tool@2.0-r0?arch=cortexa57"}


def build_package(name: str, **more: Any) -> Any:
    from types import SimpleNamespace

    known = {
        "key": name, "recipe": name, "version": "1.0", "licence": "MIT", "name": "", "epoch": "", "requires": "",
        "needs": (), "provides": "", "recommends": "", "path": "", "architecture": "cortexa57", "installed": name,
    }  # fmt: skip
    return SimpleNamespace(**(known | more))


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("kernel-module-ext4", "device-driver"),
        ("kernel-image-zimage-6.6.50", "operating-system"),
        ("kernel-devicetree", "data"),
        ("linux-firmware-rtl8188", "firmware"),
        ("other", "library"),
    ],
)
def test_types(key: str, kind: str, new_build: Any, said: Any) -> None:
    one = build_package(key)
    new_build().manifest([one]).pkgdata([one])
    assert packages(said())[key].type == kind


@pytest.mark.parametrize("source", ["spdx3", "spdx2"])
@pytest.mark.parametrize("beside", ["", "pkgdata", "history"])
def test_needs_of_renamed_libraries_that_documents_lose(source: str, beside: str, new_build: Any, said: Any) -> None:
    build = new_build().manifest().testdata(IMAGE_PKGTYPE="ipk")
    getattr(build, source)(renamed=False)
    if beside:
        getattr(build, beside)()
    found = said()
    whole = {("tool", "shell"), ("tool", "libz1"), ("tool-data", "tool")}
    assert edges(found) == (whole if beside else whole - {("tool", "libz1")})
    assert any("libz1" in one.message for one in found.problems) is not bool(beside)
    assert {one.dependencies for one in found.coverage} == {"complete" if beside else "unknown"}


@pytest.mark.parametrize(("library", "recipe", "told"), [("libc6", "glibc", True), ("libxml2", "libxml2", False)])
def test_a_library_that_nothing_needs(library: str, recipe: str, told: bool, new_build: Any, said: Any) -> None:
    """Of the C library, that tells that documents lose needs; a recipe's own name tells nothing."""
    one = build_package(library, recipe=recipe)
    needed = build_package("libz1", recipe="zlib")
    user = build_package("user", needs=("libz1",))
    new_build().spdx3(packages=[one, needed, user], recipes=False)
    assert any("was renamed" in problem.message for problem in said().problems) is told


def test_without_a_package_manager_it_is_told(new_build: Any, said: Any) -> None:
    new_build().spdx3()
    assert any("purls of the type generic" in one.message for one in said().problems)


def test_documents_of_packages_alone_are_told(new_build: Any, said: Any) -> None:
    build = new_build()
    build.write(build.tmp / "deploy/spdx/3.0.1/cortexa57/packages/package-tool.spdx.json", '{"@graph": []}')
    found = said()
    assert found.components == ()
    assert any("nothing that tells what is installed" in one.message for one in found.problems)
