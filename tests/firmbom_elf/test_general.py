"""Files of which the catalogue knows nothing tell their version by what stands in them and around it."""

from __future__ import annotations

import msgspec
import pytest

from firmbom_elf.facts import Elf, Rule, Sighting
from firmbom_elf.rules import sightings

LIBRARY = Elf(bits=32, endian="little", machine="arm", kind="library", soname="libthing.so.3")
PROGRAM = Elf(bits=32, endian="little", machine="arm", kind="executable", interpreter="/lib/ld.so")
WORDS = b"\0cannot open the file\0"


pytestmark = pytest.mark.usefixtures("no_entries")


def seen(data: bytes, elf: Elf = PROGRAM, path: str = "usr/bin/thing") -> list[Sighting]:
    return list(sightings.sight(data, elf, path))


def sure(data: bytes, version: str, elf: Elf = PROGRAM, path: str = "usr/bin/thing") -> float:
    return max((one.confidence for one in seen(data, elf, path) if one.version == version), default=0)


def test_a_file_is_called_what_it_calls_itself() -> None:
    [one] = seen(b"", LIBRARY, "lib/other.so.3")
    assert (one.name, one.rule, one.own, one.listed, one.text) == ("libthing", Rule.FILE, True, False, "libthing.so.3")


def test_only_programs_and_libraries() -> None:
    assert sightings.sight(b"\0thing 1.2.3\0", None, "thing") == ()
    assert sightings.sight(b"\0thing 1.2.3\0", msgspec.structs.replace(PROGRAM, kind="object"), "thing.o") == ()


def test_the_project_of_a_program() -> None:
    def project(data: bytes) -> str:
        return seen(data)[0].name

    assert project(b"\0Report bugs to <bug-coreutils@gnu.org>\0") == "coreutils"
    assert project(b"\0see <https://www.gnu.org/software/tar/>\0") == "tar"
    assert project(b"\0encodings: http://www.gnu.org/software/libiconv/\0") == "thing"
    assert project(b"\0%s (mtd-utils) %s\n\0") == "mtd-utils"
    assert project(b"\0thing (Thing Suite) version %s\n\0") == "thing-suite"
    assert project(b"\0%s (one) %s\0%s (two) %s\0") == "thing"
    assert project(b"\0%s (one) %s\0%s (thing-tools) %s\0") == "thing-tools"


def test_a_number_alone_says_something_among_words() -> None:
    assert sure(WORDS + b"4.17.2" + WORDS, "4.17.2") >= 0.5
    assert 0 < sure(WORDS + b"5.66" + WORDS, "5.66") < 0.4
    assert sure(WORDS + b"thing version\0" + b"5.66" + WORDS, "5.66") >= 0.6
    assert sure(b"\0\x01\x024.17\0\x03", "4.17") < 0.5


def test_the_series_of_an_interface_is_no_release() -> None:
    interface = msgspec.structs.replace(LIBRARY, soname="libthing-5.66.so.3")
    release = msgspec.structs.replace(LIBRARY, soname="libthing-5.66.so")
    text = WORDS + b"5.66\0thing is here\0"
    assert sure(text, "5.66", interface, "lib/libthing-5.66.so.3") < 0.3 < sure(text, "5.66", release, "lib/l.so")


def test_context_makes_a_number_surer() -> None:
    plain = sure(WORDS + b"5.66" + WORDS, "5.66")
    assert sure(WORDS + b"5.66\0%s version %s\0", "5.66") > plain
    assert sure(WORDS + b"5.66\0thing is here\0", "5.66") > plain
    assert sure(b"\x01\x02\0" + b"5.66~ds1\0", "5.66") > sure(b"\x01\x02\0" + b"5.66\0", "5.66")
    assert sure(WORDS + b"5.66" + WORDS, "5.66", LIBRARY, "lib/libthing.so.5.66") > plain
    assert sure(WORDS + b"5.66" + WORDS, "5.66", PROGRAM, "bin/thing5") > plain
    assert sure(WORDS + b"8.39 2016-06-14" + WORDS, "8.39") > plain


def test_what_speaks_against_a_number() -> None:
    plain = sure(WORDS + b"4.17.2" + WORDS, "4.17.2")
    assert sure(WORDS + b"4.17.2\0compiled with libuv %s\0", "4.17.2") < plain
    assert sure(b"\0gcc \x0012.2.0\0", "12.2.0") < 0.2
    assert sure(WORDS + b"4.17.2\0004.18.1\0004.19.1\0", "4.17.2") < plain
    assert sure(WORDS + b"2.6.36" + WORDS, "2.6.36") < plain
    assert sure(WORDS + b"4.17.2" + WORDS, "4.17.2", msgspec.structs.replace(LIBRARY, soname=""), "lib/x/p.so") < plain


@pytest.mark.parametrize(
    "number",
    [b"127.0.0.1", b"802.11.5", b"1.1", b"0.0.0", b"15.0.0", b"1.3.6.1.4.1", b"0.5", b"1.2.840.10008", b"9.0e+999"],
)
def test_numbers_that_are_no_versions(number: bytes) -> None:
    assert not [one for one in seen(WORDS + number + WORDS) if one.rule is Rule.NUMBER]


