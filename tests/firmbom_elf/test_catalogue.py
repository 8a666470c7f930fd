"""The catalogue that firmbom comes with: every entry can work, says what it is in known terms, and was tried."""

from __future__ import annotations

import re
import runpy
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import cast

import pytest
from packageurl import PackageURL

from firmbom_elf.catalogue import load
from firmbom_elf.catalogue.entry import Entry, Licensed
from firmbom_elf.rules import sightings

FILES = sorted(Path(load.FOLDER).glob("*.toml"))
ENTRIES = [entry for file in FILES for entry in load.read(file)]
TABLES = [table for file in FILES for table in tomllib.loads(file.read_text(encoding="utf-8"))["entry"]]
BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "catalogue"

CPE = re.compile(r"(?:[aoh]:)?[a-z0-9._!+\\/~-]+:[a-z0-9._!+\\/~-]+")
NAME = re.compile(r"[a-z0-9][a-z0-9+._-]*")
VERIFIED = re.compile(r"[a-z]+ \d[\w.]* [a-z0-9]+ [a-z0-9][a-z0-9+.-]+ (?:\d+:)?\d[\w.+~-]*")
CONCRETE = re.compile(r"(?<![\w)\]}])\d+\\\.\d+\\\.\d+(?![\d*+?{])")
"""Three numbers spelt out: a release, not a shape."""
_BOTH = ["not looked at: a: before 2.0", "not looked at: a: today"]


def test_there_are_enough() -> None:
    assert len(ENTRIES) >= 300


def test_every_rule_can_work_and_no_name_is_there_twice_and_licences_are_spdx() -> None:
    assert load.faults(ENTRIES) == []


def test_names_are_plain() -> None:
    assert [entry.name for entry in ENTRIES if not NAME.fullmatch(entry.name)] == []


def test_licences_are_those_that_upstream_has() -> None:
    """Of an entry with several licences each was seen."""
    seen = runpy.run_path(str(BENCHMARK / "seen.py"))
    assert list(seen["told"](ENTRIES, seen["read"]())) == []


@pytest.mark.parametrize(
    ("release", "licence", "said"),
    [
        ("1.9", "MIT", ["not looked at: a: today"]),
        ("2.0", "0BSD", ["not looked at: a: before 2.0"]),
        ("", "0BSD", ["not looked at: a: before 2.0"]),
        ("2.1", "MIT", ["seen: a 2.1: MIT in COPYING; the catalogue: 0BSD", "not looked at: a: before 2.0"]),
        ("0.9", "MIT", ["seen: a 0.9: MIT in COPYING; the catalogue: nothing", *_BOTH]),
    ],
)
def test_what_was_seen_otherwise_is_told(tmp_path: Path, release: str, licence: str, said: Sequence[str]) -> None:
    earlier = (Licensed(before="1.0"), Licensed(before="2.0", licence="MIT"))
    (tmp_path / "seen.tsv").write_text(f"# for people\na\t{release}\t{licence}\tCOPYING\n")
    seen = runpy.run_path(str(BENCHMARK / "seen.py"))
    entries = [Entry(name="a", licence="0BSD", licensed=earlier), Entry(name="b", licence="MIT")]
    assert list(seen["told"](entries, seen["read"](tmp_path / "seen.tsv"))) == said


@pytest.mark.parametrize("key", ["cpe", "licence"])
def test_every_entry_says_what_others_call_it(key: str) -> None:
    """``cpe = []``: the dictionary was looked into and has none; an entry that says nothing was forgotten."""
    assert [table["name"] for table in TABLES if key not in table] == []
    assert [entry.name for entry in ENTRIES if not entry.licence] == []


def test_cpes_are_vendor_and_product() -> None:
    assert [entry.name for entry in ENTRIES if len(set(entry.cpe)) < len(entry.cpe)] == []
    assert [(entry.name, cpe) for entry in ENTRIES for cpe in entry.cpe if not CPE.fullmatch(cpe)] == []


