"""The small readers: stanzas, relations, parties, os-release, boolean dependencies, lists of paths."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmbom.model import Party
from firmbom.problems import SAID, Report
from firmbom_packages.dpkg import Source, released
from firmbom_packages.listed import entries
from firmbom_packages.os_release import OsRelease, parse
from firmbom_packages.package import Need, Provide
from firmbom_packages.party import party
from firmbom_packages.relations import provides, relations
from firmbom_packages.rpm_rich import requirements
from firmbom_packages.stanza import stanzas, text_of


def test_stanzas() -> None:
    report = Report("status")
    text = "# comment\n\n\nA: 1\nB:\n x\n  y\n\t z\n\n \nA: 2\nnonsense\n orphan\nA: 3\n: no name\n"
    first, second = stanzas(text, report)
    assert (first.line, first.fields) == (4, {"a": "1", "b": "\nx\n y\n z"})
    assert (second.line, second.fields) == (11, {"a": "3"})
    assert [one.message for one in report.problems()] == [
        "line 12: not a field (no colon); ignored",
        "line 13: continues a field, but none stands before it; ignored",
        "line 14: field stands twice; the last counts: a",
        "line 15: not a field (no colon); ignored",
    ]


def test_a_line_that_is_not_utf_8() -> None:
    report = Report("status")
    assert text_of("A: é\nB: ".encode() + b"J\xf6rg\n", report) == "A: é\nB: Jörg\n"
    assert [one.message for one in report.problems()] == ["line 2: not UTF-8, read as Latin-1"]
    assert not report.lost


def test_a_report_counts_what_it_does_not_tell() -> None:
    report = Report("status")
    for number in range(SAID + 5):
        report.say("error", "odd\nthing", detail=str(number), line=number)
    told = list(report.problems())
    assert len(told) == SAID + 1
    assert told[1].message == "line 1: odd\\nthing: 1"
    assert told[-1].message == "odd\\nthing: 5 more like it"
    assert report.lost


RELATIONS = [
    ("", []),
    ("a", [[Need("a")]]),
    ("a, b,", [[Need("a")], [Need("b")]]),
    ("a (>= 1:2.3-4) | b:any (<<2)", [[Need("a", ">=", "1:2.3-4"), Need("b", "<", "2", "any")]]),
    ("a(=1) ,\n b ( >> 1 )", [[Need("a", "=", "1")], [Need("b", ">", "1")]]),
    ("a (< 1), b (> 1)", [[Need("a", "<=", "1")], [Need("b", ">=", "1")]]),
]


@pytest.mark.parametrize(("text", "found"), RELATIONS)
def test_relations(text: str, found: list[list[Need]]) -> None:
    told: list[str] = []
    assert [list(one) for one in relations(text, told.append)] == found
    assert not told


def test_what_is_no_relation_is_told_and_the_rest_kept() -> None:
    told: list[str] = []
    assert relations("a b, (>= 1), ok | x (~ 1), | ,", told.append) == ((Need("ok"),),)
    assert told == ["a b", "(>= 1)", "x (~ 1)", "", ""]
    assert provides("a, b (= 2), c (>= 3)", told.append) == (Provide("a"), Provide("b", "2"), Provide("c"))


@pytest.mark.parametrize(
    ("text", "name", "email", "url"),
    [
        ("Jane Doe <jane@doe.example>", "Jane Doe", "jane@doe.example", ""),
        ('"Doe, Jane" <jane@doe.example>, Other <o@o.example>', "Doe, Jane", "jane@doe.example", ""),
        ("jane@doe.example", "", "jane@doe.example", ""),
        ("SUSE LLC <https://suse.example/>", "SUSE LLC", "", "https://suse.example/"),
        ("Debian  QA\x07 Group", "Debian QA\\x07 Group", "", ""),
        ("", "", "", ""),
    ],
)
def test_party(text: str, name: str, email: str, url: str) -> None:
    assert party(text) == Party(name, url, email)


@pytest.mark.parametrize(
    ("text", "distro"),
    [
        ("ID=debian\nVERSION_ID=12\n", "debian-12"),
        ("ID=Debian\r\nVERSION_ID='1\"2'\r\n", 'debian-1"2'),
        ('ID="a-b"\nBUILD_ID=7', "a-b-7"),
        ("ID=debian\nVERSION_CODENAME=sid", "debian"),
        ("ID=a/b\nVERSION_ID=1", ""),
        ("VERSION_ID=1", ""),
        (r"ID=x" + "\n" + r'VERSION_ID="\$1\"\\"', 'x-$1"\\'),
        ("", ""),
    ],
)
def test_os_release(text: str, distro: str) -> None:
    report = Report("os-release")
    assert parse(text.encode(), report).distro == distro
    assert not list(report.problems())


def test_os_release_tells_what_it_cannot_read() -> None:
    report = Report("os-release")
    assert parse(b"ID=x\nexport Y=1\n\xff\n", report) == OsRelease({"ID": "x"})
    assert [one.message for one in report.problems()] == [
        "line 3: not UTF-8, read as Latin-1",
        "line 2: not an assignment; ignored",
        "line 3: not an assignment; ignored",
    ]


@pytest.mark.parametrize(
    ("text", "name", "version"), [("", "", ""), ("glibc", "glibc", ""), ("bash (5.2-1)", "bash", "5.2-1")]
)
def test_source(text: str, name: str, version: str) -> None:
    assert Source.read(text) == (name, version)


@pytest.mark.parametrize(
    ("version", "release"),
    [
        ("1:2023.01+dfsg-2+deb12u3", "2023.01"),
        ("5.3.28+dfsg2-1", "5.3.28"),
        ("1:1.2.13.dfsg-1", "1.2.13"),
        ("2:8.39-15", "8.39"),
        ("1.2.10-really1.2.9-1", "1.2.10-really1.2.9"),
        ("1.5+really1.4-2", "1.4"),
        ("20230311", ""),
        ("", ""),
    ],
)
def test_released(version: str, release: str) -> None:
    assert released(version) == release


RICH = [
    ("(a or b)", [[Need("a"), Need("b")]]),
    ("(a and b >= 2)", [[Need("a")], [Need("b", ">=", "2")]]),
    ("(a if here)", [[Need("a")]]),
    ("(a if gone)", []),
    ("(a if gone else b)", [[Need("b")]]),
    ("(a unless here)", []),
    ("(a unless gone)", [[Need("a")]]),
    ("(a with b)", [[Need("a")]]),
    ("(a without b)", [[Need("a")]]),
    ("((a or b) and c)", [[Need("a"), Need("b")], [Need("c")]]),
    ("(a if (here and gone))", []),
    ("(libc.so.6()(64bit) or config(x) = 1)", [[Need("libc.so.6()(64bit)"), Need("config(x)", "=", "1")]]),
    ("(a or b or c)", [[Need("a"), Need("b"), Need("c")]]),
]


@pytest.mark.parametrize(("text", "found"), RICH)
def test_boolean_dependencies(text: str, found: list[list[Need]]) -> None:
    assert requirements(text, {"here"}.__contains__) == found


@pytest.mark.parametrize(
    "text", ["", "(", ")", "(a", "(a or)", "(or a)", "(a >=)", "(a) b", "(a b)", "(" * 200 + "a" + ")" * 200]
)
def test_what_is_no_boolean_dependency(text: str) -> None:
    with pytest.raises(ValueError, match=r"lacks|behind|deeper"):
        requirements(text, bool)


@given(st.text("() abif<=or", max_size=40))
def test_boolean_dependencies_never_fail_otherwise(text: str) -> None:
    try:
        requirements(text, bool)
    except ValueError as error:
        assert str(error)


@pytest.mark.parametrize(
    ("text", "good", "unfit"),
    [
        ("/.\n/usr\n/usr/bin/x\n", ["usr", "usr/bin/x"], []),
        ("/.\n/etc/.hidden\n/etc/a..b\n", ["etc/.hidden", "etc/a..b"], []),
        (
            "/a\n/../b\n/c/../d\n/e/./f\n//g\nh\n/i\0j\n/k/\n",
            ["a"],
            ["/../b", "/c/../d", "/e/./f", "//g", "h", "/i\0j", "/k/"],
        ),
        ("/" + "x" * 5000, [], ["/" + "x" * 5000]),
        ("relative", [], ["relative"]),
        ("", [], []),
    ],
)
def test_entries(text: str, good: list[str], unfit: list[str]) -> None:
    assert entries(text) == (good, unfit)