@pytest.mark.parametrize(
    ("imports", "number", "kept"),
    [
        ("deflateInit2_", b"1.2.13", False),
        ("png_create_read_struct", b"1.6.39", False),
        ("gcry_check_version", b"1.10.1", False),
        ("puts", b"1.2.13", True),
    ],
)
def test_versions_that_headers_hand_over(imports: str, number: bytes, kept: bool) -> None:
    elf = msgspec.structs.replace(PROGRAM, imports=frozenset([imports]))
    assert (sure(WORDS + number + WORDS, number.decode(), elf) > 0) is kept


@pytest.mark.parametrize(
    ("beside", "number"),
    [
        (b"\0OCAMLRUNPARAM\0", b"5.3.0"),
        (b"\0--diagnostic-code\0", b"5.1.2"),
        (b"\0module was compiled for Python %s\0", b"4.17.1"),
        (b"\0Powered by Jitter %s.\0", b"0.9.28"),
        (b"\0error finding an engine\0", b"2.1.14"),
        (b"\0xmlns\0", b"1.4.1"),
        (b"\0the file is incompatible\0", b"0.2.4"),
        (b"\00014:18:44\0Jan  4 2022\0", b"11.2.0"),
        (b"\0zlib version: %s (%s)\0", b"1.2.13"),
        (b"\0cannot say\x003.39.4\0", b"12.2.0"),
    ],
)
def test_numbers_of_something_else(beside: bytes, number: bytes) -> None:
    assert sure(WORDS + number + beside, number.decode()) < sure(WORDS + number + WORDS, number.decode())


def test_a_pair_of_numbers_among_code_is_chance() -> None:
    code = b"\0dVi\0lRm\0tRy\0"
    assert sure(code + b"4.9" + code, "4.9") < 0.25
    assert sure(b"\0N8Thing7ReaderE\0" + b"1.4" + b"\0N8Thing6WriterE\0", "1.4") < 0.25


def test_a_library_speaks_of_other_versions_unless_it_tells_its_own() -> None:
    data = WORDS + b"1.10" + b"\0version of the protocol\0"
    assert sure(data, "1.10", LIBRARY, "lib/libthing.so.3") < 0.25
    telling = msgspec.structs.replace(LIBRARY, exports=frozenset(["thing_version"]))
    assert sure(data, "1.10", telling, "lib/libthing.so.3") >= 0.5
    assert sure(data, "1.10", LIBRARY, "lib/libthing.so.1.10") >= 0.5


def test_a_text_with_a_place_for_the_version() -> None:
    other = sure(WORDS + b"5.66\0%s: no version\0", "5.66")
    assert sure(WORDS + b"5.66\0Thing %s (%s)\0", "5.66") > other
    assert sure(WORDS + b"5.66\0cannot open %s/thing\0", "5.66") < sure(WORDS + b"5.66\0thing v%s\0", "5.66")


def test_a_file_of_many_versions() -> None:
    many = b"".join(b"\0Version 1.%d.1\0" % number for number in range(1, 6))
    assert sure(WORDS + b"5.5.5" + WORDS + many, "5.5.5") < sure(WORDS + b"5.5.5" + WORDS, "5.5.5")


def test_an_address_that_is_easily_remembered() -> None:
    assert sure(WORDS + b"8.8.8.8" + WORDS, "8.8.8.8") == 0


def test_a_toolkits_version_is_no_programs() -> None:
    def built(*nodes: str) -> float:
        elf = msgspec.structs.replace(PROGRAM, requires=tuple(("libQt5Core.so.5", node) for node in nodes))
        return sure(WORDS + b"5.15.8" + WORDS, "5.15.8", elf)

    assert built("Qt_5", "Qt_5.15") == 0
    assert built() == built("Qt_6") == built("Qt_5", "Qt_5_PRIVATE_API") >= 0.5


def test_a_helper_holds_the_number_of_whom_it_helps() -> None:
    rest = b"\0version\0heat map %s\0"
    assert sure(WORDS + b"0.29\0" + rest, "0.29", PROGRAM, "usr/bin/heat") >= 0.5
    assert sure(WORDS + b"0.29\0" + rest, "0.29", PROGRAM, "usr/lib/lights/heat") < 0.5
    assert sure(WORDS + b"0.29\0lights\0" + rest, "0.29", PROGRAM, "usr/lib/lights/heat") >= 0.5


def test_many_object_identifiers() -> None:
    assert not [one for one in seen(b"\x001.2.3.4.5\x001.2.3.4.6\0" + WORDS) if one.rule is Rule.NUMBER]


def test_a_number_that_fills_the_file_is_a_table() -> None:
    numbers = b"\0".join(b"4.%d.7" % number for number in range(20, 40))
    assert all(one.confidence < 0.3 for one in seen(WORDS + numbers + WORDS) if one.rule is Rule.NUMBER)


