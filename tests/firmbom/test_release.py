from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from firmbom.errors import ConfigError, InputError
from firmbom.git.signature import TagSignature
from firmbom.model import Problem
from firmbom.release import Release, read_release

Git = Callable[..., str]
SHA = "0123456789abcdef" * 2 + "01234567"


class Read(NamedTuple):
    release: Release
    said: list[tuple[str, str]]


def _read(folder: Path | None, stated: str = "", environment: Mapping[str, str] | None = None) -> Read:
    release, problems = read_release(folder, stated=stated, environment=environment or {})
    return Read(release, [(one.severity, one.message) for one in problems])


def _github(commit: str, tag: str = "", url: str = "https://git.example") -> dict[str, str]:
    named = {"GITHUB_REF_TYPE": "tag", "GITHUB_REF_NAME": tag} if tag else {}
    server = {"GITHUB_REPOSITORY": "a/b", "GITHUB_SERVER_URL": url}
    return {"GITHUB_ACTIONS": "true", "GITHUB_SHA": commit, **named, **server}


@pytest.fixture
def head(git: Git, checkout: Path) -> str:
    return git(checkout, "rev-parse", "HEAD")


def test_a_tagged_commit(git: Git, checkout: Path, head: str) -> None:
    git(checkout, "tag", "v1.0")
    git(checkout, "remote", "add", "origin", "https://me:secret@git.example/a/b.git")
    assert _read(checkout) == Read(
        Release(version="v1.0", tag="v1.0", commit=head, remote="https://git.example/a/b.git", timestamp=1700000000), []
    )
    assert _read(checkout, "v1.0") == _read(checkout)


