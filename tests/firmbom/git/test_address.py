from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmbom.git.address import name_of, resolved, same_repository, without_credentials


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://git.example/a/b.git", "https://git.example/a/b.git"),
        ("https://oauth2:glpat-secret@git.example/a/b.git", "https://git.example/a/b.git"),
        ("https://ghp_token@git.example:8443/a/b", "https://git.example:8443/a/b"),
        ("https://git.example/a/b.git?private_token=x#y", "https://git.example/a/b.git"),
        ("https://user:p%40ss@[2001:db8::1]:8443/a.git", "https://[2001:db8::1]:8443/a.git"),
        ("ssh://git@git.example:2222/a/b.git", "ssh://git@git.example:2222/a/b.git"),
        ("ssh://git:secret@git.example/a/b.git", "ssh://git@git.example/a/b.git"),
        ("git@git.example:a/b.git", "git@git.example:a/b.git"),
        ("git.example:a/b.git", "git.example:a/b.git"),
        ("user:secret@git.example:a/b.git", ""),
        ("git://git.example/a", "git://git.example/a"),
        ("file:///srv/git/a.git", ""),
        ("/srv/git/a.git", ""),
        ("../a.git", ""),
        ("C:/git/a.git", ""),
        ("C:\\git\\a.git", ""),
        ("ext::sh -c evil", ""),
        ("https://git.example:port/a", ""),
        ("https://[2001:db8::1/a", ""),
        ("https:///a", ""),
        ("", ""),
    ],
)
def test_what_is_left_of_an_address(url: str, expected: str) -> None:
    assert without_credentials(url) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://git.example/a/b.git", "b"),
        ("https://git.example/a/b.git/", "b"),
        ("ssh://git@git.example:2222/b", "b"),
        ("git@git.example:a/b.git", "b"),
        ("git.example:b.git", "b"),
        ("https://dev.azure.example/org/our%20project/_git/my%20fw", "my fw"),
        ("https://git.example/a/%0a", ""),
        ("https://git.example/a/..", ""),
        ("https://git.example/", ""),
        ("", ""),
    ],
)
def test_what_a_repository_is_called(url: str, expected: str) -> None:
    assert name_of(url) == expected


@given(
    st.sampled_from(["https", "http", "ssh", "git", "ftp"]),
    st.from_regex(r"[a-z0-9%_.!-]{1,12}", fullmatch=True),
    st.from_regex(r"SECRET[A-Za-z0-9%_.!:-]{0,12}", fullmatch=True),
)
def test_no_password_is_left(scheme: str, user: str, secret: str) -> None:
    assert "SECRET" not in without_credentials(f"{scheme}://{user}:{secret}@git.example/a?token={secret}#{secret}")
    assert "SECRET" not in without_credentials(f"{user}:{secret}@git.example:a")


@pytest.mark.parametrize(
    ("url", "remote", "expected"),
    [
        ("https://u:p@other.example/x", "https://git.example/a/b.git", "https://other.example/x"),
        ("../lib.git", "https://git.example/a/b.git", "https://git.example/a/lib.git"),
        ("../../lib.git", "https://git.example/a/b", "https://git.example/lib.git"),
        ("./sub.git", "https://git.example/a/b", "https://git.example/a/b/sub.git"),
        ("../lib.git", "git@git.example:a/b.git", "git@git.example:a/lib.git"),
        ("../../lib.git", "git@git.example:a/b.git", "git@git.example:lib.git"),
        ("../lib.git", "", "../lib.git"),
        ("../../../../../lib.git", "https://git.example/a/b", "../../../../../lib.git"),
    ],
)
def test_a_relative_address_starts_from_the_remote(url: str, remote: str, expected: str) -> None:
    assert resolved(url, remote) == expected


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("git@git.example:a/b.git", "https://git.example/a/b", True),
        ("ssh://git@git.example:2222/A/b.git/", "https://GIT.example/a/b", True),
        ("https://git.example/a/b", "https://git.example/a/c", False),
        ("https://git.example/a/b", "https://mirror.example/a/b", False),
    ],
)
def test_two_addresses_of_one_repository(one: str, other: str, same: bool) -> None:
    assert same_repository(one, other) is same
