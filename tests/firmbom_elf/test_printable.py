"""Strings in raw bytes, without what happens to stand before them."""

from __future__ import annotations

from firmbom_elf.strings.printable import Printable, around, holding


def test_a_string_ends_where_bytes_do_not_print() -> None:
    assert around(b"\x01one\n", 2) == Printable(1, "one")
    assert around(b"\x01one\n", 0).text == ""


def test_strings_that_hold_some_places_come_once() -> None:
    data = b"\0one 1.1 and 2.2\0\nthree\t3.3\n\0"
    found = [(one.start, one.text) for one in holding(data, [7, 15, 26])]
    assert found == [(1, "one 1.1 and 2.2"), (18, "three\t3.3")]


def test_the_last_byte_of_a_double_is_no_part_of_a_string() -> None:
    assert around(b"\0" * 7 + b"?3.1.0\0", 9) == Printable(8, "3.1.0")
    assert around(b"\0" * 7 + b"@1.7.3\0", 7) == Printable(8, "1.7.3")
    assert around(b"\0" * 6 + b"?3.1.0\0", 9) == Printable(6, "?3.1.0")
    assert around(b"\0" * 7 + b"E3.100\0", 9) == Printable(8, "3.100")
    assert around(b"\0" * 7 + b"E3.100 of it\0", 9) == Printable(7, "E3.100 of it")
    assert around(b"\0" * 7 + b"@(#)Bash\0", 9) == Printable(7, "@(#)Bash")
