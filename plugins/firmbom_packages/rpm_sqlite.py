"""rpm's SQLite database, ``rpmdb.sqlite``: table ``Packages`` of header number and header.

Opened in memory, so nothing is written anywhere; what stands only in the write-ahead log beside it is put in its place
first (SQLite's "WAL-mode File Format").
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import closing

from firmbom.errors import InputError
from firmbom_packages.rpm_record import Record, Tell

MAGIC = b"SQLite format 3\0"

STEPS, BATCHES = 100_000, 10_000
"""A query may take so many batches of so many steps of SQLite's machine, far more than any database needs."""

_WAL_MAGICS = frozenset({0x377F0682, 0x377F0683})
_WAL_HEAD, _FRAME_HEAD = 32, 24


def records(data: bytes, tell: Tell) -> Iterator[Record]:
    """Each package.

    Raises:
        InputError: SQLite refuses the file, from there on; packages before that have been given.
    """
    try:
        import sqlite3
    except ImportError as error:  # a Python built without it
        raise InputError("cannot be read, because this Python has no sqlite3 module") from error
    with closing(sqlite3.connect(":memory:")) as database:
        try:
            database.deserialize(_without_log(data))
            database.execute("PRAGMA trusted_schema = OFF")
            database.execute("PRAGMA query_only = ON")
            left = iter(range(BATCHES))
            database.set_progress_handler(lambda: next(left, None) is None, STEPS)
            if not database.execute(
                "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'Packages' AND rootpage > 0"
            ).fetchone():
                raise InputError("has no table Packages, so it is no rpm database")
            for number, blob in database.execute("SELECT hnum, blob FROM Packages ORDER BY hnum"):
                if isinstance(number, int) and isinstance(blob, bytes):
                    yield Record(number, blob)
                else:
                    tell(f"package {str(number)[:40]}: its header is no blob")
        except (sqlite3.Error, OverflowError) as error:
            raise InputError(f"SQLite cannot read it: {error}") from error
        except UnicodeDecodeError as error:  # SQLite's own message quotes the damaged schema
            raise InputError("SQLite cannot read it: its schema is damaged") from error


def _without_log(data: bytes) -> bytes:
    """The file marked as one that keeps no log, because a database in memory cannot have one."""
    return data[:18] + b"\1\1" + data[20:] if data[18:20] == b"\2\2" else data


def with_log(data: bytes, log: bytes) -> bytes:
    """The database as it is after the transactions that the log holds whole; the same where the log is no such one."""
    if len(log) < _WAL_HEAD or struct.unpack_from(">I", log)[0] not in _WAL_MAGICS:
        return data
    (size,) = struct.unpack_from(">I", log, 8)
    salt = log[16:24]
    if size < 512 or size > 65_536 or size & (size - 1):
        return data
    pages: dict[int, int] = {}
    committed: dict[int, int] = {}
    total = 0
    for at in range(_WAL_HEAD, len(log) - _FRAME_HEAD - size + 1, _FRAME_HEAD + size):
        number, after = struct.unpack_from(">II", log, at)
        if log[at + 8 : at + 16] != salt or not number:
            break
        pages[number] = at + _FRAME_HEAD
        if after:
            committed, total = dict(pages), after
    return _laid_over(data, log, committed, min(total, len(data) // size + len(committed)), size)


def _laid_over(data: bytes, log: bytes, committed: dict[int, int], total: int, size: int) -> bytes:
    if not committed:
        return data
    out = bytearray(data[: total * size].ljust(total * size, b"\0"))
    for number, at in committed.items():
        if number <= total:
            out[(number - 1) * size : number * size] = log[at : at + size]
    return bytes(out)
