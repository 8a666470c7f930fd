"""What the catalogue sees in one file: its own version, copies inside, and headers' strings that prove nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from firmbom_elf import elf as elf_files
from firmbom_elf.catalogue import load
from firmbom_elf.catalogue.entry import Entry, Version
from firmbom_elf.catalogue.load import Catalogue
from firmbom_elf.facts import Elf, Rule, Sighting
from firmbom_elf.rules import sightings

ENTRIES = load.read(Path(__file__).parent / "data" / "entries.toml")
FURTHER = [
    Entry(name="numbered", sonames=("libnum.so.*",), version=(Version(file=r"^libnum\.so\.(\d+\.\d+\.\d+)$"),)),
    Entry(
        name="twice",
        files=("twice",),
        version=(
            Version(string=r"^twice (\d+\.\d+\.\d+)$"),
            Version(string=r"^also twice (\d+\.\d+\.\d+)$"),
        ),
    ),
    Entry(name="embedded", exports=("emb_a", "emb_b"), version=(Version(string=r"embedded v(\d+\.\d+)"),)),
    Entry(name="nodes", sonames=("libnodes.so.*",), version=(Version(symbol=r"^NODES_(\d+\.\d+(?:\.\d+)?)$"),)),
    Entry(name="late", files=("late",), version=(Version(string=r"^late (\d+\.\d+)$"),), misleads=(r"1\.1$",)),
    Entry(
        name="coded",
        files=("coded",),
        code=("only its code", "says both"),
        version=(
            Version(data=r"(2\d{3}-\d\d-\d\d) [0-9a-f]{8}", releases={"2024-08-13": "3.46.1"}),
            Version(data=r"made_of\x00+(\d\.\d+)\x00"),
        ),
    ),
    Entry(name="picky", files=("common-name", "lib/picky/*"), holds=("picky text",)),
]
LIBRARY = Elf(bits=64, endian="little", machine="aarch64", kind="library", soname="libz.so.1")
PROGRAM = Elf(bits=64, endian="little", machine="aarch64", kind="executable", interpreter="/lib/ld.so")
DEFLATE = b"\0 deflate 1.2.11 Copyright 1995-2017 Jean-loup Gailly \0"


@pytest.fixture(autouse=True)
def few_entries(seen_with: Callable[[Catalogue], None]) -> None:
    seen_with(Catalogue([*ENTRIES, *FURTHER]))


def listed(data: bytes, elf: Elf | None, path: str) -> list[Sighting]:
    return [seen for seen in sightings.sight(data, elf, path) if seen.listed]


def test_a_library_tells_its_own_version() -> None:
    by_name, by_string = listed(DEFLATE, LIBRARY, "usr/lib/libz.so.1.2.11")
    assert (by_name.name, by_name.rule, by_name.own, by_name.version) == ("zlib", Rule.FILE, True, "")
    assert (by_string.version, by_string.rule, by_string.offset, by_string.own) == ("1.2.11", Rule.STRING, 1, True)
    assert by_string.text.startswith(" deflate 1.2.11")
    assert by_string.confidence == 0.9


def test_a_number_that_two_releases_share_is_left_alone() -> None:
    assert {seen.version for seen in listed(b"\0late 1.2\0", PROGRAM, "usr/bin/late")} == {"", "1.2"}
    assert {seen.version for seen in listed(b"\0late 1.1\0", PROGRAM, "usr/bin/late")} == {""}


def test_a_copy_inside_another_file() -> None:
    [seen] = listed(DEFLATE, PROGRAM, "usr/bin/node")
    assert (seen.name, seen.version, seen.own, seen.inside) == ("zlib", "1.2.11", False, True)


def test_any_file_may_hold_a_copy() -> None:
    assert [seen.version for seen in listed(DEFLATE, None, "firmware.bin")] == ["1.2.11"]


def test_a_program_that_loads_openssl_has_the_string_from_its_header() -> None:
    data = b"\0OpenSSL 3.0.16 11 Feb 2025\0"
    linked = Elf(bits=64, endian="little", machine="x", kind="executable", needed=("libcrypto.so.3", "libc.so.6"))
    assert listed(data, linked, "sbin/hostapd") == []
    assert [seen.version for seen in listed(data, PROGRAM, "sbin/hostapd")] == ["3.0.16"]


def test_a_bare_number_counts_in_the_components_own_file_only() -> None:
    own = Elf(bits=64, endian="little", machine="x", kind="library", soname="libyaml-0.so.2")
    assert [seen.rule for seen in listed(b"\x000.2.5\0", own, "lib/libyaml-0.so.2")] == [Rule.FILE, Rule.NUMBER]
    assert listed(b"\x000.2.5\0", PROGRAM, "bin/tool") == []


def test_a_number_without_dots() -> None:
    own = Elf(bits=64, endian="little", machine="x", kind="library", soname="libxml2.so.2")
    assert [seen.version for seen in listed(b"\x0020914\0x20999\0", own, "lib/libxml2.so.2")] == ["", "2.9.14"]


def test_several_versions_share_the_confidence() -> None:
    data = b"\0twice 1.2.3\0twice 1.2.4\0twice 1.2.4\0"
    _, often, seldom = listed(data, PROGRAM, "bin/twice")
    assert (often.version, seldom.version) == ("1.2.4", "1.2.3")
    assert often.confidence > seldom.confidence
    assert often.confidence < 0.9


def test_the_first_rule_that_matches_counts_most() -> None:
    _, first, second = listed(b"\0twice 1.2.3\0also twice 1.2.2\0", PROGRAM, "bin/twice")
    assert (first.version, second.version) == ("1.2.3", "1.2.2")
    assert second.confidence < first.confidence / 2
    _, only = listed(b"\0also twice 1.2.2\0", PROGRAM, "bin/twice")
    assert only.confidence == 0.9


def test_versions_in_file_names() -> None:
    elf = Elf(bits=64, endian="little", machine="x", kind="library", soname="libnum.so.1")
    assert [seen.version for seen in listed(b"", elf, "lib/libnum.so.1.4.2")] == ["", "1.4.2"]


def test_the_highest_version_node_counts() -> None:
    elf = Elf(
        bits=64,
        endian="little",
        machine="x",
        kind="library",
        soname="libnodes.so.1",
        defines=("NODES_1.9", "NODES_1.10.1", "NODES_1.10"),
    )
    assert [seen.version for seen in listed(b"NODES_1.9", elf, "lib/libnodes.so.1")] == ["", "1.10.1"]
    assert [seen.version for seen in listed(b"", elf, "lib/libnodes.so.1")] == [""], "its literal is not in the file"


def test_code_that_exports_show_and_its_version() -> None:
    elf = Elf(bits=64, endian="little", machine="x", kind="executable", exports=frozenset(["emb_a", "emb_b", "main"]))
    shown, told = listed(b"\0embedded v3.1\0", elf, "bin/tool")
    assert (shown.rule, shown.inside, shown.text) == (Rule.SYMBOL, True, "emb_a emb_b")
    assert (told.version, told.inside, told.own) == ("3.1", True, False)


@pytest.mark.parametrize(
    ("data", "versions"),
    [
        (b"\0only its code\0says both\x002024-08-13 c9c2ab54\0", ["", "3.46.1"]),
        (b"\0only its code\0says both\x002024-08-14 c9c2ab54\0", [""]),
        (b"\0only its code\0says both\0made_of\0\0\x003.2\0", ["", "3.2"]),
        (b"\0only its code\x002024-08-13 c9c2ab54\0", []),
        (b"\x002024-08-13 c9c2ab54\0made_of\x003.2\0", []),
    ],
)
def test_code_that_its_texts_show_and_its_version(data: bytes, versions: list[str]) -> None:
    seen = listed(data, PROGRAM, "bin/tool")
    assert [one.version for one in seen] == versions
    assert all((one.name, one.rule, one.inside, one.own) == ("coded", Rule.STRING, True, False) for one in seen)
    assert [(one.offset, one.text) for one in seen[:1]] == [(1, "only its code says both")] * bool(seen)


def test_a_version_in_its_own_bytes() -> None:
    _, told = listed(b"\0made_of\0\x003.2\0", PROGRAM, "bin/coded")
    assert (told.version, told.offset, told.text, told.own) == ("3.2", 10, "made_of  3.2 ", True)


def test_two_releases_of_code_are_two_copies() -> None:
    data = (
        DEFLATE + DEFLATE.replace(b"1.2.11", b"1.2.8") + b"\0OpenSSL 3.0.16 11 Feb 2025\0OpenSSL 1.1.1w 11 Feb 2025\0"
    )
    seen = {(one.name, one.version): one.confidence for one in listed(data, PROGRAM, "bin/tool")}
    assert seen["zlib", "1.2.11"] == seen["zlib", "1.2.8"] == 0.9
    assert {sure for (name, _), sure in seen.items() if name == "openssl"} == {0.9 * 0.9 / 2}, "headers have it too"


def test_a_common_name_counts_only_with_its_text() -> None:
    assert listed(b"", PROGRAM, "bin/common-name") == []
    assert [seen.name for seen in listed(b"\0picky text\0", PROGRAM, "bin/common-name")] == ["picky"]


def test_a_plugin_with_a_program_s_name_is_not_the_program() -> None:
    plugin = Elf(bits=64, endian="little", machine="aarch64", kind="library", soname="late")
    assert not listed(b"\0late 2.7\0", plugin, "usr/lib/shell/late")
    assert [seen.version for seen in listed(b"\0late 2.7\0", PROGRAM, "usr/bin/late")] == ["", "2.7"]
    assert listed(b"\0picky text\0", plugin, "usr/lib/picky/plugin")


def test_distributions_marks_are_cut_off(seen_with: Callable[[Catalogue], None]) -> None:
    seen_with(Catalogue([Entry(name="m", files=("m",), version=(Version(string=r"^Mbed v([\w.+~-]+)$"),))]))
    assert [seen.version for seen in listed(b"\0Mbed v2.28+dfsg-1\0", PROGRAM, "m")] == ["", "2.28"]


def test_what_gcc_makes_with_and_without_section_headers(
    compiled: Callable[..., bytes], without_sections: Callable[[bytes], bytes]
) -> None:
    source = 'const char deflate_copyright[] = " deflate 1.3.1 Copyright 1995-2024 Jean-loup Gailly ";'
    data = compiled(source, "-shared", "-fPIC", "-Wl,-soname,libz.so.1")
    seen = [
        {(one.name, one.version, one.rule) for one in listed(each, elf_files.read(each).elf, "lib/libz.so.1")}
        for each in (data, without_sections(data))
    ]
    assert seen[0] == seen[1] == {("zlib", "", Rule.FILE), ("zlib", "1.3.1", Rule.STRING)}


@pytest.mark.parametrize(
    ("data", "versions"),
    [
        (b"20914\0", ["", "2.9.14"]),
        (b"\xff20914\xff", ["", "2.9.14"]),
        (b"\x0020914", ["", "2.9.14"]),
        (b"\x001\x0020914\x0030000" + b"0" * 40, ["", "2.9.14"]),
        (b"\0a20914\0" + b"\x0020914 \0" + b"\x0020914/\0", [""]),
    ],
)
def test_digits_alone_between_any_bytes(data: bytes, versions: list[str]) -> None:
    own = Elf(bits=64, endian="little", machine="x", kind="library", soname="libxml2.so.2")
    assert [seen.version for seen in listed(data, own, "lib/libxml2.so.2")] == versions


def test_a_text_in_a_string_without_end() -> None:
    long = b"9.9" + b"x" * 1500 + b"\n" + DEFLATE.strip(b"\0") + b"y" * 1500
    [told] = listed(long, PROGRAM, "bin/tool")
    assert (told.name, told.version, told.inside) == ("zlib", "1.2.11", True)


def test_what_an_expression_over_bytes_matches_stands_near_its_literal() -> None:
    far = b"\0made_of" + b"\0" * 1000 + b"3.2\0"
    assert [one.version for one in listed(far, PROGRAM, "bin/coded")] == [""]
    many = b"\0made_of" + b"\xff" * 2000 + b"made_of\0\x003.2\0" + b"\xff" * 2000 + b"made_of"
    assert [one.version for one in listed(many, PROGRAM, "bin/coded")] == ["", "3.2"]


def test_no_file_is_too_odd() -> None:
    for data in (b"", b"\0", b"1.2", b"\xff" * 100, b"1." * 5000, b"\n1.2.3\n" * 3000):
        sightings.sight(data, PROGRAM, "")
        sightings.sight(data, None, "a/b")


def test_a_folder_of_its_own_needs_no_text_that_tells_whose_it_is() -> None:
    assert listed(b"\0nothing\0", PROGRAM, "usr/bin/common-name") == []
    assert [one.name for one in listed(b"\0nothing\0", PROGRAM, "usr/lib/picky/helper")] == ["picky"]
    plugin = Elf(bits=64, endian="little", machine="aarch64", kind="library")
    assert listed(b"\0nothing\0", plugin, "usr/lib/picky/others-plugin.so") == []


@pytest.mark.parametrize("pattern", [r"^demo (\d+(?:\.\d+)+)$", r"^demo (\d+(?:\.\d+)*)$", r"(?i)^DEMO (\d\.\d)$"])
def test_a_text_with_a_short_word_is_read_in_the_component_s_own_file(
    pattern: str, seen_with: Callable[[Catalogue], None]
) -> None:
    seen_with(Catalogue([Entry(name="demo", files=("demo",), version=(Version(string=pattern),))]))
    data = b"\0other 5.6\0demo 1.2\0"
    assert [one.version for one in sightings.sight(data, None, "bin/demo") if one.listed] == ["", "1.2"]
    assert [one for one in sightings.sight(data, None, "bin/other") if one.listed] == []