def test_a_repository_that_is_named_has_to_be_one(checkout: Path, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    assert read_release(folder, stated="v1", environment={})[0].commit == ""
    with pytest.raises(InputError, match="no git repository"):
        read_release(folder, stated="v1", environment={}, required=True)
    (folder / ".git").write_text("gitdir: nowhere\n")
    with pytest.raises(InputError, match="cannot read the repository"):
        read_release(folder, stated="v1", environment={}, required=True)
    assert read_release(checkout, environment={}, required=True) == read_release(checkout, environment={})


def test_two_clones_on_different_days_say_the_same(git: Git, checkout: Path, tmp_path: Path) -> None:
    git(checkout, "tag", "v1.0")
    git(checkout, "commit", "--quiet", "--allow-empty", "--message", "second")
    for name in ("one", "other/place"):
        git(tmp_path, "clone", "--quiet", checkout.as_uri(), name)
    (tmp_path / "one" / "bom.json").touch()
    read = [
        read_release(tmp_path / name, environment={}, outputs=[tmp_path / name / "bom.json"])
        for name in ("one", "other/place")
    ]
    assert read[0] == read[1]


def test_a_commit_after_a_tag(git: Git, checkout: Path) -> None:
    git(checkout, "tag", "v1.0")
    git(checkout, "commit", "--quiet", "--allow-empty", "--message", "second")
    second = git(checkout, "rev-parse", "HEAD")
    read = _read(checkout)
    assert (read.release.version, read.release.tag, read.said) == (f"v1.0-1-g{second[:12]}", "", [])
    assert read.release.nearest_tag == read.release.version
    stated = _read(checkout, "v1.0")
    assert stated.release.version == "v1.0"
    assert stated.release.tag == ""
    first = git(checkout, "rev-parse", "HEAD^")
    assert stated.said == [
        ("error", f"release v1.0 is the tag of commit {first}, but commit {second} is checked out"),
    ]


def test_a_commit_without_any_tag(checkout: Path, head: str) -> None:
    read = _read(checkout)
    assert (read.release.version, read.said) == (head[:12], [])
    asserted = _read(checkout, "9.9")
    assert asserted.release.version == "9.9"
    assert asserted.said == [("warning", "release 9.9 is asserted: this repository has no such tag")]


def test_a_release_that_is_not_the_tag(git: Git, checkout: Path) -> None:
    git(checkout, "tag", "v1.0")
    read = _read(checkout, "2.0")
    assert (read.release.version, read.release.tag) == ("2.0", "v1.0")
    assert read.said == [("warning", "release 2.0 is asserted: git says that the tag on this commit is v1.0")]
    same = _read(checkout, "1.0")
    assert (same.release.version, same.release.tag, same.said) == ("1.0", "v1.0", [])


@pytest.mark.parametrize(
    ("light", "noted", "stated", "taken"),
    [
        ("v1.0 v1.1", "", "", "v1.1"),
        ("v1.9 v1.10", "", "", "v1.10"),
        ("v1.0-rc1 v1.0", "", "", "v1.0"),
        ("v2.0", "v1.0", "", "v1.0"),
        ("v2.0", "v1.0", "v2.0", "v2.0"),
        ("v1.0 1.0", "", "1.0", "1.0"),
        ("v1.0 2.0", "", "v2.0", "2.0"),
        ("nightly v1.0", "", "", "v1.0"),
        ("build-9 build-10", "", "", "build-10"),
        ("2024-x9 2024-x10", "", "", "2024-x10"),
        ("alpha beta", "", "", "beta"),
    ],
)
def test_several_tags_on_one_commit(light: str, noted: str, stated: str, taken: str, git: Git, checkout: Path) -> None:
    for tag in light.split():
        git(checkout, "tag", tag)
    for tag in noted.split():
        git(checkout, "tag", "-a", "-m", "m", tag)
    read = _read(checkout, stated)
    assert read.release.tag == taken
    others = sorted({*light.split(), *noted.split()} - {taken})
    assert read.said == [("note", f"tag {taken} is taken; also on this commit: {', '.join(others)}")]


def test_what_differs_is_said(git: Git, checkout: Path, head: str) -> None:
    (checkout / "main.c").write_text("changed")
    (checkout / "new").touch()
    (checkout / "newer\x1b").touch()
    read = _read(checkout)
    assert read.release.dirty
    assert read.said == [
        ("warning", f"the working tree differs from commit {head[:12]}: main.c"),
        ("note", f"not in commit {head[:12]} and not ignored: new and 1 more"),
    ]
    git(checkout, "checkout", "--quiet", "main.c")
    assert not _read(checkout).release.dirty


def test_a_folder_without_history(tmp_path: Path) -> None:
    read = _read(tmp_path)
    assert read.release == _read(None).release == Release(version="")
    assert read.said == [
        ("warning", "no release is known: give --release, or tag the commit"),
        ("note", "no time is known: set SOURCE_DATE_EPOCH"),
    ]
    stated = _read(tmp_path, "v1", {"SOURCE_DATE_EPOCH": "0"})
    assert stated == Read(Release(version="v1", timestamp=0), [])


def test_a_repository_that_git_refuses(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    assert [severity for severity, message in _read(checkout).said if "another user" in message] == ["error"]
    assert [severity for severity, message in _read(checkout, "v1").said if "another user" in message] == ["warning"]
    rescued = _read(checkout, "", _github(SHA, "v1"))
    assert (rescued.release.version, rescued.release.commit) == ("v1", SHA)


def test_a_shallow_clone_in_ci(git: Git, checkout: Path, head: str, tmp_path: Path) -> None:
    git(checkout, "tag", "v1.0", "HEAD")
    git(tmp_path, "clone", "--quiet", "--depth=1", "--no-tags", checkout.as_uri(), "clone")
    clone = tmp_path / "clone"
    hint = ("note", "the clone is shallow, so tags may be missing: fetch the whole history and the tags")
    assert _read(clone).said == [hint]
    read = _read(clone, "", _github(head, "v1.0"))
    assert read.release == Release(
        version="v1.0",
        tag="v1.0",
        commit=head,
        timestamp=1700000000,
        remote="https://git.example/a/b",
        tag_signature=TagSignature(status="unverified"),
    )
    assert read.said == [("note", "tag v1.0 is what GitHub Actions says; this clone does not hold it (fetch tags)")]


def test_ci_without_a_repository(tmp_path: Path) -> None:
    note = ("note", "commit and tag are what GitHub Actions says; no repository confirms them")
    read = _read(tmp_path, "", {**_github(SHA, "v1.0"), "SOURCE_DATE_EPOCH": "1"})
    assert (read.release.version, read.release.tag, read.release.commit) == ("v1.0", "v1.0", SHA)
    assert (read.release.remote, read.release.tag_signature.status) == ("https://git.example/a/b", "unverified")
    assert read.said == [note]
    branch = _read(tmp_path, "", {**_github(SHA), "SOURCE_DATE_EPOCH": "1"})
    assert (branch.release.version, branch.release.tag) == (SHA[:12], "")
    other = _read(tmp_path, "v2", {**_github(SHA, "v1.0"), "SOURCE_DATE_EPOCH": "1"})
    text = "release v2 is asserted: GitHub Actions says that the tag on this commit is v1.0"
    assert other.said == [note, ("warning", text)]


def test_ci_and_git_disagree(git: Git, checkout: Path, head: str) -> None:
    git(checkout, "tag", "old")
    git(checkout, "commit", "--quiet", "--allow-empty", "--message", "second")
    second = git(checkout, "rev-parse", "HEAD")
    git(checkout, "remote", "add", "origin", "https://git.example/other/b")

    commit = _read(checkout, "", _github(head, "old"))
    assert commit.release.commit == second
    assert ("warning", f"GitHub Actions says commit {head}, git says {second}; git's is taken") in commit.said

    moved = _read(checkout, "", _github(second, "old"))
    assert (moved.release.tag, moved.release.version[:4]) == ("", "old-")
    assert ("error", f"GitHub Actions says commit {second} is tag old, git says that is {head}") in moved.said

    place = "GitHub Actions says repository https://git.example/a/b, git says https://git.example/other/b"
    assert ("note", f"{place}; git's is taken") in moved.said

    git(checkout, "tag", "here")
    other = _read(checkout, "", _github(second, "there"))
    assert other.release.tag == "here"
    text = "GitHub Actions says tag there, git has only here on this commit; git's is taken"
    assert ("warning", text) in other.said


def test_ci_chooses_among_the_tags(git: Git, checkout: Path, head: str) -> None:
    for tag in ("v1.0", "v2.0"):
        git(checkout, "tag", tag)
    read = _read(checkout, "", _github(head, "v1.0"))
    assert (read.release.tag, read.said) == ("v1.0", [("note", "tag v1.0 is taken; also on this commit: v2.0")])


def test_ci_on_a_repository_without_a_commit(git: Git, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    said = _read(tmp_path, "", _github(SHA)).said
    assert ("warning", f"GitHub Actions says commit {SHA}, git says none; git's is taken") in said


@pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="ssh-keygen is not installed")
def test_the_signature_of_the_tag(git: Git, checkout: Path, tmp_path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "key"], check=True)
    git(checkout, "-c", "gpg.format=ssh", "tag", "-u", str(tmp_path / "key"), "-m", "m", "v1")
    unverified = _read(checkout)
    assert unverified.release.tag_signature == TagSignature(status="unverified", kind="ssh")
    text = "the signature of tag v1 was not verified: gpg.ssh.allowedSignersFile is not configured"
    assert unverified.said == [("note", text)]
    (tmp_path / "allowed").write_text(f"tester@firmbom.example {(tmp_path / 'key.pub').read_text()}")
    git(checkout, "config", "gpg.ssh.allowedSignersFile", str(tmp_path / "allowed"))
    good = _read(checkout)
    assert (good.release.tag_signature.status, good.said) == ("good", [])
    git(checkout, "update-ref", "refs/tags/v2", "refs/tags/v1")
    bad = _read(checkout, "v2")
    assert bad.release.tag_signature.status == "bad"
    assert ("error", "the signature of tag v2 is bad: it was made for a tag called v1") in bad.said


@pytest.mark.parametrize("epoch", ["1700000000.5", "-1", "now", "0x10", "١٢", "1 ", "9" * 12, "9" * 5000])
def test_a_wrong_source_date_epoch(epoch: str) -> None:
    with pytest.raises(ConfigError, match="SOURCE_DATE_EPOCH: expected seconds since 1970"):
        _read(None, "v1", {"SOURCE_DATE_EPOCH": epoch})


def test_the_time(checkout: Path) -> None:
    assert _read(checkout, "", {"SOURCE_DATE_EPOCH": "1"}).release.timestamp == 1
    assert _read(checkout, "", {"SOURCE_DATE_EPOCH": ""}).release.timestamp == 1700000000


@pytest.mark.parametrize("stated", [" v1", "v1\n", "v\x001", "\x1b[31m"])
def test_a_release_name_that_cannot_be(stated: str) -> None:
    with pytest.raises(ConfigError, match="--release: not a release name"):
        _read(None, stated)


def test_images_are_part_of_the_release(checkout: Path, tmp_path: Path) -> None:
    (checkout / "image.bin").write_bytes(b"image")
    release, problems = read_release(checkout, environment={}, images=[checkout / "image.bin"])
    assert [(one.name, one.size) for one in release.images] == [("image.bin", 5)]
    assert problems == ()
    assert read_release(checkout, environment={})[1] == (
        Problem("note", f"not in commit {release.commit[:12]} and not ignored: image.bin"),
    )