def test_releases_and_version_nodes() -> None:
    elf = msgspec.structs.replace(LIBRARY, defines=("THING_1.2", "THING_1.10", "THING_PRIVATE_1.10.4", "OTHER_9.9"))
    found = {(one.rule, one.version): one.confidence for one in seen(b"", elf, "lib/libthing-1.10.4.so")}
    assert found[Rule.SYMBOL, "1.10.4"] == 0.6
    assert found[Rule.FILE, "1.10.4"] == 0.6
    plain = msgspec.structs.replace(LIBRARY, defines=("THING_1.2",))
    found = {(one.rule, one.version): one.confidence for one in seen(b"", plain, "lib/libthing.so.1.2")}
    assert found == {(Rule.FILE, ""): 0.3, (Rule.FILE, "1.2"): 0.2, (Rule.SYMBOL, "1.2"): 0.2}


def test_the_series_in_a_soname_is_no_release() -> None:
    elf = msgspec.structs.replace(LIBRARY, soname="libthing-2.4.so.1")
    assert sure(b"\0libthing-2.4 x\0", "2.4", elf, "lib/libthing-2.4.so.1") < 0.5


def test_the_series_of_a_library_that_is_loaded_is_no_release() -> None:
    told = b"\0 thing-0.4\0"
    assert sure(told, "0.4") >= 0.5
    assert sure(told, "0.4", msgspec.structs.replace(PROGRAM, needed=("libc.so.6", "libthing-0.4.so.0"))) < 0.5
    elf = msgspec.structs.replace(LIBRARY, soname="libthing-4.so.1")
    assert sure(b"\0 thing-4.0 \0", "4.0", elf, "lib/libthing-4.so.1") < 0.5


def test_a_number_of_a_header_is_not_the_files_own() -> None:
    data = WORDS + b"0.10.6" + WORDS
    assert sure(data, "0.10.6") >= 0.5
    assert sure(data, "0.10.6", msgspec.structs.replace(PROGRAM, imports=frozenset(["ssh_version"]))) == 0


def test_first_drafts_and_mentions_tell_little() -> None:
    assert sure(b"\0thing version 0.0.1\0", "0.0.1") < 0.5
    assert sure(b"\0OpenThing 1.17 (compatibility export)\0", "1.17") < 0.5
    assert sure(b"\0Tracker / OpenThing 1.17\0", "1.17") == 0


def test_a_library_that_tells_its_version_holds_it() -> None:
    silent = sure(b"\0\x01\x025.6.1\0\x03", "5.6.1", LIBRARY, "lib/libthing.so.3")
    telling = msgspec.structs.replace(LIBRARY, exports=frozenset(["ThingGetLibraryVersionString"]))
    assert sure(b"\0\x01\x025.6.1\0\x03", "5.6.1", telling, "lib/libthing.so.3") > silent


def test_a_plugin_counts_its_own_releases() -> None:
    data = WORDS + b"4.17.2" + WORDS
    plain = sure(data, "4.17.2", LIBRARY, "lib/libthing.so.3")
    assert sure(data, "4.17.2", LIBRARY, "usr/lib/server/plugins/libthing.so.3") < plain
    assert sure(data, "4.17.2", LIBRARY, "usr/lib/thing/libthing.so.3") == plain
    named = sure(WORDS + b"4.17.2\0the thing\0", "4.17.2", LIBRARY, "usr/lib/server/plugins/libthing.so.3")
    assert named > sure(data, "4.17.2", LIBRARY, "usr/lib/server/plugins/libthing.so.3")


def test_a_soname_that_holds_a_release_speaks_against_other_numbers() -> None:
    data = WORDS + b"4.17.2" + WORDS
    whole = msgspec.structs.replace(LIBRARY, soname="libthing.so.2.4.0")
    assert sure(data, "4.17.2", whole, "lib/libthing.so.2.4.0") < sure(data, "4.17.2", LIBRARY, "lib/libthing.so.3")
    series = msgspec.structs.replace(LIBRARY, soname="libthing.so.2.4")
    assert sure(data, "4.17.2", series, "lib/libthing.so.2.4.0") < sure(data, "4.17.2", LIBRARY, "lib/libthing.so.3")
    same = msgspec.structs.replace(LIBRARY, soname="libthing.so.4.17.2")
    assert sure(data, "4.17.2", same, "lib/libthing.so.4.17.2") >= 0.5


def test_a_suffix_tells_of_a_librarys_number() -> None:
    assert sure(WORDS + b"2.42-May2013" + WORDS, "2.42", LIBRARY, "lib/libthing.so.0") > 0.25


def test_the_numbers_of_a_soname_are_an_interfaces_where_there_are_others() -> None:
    elf = msgspec.structs.replace(LIBRARY, soname="libthing.so.6")
    alone = sure(WORDS + b"6.2.4" + WORDS, "6.2.4", elf, "lib/libthing.so.6.2.4")
    assert sure(WORDS + b"6.2.4" + WORDS + b"1.4.7" + WORDS, "6.2.4", elf, "lib/libthing.so.6.2.4") < alone
