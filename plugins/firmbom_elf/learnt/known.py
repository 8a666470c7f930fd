"""The database of known files that ``firmbom learn`` makes: who the files of packages are, by fingerprint.

One SQLite file, format 1. ``package``: purl, name, version, upstream's name and version. ``file``: package, path,
SHA-256, build-id, fingerprint as JSON. ``segment``, ``symbol``: the files that have each part of a fingerprint.
The same packages give the same bytes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.parse import quote

import msgspec

from firmbom.errors import InputError
from firmbom.identity import canonical
from firmbom_elf.binary import fingerprint
from firmbom_elf.facts import Examined, Fingerprint

APPLICATION = 0x46424B31
"""SQLite's ``application_id``: ``FBK1``."""
_TABLES = """
CREATE TABLE package (id INTEGER PRIMARY KEY, purl TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL,
    upstream TEXT NOT NULL, upstream_version TEXT NOT NULL);
CREATE TABLE file (id INTEGER PRIMARY KEY, package INTEGER NOT NULL, path TEXT NOT NULL, sha256 TEXT NOT NULL,
    build_id TEXT NOT NULL, fingerprint BLOB NOT NULL);
CREATE TABLE segment (digest TEXT NOT NULL, file INTEGER NOT NULL);
CREATE TABLE symbol (hash INTEGER NOT NULL, file INTEGER NOT NULL);
"""
_INDEXES = """
CREATE INDEX file_sha256 ON file (sha256);
CREATE INDEX file_build_id ON file (build_id);
CREATE INDEX segment_digest ON segment (digest);
CREATE INDEX symbol_hash ON symbol (hash);
"""
LEAST = 0.6
"""Two sets of symbols less alike than this are of two libraries."""
_LEAST_SYMBOLS = 8
_LEAST_SHARED = 0.5
_MOST_ROWS = 200
"""Candidates that are compared with one file."""


class Package(msgspec.Struct, frozen=True, order=True, kw_only=True):
    """A package that was learnt."""

    purl: str
    name: str
    version: str
    upstream: str = ""
    """Upstream's name, as the source package has it."""
    upstream_version: str = ""


How = Literal["same bytes", "same build", "same code", "similar symbols"]


class Match(NamedTuple):
    """What the database knows of a file."""

    package: Package
    path: str
    """In the package."""
    how: How
    score: float
    """1 for the same bytes or build; else how much is the same, 0..1."""
    versions: int
    """How many names and versions fit equally well; the one given stands for them."""


class _File(NamedTuple):
    package: Package
    path: str
    trace: Fingerprint


class _Candidate(NamedTuple):
    score: float
    package: Package
    path: str


