"""Addresses: what they name, and that nothing secret or unwritable leaves them."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmbom_npm.source import Source, address, clean, conventional, git, repository

COMMIT = "0123456789abcdef0123456789abcdef01234567"
GIT = {
    f"git+ssh://git@github.com/own/name.git#{COMMIT}": f"git+https://github.com/own/name.git@{COMMIT}",
    f"git+https://token@github.com/own/name#{COMMIT}": f"git+https://github.com/own/name.git@{COMMIT}",
    f"git@github.com:own/name.git#commit={COMMIT}": f"git+https://github.com/own/name.git@{COMMIT}",
    f"https://github.com/own/name.git#commit={COMMIT}&workspace=x": f"git+https://github.com/own/name.git@{COMMIT}",
    f"https://github.com/own/name#{COMMIT}": f"git+https://github.com/own/name.git@{COMMIT}",
    f"https://codeload.github.com/own/name/tar.gz/{COMMIT}": f"git+https://github.com/own/name.git@{COMMIT}",
    "github:own/name#0123abc": "git+https://github.com/own/name.git@0123abc",
    "gist:0123abc": "git+https://gist.github.com/0123abc.git",
    "git://git.example/x.git#semver:^1": "git+git://git.example/x.git",
    "git+ssh://git:secret@git.example:2222/own/x.git#0123abc": "git+ssh://git@git.example:2222/own/x.git@0123abc",
    "git+ssh://git@git.example:own/x.git#0123abc": "git+ssh://git@git.example/own/x.git@0123abc",
    "git+https://user:secret@git.example/x.git?token=secret#0123abc": "git+https://git.example/x.git@0123abc",
    "git@git.example:own/x.git": "git+ssh://git@git.example/own/x.git",
}


@pytest.mark.parametrize("text", GIT)
def test_git_addresses_have_one_spelling(text: str) -> None:
    assert address("name", text) == Source("git", vcs=GIT[text], qualifiers=(("vcs_url", GIT[text]),))


def test_a_repository_and_its_commit_may_stand_apart() -> None:
    assert git("git@git.example:x.git", "0123abc").vcs == "git+ssh://git@git.example/x.git@0123abc"
    assert git("host.example:x.git").vcs == "git+ssh://host.example/x.git"
    assert git("just a name").vcs == "git+just%20a%20name"


REGISTRY = {
    "https://npm.example/@s%2fname/-/name-1.0.0.tgz": "https://npm.example",
    "https://npm.example/api/npm/@s/name/-/@s/name-1.0.0.tgz": "https://npm.example/api/npm",
    "https://npm.example/download/@s/name/1.0.0/abc": "https://npm.example",
}


@pytest.mark.parametrize("url", REGISTRY)
def test_the_registry_is_what_stands_before_the_name(url: str) -> None:
    source = address("@s/name", url)
    assert (source.kind, source.qualifiers) == ("registry", (("repository_url", REGISTRY[url]),))


def test_a_conventional_address_is_of_the_default_registry() -> None:
    source = address("@s/name", conventional("@s/name", "1.0.0"))
    assert (source.kind, source.qualifiers) == ("registry", ())
    assert source.url.endswith("/@s/name/-/name-1.0.0.tgz")


def test_yarn_puts_a_digest_behind_the_address() -> None:
    source = address("a", "https://npm.example/a/-/a-1.0.0.tgz#da39a3ee5e6b4b0d3255bfef95601890afd80709")
    assert source.url == "https://npm.example/a/-/a-1.0.0.tgz"
    assert [one.value for one in source.digests] == ["da39a3ee5e6b4b0d3255bfef95601890afd80709"]


CLEAN = {
    "https://user:pass@host.example/a?b=1#c": "https://host.example/a?b=1",
    "https://host.example/a?access_token=x&b=1&X-Amz-Signature=y": "https://host.example/a?b=1",
    "https://host.example?token=x": "https://host.example",
    "https://host.example:port/a b": "https://host.example%3Aport/a%20b",
    "https://[::1]:8080/%zz[": "https://[::1]:8080/%25zz%5B",
    "https://host.example/ü\x00": "https://host.example/%C3%BC%00",
}


@pytest.mark.parametrize("url", CLEAN)
def test_addresses_are_written_without_secrets(url: str) -> None:
    assert clean(url) == CLEAN[url]


@given(st.text().filter(lambda text: not any("\ud800" <= c <= "\udfff" for c in text)))
def test_any_text_becomes_a_source_that_can_be_written(text: str) -> None:
    for start in ("", "https://", "git+ssh://", "github:", "https://user:topsecret@"):
        source = address("a", start + text)
        for url in (source.url, source.vcs.removeprefix("git+")):
            assert url.isascii()
            assert url.isprintable()
            urlsplit(url)
        if start.endswith("@") and source.kind == "tarball":
            assert "topsecret" not in source.url


REPOSITORY = {
    "own/name": "git+https://github.com/own/name.git",
    "git://github.com/own/name.git": "git+https://github.com/own/name.git",
    "https://git.example/own/name#readme": "git+https://git.example/own/name",
    "see the web page": "",
    "": "",
}


@pytest.mark.parametrize("text", REPOSITORY)
def test_the_repository_of_a_package(text: str) -> None:
    assert repository(text) == REPOSITORY[text]
