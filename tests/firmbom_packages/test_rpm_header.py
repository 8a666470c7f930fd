"""The header of a package in rpm's database: what it states, and what it must not."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from rpm_databases import NAMED, header, ndb_of, text

from firmbom.model import ComponentSet
from firmbom_packages.rpm_header import Header

Said = Callable[[Path], ComponentSet]
System = Callable[[str, bytes], Path]


def test_a_package_of_version_3(system: System, said: Said) -> None:
    old = {1027: (8, 2, b"/usr/bin/sh\0/etc/../../out\0"), 1014: text(b"GPL"), 1004: (9, 2, b"\xe9t\xe9\0summer\0")}
    needs = {
        1049: (8, 4, b"other\0rpmlib(X)\0maybe\0tool\0"),
        1050: (8, 4, b"1\0004-1\0\0\0"),
        1048: (4, 4, struct.pack(">4I", 2, 1 << 24, 1 << 19, 0)),
    }
    key = {1000: text(b"gpg-pubkey"), 1001: text(b"aa"), 1002: text(b"bb")}
    found = said(system("Packages.db", ndb_of(header({**NAMED, **old, **needs}), header(key))))
    package = next(one for one in found.components if one.type == "library")
    assert package.purl == "pkg:rpm/fedora/tool@1.0-2?arch=noarch&distro=fedora-39"
    assert (package.description, package.upstream, package.supplier.name) == ("été", (), "")
    assert [one.path for one in found.ownership] == ["usr/bin/sh"]
    assert sorted(one.message for one in found.problems) == [
        "dependencies that nothing installed meets (1): other for tool",
        "not a path in the root; ignored: tool: /etc/../../out",
        "public keys that rpm trusts, left out because they are no packages: 1",
    ]


HEADERS = {
    "no name": ({1001: text(b"1")}, "error", "number 1: names no package"),
    "odd name": ({1000: text(b"a b")}, "error", "number 1: name 'a b'"),
    "beyond": ({1000: (8, 2, b"only one\0")}, "error", "number 1: tag 1000 goes beyond the header"),
    "numbers beyond": ({**NAMED, 1003: (4, 9, bytes(4))}, "error", "tag 1003 goes beyond the header"),
    "many numbers": ({**NAMED, 1003: (4, 1 << 31, bytes(4))}, "error", "tag 1003 goes beyond the header"),
    "no version": ({1000: text(b"a")}, "warning", "no version: a"),
    "files": ({**NAMED, 1117: (8, 1, b"x\0"), 1118: (8, 1, b"/\0")}, "warning", "file names do not fit each other"),
    "folders": (
        {**NAMED, 1117: (8, 1, b"x\0"), 1116: (4, 1, struct.pack(">I", 9)), 1118: (8, 1, b"/\0")},
        "warning",
        "file names do not fit each other",
    ),
    "boolean": ({**NAMED, 1049: (8, 1, b"(a or\0")}, "warning", "boolean dependency lacks an operand; ignored: tool"),
}


@pytest.mark.parametrize("case", HEADERS)
def test_bad_header(case: str, system: System, said: Said) -> None:
    tags, severity, message = HEADERS[case]
    good = header({**NAMED, 1000: text(b"good")})
    found = said(system("Packages.db", ndb_of(header(tags), good)))
    assert severity in {one.severity for one in found.problems if message in one.message}
    assert "good" in {one.name for one in found.components}


def test_a_header_of_nothing_and_one_that_is_too_long() -> None:
    for blob in (b"", struct.pack(">II", 0, 0), struct.pack(">II", 1 << 31, 4), struct.pack(">II", 1, 1 << 31)):
        with pytest.raises(ValueError, match="header"):
            Header(blob)


def test_several_versions_of_one_package_may_be_installed(system: System, said: Said) -> None:
    versions = [header({**NAMED, 1000: text(b"kernel"), 1001: text(one)}) for one in (b"6.1", b"6.2", b"6.2")]
    found = said(system("Packages.db", ndb_of(*versions)))
    assert sorted(one.version for one in found.components if one.name == "kernel") == ["6.1-2", "6.2-2"]
    assert [one.message for one in found.problems] == ["package stands twice; the last counts: kernel"]
