"""What ``make show-info`` tells, in the forms that releases write."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from buildroot_records import CONFIG, HASH, NEW, OLD, data, edges, info, named

from firmbom.model import Basis, ComponentSet, Digest, ExternalReference, Patch

Plant = Callable[[Mapping[str, str | bytes]], Path]
Said = Callable[..., ComponentSet]


def test_show_info_names_what_is_built_for_the_target(plant: Plant, said: Said) -> None:
    found = named(said(plant({"show-info.json": data(NEW)})))
    assert {name: one.version for name, one in found.items()} == {
        "gcc-final": "14.4.0",
        "glibc": "2.43-45-gdae425b554207",
        "libopenssl": "3.6.3",
        "libzlib": "1.3.2",
        "linux": "7.0.11",
        "linux-headers": "7.0.11",
        "idna": "3.11",
        "sensord": "",
        "skeleton-init-sysv": "",
        "uboot": "2026.04",
    }
    assert {name: one.upstream for name, one in found.items() if one.upstream} == {
        "gcc-final": ("pkg:generic/gcc@14.4.0",),
        "glibc": ("pkg:generic/glibc@2.43",),
        "libopenssl": ("pkg:generic/openssl@3.6.3",),
        "libzlib": ("pkg:generic/zlib@1.3.2",),
        "uboot": ("pkg:generic/u-boot@2026.04",),
    }
    assert found["idna"].purl == "pkg:pypi/idna@3.11"
    assert {one.type for one in found.values()} == {"library", "operating-system", "firmware"}
    assert [name for name, one in found.items() if one.scope] == ["linux-headers"]
    assert found["linux"].cpes == ("cpe:2.3:o:linux:linux_kernel:7.0.11:-:*:*:*:*:*:*",)
    assert all(claim.basis is Basis.BUILD_RECORD for one in found.values() for claim in one.claims)


def test_edges_lead_through_virtual_packages_to_what_provides_them(plant: Plant, said: Said) -> None:
    found = edges(said(plant({"show-info.json": data(NEW)})))
    assert {
        ("libopenssl", "libzlib"),
        ("sensord", "libopenssl"),
        ("libzlib", "gcc-final"),
        ("gcc-final", "glibc"),
        ("glibc", "linux-headers"),
        ("libzlib", "skeleton-init-sysv"),
        ("", "sensord"),
        ("", "linux"),
        ("", "uboot"),
        ("", "idna"),
    } <= found
    assert {source for source, _ in found if not source} and ("", "libzlib") not in found
    assert not any("host-" in end for edge in found for end in edge)


def test_what_is_built_for_the_build_machine_is_named_on_request(plant: Plant, said: Said) -> None:
    found = said(plant({"show-info.json": data(NEW)}), host=True)
    hosts = {name: one for name, one in named(found).items() if name.startswith("host-")}
    assert hosts.keys() == {"host-gcc-final", "host-libzlib", "host-skeleton"}
    assert {one.scope for one in hosts.values()} == {"excluded"}
    assert not any(one.upstream for one in hosts.values())
    assert ("host-libzlib", "host-skeleton") in edges(found)
    assert not any(target.startswith("host-") for source, target in edges(found) if not source.startswith("host-"))


def test_sources_have_their_addresses_and_digests(plant: Plant, said: Said) -> None:
    folder = plant(
        {
            "show-info.json": data(NEW),
            "buildroot/Config.in.legacy": "",
            "buildroot/package/libopenssl/libopenssl.hash": f"# locally\nsha256  {HASH}  openssl-3.6.3.tar.gz\n",
            "buildroot/package/glibc/glibc.hash": f"sha256 {HASH} glibc-2.43-45-gdae425b554207-git4.tar.gz\n",
        }
    )
    found = named(said(folder))
    digest = (Digest.named("sha256", HASH),)
    site = "https://github.com/openssl/openssl/releases/download/openssl-3.6.3"
    assert found["libopenssl"].references == (
        ExternalReference("source-distribution", f"{site}/openssl-3.6.3.tar.gz", digest),
    )
    mirror = "https://sources.buildroot.net/glibc/glibc-2.43-45-gdae425b554207-git4.tar.gz"
    revision = "git, revision 2.43-45-gdae425b554207"
    assert found["glibc"].references == (
        ExternalReference("vcs", "https://sourceware.org/git/glibc.git", (), revision),
        ExternalReference("source-distribution", mirror, digest),
    )


def test_patches_tell_the_cves_of_their_names_and_headers(plant: Plant, said: Said) -> None:
    header = (
        "From 1234 Mon Sep 17 00:00:00 2001\nSubject: [PATCH] a long subject that names\n CVE-2026-10002\n\n"
        "Like CVE-2001-0001 before.\nFixes: CVE-2026-10004\n\nCVE: CVE-2026-10005\n"
        "Upstream: https://git.example/commit/?id=1\n---\n a.c | 2 +-\n\n"
        "diff --git a/a.c b/a.c\n--- a/a.c\n+++ b/a.c\n@@ -1 +1 @@\n+CVE: CVE-2002-0002\n"
    )
    folder = plant(
        {
            "show-info.json": data(NEW),
            "br/Config.in.legacy": "",
            "br/package/libopenssl/0002-named-in-its-header.patch": header,
        }
    )
    found = named(said(folder))
    assert found["libopenssl"].patches == (
        Patch("unofficial", "package/libopenssl/0001-fix-CVE-2026-10001.patch", ("CVE-2026-10001",)),
        Patch(
            "backport",
            "package/libopenssl/0002-named-in-its-header.patch",
            ("CVE-2026-10002", "CVE-2026-10004", "CVE-2026-10005"),
        ),
        Patch("unofficial", "https://openssl.example/0003-CVE-2026-10003.patch", ("CVE-2026-10003",)),
    )
    assert found["sensord"].patches == (Patch("unofficial", "patches/sensord/0001-x.patch"),)


def test_nothing_of_the_build_machine_is_told(plant: Plant, said: Said) -> None:
    found = said(plant({"show-info.json": data(NEW), ".config": CONFIG + 'BR2_DEFCONFIG="/home/joe/x_defconfig"\n'}))
    text = repr(found)
    for private in ("/home", "joe", "build7", "/srv"):
        assert private not in text
    properties = {one.name: one.value for one in named(found)["sensord"].properties}
    assert properties == {
        "firmbom:buildroot:package": "sensord",
        "firmbom:buildroot:directory": "package/sensord",
        "firmbom:buildroot:installs": "target",
        "firmbom:buildroot:licence": "PROPRIETARY",
        "firmbom:buildroot:redistributable": "false",
    }


def test_a_package_from_a_local_folder_has_no_version(plant: Plant, said: Said) -> None:
    found = said(plant({"show-info.json": data(NEW)}))
    told = [one.message for one in found.problems]
    what = "a package built from a local folder or an archive of the configuration's own"
    assert told == [f"{what}: its version is not known: sensord"]


def test_files_of_buildroot_itself_have_its_version(plant: Plant, said: Said) -> None:
    found = named(said(plant({"show-info.json": data(NEW), "output/.config": CONFIG})))
    assert found["skeleton-init-sysv"].version == "2026.05.1"
    assert found["skeleton-init-sysv"].upstream == ("pkg:generic/buildroot@2026.05.1",)
    assert found["sensord"].version == ""


def test_an_old_show_info_is_read_as_well(plant: Plant, said: Said) -> None:
    found = named(said(plant({"show-info.json": data(OLD)})))
    assert found.keys() == {"libopenssl", "libzlib", "skeleton-init-common", "sqlite", "wpa_supplicant"}
    assert found["sqlite"].upstream == ("pkg:generic/sqlite@3.34.1",)
    assert [one.value for one in found["libopenssl"].licences] == ["OpenSSL"]
    patch = Patch("unofficial", "https://w1.fi/security/2020-2/0001-CVE-2021-0326.patch", ("CVE-2021-0326",))
    assert found["wpa_supplicant"].patches == (patch,)
    assert len(found["wpa_supplicant"].references) == 1


@pytest.mark.parametrize("before", ["make: Entering directory '/home/joe/output'\n", "\n", ""])
@pytest.mark.parametrize("after", ["\nmake: Leaving directory '/home/joe/output'\n", "\n", ""])
def test_what_make_prints_around_is_left_aside(plant: Plant, said: Said, before: str, after: str) -> None:
    found = said(plant({"my-show-info.txt": f"{before}{info().strip()}{after}"}))
    assert (set(named(found)), found.problems) == ({"good"}, ())


@pytest.mark.parametrize("indent", [None, 2])
def test_a_json_tool_may_have_sorted_it(plant: Plant, said: Said, indent: int | None) -> None:
    ours = {"good": {"type": "target", "name": "good", "version": "1.0", "dependencies": [], "cpe-id": ""}}
    kept = said(plant({"output/show-info.json": json.dumps(ours, sort_keys=True, indent=indent)}))
    assert [one.name for one in kept.components] == ["good"]


def test_it_is_known_by_how_it_begins(plant: Plant, said: Said) -> None:
    other = '{ "name": "no show-info", "version": "1" }'
    found = said(plant({"whatever.json": data(OLD), "package.json": other, "other.json": '{ "a": { "b": 1 } }'}))
    assert len(found.components) == 5
    assert [one.path for one in found.coverage] == ["whatever.json"]