class Known:
    """A database, open for reading."""

    def __init__(self, path: Path) -> None:
        """Open one.

        Raises:
            InputError: there is none, or the file is no database of known files.
        """
        try:
            self._rows = sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)
        except sqlite3.Error as error:
            raise _unreadable(path, error) from error
        try:
            (made_by,) = self._rows.execute("PRAGMA application_id").fetchone()
        except sqlite3.Error as error:
            self._rows.close()
            raise _unreadable(path, error) from error
        if made_by != APPLICATION:
            self._rows.close()
            raise InputError("not a database of known files", path=str(path), remedy="make one with 'firmbom learn'")
        self._path = path

    def close(self) -> None:
        """Let go of the file."""
        self._rows.close()

    def __enter__(self) -> Known:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def match(self, file: Examined) -> Match | None:
        """The best that is known of one file, or None.

        Raises:
            InputError: the database is damaged.
        """
        try:
            return next((found for found in self._ways(file) if found), None)
        except (sqlite3.Error, msgspec.MsgspecError, TypeError, ValueError) as error:
            raise _unreadable(self._path, error) from error

    def _ways(self, file: Examined) -> Iterator[Match | None]:
        """Strongest first; each is tried only when the ones before found nothing."""
        if file.sha256:
            yield self._equal("sha256", file.sha256, "same bytes")
        if file.elf and file.elf.build_id:
            yield self._equal("build_id", file.elf.build_id, "same build")
        if file.fingerprint:
            yield self._same_code(file.fingerprint)
            yield self._similar(file.fingerprint)

    def _equal(self, column: Literal["sha256", "build_id"], value: str, how: How) -> Match | None:
        return _best([_Candidate(1.0, one.package, one.path) for one in self._files(f"{column} = ?", (value,))], how)

    def _same_code(self, mine: Fingerprint) -> Match | None:
        digests = [digest for _, digest in mine.segments]
        within = f"id IN (SELECT file FROM segment WHERE digest IN ({_marks(digests)}))"  # noqa: S608 - marks only
        files = self._files(within, digests)
        scored = [_Candidate(fingerprint.shared(mine, one.trace), one.package, one.path) for one in files]
        return _best([one for one in scored if one.score >= _LEAST_SHARED], "same code")

    def _similar(self, mine: Fingerprint) -> Match | None:
        if mine.count < _LEAST_SYMBOLS:
            return None
        alike = f"SELECT file FROM symbol WHERE hash IN ({_marks(mine.exports)}) "  # noqa: S608 - marks only
        most = f"GROUP BY file ORDER BY COUNT(*) DESC, file LIMIT {_MOST_ROWS}"
        files = self._files(f"id IN ({alike}{most})", mine.exports)
        scored = [
            _Candidate(fingerprint.similarity(mine.exports, one.trace.exports), one.package, one.path)
            for one in files
            if one.trace.count >= _LEAST_SYMBOLS
        ]
        return _best([one for one in scored if one.score >= LEAST], "similar symbols")

    def _files(self, where: str, values: Iterable[object]) -> list[_File]:
        """Files with their packages, by id."""
        query = (
            "SELECT purl, name, version, upstream, upstream_version, path, fingerprint FROM file "  # noqa: S608 - ours
            f"JOIN package ON package.id = file.package WHERE file.{where} ORDER BY file.id LIMIT {_MOST_ROWS}"
        )
        return [
            _File(
                _checked(msgspec.convert(dict(zip(Package.__struct_fields__, stated, strict=True)), Package)),
                msgspec.convert(path, str),
                msgspec.json.decode(trace, type=Fingerprint),
            )
            for *stated, path, trace in self._rows.execute(query, tuple(values))
        ]


def database(packages: Iterable[tuple[Package, Iterable[Examined]]]) -> bytes:
    """A database of packages with their ELF files, each examined with its fingerprint."""
    listed = [(package, sorted(files, key=lambda one: (one.path, one.sha256))) for package, files in packages]
    ordered = sorted(listed, key=lambda pair: pair[0])
    with closing(sqlite3.connect(":memory:")) as rows:
        rows.executescript(f"PRAGMA application_id = {APPLICATION}; {_TABLES}")
        number = 0
        for package_number, (package, files) in enumerate(ordered, 1):
            stated = (package_number, *msgspec.structs.astuple(package))
            rows.execute("INSERT INTO package VALUES (?, ?, ?, ?, ?, ?)", stated)
            for file in files:
                number += 1
                _insert(rows, number, package_number, file)
        rows.commit()
        rows.executescript(_INDEXES)
        return rows.serialize()


def _insert(rows: sqlite3.Connection, number: int, package: int, file: Examined) -> None:
    trace = file.fingerprint or Fingerprint()
    build_id = file.elf.build_id if file.elf else ""
    values = (number, package, file.path, file.sha256, build_id, msgspec.json.encode(trace))
    rows.execute("INSERT INTO file VALUES (?, ?, ?, ?, ?, ?)", values)
    rows.executemany("INSERT INTO segment VALUES (?, ?)", [(digest, number) for _, digest in trace.segments])
    rows.executemany("INSERT INTO symbol VALUES (?, ?)", [(one, number) for one in trace.exports])


def _checked(package: Package) -> Package:
    """The package, if it has a name and a purl.

    Raises:
        ValueError: it has not.
    """
    canonical(package.purl)
    if not package.name:
        raise ValueError("a package has no name")
    return package


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))


def _best(found: Sequence[_Candidate], how: How) -> Match | None:
    if not found:
        return None
    score = max(one.score for one in found)
    fitting = sorted((one.package, one.path) for one in found if one.score == score)
    package, path = fitting[0]
    named = {(one.upstream or one.name, one.upstream_version or one.version) for one, _ in fitting}
    return Match(package, path, how, score, len(named))


def _unreadable(path: Path, error: Exception) -> InputError:
    return InputError(f"not a database of known files: {error}", path=str(path), remedy="make one with 'firmbom learn'")
