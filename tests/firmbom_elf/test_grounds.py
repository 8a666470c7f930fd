"""What versions rest on: each ground is told from bytes, has been measured, and decides whether a version is stated."""

from __future__ import annotations

import msgspec
import pytest

from firmbom_elf.beside import pkg_config
from firmbom_elf.deciding import decide, stating
from firmbom_elf.deciding.bearer import Bearer
from firmbom_elf.facts import Elf, Examined, Rule, Sighting
from firmbom_elf.grounds import MEASURED, STATED, Ground, precise, strongest
from firmbom_elf.rules import sightings

PROGRAM = Elf(bits=32, endian="little", machine="arm", kind="executable", interpreter="/lib/ld.so")
LIBRARY = Elf(bits=32, endian="little", machine="arm", kind="library", soname="libthing.so.3")
LIBRARY_OF_A_FOLDER = Elf(bits=32, endian="little", machine="arm", kind="library", soname="extra.so")
WORDS = b"\0cannot open the file\0"


pytestmark = pytest.mark.usefixtures("no_entries")


def read(data: bytes, version: str, elf: Elf = PROGRAM, path: str = "usr/bin/thing") -> set[Ground]:
    return {one.ground for one in sightings.sight(data, elf, path) if one.version == version}


@pytest.mark.parametrize(
    ("data", "version", "ground"),
    [
        (b"\0/build/thing-1.2.3=.\0", "1.2.3", Ground.BUILD),
        (b"\0thing (GNU thing) 1.2.3\0", "1.2.3", Ground.BRACKETS),
        (b"\0%s version 1.2.3\0", "1.2.3", Ground.ITSELF),
        (b"\0%s version 1.2\0", "1.2", Ground.ABOUT),
        (b"\0Version 1.2.3\0", "1.2.3", Ground.ABOUT),
        (b"\0thing 1.2.3\0", "1.2.3", Ground.PACKAGE),
        (b"\0thing-1.2.3\0", "1.2.3", Ground.PACKAGE),
        (b"\0Thing 1.2.3\0", "1.2.3", Ground.TEXT),
        (b"\0thing 1.2.3 by somebody\0", "1.2.3", Ground.TEXT),
        (b"\0thing 1.2.3 by somebody\0  --version  tell it\0", "1.2.3", Ground.OPTION),
        (b"\0other 1.2.3\0", "1.2.3", Ground.OTHER),
    ],
)
def test_texts(data: bytes, version: str, ground: Ground) -> None:
    assert read(data, version) == {ground}


def test_a_library_says_something_about_some_version() -> None:
    assert read(b"\0Version 1.2.3\0", "1.2.3", LIBRARY, "lib/libthing.so.3") == {Ground.ABOUT}


def test_the_package_string_of_another_component_that_the_name_begins_with_is_a_text() -> None:
    assert read(b"\0thing-2.49.0\0", "2.49.0", path="usr/bin/thing-cinnabar") == {Ground.PACKAGE}
    assert read(b"\0git/2.49.0\0", "2.49.0", path="usr/bin/git-cinnabar") == {Ground.TEXT}
    assert read(b"\0git/2.49.0\0", "2.49.0", path="usr/bin/git") == {Ground.PACKAGE}


def test_names_of_files_and_nodes() -> None:
    assert read(b"", "9.18.49", LIBRARY, "lib/libthing-9.18.49.so") == {Ground.RELEASE}
    assert read(b"", "1.2.3", LIBRARY, "lib/libthing.so.1.2.3") == {Ground.NAME}
    unit = "libHSthing-1.2.3-EXCjDZhHnFbHNFWMzKOZS6-ghc9.0.2.so"
    assert read(b"", "1.2.3", LIBRARY, f"lib/{unit}") == {Ground.UNIT}
    private = Elf(bits=32, endian="little", machine="arm", kind="library", defines=("LIBTHING_PRIVATE_1.14.10",))
    assert read(b"", "1.14.10", private, "lib/libthing.so.3") == {Ground.RELEASE}


def test_a_number_in_a_program_is_a_number() -> None:
    assert read(WORDS + b"  --version\0\x001.2.3\0\0", "1.2.3") == {Ground.NUMBER}


