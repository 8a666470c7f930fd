"""rpm's database in SQLite: its write-ahead log, and every way in which it can be broken."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from rpm_databases import GATEWAY, SHELL, TLS, unpacked

from firmbom.model import ComponentSet
from firmbom_packages import rpm_sqlite

Said = Callable[[Path], ComponentSet]
System = Callable[[str, bytes], Path]


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
