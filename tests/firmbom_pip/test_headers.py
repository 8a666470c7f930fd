"""Headers of core metadata, held against what ``packaging.metadata`` reads."""

from __future__ import annotations

import pytest
from packaging.metadata import parse_email

from firmbom_pip.headers import Headers


def test_headers_are_told_by_their_names_whatever_their_case() -> None:
    headers = Headers(b"NAME: one\nname: two\nSummary: folded\n  twice\n")
    assert headers.first("name") == "one"
    assert headers.all("name") == ("one", "two")
    assert headers.only("name") == headers.only("version") == headers.first("version") == ""
    assert headers.only("summary") == "folded\n  twice"


def test_what_is_no_utf_8_is_read_all_the_same_where_something_is_better_than_nothing() -> None:
    headers = Headers("Author: Müller\nClassifier: ä\n".encode("latin-1") + "Classifier: ö\n".encode())
    assert (headers.first("author"), headers.only("author")) == ("Müller", "")
    assert (headers.read("classifier"), headers.all("classifier")) == (("ä", "ö"), ())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no header at all",
        b"From someone\nName: a\n",
        b"Name: a\r\nSummary: b\rAuthor: c\n",
        "Author: Jörg\n\tZweiter\nSummary: =?utf-8?q?J=C3=B6rg?=\n".encode(),
        b'Content-Type: multipart/mixed; boundary="x"\nName: a\n',
        b"Name : a\n: b\nSummary:\n",
        b"Name: a\0b\x0b\x1c\n",
    ],
)
def test_the_library_reads_the_same(data: bytes) -> None:
    fields, _ = parse_email(data)
    headers = Headers(data)
    for key, header in (("name", "name"), ("summary", "summary"), ("author", "author")):
        assert headers.only(header) == fields.get(key, "")
