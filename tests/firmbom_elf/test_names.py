"""What file names say, and when two names mean one component."""

from __future__ import annotations

from typing import Literal

import pytest

from firmbom_elf import names
from firmbom_elf.facts import Elf


@pytest.mark.parametrize(
    ("stated", "upstream"),
    [
        ("1.2.13", "1.2.13"),
        ("2023.01+dfsg-2+deb12u3", "2023.01"),
        ("1.6.20~ds1", "1.6.20"),
        ("4.17.12-Debian", "4.17.12"),
        ("9.2p1", "9.2p1"),
        ("2.3.3+b1", "2.3.3"),
        ("4.4.3-P1", "4.4.3-P1"),
        ("1.3.dfsg+really1.3.1", "1.3.1"),
        ("16.02+really26.02+dfsg", "26.02"),
        ("debian", "debian"),
    ],
)
def test_the_upstream_part(stated: str, upstream: str) -> None:
    assert names.upstream(stated) == upstream


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("libcurl", "curl", True),
        ("MiniUPnPd", "miniupnpd", True),
        ("unbound", "unbound-checkconf", True),
        ("OpenSSH", "ssh", True),
        ("python3.11", "Python", True),
        ("ip", "ipset", False),
        ("OpenSSL", "libcoap-3-openssl", False),
        ("", "curl", False),
        ("lib", "lib", True),
    ],
)
def test_names_of_one_component(one: str, other: str, same: bool) -> None:
    assert names.akin(one, other) is same
    assert names.akin(other, one) is same


@pytest.mark.parametrize(
    ("path", "soname", "stem"),
    [
        ("usr/lib/libz.so.1.2.13", "libz.so.1", "libz"),
        ("usr/lib/libelf-0.188.so", "libelf.so.1", "libelf"),
        ("usr/lib/libbind9-9.18.49-1~deb12u3-Debian.so", "", "libbind9"),
        ("usr/sbin/dnsmasq", "", "dnsmasq"),
        ("lib/x.so", "/odd/libx.so.3", "libx"),
        ("usr/lib/python3/dist-packages/netifaces.cpython-311-arm-linux-gnueabihf.so", "", "netifaces"),
        ("usr/lib/python3/dist-packages/one/_rust.abi3.so", "", "_rust"),
        ("usr/lib/arm-linux-gnueabihf/perl5/5.36/auto/List/Util/Util.so", "", "List-Util"),
        ("usr/lib/perl5/vendor_perl/5.38.2/aarch64-linux/auto/DBI/DBI.so", "", "DBI"),
        ("usr/lib/perl5/5.38.2/aarch64-linux/auto/POSIX/POSIX.so", "", "POSIX"),
        ("usr/lib/liblua5.1-sql-mysql.so.2.0.0", "liblua5.1-sql-mysql.so.2", "lua-sql-mysql"),
        ("usr/lib/liblua5.1-c++.so.0", "liblua5.1-c++.so.0", "liblua5.1-c++"),
    ],
)
def test_the_name_in_a_file_name(path: str, soname: str, stem: str) -> None:
    assert names.stem(path, soname) == stem


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        ("usr/lib/aarch64-linux-gnu/rsyslog/lmnet.so", "rsyslog"),
        ("usr/lib/apache2/modules/mod_a.so", "apache2"),
        ("usr/libexec/sudo/sudoers.so", "sudo"),
        ("usr/lib/aarch64-linux-gnu/libz.so.1", ""),
        ("usr/lib/aarch64-linux-gnu/python3.12/dist-packages/lirc/_client.so", "lirc"),
        ("usr/lib/python3.12/site-packages/_cffi.so", ""),
        ("usr/bin/ls", ""),
    ],
)
def test_whom_a_folder_serves(path: str, folder: str) -> None:
    assert names.folder(path) == folder


@pytest.mark.parametrize(
    ("name", "released", "numbered", "series"),
    [
        ("libbind9-9.18.49-1~deb12u3-Debian.so", "9.18.49", "", ""),
        ("libelf-0.188.so", "0.188", "", "0.188"),
        ("liblzma.so.5.4.1", "", "5.4.1", ""),
        ("libz.so.1", "", "", ""),
        ("python3.11", "", "", "3.11"),
        ("libdb-5.3.so", "5.3", "", "5.3"),
        ("libfoo-ng.so", "", "", ""),
    ],
)
def test_numbers_in_a_file_name(name: str, released: str, numbered: str, series: str) -> None:
    assert (names.released(name), names.numbered(name), names.series(name)) == (released, numbered, series)


@pytest.mark.parametrize(
    ("path", "soname", "kind", "plugin"),
    [
        ("usr/lib/rsyslog/lmnet.so", "", "library", True),
        ("usr/lib/rsyslog/lmnet.so", "lmnet.so", "library", True),
        ("usr/lib/rsyslog/lmnet.so", "", "executable", True),
        ("usr/lib/rsyslog/libshared.so.1", "libshared.so.1", "library", False),
        ("usr/lib/rsyslog/daemon", "", "executable", False),
        ("usr/lib/libx.so", "", "library", False),
    ],
)
def test_plugins(path: str, soname: str, kind: Literal["executable", "library"], plugin: bool) -> None:
    assert names.plugin(path, Elf(bits=64, endian="little", machine="aarch64", kind=kind, soname=soname)) is plugin


def test_names_as_components_are_named() -> None:
    assert [names.spelt(name) for name in ("XZ Utils", "GNU coreutils", "the GNU libc", "-x-")] == [
        "xz-utils",
        "coreutils",
        "libc",
        "x",
    ]


@pytest.mark.parametrize(
    ("path", "shelter"),
    [
        ("usr/lib/printd/bin/scale", "printd"),
        ("usr/lib/arm-linux-gnueabihf/osgPlugins-3.6.5/osgdb_ac.so", "osgPlugins"),
        ("usr/lib/mpg123/output_oss.so", "mpg123"),
        ("usr/lib/ladspa/echo.so", ""),
        ("usr/lib/xfce4/panel/plugins/libclock.so", ""),
        ("usr/lib/nautilus/extensions-4/libarchive.so", ""),
        ("usr/lib/arm-linux-gnueabihf/gstreamer-1.0/libgstfb.so", ""),
        ("usr/lib/libz.so.1", ""),
    ],
)
def test_whose_the_folder_is(path: str, shelter: str) -> None:
    assert names.shelter(path) == shelter
