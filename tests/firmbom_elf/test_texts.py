"""Strings that name a component beside its version, and those that only mention a release."""

from __future__ import annotations

import pytest

from firmbom_elf.rules.texts import told
from firmbom_elf.strings.printable import Printable


@pytest.mark.parametrize(
    ("text", "called", "name", "version"),
    [
        ("ls (GNU coreutils) 9.1", "ls", "coreutils", "9.1"),
        ("%s (util-linux) 2.38.1", "dmesg", "util-linux", "2.38.1"),
        ("dnsmasq-2.90", "dnsmasq", "", "2.90"),
        ("OpenSSH_9.2p1 Debian-2+deb12u10", "ssh", "", "9.2p1"),
        ("curl/7.88.1", "libcurl", "", "7.88.1"),
        ("OpenVPN 2.6.14 aarch64-unknown-linux-gnu [SSL (OpenSSL)]", "openvpn", "", "2.6.14"),
        ("vsftpd: version 3.0.3", "vsftpd", "", "3.0.3"),
        ("mdadm - v4.2 - 2021-12-30", "mdadm", "", "4.2"),
        ("Server: stunnel/5.68", "stunnel4", "", "5.68"),
        ("Modern traceroute for Linux, version 2.1.2", "traceroute.db", "", "2.1.2"),
        ("%s version 4.99.3", "tcpdump", "", "4.99.3"),
        ("Created by Panotools version 2.9.22 ", "libpanotools", "", "2.9.22"),
        (" version 0.8.7-2", "nethogs", "", "0.8.7"),
        ("version: 0.7.0 from 2014-06-16", "iodine", "", "0.7.0"),
        (
            "assertion failed/usr/share/cargo/registry/smol-1.2.0/src/x.rs/registry/fd-find-8.7.1/a.rs",
            "fdfind",
            "",
            "8.7.1",
        ),
        ("-ffile-prefix-map=/build/reproducible-path/wget-1.21.3=. -g", "wget", "", "1.21.3"),
        ("/build_dir/target-arm_cortex/dropbear-2022.82/src/x.c", "dropbear", "", "2022.82"),
        ("/usr/src/debug/zlib/1.2.13-r0/inflate.c", "libz", "", "1.2.13"),
    ],
)
def test_the_files_own_version(text: str, called: str, name: str, version: str) -> None:
    [one] = told([Printable(7, text)], ["none", called] if called != "libz" else ["zlib"], frozenset())
    assert (one.name, one.version, one.own) == (name, version, True)
    assert 0.4 <= one.confidence <= 0.9
    assert one.string.start == 7


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("Deprecated since Python 3.10. Use exec_module() instead.", "python3.11"),
        ("GNU tar 1.13.x format", "tar"),
        ("Mosquitto 1.6 and earlier defaulted to sha512.", "mosquitto"),
        ("OpenSSH_6.6.1*", "ssh"),
        ("libz.so.1.2.13", "libz"),
        ("/usr/lib/debug/.dwz/libglib-2.0.debug", "libglib"),
        ("LIBFOO_1.2", "libfoo"),
        ("HTTP/1.1 200 OK", "http"),
        ("nothing 1.2.3 here", "other"),
        ("%s (Debian 1.2.3)", "x"),
        ("%s 5.7.1 Service unavailable; client [%s] blocked", "postscreen"),
        ("FDMS 1.0", "other"),
        ("iroffer v1.4.b03 [20051213]", "iroffer"),
        ("LPRng-3.8.B, Copyright 1988-2003", "lpr"),
        ("MDK 3.0 v6", "mdk3"),
        ("JuffEd.JuffPlugin/2.70", "juffed"),
        ("  net 192.168.10.0/24", "network"),
        ("GCC: (Alpine 15.2.0) 15.2.0", "libeconf"),
        ("Mutter requires XFixes 5.0", "libmutter"),
        ("validator is usable starting from PostgreSQL version 8.4.3", "postgresql"),
        ("import QtQuick 2.12", "qtquickstyle"),
        ("xine-lib is too old, require at least xine library version 1.1.0", "xine"),
        ("it was removed at Bobcat 6.0.0.Instead it is that class", "bobcat"),
        ("in Bobcat 6.0.0.Instead of it use that class", "bobcat"),
        ("/usr/src/rustc-1.63.0/library/alloc/src/vec.rs", "tool"),
        ("/usr/src/rustc-1.63.0/vendor/gimli-0.26.1/src/read.rs", "tool"),
    ],
)
def test_what_is_only_mentioned(text: str, called: str) -> None:
    assert not list(told([Printable(0, text)], [called], frozenset(["LIBFOO_1.2"])))


