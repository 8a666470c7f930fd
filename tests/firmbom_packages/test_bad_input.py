"""Databases that are broken or hostile: what is said of them, and that everything else in them is read."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from firmbom.collect import collect
from firmbom.model import ComponentSet
from firmbom.tree.base import Limits
from firmbom.tree.folder import FolderTree
from firmbom_packages.graph import MOST_OFFERS
from firmbom_packages.plugin import Plugin

Plant = Callable[[str], Path]
Said = Callable[[Path], ComponentSet]

ROOTS = Path(__file__).parent / "data/roots"

STATUS = "==> var/lib/dpkg/status\n"
INSTALLED = "Status: install ok installed\nVersion: 1\nArchitecture: all\n"
GOOD = f"Package: good\n{INSTALLED}\n"
LIST = f"{STATUS}{GOOD}==> var/lib/dpkg/info/good.list\n"
OPKG = "==> usr/lib/opkg/status\n"
APK = "==> lib/apk/db/installed\n"
PACMAN = "==> var/lib/pacman/local/"
DESC = "%NAME%\ngood\n\n%VERSION%\n1-1\n"

BAD = {
    # dpkg
    "no name": (f"{STATUS}Version: 1\nStatus: install ok installed\n\n{GOOD}", "error", "line 1: no package name"),
    "odd name": (f"{STATUS}Package: a b\n{INSTALLED}\n{GOOD}", "error", "line 1: not a package name; the entry"),
    "escape in a name": (f"{STATUS}Package: \x1b[31m\n{INSTALLED}\n{GOOD}", "error", "not read: \\x1b[31m"),
    "no version": (f"{STATUS}{GOOD}Package: x\nStatus: install ok installed\n\n", "warning", "line 6: no version: x"),
    "no status": (f"{STATUS}{GOOD}Package: x\nVersion: 1\n\n", "warning", "line 6: no status; taken as installed: x"),
    "other status": (f"{STATUS}{GOOD}Package: x\nStatus: a b odd\nVersion: 1\n", "warning", "unknown status; taken"),
    "twice": (f"{STATUS}{GOOD}{GOOD}", "warning", "line 6: package stands twice; the last counts: good"),
    "field twice": (
        f"{STATUS}{GOOD}Package: x\nVersion: 1\n{INSTALLED}\n",
        "warning",
        "stands twice; the last counts: v",
    ),
    "no colon": (f"{STATUS}{GOOD}Package: x\nnonsense\n{INSTALLED}\n", "warning", "line 7: not a field (no colon)"),
    "orphan": (f"{STATUS} orphan\n{GOOD}", "warning", "line 1: continues a field, but none stands before it"),
    "cut off": (f"{STATUS}{GOOD}Package: x\nSta", "warning", "ends in the middle of a line"),
    "latin-1": (f"{STATUS}{GOOD}Package: x\n{INSTALLED}Maintainer: J\udcf6rg\n", "note", "line 10: not UTF-8"),
    "relation": (f"{STATUS}{GOOD}Package: x\n{INSTALLED}Depends: a b, good\n", "warning", "relation; ignored: x: a b"),
    "climbs": (f"{LIST}/../../etc/passwd\n", "warning", "not a path in the root; ignored: /../../etc/passwd"),
    "NUL": (f"{LIST}/usr/\0x\n", "warning", "not a path in the root; ignored: /usr/\\x00x"),
    "relative": (f"{LIST}usr/x\n", "warning", "not a path in the root; ignored: usr/x"),
    "too long": (f"{LIST}/{'x/' * 3000}\n", "warning", "not a path in the root; ignored: /x/x/"),
    "diversions": (f"{STATUS}{GOOD}==> var/lib/dpkg/diversions\n/a\n/b\n", "warning", "three lines for each diversion"),
    "checksums": (
        f"{STATUS}{GOOD}==> var/lib/dpkg/info/good.md5sums\nnonsense\n{'0' * 32}  ../x\n",
        "warning",
        "not a path in the root; ignored: (not a checksum)",
    ),
    "os-release": (f"==> etc/os-release\nNAME=x\n{STATUS}{GOOD}", "note", "names no operating system (no ID)"),
    # opkg
    "opkg name": (f"{OPKG}Package: ?\n\n{GOOD}", "error", "line 1: not a package name"),
    "opkg version": (f"{OPKG}{GOOD}Package: x\nStatus: install ok installed\n\n", "warning", "no version: x"),
    "opkg cut off": (f"{OPKG}{GOOD}Package: x", "warning", "ends in the middle of a line"),
    "opkg relation": (f"{OPKG}{GOOD}Package: x\n{INSTALLED}Depends: ((\n", "warning", "not a relation; ignored: x: (("),
    "opkg list": (f"{OPKG}{GOOD}==> usr/lib/opkg/info/good.list\n/../x\t0\n", "warning", "ignored: /../x"),
    # apk
    "apk name": (f"{APK}V:1\n\nP:good\nV:1\n\n", "error", "line 1: no package name"),
    "apk odd name": (f"{APK}P:a b\nV:1\n\nP:good\nV:1\n\n", "error", "line 1: not a package name"),
    "apk version": (f"{APK}P:x\n\nP:good\nV:1\n\n", "warning", "line 1: no version: x"),
    "apk line": (f"{APK}P:good\nnonsense\nV:1\n\n", "warning", "line 2: not a field (no colon)"),
    "apk path": (f"{APK}P:good\nV:1\nF:../..\nR:etc\n\n", "warning", "line 1: not a path in the root; ignored"),
    "apk cut off": (f"{APK}P:good\nV:1\n\nP:x", "warning", "ends in the middle of a line"),
    # pacman
    "pacman name": (
        f"{PACMAN}a/desc\n%NAME%\n?\n{PACMAN}b/desc\n{DESC}",
        "error",
        "names no package; it was not read: ?",
    ),
    "pacman empty": (f"{PACMAN}a/desc\n{PACMAN}b/desc\n{DESC}", "error", "names no package; it was not read"),
    "pacman version": (f"{PACMAN}a/desc\n%NAME%\nx\n{PACMAN}b/desc\n{DESC}", "warning", "no version: x"),
    "pacman desc": (
        f"{PACMAN}a/files\nx\n{PACMAN}b/desc\n{DESC}",
        "error",
        "a package without desc; it was not read: a",
    ),
    "pacman path": (f"{PACMAN}b/desc\n{DESC}{PACMAN}b/files\n%FILES%\n../x\n", "warning", "ignored: /../x"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad(case: str, plant: Plant, said: Said) -> None:
    text, severity, message = BAD[case]
    found = said(plant(text))
    assert severity in {one.severity for one in found.problems if message in one.message}
    assert all(one.message.isprintable() for one in found.problems)
    assert "good" in {one.name for one in found.components}
    judged = {one.components for one in found.coverage if "os-release" not in one.path}
    cut_off = "middle of a line" in message
    assert judged == {"incomplete" if severity == "error" else "unknown" if cut_off else "complete"}


def test_links_that_lead_round_and_out_own_nothing(plant: Plant, said: Said) -> None:
    text = f"{LIST}/round/x\n/out/hostname\n/usr/real\n/deep/down/file\n==> root/usr/real\nx\n"
    text = text.replace("==> var", "==> root/var") + "==> hostname\nx\n"
    root = plant(text + "==> root/round -> round\n==> root/out -> ..\n==> root/deep -> usr\n") / "root"
    assert [one.path for one in said(root).ownership] == ["usr/real"]


def test_folders_that_are_links_at_any_depth(plant: Plant, said: Said) -> None:
    text = f"{LIST}/lib/a/b/x.so\n/opt/tool/bin/run\n/srv/only/link\n==> usr/lib/a/b/x.so\nx\n==> lib -> usr/lib\n"
    text += "==> data/tool-1.2/bin/run\nx\n==> opt/tool -> ../data/tool-1.2\n"
    text += "==> srv/only/link -> ../../usr/lib/a/b/x.so\n"
    found = said(plant(text))
    assert sorted(one.path for one in found.ownership) == ["data/tool-1.2/bin/run", "usr/lib/a/b/x.so"]


def test_a_link_below_which_nothing_answers_costs_little(plant: Plant, said: Said) -> None:
    """A hostile folder of a thousand dead links behind a link."""
    dead = "".join(f"==> real/l{n} -> nowhere\n" for n in range(1000))
    found = said(plant(f"{LIST}/linked/l1\n/linked/x\n==> linked -> real\n{dead}"))
    assert not found.ownership


def test_the_vendor_that_dpkg_knows(plant: Plant, said: Said) -> None:
    found = said(plant(f"{STATUS}{GOOD}==> etc/dpkg/origins/default\nVendor: Ubuntu\nVendor-URL: x\n"))
    assert [one.purl for one in found.components] == ["pkg:deb/ubuntu/good@1?arch=all"]
    assert not [one for one in found.problems if "taken as" in one.message]


def test_databases_of_unknown_systems(plant: Plant, said: Said) -> None:
    found = said(plant(f"{APK}P:good\nV:1\n\n{PACMAN}a/desc\n{DESC}==> usr/lib/opkg/info/x.list\n"))
    assert [one.purl for one in found.components] == ["pkg:apk/alpine/good@1", "pkg:alpm/arch/good@1-1"]
    assert sorted(one.message for one in found.problems) == [
        "os-release does not name the distribution; taken as Alpine",
        "os-release does not name the distribution; taken as Arch Linux",
    ]


def test_of_two_os_releases_the_one_in_etc_counts(plant: Plant, said: Said) -> None:
    found = said(plant("==> etc/os-release\nID=one\n==> usr/lib/os-release\nID=two\n"))
    assert [one.purl for one in found.components] == ["pkg:generic/one"]


def test_checksums_stand_in_for_a_list(plant: Plant, said: Said) -> None:
    sums = f"==> var/lib/dpkg/info/good.md5sums\n{'0' * 32}  usr/x\n==> usr/x\nx\n==> etc/good\nx\n"
    text = STATUS + GOOD.removesuffix("\n") + f"Conffiles:\n /etc/good {'0' * 32}\n\n" + sums
    assert sorted(one.path for one in said(plant(text)).ownership) == ["etc/good", "usr/x"]


def test_a_file_name_that_is_not_utf_8(plant: Plant, said: Said) -> None:
    found = said(plant(f"{LIST}/usr/J\udcf6rg\n==> usr/J\udcf6rg\nx\n"))
    assert [one.path for one in found.ownership] == ["usr/J\\xf6rg"]


def test_a_name_that_everything_answers_to_makes_no_square(plant: Plant, said: Said) -> None:
    many = "".join(f"Package: p{n}\n{INSTALLED}Provides: all\nDepends: all\n\n" for n in range(3 * MOST_OFFERS))
    found = said(plant(STATUS + many))
    assert len(found.edges) <= (MOST_OFFERS + 1) * 3 * MOST_OFFERS
    assert any("packages answer to; edges to the others are left out: all" in one.message for one in found.problems)


def test_a_file_over_the_limit_costs_itself(plant: Plant) -> None:
    root = plant(f"{LIST}/usr/{'x' * 900}\n")
    found = collect(FolderTree(root, limits=Limits(file_bytes=500)), [Plugin()])
    assert any("more than the limit of 500" in one.message for one in found.problems)
    assert [one.name for one in found.components] == ["good"]


def mutations(content: bytes) -> Iterator[bytes]:
    """Truncations, and seeded changes of bytes and lines."""
    for cut in range(0, len(content), max(1, len(content) // 12)):
        yield content[:cut]
    for seed in range(25):
        chance = random.Random(seed)
        out = bytearray(content or b"\n")
        for _ in range(chance.choice((1, 4, 20))):
            at = chance.randrange(len(out))
            match chance.randrange(4):
                case 0:
                    out[at] = chance.randrange(256)
                case 1:
                    out[at:at] = chance.choice((b"\n", b":", b"\0", b" ", b"\n\n", b"/../", b"(", b"\xff"))
                case 2:
                    del out[at : at + 30]
                case _:
                    out[at:at] = out[chance.randrange(len(out)) :][:60]
            out = out or bytearray(b"\n")
        yield bytes(out)


@pytest.mark.parametrize(
    ("root", "path"),
    [
        ("debian", "var/lib/dpkg/status"),
        ("debian", "var/lib/dpkg/diversions"),
        ("debian", "var/lib/dpkg/info/dash.list"),
        ("debian", "usr/lib/os-release"),
        ("debian", "usr/share/doc/libssl3/copyright"),
        ("distroless", "container/var/lib/dpkg/status.d/tzdata.md5sums"),
        ("openwrt", "usr/lib/opkg/status"),
        ("openwrt", "usr/lib/opkg/info/dropbear.control"),
        ("openwrt", "usr/lib/opkg/info/dropbear.list"),
        ("yocto-ipk", "var/lib/opkg/info/busybox.control"),
        ("alpine", "lib/apk/db/installed"),
        ("arch", "var/lib/pacman/local/bapp-3.1-2/desc"),
        ("arch", "var/lib/pacman/local/bapp-3.1-2/files"),
    ],
)
def test_mutations_never_escape(root: str, path: str, plant: Plant, said: Said) -> None:
    place = plant((ROOTS / f"{root}.txt").read_text()) / path
    top = Path(str(place)[: -len(path) - 1])
    for content in mutations(place.read_bytes()):
        place.write_bytes(content)
        found = said(top)
        assert all(one.message.isprintable() for one in found.problems)
        assert all(one.name.isprintable() and one.version.isprintable() for one in found.components)