def test_purls_are_canonical_and_have_no_version() -> None:
    stated = [(entry.name, entry.purl) for entry in ENTRIES if entry.purl]
    parsed = [(name, purl, PackageURL.from_string(purl)) for name, purl in stated]
    assert [(name, purl) for name, purl, one in parsed if one.to_string() != purl or one.version] == []


def test_no_pattern_names_a_release() -> None:
    rules = [(entry.name, rule.string + rule.symbol + rule.file) for entry in ENTRIES for rule in entry.version]
    assert [(name, pattern) for name, pattern in rules if CONCRETE.search(pattern)] == []


def test_homepages_are_addresses() -> None:
    assert [e.name for e in ENTRIES if e.homepage and not re.fullmatch(r"https?://[^\s]+", e.homepage)] == []


def test_what_was_verified_says_where() -> None:
    lines = [(entry.name, line) for entry in ENTRIES for line in entry.verified]
    assert [pair for pair in lines if not VERIFIED.fullmatch(pair[1])] == []
    assert [entry.name for entry in ENTRIES if len(entry.verified) > 4] == []


def test_a_rule_for_the_version_was_tried_or_says_why_not() -> None:
    untried = [entry.name for entry in ENTRIES if entry.version and not entry.verified and not entry.confused]
    assert untried == []


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ([], "verified = []"),
        (["debian 12 arm64 libz1 1.2-1"], 'verified = ["debian 12 arm64 libz1 1.2-1"]'),
        (["debian 12 arm64 libz1 1.2-1"] * 5, "debian"),
    ],
)
@pytest.mark.parametrize("rule", ['[[entry.version]]\nstring = "z-([0-9.]+)"\n', ""])
def test_the_script_writes_verified_lines_and_nothing_else(
    tmp_path: Path, stated: Sequence[str], said: str, rule: str
) -> None:
    write = cast(
        "Callable[[Path, Mapping[str, Sequence[str]]], int]", runpy.run_path(str(BENCHMARK / "entries.py"))["write"]
    )
    before = (
        f'# Words.\n\n[[entry]]\nname = "z"\nsonames = ["libz.so.1"]\n{rule}\n[[entry]]\nname = "y"\nfiles = ["y"]\n'
    )
    file = tmp_path / "a.toml"
    file.write_text(before)
    write(tmp_path, {"z": stated})
    assert (said in file.read_text()) == bool(stated)
    entries = load.read(file)
    assert [one.verified for one in entries] == [tuple(stated[:4]), ()]
    write(tmp_path, {"z": []})
    assert file.read_text() == before
    assert entries[0].version == load.read(file)[0].version


def test_a_fault_is_told(tmp_path: Path) -> None:
    entries = [Entry(name="a"), Entry(name="a", files=("a",))]
    assert load.faults(entries) == ["a: nothing says which files are its own", "a: the name is there twice"]
    (tmp_path / "b.toml").write_text('[[entry]]\nname = "b"\ncolour = "red"\n')
    with pytest.raises(ValueError, match=r"b\.toml: entry 1 \(b\)"):
        load.read(tmp_path / "b.toml")


@pytest.mark.parametrize(
    ("texts", "seen"),
    [
        ((b"OpenSSL 3.0.13 30 Jan 2024",), []),
        ((b"OpenSSL 3.0.13 30 Jan 2024", b"x509 certificate routines"), [("openssl", "3.0.13")]),
        ((b"RSA part of OpenSSL 1.0.2u  20 Dec 2019",), [("openssl", "1.0.2u")]),
        ((b" inflate 1.2.11 Copyright 1995-2017 Mark Adler ",), [("zlib", "1.2.11")]),
        ((b" inflate 1.3.1.zlib-ng Copyright 1995-2024 Mark Adler ",), []),
        ((b"strongSwan 4.0.0", b"1.2.13"), []),
    ],
)
def test_a_copy_is_told_by_its_code_and_not_by_its_header(
    texts: Sequence[bytes], seen: Sequence[tuple[str, str]]
) -> None:
    data = b"\0".join((b"\x01\x02", *texts, b"\0"))
    found = [(one.name, one.version) for one in sightings.sight(data, None, "opt/vendor/app") if one.inside]
    assert found == seen
