"""Entries are read, indexed and checked."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from firmbom_elf.catalogue import load
from firmbom_elf.catalogue.entry import Entry, Licensed, Version
from firmbom_elf.catalogue.load import Catalogue
from firmbom_elf.catalogue.packed import packed
from firmbom_elf.catalogue.patterns import fits
from firmbom_elf.strings.automaton import Literal

ENTRIES = Path(__file__).parent / "data" / "entries.toml"


@pytest.fixture
def known() -> Catalogue:
    return Catalogue(load.read(ENTRIES))


def test_it_is_read_once() -> None:
    assert load.catalogue() is load.catalogue()


def _told(known: Catalogue) -> list[tuple[Entry, list[tuple[Version, tuple[Literal, ...]]]]]:
    """All but what is for people."""
    return [
        (replace(entry, confused="", verified=()), [(rule.version, rule.literals) for rule in known.rules[name]])
        for name, entry in known.entries.items()
    ]


def test_what_a_wheel_carries_says_what_the_files_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = load.read(ENTRIES)
    made = tmp_path / "catalogue.msgpack"
    made.write_bytes(packed(entries))
    monkeypatch.setattr(load, "PACKED", made)
    assert _told(load.catalogue.__wrapped__()) == _told(Catalogue(entries))
    assert packed(entries) == made.read_bytes()


def test_the_catalogue_of_this_installation_is_that_of_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    carried = load.catalogue()
    monkeypatch.setattr(load, "PACKED", tmp_path / "none")
    assert _told(carried) == _told(load.catalogue.__wrapped__())


def test_owners_by_soname_and_name(known: Catalogue) -> None:
    def owners(path: str, soname: str = "") -> list[str]:
        return [entry.name for entry, _ in known.owners(path, soname)]

    assert owners("usr/lib/libz.so.1.2.13", "libz.so.1") == ["zlib"]
    assert owners("usr/lib/libz.so.1") == ["zlib"]
    assert owners("usr/lib/renamed.so", "libz.so.1") == ["zlib"]
    assert owners("usr/bin/openssl") == ["openssl"]
    assert owners("usr/bin/openssl-tool") == []
    assert owners("") == []


def test_the_most_specific_pattern_comes_first() -> None:
    known = Catalogue(
        [
            Entry(name="wide", files=("ab*",)),
            Entry(name="path", files=("lib/x/ab*",)),
            Entry(name="exact", files=("abc",)),
            Entry(name="class", files=("[ab]bc",)),
        ]
    )
    assert [entry.name for entry, _ in known.owners("usr/lib/x/abc", "")] == ["exact", "path", "class", "wide"]
    assert [entry.name for entry, _ in known.owners("usr/lib/y/abd", "")] == ["wide"]


@pytest.mark.parametrize(
    ("pattern", "fitting", "other"),
    [
        ("libz.so.*", "libz.so.1", "libz.so"),
        ("ls", "ls", "lsx"),
        ("l?", "ls", "lss"),
        ("l[st]", "lt", "la"),
        ("*-ls", "a-ls", "a-lsx"),
        ("l*s*", "laser", "later"),
        ("a*a", "aa", "a"),
        ("a*b*c", "a.b.b.c", "abcb"),
        ("*a*a*", "xaya", "xay"),
        ("", "", "a"),
        ("*", "any", None),
    ],
)
def test_patterns_are_those_of_a_shell(pattern: str, fitting: str, other: str | None) -> None:
    assert fits(fitting, pattern)
    assert other is None or not fits(other, pattern)


def test_code_inside_is_told_by_all_exports(known: Catalogue) -> None:
    assert [entry.name for entry in known.contained(["inflateCodesUsed", "inflateUndermine", "x"])] == ["zlib"]
    assert known.contained(["inflateCodesUsed"]) == []


def test_groups_make_the_version(known: Catalogue) -> None:
    [xml] = known.rules["libxml2"]
    assert xml.search("20914") == "2.9.14"
    assert xml.search("x20914") == ""
    assert xml.bare
    assert not xml.dotted


def test_the_number_of_a_library_tells_the_release() -> None:
    listed = Version(file=r"^libz\.so\.(\d+\.\d+\.\d+)$", releases={"9.2.0": "1.5", "11.1.0": "1.7.3"})
    short = Version(file=r"^libw\.so\.0\.(\d)(\d\d)\.0$", leading="1", integers=True)
    rules = Catalogue([Entry(name="z", sonames=("libz.so.*",), version=(listed, short))]).rules["z"]
    assert [rules[0].search(f"libz.so.{number}") for number in ("11.1.0", "9.2.0", "12.0.0")] == ["1.7.3", "1.5", ""]
    assert [rules[1].search(f"libw.so.{number}") for number in ("0.906.0", "0.906")] == ["1.9.6", ""]


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        (
            Entry(name="a", files=("a",), version=(Version(),)),
            "exactly one of string, symbol, file, data and number, not 0",
        ),
        (
            Entry(name="a", files=("a",), version=(Version(string="abcd (1)", file="a-(1)"),)),
            "exactly one of string, symbol, file, data and number, not 2",
        ),
        (Entry(name="a", files=("a",), version=(Version(string="abcd (1"),)), "missing )"),
        (Entry(name="a", files=("a",), version=(Version(string="abcd 1"),)), "no group that is the version"),
        (Entry(name="a", files=("a",), version=(Version(string=r"^v(\d)"),)), "not anchored at both ends"),
        (Entry(name="a", version=(Version(string=r"^(\d+\.\d)$", inside=True),)), "proves nothing in other files"),
        (Entry(name="a", version=(Version(file=r"^a-(\d+)$", inside=True),)), "says nothing of what is inside"),
        (Entry(name="a", files=("a",), version=(Version(data=r"a\x00(1"),)), "missing )"),
        (Entry(name="a", version=(Version(data=r"a\x00(1)", inside=True),)), "says nothing of what is inside"),
        (Entry(name="a", version=(Version(file=r"^a-(\d)$", leading="v1"),)), "'v1' leads groups"),
        (Entry(name="a", version=(Version(file=r"^a-(\d)$", leading="1", releases={"1": "2"}),)), "'1' leads groups"),
        (Entry(name="a", version=(Version(number="a_v", units=(10, 1), leading="1"),)), "'1' leads groups"),
        (Entry(name="a", files=("a",), code=("abcd", "abc")), "'abc' is too short"),
        (Entry(name="a"), "nothing says which files are its own"),
        (Entry(name="a", licence="mit"), "'mit' is no SPDX expression, which might be 'MIT'"),
        (Entry(name="a", licensed=(Licensed(before="2", licence="my own"),)), "might be 'LicenseRef-my-own'"),
        (Entry(name="a", licensed=(Licensed(before="2.0"), Licensed(before="2.0"))), "2.0 does not follow 2.0"),
        (Entry(name="a", licensed=(Licensed(before="2.10"), Licensed(before="2.9"))), "2.9 does not follow 2.10"),
        (Entry(name="a", licensed=(Licensed(before="2.x"),)), "'2.x' is no release"),
    ],
)
def test_faults_are_told(entry: Entry, fault: str) -> None:
    assert fault in "\n".join(load.faults([entry]))


@pytest.mark.parametrize(
    ("version", "licence"),
    [
        ("0.9", ""),
        ("1.0.2u", "Artistic-2.0"),
        ("2.9.14", "Artistic-2.0"),
        ("2.10", "MIT"),
        ("2.10a", "MIT"),
        ("2.10.0-rc1", "MIT"),
        ("10.2p1", "MIT"),
        ("3", "MIT"),
        ("2", ""),  # which 2?
        ("", ""),
        ("0f1e2d3", ""),
        ("master", ""),
    ],
)
def test_a_release_has_the_licence_of_its_time(version: str, licence: str) -> None:
    earlier = (Licensed(before="1.0"), Licensed(before="2.10", licence="Artistic-2.0"))
    assert load.licence_of(Entry(name="a", licence="MIT", licensed=earlier), version) == licence
    assert load.licence_of(Entry(name="a", licence="MIT"), version) == "MIT"


def test_the_licence_of_a_release_of_the_catalogue() -> None:
    said = {version: [one.value for one in load.licences("openssl", version)] for version in ("1.1.1w", "3.0.16", "")}
    assert said == {"1.1.1w": ["OpenSSL"], "3.0.16": ["Apache-2.0"], "": []}
    assert load.licences("nobody-knows-it", "1.0") == ()


def test_a_name_twice_is_a_fault() -> None:
    entry = Entry(name="a", files=("a",))
    assert load.faults([entry, entry]) == ["a: the name is there twice"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[entry]\n", r"broken.toml: .*line 1"),
        ('[[entry]]\nname = "a"\ncpes = []\n', r"broken.toml: entry 1 \(a\): .*cpes"),
        ('[[entires]]\nname = "a"\n', r"broken.toml: .*nothing else, not entires"),
        ("entry = [1]\n", r"broken.toml: entry 1 \(None\)"),
    ],
)
def test_what_is_no_catalogue_names_file_and_entry(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "broken.toml").write_text(text)
    with pytest.raises(ValueError, match=told):
        load.read(tmp_path / "broken.toml")


def test_expressions_that_mislead_are_expressions() -> None:
    [fault] = load.faults([Entry(name="a", files=("a",), misleads=("ok", "(1"))])
    assert fault.startswith("a: '(1': ")
