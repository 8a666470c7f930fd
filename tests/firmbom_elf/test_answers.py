"""What a library's own functions and data say of its version, and whose version that is."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from firmbom_elf import elf
from firmbom_elf.answers import own_answers
from firmbom_elf.catalogue.entry import Entry, Version
from firmbom_elf.catalogue.load import Catalogue, faults
from firmbom_elf.facts import Answer, Elf
from firmbom_elf.grounds import Ground
from firmbom_elf.rules import sightings

SOURCE = """
const char *demo_version_string = "1.2.3";
const char *demo_version(void) { return "libdemo 1.2.3"; }
const char *demo_stored_version(void) { return demo_version_string; }
int demo_version_number(void) { return 10203; }
int demo_version_checked(int a) { return a > 3 ? 10203 : 4; }
const int demo_major_version = 1;
int demo_minor_version = 2, demo_micro_version = 3;
const char demo_version_text[] = "demo 1.2.3";
extern int taken_version; int *demo_takes(void) { return &taken_version; }
"""
LIBRARY = Elf(bits=64, endian="little", machine="x86_64", kind="library", soname="libdemo.so.5")


def test_what_gcc_makes(compiled: Callable[..., bytes], without_sections: Callable[[bytes], bytes]) -> None:
    data = compiled(SOURCE, "-shared", "-fPIC", "-O2", "-Wl,-soname,libdemo.so.5")
    for each in (data, without_sections(data)):
        facts = elf.read(each).elf
        assert facts is not None
        assert {one.symbol: one.text or one.number for one in facts.answers} == {
            "demo_version_string": "1.2.3",
            "demo_version": "libdemo 1.2.3",
            "demo_stored_version": "1.2.3",
            "demo_version_number": 10203,
            "demo_major_version": 1,
            "demo_minor_version": 2,
            "demo_micro_version": 3,
            "demo_version_text": "demo 1.2.3",
        }
        assert {one.version for one in own_answers.versions(facts, "libdemo.so.5.0.1", ["libdemo"])} == {"1.2.3"}
    seen = [one for one in sightings.sight(data, elf.read(data).elf, "usr/lib/libdemo.so.5.0.1") if one.version]
    assert {(one.name, one.version) for one in seen if one.ground is Ground.ANSWER} == {("libdemo", "1.2.3")}


def told(
    *answers: Answer,
    exports: frozenset[str] = frozenset("abcd"),
    base: str = "libdemo.so.5",
    soname: str = "libdemo.so.5",
) -> set[str]:
    library = msgspec.structs.replace(LIBRARY, answers=answers, exports=exports, soname=soname)
    return {one.version for one in own_answers.versions(library, base, ["libdemo"])}


@pytest.mark.parametrize(
    "answer",
    [
        Answer("demo_get_version", "2.1"),
        Answer("libdemo_version", "Demo Library v2.1"),
        Answer("DEMO_VERSION", "2.1"),
        Answer("demoVersion", "2.1"),
    ],
)
def test_its_own_name_is_in_the_symbol(answer: Answer) -> None:
    assert told(answer) == {"2.1"}


def test_or_what_most_of_its_symbols_begin_with() -> None:
    answer = Answer("dm_version", "2.1")
    assert told(answer, exports=frozenset({"dm_a", "dm_b", "dm_version", "x"})) == {"2.1"}
    assert told(answer, exports=frozenset({"dm_version", "x", "y"})) == set()


@pytest.mark.parametrize(
    "answer",
    [
        Answer("zlibVersion", "1.2.13"),
        Answer("demo_zlib_version", "1.2.13"),
        Answer("demo_version", "zlib 1.2.13"),
        Answer("demo_version", "needs 1.2.13 to 1.3"),
        Answer("demo_version", "5.0.1"),
        Answer("demo_version", "no number"),
        Answer("demo_version", "1.2.13" + " " * 60),
        Answer("version", "1.2.13"),
    ],
)
def test_what_is_somebody_else_s_or_the_interface_s(answer: Answer) -> None:
    assert told(answer, base="libdemo.so.5.0.1") == set()


def test_what_is_inside_says_so_itself(seen_with: Callable[[Catalogue], None], monkeypatch: pytest.MonkeyPatch) -> None:
    known = Catalogue([Entry(name="engine", exports=("en_version", "en_run"))])
    seen_with(known)
    monkeypatch.setattr(own_answers, "catalogue", lambda: known)
    inside = msgspec.structs.replace(
        LIBRARY, answers=(Answer("en_version", "2.1"),), exports=frozenset({"en_version", "en_run"})
    )
    seen = sightings.sight(b"", inside, "lib/libdemo.so.5")
    assert {(one.name, one.version, one.inside) for one in seen if one.version} == {("engine", "2.1", True)}


def test_the_series_in_the_file_s_name_allows_for_it() -> None:
    assert told(Answer("demo_version", "0.15.0"), base="libdemo-0.15.so.0", soname="libdemo-0.15.so.0") == {"0.15.0"}
    assert told(Answer("demo_version", "0.15.0"), base="libdemo-0.16.so.0", soname="libdemo-0.16.so.0") == set()
    assert told(Answer("demo_version", "4.18.2"), base="libdemo-2.0.so.4", soname="libdemo-2.0.so.4") == {"4.18.2"}


@pytest.mark.parametrize("name", ["demo_version_{}", "demo_get_{}_version"])
def test_two_of_three_numbers_are_no_release(name: str) -> None:
    parts = (Answer(name.format("major"), number=3), Answer(name.format("minor"), number=1))
    assert told(*parts) == set()
    assert told(*parts, Answer(name.format("patch"), number=6)) == {"3.1.6"}
    assert told(*parts, Answer(name.format("patch"), number=20230101)) == set()


def test_three_numbers_may_have_another_name() -> None:
    def three(name: str) -> tuple[Answer, ...]:
        parts = (("major", 3), ("minor", 1), ("micro", 6))
        return tuple(Answer(name.format(part), number=number) for part, number in parts)

    assert told(*three("dm_get_{}_version")) == {"3.1.6"}
    assert told(*three("dm_{}_version")) == {"3.1.6"}
    assert told(*three("dmVersion{}")) == set()
    assert told(*three("zlib_get_{}_version")) == set(), "known to be another component"
    assert told(*three("dm_get_{}_version"), *three("other_get_{}_version")) == set()


def test_three_numbers_are_a_release_whatever_the_interface_s_number() -> None:
    parts = [Answer(f"demo_get_{part}_version", number=number) for part, number in (("major", 2), ("minor", 74))]
    name = "libdemo-2.4.so.1"
    assert told(*parts, Answer("demo_get_micro_version", number=3), base=name, soname=name) == {"2.74.3"}
    assert told(Answer("demo_version", "2.74.3"), base=name, soname=name) == set()


def test_a_rule_for_a_number(seen_with: Callable[[Catalogue], None]) -> None:
    rule = Version(number="dm_number", units=(10000, 1), least=100000)
    seen_with(Catalogue([Entry(name="demo", sonames=("libdemo.so.*",), version=(rule,))]))

    def seen(number: int) -> list[str]:
        library = msgspec.structs.replace(LIBRARY, answers=(Answer("dm_number", number=number),))
        return [one.version for one in sightings.sight(b"", library, "lib/libdemo.so.5") if one.listed]

    assert seen(150020) == ["", "15.20"]
    assert seen(90603) == [""]


@pytest.mark.parametrize("rule", [Version(number="a"), Version(units=(1,)), Version(number="a", units=(1, 100))])
def test_rules_for_numbers_that_cannot_work(rule: Version) -> None:
    assert len(faults([Entry(name="demo", files=("demo",), version=(rule,))])) == 1
