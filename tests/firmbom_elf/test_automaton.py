"""Literals and dotted numbers are found in one pass, however many there are."""

from __future__ import annotations

import pytest

from firmbom_elf.strings import automaton
from firmbom_elf.strings.automaton import Automaton, Literal
from firmbom_elf.strings.printable import Printable, around, near


def test_where_things_end() -> None:
    data = b"\0zlib 1.2.13\0INFLATE\0kmod version 30\0"
    hits = Automaton([Literal("zlib"), Literal("inflate", caseless=True), Literal("absent")]).scan(data)
    assert hits.literals == {0: [5], 1: [20]}
    assert hits.numbers == [9, 11, 36]


def test_a_literal_with_special_characters_is_no_expression() -> None:
    assert Automaton([Literal("a.b(c")]).scan(b"axb(c a.b(c").literals == {0: [11]}
    assert Automaton([Literal("ab\0c")]).scan(b"ab\0d ab\0c").literals == {0: [9]}


def test_a_long_literal_is_found_whole() -> None:
    scanner = Automaton(
        [Literal("      indented text, long"), Literal(" " * 14 + "a"), Literal("a literal of some length")]
    )
    assert scanner.scan(b"indented text, long").literals == {}
    assert scanner.scan(b"     indented text, long       indented text, long").literals == {0: [50]}
    assert scanner.scan(b"  " + b" " * 14 + b"a literal of some").literals == {1: [17]}
    assert scanner.scan(b"a literal of some length").literals == {2: [24]}


def test_hits_are_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(automaton, "MOST_HITS", 3)
    monkeypatch.setattr(automaton, "MOST_NUMBERS", 2)
    hits = Automaton([Literal("zlib")]).scan(b"zlib 1.1 " * 50)
    assert len(hits.literals[0]) == 3
    assert len(hits.numbers) == 2


def test_many_numbers_hide_no_literal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(automaton, "MOST_NUMBERS", 2)
    hits = Automaton([Literal("zlib")]).scan(b"zlib 1.1 " * 50 + b"version 12")
    assert len(hits.literals[0]) == 50
    assert hits.numbers == [8, 17]


def test_a_number_of_two_digits_behind_a_word() -> None:
    data = b"Version 12 release 3 Release 45 (x) 67 version 9.8"
    assert Automaton([]).scan(data).numbers == [10, 31, 38, 50]


def test_the_search_ends_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(automaton, "MOST_CALLS", 5)
    scanner = Automaton([Literal("zlib"), Literal("late")])
    assert scanner.scan(b"zlib " * 50 + b"late").literals == {0: [4, 9, 14, 19, 24]}
    assert scanner.scan(b"late").literals == {1: [4]}


def test_the_string_around_a_place() -> None:
    data = b"\x01abc\t1.2\0next"
    assert around(data, 5) == Printable(1, "abc\t1.2")
    assert around(data, 5).end == 8
    assert around(data, 0).text == ""
    assert around(data, len(data) - 1).text == "next"


def test_a_long_string_is_cut() -> None:
    string = around(b"x" * 5000, 2500)
    assert (string.start, len(string.text)) == (2500 - 480, 960)


def test_strings_near_a_place() -> None:
    assert near(b"far away\0name\0\x011.2\0v\0version\0", 15, 18, 10)[1:] == ["name", "version"]
    assert near(b"1.2", 0, 3, 10) == []