def test_a_number_beside_a_librarys_name() -> None:
    assert read(b"\0thing library\x001.2.3\0\0", "1.2.3", LIBRARY, "lib/libthing.so.3") == {Ground.BESIDE}
    for beside in (b"too old", b"version mismatch", b"zlib version: %s"):
        data = b"\0thing library\0" + beside + b"\x001.2.3\0\0"
        assert read(data, "1.2.3", LIBRARY, "lib/libthing.so.3") == {Ground.NUMBER}
    module = LIBRARY_OF_A_FOLDER, "lib/python3/dist-packages/thing.cpython-311-arm-linux-gnueabihf.so"
    assert read(b"\0thing library\x001.2.3\0\0", "1.2.3", *module) == {Ground.NUMBER}
    assert read(b"\0thing library\x007.4\0\0", "7.4", LIBRARY, "lib/libthing.so.3") == {Ground.NUMBER}
    assert read(b"\0thing library\x001.2.3-rc1\0\0", "1.2.3", LIBRARY, "lib/libthing.so.3") <= {Ground.NUMBER}
    assert read(WORDS + b"1.2.3\0\0", "1.2.3", LIBRARY, "lib/libthing.so.3") == {Ground.NUMBER}


@pytest.mark.parametrize(
    "text",
    [
        b"%s version %s",
        b"thing version %s",
        b"thing %s",
        b"thing (%s)",
        b"Thing, version %s (%s)",
        b"thing - Version: %s",
        b"%s: version v%s",
    ],
)
def test_a_number_beside_the_text_that_tells_the_version(text: bytes) -> None:
    for data in (WORDS + b"1.2.3\0" + text + b"\0", WORDS + text + b"\n\0\0\x001.2.3\0"):
        assert read(data, "1.2.3") == {Ground.ASKED}


@pytest.mark.parametrize(
    "data",
    [
        b"1.2.3\0other version %s\0",
        b"1.2.3\0%s %s\0",
        b"1.2.3\0%s: %s\0",
        b"1.2.3\0thing: %s\0",
        b"1.2.3\0thing %s is not there\0",
        b"1.2.3\0thing failed: %s\0",
        b"1.2.3\0cannot open it\0thing version %s\0",
        b"1.2.3\0" + bytes(20) + b"thing version %s\0",
        b"1.2.3-rc1\0thing version %s\0",
        b"1.2.3-dev\0thing version %s\0",
    ],
)
def test_a_number_beside_another_text_is_a_number(data: bytes) -> None:
    assert read(WORDS + data, "1.2.3") <= {Ground.NUMBER}


def test_a_number_of_two_needs_the_name_and_the_word() -> None:
    assert read(WORDS + b"7.4\0thing version %s\0", "7.4") == {Ground.ASKED}
    assert read(WORDS + b"7.4\0%s version %s\0", "7.4") == {Ground.NUMBER}
    assert read(WORDS + b"7.4\0thing %s\0", "7.4") == {Ground.NUMBER}
    assert read(WORDS + b"7.4-dev\0thing version %s\0", "7.4") <= {Ground.NUMBER}
    assert read(WORDS + b"1.2.3\0[ version %s\0", "1.2.3", path="usr/bin/[") == {Ground.NUMBER}


def test_only_programs_say_so() -> None:
    found = read(b"\0some text is here\x001.2.3\0thing version %s\0", "1.2.3", LIBRARY, "lib/libthing.so.3")
    assert found
    assert Ground.ASKED not in found


def test_metadata() -> None:
    [one] = pkg_config.sight(b"Version: 1.2.3\nLibs: -lthing\n", "thing.pc")
    assert one.ground is Ground.METADATA


def test_every_ground_but_a_likeness_was_measured() -> None:
    assert set(MEASURED) == set(Ground) - {Ground.LIKENESS}
    assert all(0 <= one.right <= one.told and one.told for one in MEASURED.values())
    assert precise(Ground.LIKENESS)


@pytest.mark.parametrize(
    ("seen", "listed", "ground"),
    [
        ([(Ground.NUMBER, 0.8), (Ground.TEXT, 0.8)], False, Ground.TEXT),
        ([(Ground.NUMBER, 0.8), (Ground.PACKAGE, 0.8)], False, Ground.TWICE),
        ([(Ground.NUMBER, 0.8), (Ground.PACKAGE, 0.1)], False, Ground.NUMBER),
        ([(Ground.NUMBER, 0.8), (Ground.NAME, 0.2)], False, Ground.AGREED),
        ([(Ground.NAME, 0.2)], False, Ground.NAME),
        ([(Ground.PACKAGE, 0.8)], True, Ground.SILENT),
        ([(Ground.PACKAGE, 0.8), (Ground.RULE, 0.9)], True, Ground.RULE),
        ([(Ground.BUILD, 0.8)], True, Ground.BUILD),
        ([], False, Ground.OTHER),
    ],
)
def test_the_strongest_counts(seen: list[tuple[Ground, float]], listed: bool, ground: Ground) -> None:
    assert strongest("1.2.3", seen, listed=listed) is ground


