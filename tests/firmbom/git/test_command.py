"""git on repositories that are broken, not ours, or hostile."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from firmbom.errors import ToolError
from firmbom.git.checkout import read
from firmbom.git.command import NoRepositoryError, Repository
from firmbom.git.signature import signature_of

Git = Callable[..., str]


def test_a_folder_without_history_is_none(tmp_path: Path) -> None:
    with pytest.raises(NoRepositoryError):
        Repository(tmp_path)


def _removed(dot: Path) -> Path:
    shutil.rmtree(dot)
    return dot


@pytest.mark.parametrize(
    "break_it",
    [
        lambda dot: (dot / "HEAD").unlink(),
        lambda dot: (dot / "HEAD").write_bytes(b"\xff\x00nothing"),
        lambda dot: (dot / "config").write_text("[core\n"),
        lambda dot: (dot / "config").write_text("[core]\nrepositoryformatversion = 99\n"),
        lambda dot: shutil.rmtree(dot / "objects"),
        lambda dot: _removed(dot).write_text("gitdir: /nowhere/at/all\n"),
        lambda dot: _removed(dot).mkdir(),
        lambda dot: _removed(dot).symlink_to("nowhere"),
    ],
)
def test_a_broken_repository_is_said_without_paths(break_it: Callable[[Path], object], checkout: Path) -> None:
    break_it(checkout / ".git")
    with pytest.raises(ToolError) as caught:
        Repository(checkout)
    assert "git cannot read the repository: " in str(caught.value)
    assert str(checkout.parent) not in str(caught.value)
    assert "/nowhere" not in str(caught.value)


def test_a_repository_of_another_user(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(ToolError, match=r"another user owns it.*safe\.directory"):
        Repository(checkout)


def test_a_ceiling_ends_the_search_as_it_ends_gits(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = checkout / "a" / "b"
    folder.mkdir(parents=True)
    (checkout.parent / "link").symlink_to(checkout / "a")
    for ceiling, is_found in (
        (checkout.parent, True),
        (checkout, False),
        (checkout.parent / "link", False),
        (folder, True),
    ):
        monkeypatch.setenv("GIT_CEILING_DIRECTORIES", f"/nowhere:{ceiling}")
        said = subprocess.run(["git", "-C", folder, "rev-parse"], capture_output=True, check=False).returncode
        with contextlib.nullcontext() if is_found else pytest.raises(NoRepositoryError):
            Repository(folder)
        assert (said == 0) == is_found


def test_a_hook_that_runs_firmbom_does_not_point_it_elsewhere(
    git: Git, checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "--quiet")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", "nowhere/index")
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    repository = Repository(checkout)
    state, problems = read(repository)
    assert repository.top == checkout.resolve()
    assert (bool(state.commit), state.changed, problems) == (True, (), [])
    assert os.environ["GIT_DIR"] == str(other / ".git")


def test_the_folder_name_is_not_expanded(git: Git, tmp_path: Path) -> None:
    folder = tmp_path / "~$HOME %PATH%\n'\""
    folder.mkdir()
    git(folder, "init", "--quiet")
    assert Repository(folder).top == folder.resolve()


HOSTILE = """
[core]
    repositoryFormatVersion = 1
    fsmonitor = {script}
    hooksPath = {hooks}
    pager = {script}
    editor = {script}
    sshCommand = {script}
    gitProxy = {script}
    askPass = {script}
    alternateRefsCommand = {script}
[alias]
    status = !{script}
    config = !{script}
[diff]
    external = {script}
[diff "evil"]
    command = {script}
    textconv = {script}
[filter "evil"]
    clean = {script}
    smudge = {script}
    required = true
[gpg]
    program = {script}
[gpg "ssh"]
    program = {script}
[gpg "x509"]
    program = {script}
[gpg "openpgp"]
    program = {script}
[credential]
    helper = !{script}
[remote "origin"]
    url = ext::{script} %S
    uploadpack = {script}
    promisor = true
    partialclonefilter = blob:none
[extensions]
    partialClone = origin
[protocol "ext"]
    allow = always
[include]
    path = more
"""


def _signed_by_nobody(git: Git, folder: Path, name: str, mark: str) -> None:
    commit = git(folder, "rev-parse", "HEAD")
    text = f"object {commit}\ntype commit\ntag {name}\ntagger T <t@firmbom.example> 1700000000 +0000\n\nm\n"
    (folder.parent / "tag").write_text(f"{text}-----BEGIN {mark}-----\n\nAAAA\n-----END {mark}-----\n")
    made = git(folder, "hash-object", "-t", "tag", "-w", "--literally", str(folder.parent / "tag"))
    git(folder, "update-ref", f"refs/tags/{name}", made)


def test_nothing_that_a_repository_configures_is_run(git: Git, checkout: Path, tmp_path: Path) -> None:
    (checkout / ".gitattributes").write_text("* filter=evil diff=evil\nmain.c filter=more\n")
    (checkout / ".gitmodules").write_text('[submodule "x"]\n path = x\n url = y\n')
    git(checkout, "add", ".")
    git(checkout, "commit", "--quiet", "--message", "attributes")
    for name, mark in {"gpg": "PGP SIGNATURE", "ssh": "SSH SIGNATURE", "x509": "SIGNED MESSAGE"}.items():
        _signed_by_nobody(git, checkout, name, mark)
    script, trace, hooks = tmp_path / "script", tmp_path / "trace", tmp_path / "hooks"
    script.write_text(f'#!/bin/sh\necho "$0 $@" >> "{trace}"\nexit 1\n')
    script.chmod(0o755)
    hooks.mkdir()
    for hook in ("post-index-change", "reference-transaction", "fsmonitor-watchman"):
        (hooks / hook).symlink_to(script)
    (checkout / ".git" / "more").write_text(f'[filter "more"]\n    process = {script}\n')
    with (checkout / ".git" / "config").open("a") as config:
        config.write(HOSTILE.format(script=script, hooks=hooks))
    (checkout / "main.c").write_text("int main(void) { return 1; }\n")
    (checkout / ".git" / "objects" / git(checkout, "rev-parse", "HEAD:.gitmodules")[:2]).rename(tmp_path / "lost")

    repository = Repository(checkout)
    state, problems = read(repository)
    signatures = [signature_of(repository, tag)[0].status for tag in ("gpg", "ssh", "x509")]
    assert not trace.exists()
    assert state.changed == ("main.c",)
    assert "filter.evil, filter.more, which was not run" in problems[0].message
    assert "good" not in signatures

    with contextlib.suppress(subprocess.CalledProcessError):
        git(checkout, "status")
    assert trace.exists(), "the trap itself must work"


def test_a_program_under_a_name_that_cannot_be_overridden(git: Git, checkout: Path) -> None:
    with (checkout / ".git" / "config").open("a") as config:
        config.write('[filter "a=b"]\n    clean = evil\n')
    with pytest.raises(ToolError, match=r"cannot be overridden: 'filter\.a=b\.clean'"):
        Repository(checkout)


def test_a_filter_of_the_user_is_run(git: Git, checkout: Path) -> None:
    git(checkout, "config", "--global", "filter.upper.clean", "tr a-z A-Z")
    git(checkout, "config", "filter.upper.clean", "false")
    (checkout / ".gitattributes").write_text("*.txt filter=upper\n")
    (checkout / "a.txt").write_text("text\n")
    git(checkout, "-c", "filter.upper.clean=tr a-z A-Z", "add", ".")
    git(checkout, "commit", "--quiet", "--message", "filtered")
    (checkout / "a.txt").write_text("Text\n")
    state, _ = read(Repository(checkout))
    assert state.changed == ()
