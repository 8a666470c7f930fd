"""Tests of texts as evidence quotes them."""

from __future__ import annotations

import pytest

from firmbom_elf.strings.quoted import MOST, quoted


@pytest.mark.parametrize(
    ("text", "version", "said"),
    [
        ("dnsmasq-2.90", "2.90", "dnsmasq-2.90"),
        ("curl/7.88.1", "7.88.1", "curl/7.88.1"),
        ("/build/reproducible-path/wget-1.21.3=.", "1.21.3", "…/wget-1.21.3=."),
        ("/home/joe/tmp/work/core2/sqlite3/3.45.1/src/a.c", "3.45.1", "…/sqlite3/3.45.1/…/a.c"),
        ("/home/joe-5.0/work/zlib-1.2.13/a.c", "1.2.13", "…/zlib-1.2.13/a.c"),
        ("/home/joe/work/zlib-1_2_13/lib/a.c", "1.2.13", "…/zlib-1_2_13/…/a.c"),
        ("gcc -I/tmp/a/b/include -O2 1.5", "1.5", "gcc -I…/include -O2 1.5"),
        ("PATH=/home/joe/bin:/usr/bin 1.5", "1.5", "PATH=…/bin:/usr/bin 1.5"),
        ("see /usr/share/doc/zlib-1.2.13/README", "1.2.13", "see /usr/share/doc/zlib-1.2.13/README"),
        ("https://example.org/joe/zlib-1.2.13/", "1.2.13", "https://example.org/joe/zlib-1.2.13/"),
        ("/usr/src/debug/zlib/1.2.13-r0/a.c", "1.2.13", "…/zlib/1.2.13-r0/a.c"),
        ("/1.2.13/a.c", "1.2.13", "/1.2.13/a.c"),
        ("/home/joe/a.c", "1.2.13", "…/a.c"),
        ("file /zlib-1.2.13/a.c", "1.2.13", "file /zlib-1.2.13/a.c"),
        ("%s/%s/%s 1.5", "1.5", "%s/%s/%s 1.5"),
        ("../../joe/zlib-1.2.13/a.c", "1.2.13", "../../joe/zlib-1.2.13/a.c"),
    ],
)
def test_build_folders_are_left_out(text: str, version: str, said: str) -> None:
    assert quoted(text, version) == said


def test_a_long_text_is_quoted_where_the_version_stands() -> None:
    text = "a" * 500 + " 1.2.3 " + "b" * 500
    assert "1.2.3" in quoted(text, "1.2.3")
    assert len(quoted(text, "1.2.3")) == MOST
    assert quoted(text, "9.9") == quoted(text) == text[:MOST]