def test_what_interfaces_begin_with_agrees_with_nothing() -> None:
    assert strongest("1.0.0", [(Ground.NUMBER, 0.8), (Ground.NAME, 0.2)], listed=False) is Ground.NUMBER


def told(*versions: tuple[str, Ground, float], path: str = "usr/bin/thing") -> Bearer:
    named = Sighting(name="thing", rule=Rule.FILE, confidence=0.3, listed=False, own=True)
    seen = tuple(
        Sighting(
            name="thing",
            version=version,
            rule=Rule.STRING,
            confidence=sure,
            listed=False,
            own=True,
            text=version,
            ground=ground,
        )
        for version, ground, sure in versions
    )
    file = Examined(path=path, place=path, elf=PROGRAM)
    return Bearer(file=file, name="thing", listed=False, named=named, evidence=seen)


def test_a_version_that_is_often_wrong_is_not_stated_and_still_known() -> None:
    weak, sound = told(("1.2.3", Ground.NUMBER, 0.8)), told(("1.2.3", Ground.BUILD, 0.8))
    assert list(decide.decided([weak])) == [("thing", "")]
    assert list(decide.decided([sound])) == [("thing", "1.2.3")]
    assert list(decide.decided([weak], share=MEASURED[Ground.NUMBER].share)) == [("thing", "1.2.3")]
    assert decide.decided([weak])["thing", ""][0].evidence[0].version == "1.2.3"


def test_files_of_a_version_that_is_not_stated_follow_the_one_that_is() -> None:
    sound = told(("1.2.3", Ground.BUILD, 0.8))
    weak = told(("1.1.0", Ground.NUMBER, 0.8), path="usr/bin/thing2")
    assert stating.stated({"1.2.3": [sound], "1.1.0": [weak]}, listed=False, share=STATED) == {"1.2.3": [sound, weak]}
    assert stating.stated({"1.1.0": [weak], "": [sound]}, listed=False, share=STATED) == {"": [weak, sound]}


def test_a_plugin_tells_the_release_that_it_was_built_for() -> None:
    host = told(("1.22.1", Ground.RULE, 0.9), path="usr/sbin/thing")
    guest = told(("1.22.1", Ground.RULE, 0.9), path="usr/lib/thing/modules/extra.so")
    guest = msgspec.structs.replace(guest, file=msgspec.structs.replace(guest.file, elf=LIBRARY_OF_A_FOLDER))
    assert list(decide.decided([guest])) == [("thing", "")]
    assert list(decide.decided([guest, host])) == [("thing", "1.22.1")]


def test_a_program_in_somebodys_folder_counts_releases_of_its_own() -> None:
    part = told(("1.2.3", Ground.ITSELF, 0.6), path="usr/lib/gimp/plug-ins/thing")
    assert list(decide.decided([part])) == [("thing", "")]
    own = told(("1.2.3", Ground.ITSELF, 0.6), path="usr/lib/thing/bin/thing")
    assert list(decide.decided([own])) == [("thing", "1.2.3")]


def test_a_better_ground_for_another_version_speaks_against_one() -> None:
    against = told(("1.2.3", Ground.TWICE, 0.9), ("15.0.6", Ground.ITSELF, 0.6))
    assert list(decide.decided([against])) == [("thing", "")]
    series = told(("1.2.3", Ground.TWICE, 0.9), ("1.2", Ground.ITSELF, 0.5))
    assert list(decide.decided([series])) == [("thing", "1.2.3")]
    beside = told(("4.5.0", Ground.BESIDE, 0.9), ("0.2.11", Ground.TEXT, 0.6))
    assert list(decide.decided([beside])) == [("thing", "")]
    twice = told(("4.5.0", Ground.TWICE, 0.9), ("0.2.11", Ground.TEXT, 0.6))
    assert list(decide.decided([twice])) == [("thing", "4.5.0")]


def test_what_a_manual_confirms_is_stated_of_what_the_catalogue_knows_too() -> None:
    evidence = ((Ground.NUMBER, 0.8), (Ground.CONFIRMED, 0.6))
    assert {strongest("1.2.3", evidence, listed=listed) for listed in (True, False)} == {Ground.CONFIRMED}
    assert strongest("1.4", ((Ground.NUMBER, 0.2), (Ground.TITLED, 0.6)), listed=True) is Ground.TITLED
    assert strongest("1.2.3", evidence[:1], listed=True) is Ground.SILENT
