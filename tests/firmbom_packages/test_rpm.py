"""rpm's databases in the three forms that its own tools wrote, and every way in which they can be broken."""

from __future__ import annotations

import lzma
import random
import sqlite3
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from firmbom.errors import InputError
from firmbom.model import ComponentSet
from firmbom_packages import rpm_bdb, rpm_ndb, rpm_sqlite
from firmbom_packages.rpm_header import Header
from firmbom_packages.rpm_record import Record

Said = Callable[[Path], ComponentSet]

FORMS = {
    "rpmdb.sqlite": "rpmdb.sqlite",
    "Packages.db": "Packages.db",
    "Packages.little": "Packages",
    "Packages.big": "Packages",
}
"""By test data the name it has in a system. The data was written by rpm 4.18, that of Berkeley DB by its library."""

FEDORA = "?arch=x86_64&distro=fedora-39"
TLS = f"pkg:rpm/fedora/libtls@3.0.9-1.fc39{FEDORA}&epoch=1&upstream=libtls-3.0.9-1.fc39.src.rpm"
GATEWAY = f"pkg:rpm/fedora/gateway@2.1-1.fc39{FEDORA}&upstream=gateway-2.1-1.fc39.src.rpm"
SHELL = f"pkg:rpm/fedora/shell@5.2-1.fc39{FEDORA}&upstream=shell-5.2-1.fc39.src.rpm"


def unpacked(data: Path, name: str) -> bytes:
    return lzma.decompress((data / "rpm" / f"{name}.xz").read_bytes())


@pytest.fixture
def system(tmp_path: Path) -> Callable[[str, bytes], Path]:
    """A root with a merged /usr and the files of the test data, around a database."""

    def made(name: str, content: bytes) -> Path:
        for path in ("etc/os-release", "etc/tls.conf", "usr/bin/gateway", "usr/bin/sh", "usr/lib/libtls.so.3"):
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text("ID=fedora\nVERSION_ID=39\n")
        (tmp_path / "lib").symlink_to("usr/lib")
        (tmp_path / "var/lib/rpm").mkdir(parents=True)
        (tmp_path / "var/lib/rpm" / name).write_bytes(content)
        return tmp_path

    return made


System = Callable[[str, bytes], Path]


@pytest.mark.parametrize("form", FORMS)
def test_each_form_states_the_same(form: str, data: Path, system: System, said: Said) -> None:
    found = said(system(FORMS[form], unpacked(data, form)))
    by_ref = {str(one.ref): one for one in found.components if one.type == "library"}
    assert set(by_ref) == {TLS, GATEWAY, SHELL}
    tls, gateway = by_ref[TLS], by_ref[GATEWAY]
    assert (tls.name, tls.version, tls.description) == ("libtls", "1:3.0.9-1.fc39", "Sécurité of transport")
    assert tls.upstream == ("pkg:rpm/fedora/libtls@3.0.9-1.fc39?arch=src&distro=fedora-39", "pkg:generic/libtls@3.0.9")
    assert tls.supplier.name == "Example Corp"
    assert (gateway.supplier.name, gateway.supplier.email) == ("Jane Doe", "jane@doe.example")
    assert [one.value for one in gateway.licences] == ["GPL-2.0-or-later AND MIT"]
    assert [one.url for one in gateway.references] == ["https://gateway.example/"]
    assert {(one.owner, one.path) for one in found.ownership} == {
        (TLS, "usr/lib/libtls.so.3"),
        (TLS, "etc/tls.conf"),
        (GATEWAY, "usr/bin/gateway"),
        (SHELL, "usr/bin/sh"),
    }
    assert {(one.source, one.target) for one in found.edges} == {
        ("", "pkg:generic/fedora@39"),
        ("", GATEWAY),
        (GATEWAY, TLS),
        (GATEWAY, SHELL),
        (SHELL, GATEWAY),
    }
    unmet = "dependencies that nothing installed meets (1): missing-thing for gateway"
    assert [one.message for one in found.problems] == [unmet]
    assert {(one.components, one.dependencies) for one in found.coverage if "rpm" in one.path} == {
        ("complete", "complete")
    }


def test_without_os_release_the_purls_have_no_vendor(data: Path, system: System, said: Said) -> None:
    root = system("Packages.db", unpacked(data, "Packages.db"))
    (root / "etc/os-release").unlink()
    found = said(root)
    assert TLS.replace("/fedora/", "/").replace("&distro=fedora-39", "") in {one.ref for one in found.components}
    assert "os-release does not name the distribution; purls are without a vendor" in {
        one.message for one in found.problems
    }


