from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packageurl.contrib import purl2url

from firmbom_pip import source


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:pw@host.example/a", "https://host.example/a"),
        ("https://${TOKEN}@host.example/a", "https://host.example/a"),
        ("ssh://git:pw@host.example/a", "ssh://git@host.example/a"),
        ("https://host.example:8080/a?private_token=x&b=1&X-Amz-Signature=y", "https://host.example:8080/a?b=1"),
        ("https://host.example/a b<c>%zz#f", "https://host.example/a%20b%3Cc%3E%25zz"),
        ("https://[::1]:80/a[1]", "https://[::1]:80/a[1]"),
        ("https://host.example/a[1]", "https://host.example/a%5B1%5D"),
        ("file:///srv/a", "file:///srv/a"),
        ("", ""),
    ],
)
def test_addresses_that_may_be_shown(url: str, shown: str) -> None:
    assert source.public(url) == shown


def test_a_fragment_is_shown_on_request() -> None:
    assert source.public("https://host.example/#a b", fragment=True) == "https://host.example/#a%20b"


@pytest.mark.parametrize("url", ["https://[::1", "https://host:port/", "https://host:99999/"])
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(ValueError, match=r"IPv6|ort"):
        source.public(url)


@given(st.text(max_size=40))
def test_whatever_is_shown_is_printable_ascii(text: str) -> None:
    try:
        shown = source.public(text.encode("utf-8", "replace").decode())
    except ValueError:
        return
    assert shown.isascii()
    assert not set(shown) & set(' <>"{}|\\^`\n')


def test_the_default_registry_needs_no_qualifier() -> None:
    page = purl2url.get_repo_url("pkg:pypi/a@1")  # type: ignore[no-untyped-call] # the library has no annotations
    assert source.from_index(page.partition("/project")[0] + "/simple").qualifiers == {}
    assert (
        source.page("A_b", "1", source.from_index("https://pypi.example/simple/")) == "https://pypi.example/simple/a-b/"
    )


@pytest.mark.parametrize(
    ("text", "algorithm"),
    [
        ("sha256:" + "A" * 64, "SHA-256"),
        ("sha512=" + "b" * 128, "SHA-512"),
        ("md5:" + "c" * 32, "MD5"),
        ("blake2b:" + "d" * 128, "BLAKE2b-512"),
    ],
)
def test_digests(text: str, algorithm: str) -> None:
    assert source.digest(text).algorithm == algorithm


@pytest.mark.parametrize("text", ["", "sha256:", "sha256:" + "a" * 63, "sha224:" + "a" * 56, "crc32:1234", "a" * 64])
def test_what_is_no_digest(text: str) -> None:
    with pytest.raises(ValueError, match="digest"):
        source.digest(text)


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("lib/a", "lib/a"),
        ("./lib//a/", "lib/a"),
        ("../a", "../a"),
        (".", "."),
        ("", ""),
        ("/home/me/a", "a"),
        ("file:///home/me/a%20b", "a b"),
        ("C:\\Users\\me\\a", "a"),
        ("lib\\a", "lib/a"),
    ],
)
def test_paths(path: str, shown: str) -> None:
    assert source.local_path(path) == shown


def test_a_path_in_the_project_is_a_valid_address() -> None:
    (reference,) = source.from_path("é x/a-1.zip").references
    assert reference.url == "%C3%A9%20x/a-1.zip"
