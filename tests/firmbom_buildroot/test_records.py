"""The records in every format that releases of Buildroot write, alone and together."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from buildroot_records import CONFIG, HASH, OLD, data, edges, info, named, package

from firmbom.model import ComponentSet, Digest, ExternalReference, Patch

Plant = Callable[[Mapping[str, str | bytes]], Path]
Said = Callable[..., ComponentSet]


@pytest.mark.parametrize("form", ["manifest-2021.02.csv", "manifest-unquoted.csv", "manifest-2016.csv"])
def test_a_manifest_alone_says_the_same_of_what_has_sources(plant: Plant, said: Said, form: str) -> None:
    richest = named(said(plant({"a/show-info.json": data(OLD)})))
    found = said(plant({"legal-info/manifest.csv": data(form), "a/show-info.json": ""}))
    alone = named(found)
    assert alone.keys() == richest.keys() - {"skeleton-init-common"}
    for name, one in alone.items():
        assert (one.purl, one.licences) == (richest[name].purl, richest[name].licences)
        assert one.references == richest[name].references
        assert one.claims[0].location.line > 1
    within = {(source, target) for source, target in edges(found) if source}
    direct = {("libopenssl", "libzlib"), ("wpa_supplicant", "libopenssl")}
    assert within == (set() if "2016" in form else direct)


def test_a_manifest_of_2013_has_addresses_for_archives(plant: Plant, said: Said) -> None:
    found = named(said(plant({"legal-info/manifest.csv": data("manifest-2013.csv")})))
    assert {name: [one.value for one in each.licences] for name, each in found.items()} == {
        "busybox": ["GPL-2.0-only"],
        "zlib": ["Zlib"],
    }
    assert found["busybox"].references == ()
    address = "http://downloads.sourceforge.net/project/libpng/zlib/1.2.8/zlib-1.2.8.tar.xz"
    assert found["zlib"].references == (ExternalReference("source-distribution", address),)


def test_semicolons_part_columns_too(plant: Plant, said: Said) -> None:
    text = '\ufeffPACKAGE;VERSION;LICENSE\nlibfoo;1.0;"MIT; ISC"\n'
    found = said(plant({"legal-info/manifest.csv": text}))
    assert [one.value for one in named(found)["libfoo"].licences] == ["MIT AND ISC"]


def test_all_records_of_a_build_speak_of_one_component(plant: Plant, said: Said) -> None:
    archive = b"the archive"
    stats = {"packages": {"libzlib": {"url": "https://zlib.net", "cpeid": "cpe:2.3:a:zlib:zlib:1.2.11:*:*:*:*:*:*:*"}}}
    stats["packages"]["wpa_supplicant"] = {"url": "https://w1.fi", "current_version": "2.10"}
    folder = plant(
        {
            "show-info.json": data(OLD),
            "output/legal-info/manifest.csv": data("manifest-2021.02.csv"),
            "output/legal-info/host-manifest.csv": data("host-manifest.csv"),
            "output/legal-info/sources/libzlib-1.2.11/zlib-1.2.11.tar.xz": archive,
            "output/legal-info/sources/libzlib-1.2.11/series": "0001-CVE-2022-37434.patch\n../x\n",
            "output/legal-info/sources/libzlib-1.2.11/0001-CVE-2022-37434.patch": "Upstream: https://x/commit/1\n",
            "output/pkg-stats.json": json.dumps(stats),
        }
    )
    found = said(folder)
    assert len(found.components) == 5
    zlib = named(found)["libzlib"]
    assert [one.location.path for one in zlib.claims] == [
        "show-info.json",
        "output/legal-info/manifest.csv",
        "output/pkg-stats.json",
    ]
    digests = tuple(sorted(Digest.named(name, hashlib.new(name, archive).hexdigest()) for name in ("sha256", "sha512")))
    assert zlib.references == (
        ExternalReference("website", "https://zlib.net"),
        ExternalReference("source-distribution", "http://www.zlib.net/zlib-1.2.11.tar.xz", digests),
    )
    assert zlib.cpes == ("cpe:2.3:a:zlib:zlib:1.2.11:*:*:*:*:*:*:*",)
    assert zlib.patches == (Patch("backport", "0001-CVE-2022-37434.patch", ("CVE-2022-37434",)),)
    assert named(found)["wpa_supplicant"].references[0].type == "source-distribution", "the statistics are of another"
    assert named(found)["skeleton-init-common"].version == "2021.02", "the host manifest tells Buildroot's"
    assert {one.path: (one.components, one.dependencies) for one in found.coverage} == {
        "show-info.json": ("complete", "complete"),
        "output/legal-info/manifest.csv": ("complete", "incomplete"),
        "output/legal-info/host-manifest.csv": ("complete", "incomplete"),
        "output/pkg-stats.json": ("unknown", "unknown"),
    }


def test_records_that_contradict_each_other_are_told(plant: Plant, said: Said) -> None:
    manifest = data("manifest-2021.02.csv").replace("1.2.11", "1.2.13")
    files = {
        "show-info.json": data(OLD),
        "legal-info/manifest.csv": manifest,
        ".config": "BR2_PACKAGE_LIBZLIB=y\n# BR2_PACKAGE_WPA_SUPPLICANT is not set\n",
    }
    found = said(plant(files))
    assert [one.message for one in found.problems] == [
        "a record of another build: versions differ: libzlib: 1.2.11 in show-info.json, 1.2.13 here",
        "switched off here, but named by the records; make them anew: wpa_supplicant",
    ]
    assert named(found)["libzlib"].version == "1.2.11"


def test_an_archive_that_is_not_the_stated_one_is_told(plant: Plant, said: Said) -> None:
    good = package("good", downloads=[{"source": "good-1.0.tgz", "uris": ["https+https://x.example"]}])
    files = {
        "show-info.json": info(good=good),
        "external.desc": "name: X\n",
        "package/good/good.hash": f"sha256 {HASH} good-1.0.tgz\n",
        "legal-info/manifest.csv": '"PACKAGE","VERSION"\n',
        "legal-info/sources/good-1.0/good-1.0.tgz": "other",
    }
    found = said(plant(files))
    assert [(one.severity, one.message) for one in found.problems] == [
        ("warning", "not the archive that Buildroot's hash file states: good")
    ]


@pytest.mark.parametrize(
    ("name", "content"),
    [(".config", CONFIG), ("pkg-stats.json", '{"packages": {"a": {}}}'), ("build/packages-file-list.txt", "a,./b\n")],
)
def test_a_build_whose_packages_no_record_names_is_told(plant: Plant, said: Said, name: str, content: str) -> None:
    found = said(plant({name: content}))
    assert found.components == ()
    assert [(one.severity, one.path) for one in found.problems] == [("warning", name)]
    assert "make show-info" in found.problems[0].message


def test_two_builds_are_kept_apart(plant: Plant, said: Said) -> None:
    files = {
        "a/show-info.json": info(),
        "a/build/packages-file-list.txt": "good,./bin/a\n",
        "b/legal-info/manifest.csv": '"PACKAGE","VERSION"\n"good","2.0"\n',
        "b/build/packages-file-list.txt": "good,./bin/b\n",
    }
    found = said(plant(files))
    assert found.problems == ()
    assert sorted((one.owner, one.path) for one in found.ownership) == [
        ("pkg:generic/good@1.0", "a/target/bin/a"),
        ("pkg:generic/good@2.0", "b/target/bin/b"),
    ]


def test_other_projects_files_of_such_names_are_left_alone(plant: Plant, said: Said) -> None:
    files = {
        ".config": "# Linux/arm 6.6.1 Kernel Configuration\nCONFIG_ARM=y\n",
        "manifest.csv": "name,size\na,1\n",
        "pkg-stats.json": "[]",
        "docs/show-info.html": "<html>",
        "x/.files-list.txt": "good,./a\n",
    }
    found = said(plant(files))
    assert (found.components, found.problems, found.coverage) == ((), (), ())


@pytest.mark.parametrize(
    ("site", "kind", "address"),
    [
        ("https://git.example/foo.git", "vcs", "https://git.example/foo.git"),
        ("svn://svn.example/foo", "vcs", "svn://svn.example/foo"),
        ("git@git.example:foo", "vcs", "ssh://git@git.example/foo"),
        ("ftp://ftp.example", "source-distribution", "ftp://ftp.example/foo-1.tgz"),
        ("/home/joe/src", "", ""),
    ],
)
def test_a_manifest_tells_repositories_by_their_address(
    plant: Plant, said: Said, site: str, kind: str, address: str
) -> None:
    row = f'"PACKAGE","VERSION","SOURCE ARCHIVE","SOURCE SITE"\n"foo","1","foo-1.tgz","{site}"'
    found = named(said(plant({"legal-info/manifest.csv": row})))["foo"]
    assert [(one.type, one.url) for one in found.references] == ([(kind, address)] if kind else [])


def test_a_patch_is_told_even_if_it_cannot_be_read(plant: Plant, said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    patches = ["package/good/1.patch", "ssh+ssh://joe@x.example/2.patch", "/", "https+https://[/3.patch", "p/4.patch"]
    old = "Subject: old\nIndex: a.c\nCVE: CVE-2026-1234\n"
    files = {
        "show-info.json": info(good=package("good", patches=patches)),
        "Config.in.legacy": "",
        "package/good/1.patch": "",
        "p/4.patch": old,
    }
    folder = plant(files)
    (folder / "package/good/1.patch").unlink()
    (folder / "package/good/1.patch").mkdir()
    found = named(said(folder))["good"].patches
    assert [one.url for one in found] == ["package/good/1.patch", "https://[/3.patch", "p/4.patch"]
    assert not any(one.resolves for one in found)


def test_the_hash_file_of_a_release_that_does_not_name_it_is_found(plant: Plant, said: Said) -> None:
    files = {
        "show-info.json": data(OLD),
        "Config.in.legacy": "",
        "package/libzlib/1.2.11/libzlib.hash": f"sha256 {HASH} zlib-1.2.11.tar.xz\n",
    }
    assert named(said(plant(files)))["libzlib"].references[0].digests == (Digest.named("sha256", HASH),)


@pytest.mark.parametrize(
    ("stated", "files", "texts"),
    [
        ("Acme EULA", {"EULA.txt": b"Pay.\r\n", "doc/NOTICE": b"N\xf6te\n"}, ["Pay.\n\nNöte\n"]),
        ("Acme EULA", {}, []),
        ("Acme EULA, MIT", {"EULA.txt": b"Pay.\n"}, []),
        ("MIT", {"COPYING": b"MIT\n"}, []),
        ("Acme EULA", {"EULA.pdf": b"%PDF\x00\x01"}, []),
        ("Acme EULA", {"EULA.txt": b"Pay.\n" * 20_000}, []),
    ],
)
def test_a_licence_that_spdx_does_not_list_has_its_text(
    plant: Plant, said: Said, stated: str, files: dict[str, bytes], texts: list[str]
) -> None:
    saved = {f"legal-info/licenses/own-2.0/{name}": content for name, content in files.items()}
    found = said(plant({"show-info.json": info(own=package("own", version="2.0", licenses=stated)), **saved}))
    one = named(found)["own"]
    assert [text.text for text in one.licence_texts] == texts
    assert all(text.name == one.licences[0].value == "LicenseRef-Acme-EULA" for text in one.licence_texts)
    left_out = files and not texts and "EULA" in stated and "MIT" not in stated
    assert len([problem for problem in found.problems if "licence" in problem.message]) == bool(left_out)


CONFIGURED = "#\n# Automatically generated file; DO NOT EDIT.\n# Linux/arm64 6.6.30 Kernel Configuration\n#\n"


def test_the_kernel_has_its_configuration_and_release(plant: Plant, said: Said) -> None:
    config = CONFIGURED + 'CONFIG_USB=m\nCONFIG_ARM64=y\nCONFIG_HZ=250\n# CONFIG_BT is not set\nCONFIG_CMDLINE="x=y"\n'
    kernel = {"linux": package("linux", version="6.6.30"), "linux-tools": package("linux-tools", version="6.6.30")}
    files = {
        "show-info.json": info(**kernel),
        "build/linux-6.6.30/.config": config,
        "build/linux-6.6.30/include/config/kernel.release": "6.6.30-acme\n",
    }
    found = said(plant(files))
    made = named(found)
    digest = hashlib.sha256(config.encode()).hexdigest()
    properties = {one.name: one.value for one in made["linux"].properties if one.name.startswith("firmbom:linux:")}
    assert properties == {"firmbom:linux:release": "6.6.30-acme", "firmbom:linux:config-sha256": digest}
    part = made["linux-config"]
    assert (part.type, part.version, part.within) == ("data", "6.6.30-acme", made["linux"].ref)
    assert Digest.named("sha256", digest) in part.digests
    assert [(one.name, one.value) for one in part.properties] == [("firmbom:linux:options", "ARM64=y USB=m")]
    assert ("linux", "linux-config") in edges(found)
    assert found.problems == ()


@pytest.mark.parametrize("config", ["", "CONFIG_X=y\n", CONFIGURED + "CONFIG_X=y\n" * 500_000])
def test_what_is_no_configuration_of_a_kernel_says_nothing(plant: Plant, said: Said, config: str) -> None:
    files = {"show-info.json": info(linux=package("linux", version="6.6.30")), "build/linux-6.6.30/.config": config}
    lists = {"build/packages-file-list.txt": "linux,./lib/modules/6.6.30-acme/kernel/a.ko\n"}
    found = said(plant({**files, **lists}))
    assert "linux-config" not in named(found)
    assert [one.value for one in named(found)["linux"].properties if "linux:" in one.name] == ["6.6.30-acme"]
    assert len(found.problems) == (len(config) > 1_000_000)