def test_a_leftover_of_an_older_form_is_not_read(data: Path, system: System, said: Said) -> None:
    root = system("rpmdb.sqlite", unpacked(data, "rpmdb.sqlite"))
    (root / "var/lib/rpm/Packages").write_bytes(b"whatever")
    found = said(root)
    assert "not read, because rpm uses rpmdb.sqlite beside it" in [one.message for one in found.problems]
    assert len(found.components) == 4


# SQLite


def test_what_stands_only_in_the_write_ahead_log_is_read(
    data: Path, system: System, said: Said, tmp_path_factory: pytest.TempPathFactory
) -> None:
    work = tmp_path_factory.mktemp("work") / "rpmdb.sqlite"
    work.write_bytes(unpacked(data, "rpmdb.sqlite"))
    with closing(sqlite3.connect(work)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        (blob,) = database.execute("SELECT blob FROM Packages WHERE hnum = 3").fetchone()
        database.execute("DELETE FROM Packages WHERE hnum = 3")
        database.commit()
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.execute("INSERT INTO Packages VALUES (9, ?)", (blob,))
        database.commit()
        content, log = work.read_bytes(), work.with_name("rpmdb.sqlite-wal").read_bytes()
    assert len(list(rpm_sqlite.records(content, print))) == 2
    root = system("rpmdb.sqlite", content)
    (root / "var/lib/rpm/rpmdb.sqlite-wal").write_bytes(log)
    found = said(root)
    assert {one.ref for one in found.components if one.type == "library"} == {TLS, GATEWAY, SHELL}
    assert [one.path for one in found.coverage if "rpm" in one.path] == ["var/lib/rpm/rpmdb.sqlite"]
    for broken in (log[:20], log[:40], b"\0" * 100, log[:8] + b"\0\0\0\3" + log[12:], log[:40] + b"x" * 8 + log[48:]):
        assert rpm_sqlite.with_log(content, broken) == content


def made_by(script: str) -> bytes:
    with closing(sqlite3.connect(":memory:")) as database:
        database.executescript(script)
        return database.serialize()


SQLITE = {
    "no table": (made_by("CREATE TABLE Other (a)"), "has no table Packages, so it is no rpm database"),
    "a view": (made_by("CREATE TABLE t (a); CREATE VIEW Packages AS SELECT 1 hnum, 2 blob"), "has no table Packages"),
    "other columns": (made_by("CREATE TABLE Packages (a)"), "SQLite cannot read it: no such column: hnum"),
    "text": (made_by("CREATE TABLE Packages (hnum, blob); INSERT INTO Packages VALUES (1, 'x')"), "header is no blob"),
    "short": (
        made_by("CREATE TABLE Packages (hnum, blob); INSERT INTO Packages VALUES (7, x'00')"),
        "number 7: header",
    ),
    "nothing but the magic": (rpm_sqlite.MAGIC, "SQLite cannot read it"),
    "none of them": (b"Package: a\n", "is none of rpm's databases"),
    "empty": (b"", "is none of rpm's databases"),
}


@pytest.mark.parametrize("case", SQLITE)
def test_bad_sqlite(case: str, system: System, said: Said) -> None:
    content, message = SQLITE[case]
    found = said(system("rpmdb.sqlite", content))
    assert [one.severity for one in found.problems if message in one.message] == ["error"]
    assert ("incomplete", "incomplete") in {(one.components, one.dependencies) for one in found.coverage}


def test_a_schema_that_is_no_text(data: Path, system: System, said: Said) -> None:
    content = unpacked(data, "rpmdb.sqlite").replace(b"CREATE INDEX", b"CREATE \x91\xffDEX")
    found = said(system("rpmdb.sqlite", content))
    assert any("SQLite cannot read it: its schema is damaged" in one.message for one in found.problems)


def test_a_damaged_page_costs_what_comes_after_it(data: Path, system: System, said: Said) -> None:
    content = bytearray(unpacked(data, "rpmdb.sqlite"))
    with closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(bytes(content))
        for number in range(10, 60):
            database.execute("INSERT INTO Packages SELECT ?, blob FROM Packages WHERE hnum = 2", (number,))
        database.commit()
        content = bytearray(database.serialize())
    content[-3 * 4096 :] = b"\xff" * 3 * 4096
    found = said(system("rpmdb.sqlite", bytes(content)))
    assert {TLS, GATEWAY} <= {one.ref for one in found.components}
    assert any("SQLite cannot read it: database disk image is malformed" in one.message for one in found.problems)


# ndb


def ndb(slots: Mapping[int, tuple[int, int]] | None = None, blob: bytes = b"x" * 20, tail: bytes = b"BlbE") -> bytes:
    """One page of slots, by index offset and length in units of 16 bytes, and a blob of package 1 behind it."""
    slots = {1: (256, 4)} if slots is None else slots
    page = struct.pack("<4sIII16x", b"RpmP", 0, 1, 1)
    page += b"".join(struct.pack("<4sIII", b"Slot", index, *where) for index, where in slots.items())
    page += struct.pack("<4sIII", b"Slot", 0, 0, 0) * ((4096 - len(page)) // 16)
    head = struct.pack("<4sIII", b"BlbS", 1, 1, len(blob)) + blob.ljust(36, b"\0")
    return page + head + struct.pack("<II4s", zlib.adler32(head), len(blob), tail)


NDB = {
    "header": (b"RpmP" + bytes(20), "ends within its own header"),
    "version": (b"RpmP" + struct.pack("<I", 5) + bytes(24), "ndb version 5 is not known"),
    "pages": (struct.pack("<4sIII16x", b"RpmP", 0, 1, 9), "ends within its 9 pages of slots"),
    "no slots": (struct.pack("<4sIII16x", b"RpmP", 0, 1, 1) + bytes(4064), "no slot at byte 32"),
    "beyond": (ndb({1: (9999, 4)}), "package 1 at byte 159984: its blob lies beyond the end of the file"),
    "too small": (ndb({1: (256, 1)}), "its blob lies beyond"),
    "other package": (ndb({2: (256, 4)}), "package 2 at byte 4096: its blob does not begin as one"),
    "longer than its room": (ndb(blob=b"x" * 99)[:4160], "its blob does not begin as one"),
    "no end": (ndb(tail=b"Blob"), "its blob does not end as one"),
    "checksum": (ndb()[:-20] + b"y" + ndb()[-19:], "its checksum does not fit"),
    "no header in it": (ndb(), "header cannot be read: number 1: header of"),
}


@pytest.mark.parametrize("case", NDB)
def test_bad_ndb(case: str, system: System, said: Said) -> None:
    content, message = NDB[case]
    found = said(system("Packages.db", content))
    assert "error" in {one.severity for one in found.problems if message in one.message}


# Berkeley DB


def page(number: int, following: int, entries: int, used: int, kind: int, content: bytes) -> bytes:
    return (struct.pack("<8xIIIHHBB", number, 0, following, entries, used, 0, kind) + content).ljust(512, b"\0")


def meta(*, size: int = 512, encrypted: int = 0, kind: int = 8, last: int = 1) -> bytes:
    head = struct.pack("<8xI", 0) + struct.pack("<IIIBBxx", 0x061561, 9, size, encrypted, kind)
    return (head + struct.pack("<II", 0, last)).ljust(512, b"\0")


def hash_page(*items: bytes) -> bytes:
    offsets, body = [], b""
    for item in items:
        body = item + body
        offsets.append(512 - len(body))
    index = struct.pack(f"<{len(offsets)}H", *offsets)
    return page(1, 0, len(items), 0, 13, index + bytes(512 - 26 - len(index) - len(body)) + body)


KEY = b"\1" + struct.pack("<I", 1)


def off_page(number: int, length: int) -> bytes:
    return struct.pack("<BxxxII", 3, number, length)


BDB = {
    "first page": (meta()[:100], "ends within its first page"),
    "no hash": (meta(kind=9), "is a Berkeley DB file, but no hash"),
    "page size": (meta(size=1000), "pages of a possible size"),
    "encrypted": (meta(encrypted=1), "is encrypted"),
    "cut off": (meta(last=7), "ends before its last page, 7"),
    "too many entries": (meta() + page(1, 0, 999, 0, 13, b""), "page 1: 999 entries do not fit a page"),
    "overlap": (meta() + page(1, 0, 2, 0, 2, struct.pack("<HH", 400, 450)), "page 1: its items overlap"),
    "type": (meta() + hash_page(KEY, b"\2dup"), "page 1: an item of type 2 is not one that rpm writes"),
    "length": (meta() + hash_page(KEY, off_page(2, 99999)), "an item of 99999 bytes is larger than the file"),
    "nowhere": (meta() + hash_page(KEY, off_page(77, 9)), "an item leads to page 77, which is not there"),
    "no overflow": (meta() + hash_page(KEY, off_page(1, 9)), "leads to page 1, which is no overflow page"),
    "circle": (
        meta(last=2) + hash_page(KEY, off_page(2, 1500)) + page(2, 2, 0, 9, 7, b"x"),
        "its overflow pages form a circle",
    ),
    "header": (meta() + hash_page(KEY, b"\1abc"), "header cannot be read: number 1: header shorter"),
}


@pytest.mark.parametrize("case", BDB)
def test_bad_berkeley_db(case: str, system: System, said: Said) -> None:
    content, message = BDB[case]
    found = said(system("Packages", content))
    assert [one.severity for one in found.problems if message in one.message] == ["error"]


def test_items_that_share_pages_do_not_multiply_the_file() -> None:
    items = [item for _ in range(14) for item in (KEY, off_page(2, 480))]
    content = meta(last=2) + hash_page(*items) + page(2, 0, 0, 486, 7, b"x" * 480)
    with pytest.raises(InputError, match="share pages"):
        list(rpm_bdb.records(content, print))


# Headers


def header(tags: Mapping[int, tuple[int, int, bytes]]) -> bytes:
    """A header: by tag its type, count and stored bytes."""
    index, store = b"", b""
    for tag, (kind, count, value) in tags.items():
        index += struct.pack(">IIII", tag, kind, len(store), count)
        store += value
    return struct.pack(">II", len(tags), len(store)) + index + store


def text(value: bytes) -> tuple[int, int, bytes]:
    return 6, 1, value + b"\0"


NAMED = {1000: text(b"tool"), 1001: text(b"1.0"), 1002: text(b"2"), 1022: text(b"noarch")}


def ndb_of(*blobs: bytes) -> bytes:
    """An ndb database of headers."""
    page = struct.pack("<4sIII16x", b"RpmP", 0, 1, 1)
    out, at = b"", 4096
    for index, blob in enumerate(blobs, 1):
        room = -(-(16 + len(blob) + 12) // 16) * 16
        page += struct.pack("<4sIII", b"Slot", index, at // 16, room // 16)
        head = (struct.pack("<4sIII", b"BlbS", index, 1, len(blob)) + blob).ljust(room - 12, b"\0")
        out += head + struct.pack("<II4s", zlib.adler32(head), len(blob), b"BlbE")
        at += room
    page += struct.pack("<4sIII", b"Slot", 0, 0, 0) * ((4096 - len(page)) // 16)
    return page + out


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


# All forms


def mutated(content: bytes, seed: int) -> bytes:
    chance = random.Random(seed)
    out = bytearray(content)
    for _ in range(chance.choice((1, 3, 10))):
        at = chance.randrange(len(out))
        match chance.randrange(4):
            case 0:
                out[at] = chance.randrange(256)
            case 1:
                out[at : at + 4] = chance.choice((b"\xff\xff\xff\xff", b"\0\0\0\0", b"\0\0\0\1", b"\1\0\0\0"))
            case 2:
                del out[at : at + chance.randrange(600)]
            case _:
                out[at:at] = out[chance.randrange(len(out)) :][:100]
        out = out or bytearray(1)
    return bytes(out)


READERS: Mapping[str, Callable[[bytes, Callable[[str], None]], Iterator[Record]]] = {
    "rpmdb.sqlite": rpm_sqlite.records,
    "Packages.db": rpm_ndb.records,
    "Packages.little": rpm_bdb.records,
    "Packages.big": rpm_bdb.records,
}


@pytest.mark.parametrize("form", FORMS)
def test_mutations_and_truncations_never_escape(form: str, data: Path, system: System, said: Said) -> None:
    whole = unpacked(data, form)
    root = system(FORMS[form], whole)
    place = root / "var/lib/rpm" / FORMS[form]
    for seed in range(40):
        place.write_bytes(mutated(whole, seed))
        said(root)
    for cut in range(0, len(whole), len(whole) // 20):
        place.write_bytes(whole[:cut])
        found = said(root)
        lost = {TLS, GATEWAY, SHELL} - {one.ref for one in found.components}
        assert not lost or any(one.severity == "error" for one in found.problems)
