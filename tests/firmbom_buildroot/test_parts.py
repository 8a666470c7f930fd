"""The parts by themselves: licences, names of projects, addresses, paths."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from packageurl.contrib import purl2url

from firmbom.cyclonedx.licences import classify
from firmbom.model import Digest, ExternalReference, Location
from firmbom.spdx import LONGEST
from firmbom_buildroot.licences import expression
from firmbom_buildroot.said import Download, Package, version
from firmbom_buildroot.sources import references
from firmbom_buildroot.trees import told
from firmbom_buildroot.upstream import archived, cpes, product, project, registered, release, upstream

LICENCES = {
    "GPL-2.0": "GPL-2.0-only",
    "GPLv2+": "GPL-2.0-or-later",
    "GPL-2.0 or later": "GPL-2.0-or-later",
    "LGPL-2.1+ (libblkid, libfdisk, libmount), BSD-3-Clause (libuuid)": "LGPL-2.1-or-later AND BSD-3-Clause",
    "AFL-2.1 or GPL-2.0+ (library, tools), GPL-2.0+ (tools)": "(AFL-2.1 OR GPL-2.0-or-later) AND GPL-2.0-or-later",
    "Apache-2.0 or MIT": "Apache-2.0 OR MIT",
    "MIT and ISC": "MIT AND ISC",
    "MIT, MIT (again)": "MIT",
    "BSD-3c": "BSD-3-Clause",
    "GPL-3.0-with-GCC-exception": "GPL-3.0-only WITH GCC-exception-3.1",
    "GPL-2.0-with-font-exception": "GPL-2.0-only WITH Font-exception-2.0",
    "Artistic or GPL-1.0+": "Artistic-1.0-Perl OR GPL-1.0-or-later",
    "OpenSSL or SSLeay (original OpenSSL code)": "OpenSSL",
    "GPL-2.0+ with OpenSSL exception": "LicenseRef-GPL-2.0-with-OpenSSL-exception",
    "MIT with advertising clause": "LicenseRef-MIT-with-advertising-clause",
    "Public Domain": "LicenseRef-Public-Domain",
    "public domain": "LicenseRef-Public-Domain",
    "BSD-3-Clause, vendored dependencies licenses probably not listed": "BSD-3-Clause",
    "PROPRIETARY": "LicenseRef-PROPRIETARY",
    "MIT or Some Licence": "MIT OR LicenseRef-Some-Licence",
    "MIT or GPL-2.0 and ISC": "LicenseRef-MIT-or-GPL-2.0-and-ISC",
    "AGPL-3.0+ (a (nested) word": "AGPL-3.0-or-later",
    "MIT) , ISC": "MIT AND ISC",
    "GFDL-1.3 (docs)": "GFDL-1.3-only",
    "GPL-2.0 with Linux-syscall-note (headers), MIT": "GPL-2.0-only WITH Linux-syscall-note AND MIT",
    "MIT, UNKNOWN (two tools)": "MIT AND LicenseRef-unknown",
    "unknown": "",
    "unknown (firmware files)": "",
    ", ,": "",
    "": "",
    "/": "LicenseRef-unnamed",
}


@pytest.mark.parametrize(("text", "wanted"), LICENCES.items())
def test_licences_become_spdx(text: str, wanted: str) -> None:
    assert expression(text) == wanted
    assert not wanted or classify(wanted)[0] in ("id", "expression")


def test_a_licence_without_end_is_one_reference() -> None:
    assert expression("MIT, " * LONGEST) == "LicenseRef-" + "MIT-" * 24 + "MIT"


def made(name: str, number: str = "1.0", archive: str = "", cpe: str = "", **values: object) -> Package:
    downloads = (Download(archive, (str(values.pop("site", "https+https://x.example")),)),) if archive else ()
    known = {"name": name, "version": number, "cpe": cpe, "downloads": downloads, "location": Location("x"), **values}
    return Package(**known)  # type: ignore[arg-type] # by name


PROJECTS = {
    "openssl": made("libopenssl", archive="openssl-1.0.tar.gz"),
    "python": made("python3", archive="Python-1.0.tar.xz"),
    "u-boot": made("uboot", archive="u-boot-2026.04.tar.bz2"),
    "libx11": made("xlib_libX11", archive="libX11-1.8.12.tar.xz"),
    "sqlite": made("sqlite", archive="sqlite-autoconf-3530200.tar.gz"),
    "foo": made("foo", archive="v1.0.tar.gz"),
    "bar_server": made("foo", cpe="cpe:2.3:a:bar:bar_server:1.0:*:*:*:*:*:*:*"),
    "gettext-tiny": made("gettext-tiny", "0.3", archive="gettext-tiny-0.3.tar.gz"),
}


@pytest.mark.parametrize(("wanted", "package"), PROJECTS.items())
def test_projects_by_the_name_of_their_archive(wanted: str, package: Package) -> None:
    assert project(package) == wanted


def test_the_archive_with_the_version_is_the_packages_own() -> None:
    downloads = (Download("gettext-0.22.tar.xz", ()), Download("tiny-0.3.tar.gz", ()))
    assert project(made("gettext-tiny", "0.3", downloads=downloads)) == "tiny"


RELEASES = {
    "3.34.1": made("sqlite", "3340100", cpe="cpe:2.3:a:sqlite:sqlite:3.34.1:*:*:*:*:*:*:*"),
    "2.43": made("glibc", "2.43-45-gdae425b554207"),
    "6.6": made("ncurses", "6.6-20251231", cpe="cpe:2.3:a:gnu:ncurses:6.6.20251231:-:*:*:*:*:*:*"),
    "2.0-rc1": made("x", "2.0-rc1", cpe="cpe:2.3:a:x:x:2.0:rc1:*:*:*:*:*:*"),
    "1.0": made("x", "1.0", cpe="cpe:2.3:a:x:x:*:*:*:*:*:*:*:*"),
    "20260410": made("linux-firmware", "20260410"),
    "1.1": made("x", "1.1", cpe="no cpe"),
}


@pytest.mark.parametrize(("wanted", "package"), RELEASES.items())
def test_releases_without_what_the_packager_adds(wanted: str, package: Package) -> None:
    assert release(package) == wanted


@pytest.mark.parametrize(
    "package",
    [
        made("a", ""),
        made("a", host=True),
        made("a", installs=("staging",)),
        made("a", installs=()),
        made("perl-gd", archive="GD-2.83.tar.gz"),
    ],
)
def test_what_has_no_upstream(package: Package) -> None:
    assert upstream(package) == ()


def test_an_interpreter_is_no_library_in_its_language() -> None:
    assert upstream(made("nodejs-src", archive="node-v1.0.tar.xz")) == ("pkg:generic/nodejs@1.0",)


def test_only_what_comes_from_pypi_is_its() -> None:
    page = purl2url.get_repo_url("pkg:pypi/a@1")  # type: ignore[no-untyped-call] # the library has no annotations
    site = f"https+https://{urlsplit(page).hostname}/packages/1d/35"
    assert registered(made("python-a-b", "1.0", "a_b-1.0.tar.gz", site=site)) == "pkg:pypi/a-b@1.0"
    assert registered(made("python-c", "1.0", "x.zip", site=site)) == "pkg:pypi/c@1.0"
    assert registered(made("python-c", "1.0", "c-1.0.zip", site=site, host=True)) is None
    assert registered(made("python-c", "1.0", "c-1.0.zip")) is None
    assert registered(made("python-c", "1.0", "c-1.0.zip", site="https+https://[x/")) is None


def test_cpes_that_are_none_are_left_out() -> None:
    assert cpes(made("a", cpe="cpe:2.3:a:b")) == ()
    escaped = r"cpe:2.3:a:apache:xerces-c\+\+:3.2:-:*:*:*:*:*:*"
    assert cpes(made("a", cpe=escaped)) == (escaped,)
    assert product(escaped) == "xerces-c++"
    assert cpes(made("a", cpe="cpe:2.3:a:b:c:custom:*:*:*:*:*:*:*")) == ("cpe:2.3:a:b:c:*:*:*:*:*:*:*:*",)
    assert product("cpe:2.3:a:b:*:1:*") == ""


ADDRESSES = {
    "https+https://x.example/a/": "https://x.example/a/f-1.0.tgz",
    "https|urlencode+https://u:p@x.example": "https://x.example/f-1.0.tgz",
    "https://x.example/a": "https://x.example/a/f-1.0.tgz",
    "file+/home/joe": "f-1.0.tgz",
    "file+file:///home/joe": "f-1.0.tgz",
    "scp+joe@x.example:/srv": "f-1.0.tgz",
    "https+https://[": "f-1.0.tgz",
    "https+https://x.example/" + "a" * 3_000: "f-1.0.tgz",
    "https|urlencode+https://sources.buildroot.net/f": "https://sources.buildroot.net/f/f-1.0.tgz",
}


@pytest.mark.parametrize(("address", "wanted"), ADDRESSES.items())
def test_addresses_of_archives(address: str, wanted: str) -> None:
    known = {"f-1.0.tgz": (Digest.named("md5", "a" * 32),)}
    found = list(references(made("f", archive="f-1.0.tgz", site=address), known))
    assert found == [ExternalReference("source-distribution", wanted, known["f-1.0.tgz"])]


def test_buildroots_mirror_does_not_have_what_others_package() -> None:
    site = "https|urlencode+https://sources.buildroot.net/f"
    known = {"f-1.0.tgz": (Digest.named("md5", "a" * 32),)}
    [found] = references(made("f", archive="f-1.0.tgz", site=site, directory="/home/joe/ext/package/f"), known)
    assert found.url == "f-1.0.tgz"
    assert list(references(made("f", archive="f-1.0.tgz", site=site), {})) == []


def test_an_archive_of_which_nothing_is_known_is_not_said() -> None:
    assert list(references(made("f", archive="f-1.0.tgz", site="file+/home/joe"), {})) == []


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        ("git+git@x.example:a/b.git", "ssh://git@x.example/a/b.git"),
        ("git+https://joe:secret@x.example/b.git", "https://x.example/b.git"),
        ("git+ssh://git@x.example/b.git", "ssh://git@x.example/b.git"),
        ("svn+svn://x.example/trunk", "svn://x.example/trunk"),
    ],
)
def test_addresses_of_repositories(address: str, wanted: str) -> None:
    found = [one.url for one in references(made("f", archive="f.tgz", site=address), {}) if one.type == "vcs"]
    assert found == [wanted]


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("package/foo/a.patch", "package/foo/a.patch"),
        ("./package/foo", "package/foo"),
        ("/home/joe/ext/package/foo/a.patch", "package/foo/a.patch"),
        ("/home/joe/ext/things/foo/a.patch", "foo/a.patch"),
        ("/home/joe/foo.patch", "foo.patch"),
        ("../../joe/a.patch", "a.patch"),
        ("~joe/a.patch", "a.patch"),
        ("/", ""),
        ("", ""),
    ],
)
def test_what_is_told_of_a_path(path: str, wanted: str) -> None:
    assert told(path, "foo") == wanted


@pytest.mark.parametrize(
    ("name", "file", "version"),
    [
        ("linux", "linux-6.6.31.tar.xz", "6.6.31"),
        ("linux", "linux-6.1-rt_board.tgz", "6.1-rt_board"),
        ("linux", f"linux-{'0b5' * 13}a.tar.gz", "0b5" * 13 + "a"),
        ("linux-headers", "linux-v5.10.tar.gz", "5.10"),
        ("uboot", "uboot_2024.01.zip", "2024.01"),
        ("linux", "stable_20250916.tar.gz", ""),
        ("linux", "linux-custom.tar.gz", ""),
        ("linux", "linux-6.6", ""),
        ("linux", "kernel-6.6.tar.gz", ""),
        ("busybox", "busybox-1.36.tar.gz", ""),
    ],
)
def test_an_archive_of_the_configurations_own(name: str, file: str, version: str) -> None:
    assert archived(made(name, downloads=(Download(file, ()),))) == version


@pytest.mark.parametrize("text", ["", "/home/joe", "a b", "1\n2", "custom", "\ufffd", "x" * 300, "\\x"])
def test_what_is_no_version(text: str) -> None:
    assert version(text) == ""


@pytest.mark.parametrize("text", ["1.0", "v2.0/stable", "dae425b", "1:2.3~rc1+x"])
def test_what_is_a_version(text: str) -> None:
    assert version(text) == text
