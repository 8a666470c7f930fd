"""The readers one by one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from packageurl.contrib import purl2url

from firmbom.model import Algorithm, Digest, Location, Patch
from firmbom.problems import SAID, Report
from firmbom.tree.folder import FolderTree
from firmbom_yocto import manifests, purls, sources, spdx3, testdata
from firmbom_yocto.bundled import fetched
from firmbom_yocto.kinds import Kind, kind_of
from firmbom_yocto.licences import expression
from firmbom_yocto.pkgdata import PkgData, needs, parsed
from firmbom_yocto.reading import prose
from firmbom_yocto.said import Recipe

HERE = Location("here")


@pytest.mark.parametrize(
    ("written", "spdx"),
    [
        ("MIT", "MIT"),
        ("GPLv2+ & LGPLv2.1+", "GPL-2.0-or-later AND LGPL-2.1-or-later"),
        ("GPL-2.0-only|MIT", "GPL-2.0-only OR MIT"),
        ("(GPL-2.0-only | MIT) & BSD-3-Clause", "(GPL-2.0-only OR MIT) AND BSD-3-Clause"),
        ("GPL-2.0-only AND DocumentRef-recipe-a:LicenseRef-b", "GPL-2.0-only AND LicenseRef-b"),
        ("CLOSED", "LicenseRef-CLOSED"),
        ("Our_Own/Licence", "LicenseRef-Our-Own-Licence"),
        ("GPL-3.0-with-GCC-exception", "GPL-3.0-only WITH GCC-exception-3.1"),
        ("GPL-2.0-only WITH Linux-syscall-note", "GPL-2.0-only WITH Linux-syscall-note"),
        ("GPL-2.0-only with Linux-syscall-note", "GPL-2.0-only WITH Linux-syscall-note"),
        ("GPL-2.0+ & (LGPL-2.1 | GFDL-1.3)", "GPL-2.0-or-later AND (LGPL-2.1-only OR GFDL-1.3-only)"),
        ("Apache-2.0-with-LLVM-exception", "Apache-2.0 WITH LLVM-exception"),
        (
            "GPL-2.0-with-Linux-syscall-note | Our-with-x",
            "GPL-2.0-only WITH Linux-syscall-note OR LicenseRef-Our-with-x",
        ),
        ("MIT BSD-2-Clause", "MIT AND BSD-2-Clause"),
        ("MIT & (", "MIT"),
        ("& & &", "LicenseRef-unnamed"),
        ("", ""),
        ("NOASSERTION", ""),
        ("(" * 60 + "MIT" + ")" * 60, "LicenseRef-MIT"),
    ],
)
def test_licences(written: str, spdx: str) -> None:
    assert expression(written) == spdx


def test_needs() -> None:
    assert list(needs("a (>= 1) b a lib-c (= 1.0-r0)  virtual/d")) == ["a", "b", "lib-c", "virtual/d"]


def test_values_of_pkgdata() -> None:
    text = (
        "PN: a\nLICENSE: MIT\nLICENSE:b: ISC\nLICENSE:c: BSD\nDESCRIPTION: one\\ntwo\\u00e9\nSUMMARY: end\\\nnonsense\n"
    )
    found = parsed(text, "b")
    assert found["LICENSE"] == "ISC"
    assert found["DESCRIPTION"] == "one\ntwoé"
    assert found["SUMMARY"] == "end\\"


def test_a_package_is_found_by_its_new_name_without_links(tmp_path: Path, new_build: Any) -> None:
    folder = new_build().pkgdata().tmp / "pkgdata/qemuarm64"
    for link in (folder / "runtime-reverse").iterdir():
        link.unlink()
    found = PkgData(FolderTree(tmp_path), "tmp/pkgdata/qemuarm64", Report()).installed("libz1")
    assert found
    assert (found.key, found.recipe) == ("zlib", "zlib")


def test_a_package_is_found_by_the_text_of_a_link(tmp_path: Path, new_build: Any) -> None:
    folder = new_build().pkgdata().tmp / "pkgdata/qemuarm64/runtime-reverse"
    (folder / "libz1").unlink()
    (folder / "libz1").write_text("../runtime/zlib")
    found = PkgData(FolderTree(tmp_path), "tmp/pkgdata/qemuarm64", Report()).installed("libz1")
    assert found
    assert found.version == "1.3.1-r0"


@pytest.mark.parametrize(
    ("content", "is_one"),
    [
        (b"", True),
        (b"\nbusybox core2-64 1.36-r0\n", True),
        (b"<assembly xmlns='urn:x'>", False),
        (b"Manifest-Version: 1.0\n", False),
        (b"a b -\n", False),
    ],
)
def test_what_is_an_image_manifest(content: bytes, is_one: bool) -> None:
    assert manifests.is_manifest(content) is is_one


def test_a_manifest_with_a_few_unfit_lines() -> None:
    report = Report()
    found = manifests.installed(b"a all 1\nb all 2\nnonsense\n", "m", report)
    assert found is not None
    assert set(found) == {"a", "b"}
    assert report.lost
    assert manifests.installed(b"x\ny\n", "m", Report()) is None


def test_licence_manifests() -> None:
    report = Report()
    found = manifests.licences(b"PACKAGE NAME: a\nLICENSE: MIT\nwhat\n\nLICENSE: MIT\n", "m", report)
    assert found.packages["a"].licence == "MIT"
    assert len(list(report.problems())) == 2
    said = manifests.image_licences(
        b"RECIPE NAME: linux\nVERSION: 6.6\nLICENSE: GPLv2\nFILES: zImage\n\n\n", "m", report
    )
    assert (said.recipes["linux"].version, said.recipes["linux"].licence) == ("6.6", "GPL-2.0-only")


def test_variables_of_the_image() -> None:
    text = {
        "DISTRO": "a/b",
        "MACHINE": "/home/x",
        "PV": "1.0",
        "IMAGE_PKGTYPE": "tar",
        "METADATA_REVISION": "<unknown>",
    }
    assert testdata.read(json.dumps(text | {"DPKG_ARCH": 7}).encode(), "t") == testdata.Variables(version="1.0")


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("https://example.org/a.tar.gz", "https://example.org/a.tar.gz"),
        ("https://user:secret@example.org/a.tar.gz", "https://example.org/a.tar.gz"),
        ("git+https://example.org/a.git@0123", "git+https://example.org/a.git@0123"),
        ("file:///home/somebody/a.tar.gz", ""),
        ("git+file:///home/somebody/a", ""),
        ("/home/somebody/a.tar.gz", ""),
        ("NOASSERTION", ""),
        ("https:///nowhere", ""),
        ("https://" + "a" * 3000, ""),
        ("https://[broken@x/", "https://x/"),
    ],
)
def test_addresses(address: str, url: str) -> None:
    found = sources.source(address)
    assert (found.url if found else "") == url


def test_a_source_keeps_only_digests_that_can_be_said() -> None:
    found = sources.source("https://example.org/a", [("sha256", "AB" * 32), ("sha256", "short"), ("tiger", "00")])
    assert found
    assert found.digests == (Digest(Algorithm.SHA256, "ab" * 32),)


def test_source_addresses_of_a_recipe() -> None:
    references, patches = sources.from_uri(
        "git://example.org/a.git;protocol=https;rev=01ab https://example.org/b.tgz;sha256sum="
        + "0" * 64
        + " file://x.cfg "
        "file://fix_CVE-2024-1111_and_cve-2024-2222.patch;striplevel=1 file://docs.patch;apply=no file://plain.diff.gz"
    )
    assert [one.url for one in references] == ["git+https://example.org/a.git@01ab", "https://example.org/b.tgz"]
    assert references[1].digests == (Digest(Algorithm.SHA256, "0" * 64),)
    assert patches == (
        Patch("backport", "fix_CVE-2024-1111_and_cve-2024-2222.patch", ("CVE-2024-1111", "CVE-2024-2222")),
        Patch("unofficial", "plain.diff.gz"),
    )


def test_packages_of_languages() -> None:
    page = purl2url.get_repo_url("pkg:pypi/a@1")  # type: ignore[no-untyped-call] # the library has no annotations
    pypi = urlsplit(page).hostname
    uri = (
        "crate://registry.example/serde/1.0.2 gomod://example.org/x/net;version=v0.1.0 "
        "npm://registry.example/;package=@scope/core;version=7.1.0 npm://registry.example/;package=other "
        f"https://{pypi}/packages/source/s/sample/sample-2.0.tar.gz https://example.org/tool-2.0.tar.gz"
    )
    one = Recipe(name="python3-sample", version="2.0", location=HERE, sources=sources.from_uri(uri)[0])
    inside, own = fetched(one)
    assert [each.purl for each in inside] == [
        "pkg:cargo/serde@1.0.2", "pkg:golang/example.org/x/net@v0.1.0", "pkg:npm/%40scope/core@7.1.0",
    ]  # fmt: skip
    assert own == ("pkg:pypi/sample@2.0",)


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("zlib", "zlib"),
        ("zlib-native", "zlib"),
        ("nativesdk-zlib", "zlib"),
        ("lib32-zlib", "zlib"),
        ("gcc-cross-x86_64", "gcc"),
        ("nativesdk-", "nativesdk-"),
    ],
)
def test_names_of_variants(name: str, base: str) -> None:
    assert purls.base_name(Recipe(name=name, location=HERE)) == base


@pytest.mark.parametrize(
    ("cpes", "version", "found"),
    [
        ((), "1.0+git0+abc", ("pkg:generic/a@1.0",)),
        ((), "", ()),
        (("cpe:2.3:a:haxx:curl:8.1:*:*:*:*:*:*:*", "cpe:2.3:a:haxx:libcurl:8.1:*:*:*:*:*:*:*"), "8.1",
         ("pkg:generic/curl@8.1", "pkg:generic/libcurl@8.1")),
        (("cpe:2.3:o:linux:linux_kernel:6.6.1:*:*:*:*:*:*:*",), "6.6.1+git", ("pkg:generic/linux@6.6.1",)),
        (("cpe:2.3:a:*:c\\+\\+:1\\:2:*:*:*:*:*:*:*",), "1", ("pkg:generic/c%2B%2B@1:2",)),
        (("cpe:2.3:a:*:*:1", "nonsense"), "3", ("pkg:generic/a@3",)),
    ],
)  # fmt: skip
def test_upstream(cpes: tuple[str, ...], version: str, found: tuple[str, ...]) -> None:
    assert purls.upstream(Recipe(name="a", version=version, cpes=cpes, location=HERE)) == found


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("deploy/images/m/i.rootfs.manifest", Kind.MANIFEST),
        ("deploy/licenses/i/license.manifest", Kind.LICENCES),
        ("deploy/licenses/i/package.manifest", None),
        ("deploy/sdk/x.host.manifest", None),
        ("deploy/images/m/i.spdx.json", Kind.SPDX),
        ("deploy/images/m/i.spdx.index.json", Kind.VULNERABILITIES),  # if its first bytes are those of one
        ("a/pkgdata/m/runtime/busybox", Kind.PKGDATA),
        ("m/runtime/busybox", Kind.PKGDATA),
        ("a/b/c/runtime/busybox", None),
        ("buildhistory/packages/a/b/latest", Kind.HISTORY),
        ("deploy/cve/x_cve.json", Kind.VULNERABILITIES),
        ("README.md", None),
    ],
)
def test_kinds(path: str, kind: Kind | None) -> None:
    assert kind_of(path) is kind


def test_prose_keeps_no_place_of_the_build_machine() -> None:
    text = "Made in /home/somebody/build/tmp\n  and /srv/x; see https://example.org/home/a and /usr/bin/a \x07"
    assert prose(text) == "Made in [path] and [path]; see https://example.org/home/a and /usr/bin/a \\x07"


def test_a_layer_from_the_purl_or_the_source_information() -> None:
    def layer(**one: str) -> str:
        build = {"type": "build_Build", "spdxId": "b", "build_buildType": "http://openembedded.org/bitbake/x/recipe"}
        base = {"type": "software_Package", "spdxId": "r", "name": "r", "software_primaryPurpose": "specification"}
        said = spdx3.said({"@graph": [build, base | one]}, "d")
        assert said
        return said.recipes["r"].layer

    assert layer(software_packageUrl="pkg:yocto/core/r@1") == "core"
    assert layer(software_sourceInfo='{"FILE_LAYERNAME": "Meta-X"}') == "meta-x"
    assert layer(software_sourceInfo="free text", software_packageUrl="nonsense") == ""


def test_a_report_counts_what_is_many() -> None:
    report = Report()
    for number in range(SAID + 3):
        report.say("warning", "many", "p", detail=str(number))
    said = [one.message for one in report.problems()]
    assert len(said) == SAID + 1
    assert said[-1] == "many: 3 more like it"