def test_a_package_string_of_something_else() -> None:
    [one] = told([Printable(0, "procps-ng 4.0.2")], ["kill"], frozenset())
    assert (one.name, one.version, one.own) == ("procps-ng", "4.0.2", False)


def test_first_drafts_long_texts_and_short_versions_count_less() -> None:
    def sure(text: str) -> float:
        return next(told([Printable(0, text)], ["tool"], frozenset())).confidence

    assert sure("tool 1.0") < sure("tool 3.4") < sure("tool 3.4.5")
    assert sure("tool 3.4.5 (" + "x" * 400) < sure("tool 3.4.5")
    assert sure("%s 0.8") < sure("%s version 0.8") < sure("%s version 0.8.1")
    assert sure("/src/tool-3.4.5/x.c") < sure("/src/tool-3.4.5=.")


def test_two_numbers_after_a_word_only_support() -> None:
    def sure(text: str) -> float:
        return next(told([Printable(0, text)], ["tool"], frozenset())).confidence

    assert sure("Version: 2.4") < 0.5 < sure("Version: 2.4.1")
    assert sure("Version 6.4/OpenBSD/Linux") < 0.5


def test_a_release_that_is_none_yet() -> None:
    assert [one.version for one in told([Printable(0, "tool 0.6-alpha")], ["tool"], frozenset())] == ["0.6-alpha"]
    assert [one.version for one in told([Printable(0, "tool 3.0.0-alpha-2")], ["tool"], frozenset())] == [
        "3.0.0-alpha-2"
    ]


def test_a_build_path_of_something_else_is_a_mention() -> None:
    [one] = told([Printable(0, "/build/other-3.4.5/x.c")], ["tool"], frozenset())
    assert (one.name, one.own) == ("other", False)


def test_a_release_of_the_project_beside_a_number_of_the_program() -> None:
    [one] = told([Printable(0, "fmfconv (fuse-utils 1.4.3) 0.5")], ["fmfconv"], frozenset())
    assert (one.name, one.version, one.own) == ("fuse-utils", "1.4.3", False)
    [own] = told([Printable(0, "fuse (fuse 1.4.3) 0.5")], ["fuse"], frozenset())
    assert (own.version, own.own) == ("1.4.3", True)


def test_the_sources_of_a_candidate_are_not_those_of_the_release() -> None:
    assert list(told([Printable(0, "/build/tool-3.4.5~~pre6/debian/x.c")], ["tool"], frozenset())) == []
    [one] = told([Printable(0, "/build/tool-3.4.5~dfsg/debian/x.c")], ["tool"], frozenset())
    assert one.version == "3.4.5"


@pytest.mark.parametrize(
    "text",
    [
        "/rust/deps/tool-0.7.4/src/inflate/core.rs/rust/deps/tool-0.7.4/src/lib.rs",
        "/build/x/.cargo/registry/src/index-1/tools-3.4.5/src/main.rs",
        "/build/x/node_modules/tool-3.4.5/index.js",
        "/build/x/third_party/tool-3.4.5/x.c",
    ],
)
def test_what_is_carried_along_is_nobodys_own(text: str) -> None:
    assert list(told([Printable(0, text)], ["tool"], frozenset())) == []
