"""Both ways of starting git: the same answers, nothing of the surroundings, an end when it does not answer."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest
from processes import ends

from firmbom.errors import ToolError
from firmbom.git import process
from firmbom.git.command import Repository
from firmbom.git.process import Start, direct, through_gitpython

BOTH = pytest.mark.parametrize("start", [direct, through_gitpython])


def _program(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program in place of git, for both ways."""
    import git

    path = tmp_path / "stand-in"
    monkeypatch.setenv("GIT_PYTHON_GIT_EXECUTABLE", str(path))
    monkeypatch.setattr(git.Git, "GIT_PYTHON_GIT_EXECUTABLE", str(path))
    return path


@BOTH
def test_status_output_and_complaint_without_the_last_newline(start: Start, stand_in: Path) -> None:
    _program(stand_in, 'printf "a\\377\\n\\n"; echo "b: $*" >&2; exit 3')
    assert start(["x", "y z"]) == (3, b"a\xff\n", b"b: x y z")


@BOTH
def test_it_speaks_english_and_knows_no_other_repository(
    start: Start, stand_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _program(stand_in, 'echo "$GIT_DIR,$GIT_WORK_TREE,$LC_ALL,$LANGUAGE,$GIT_ALLOW_PROTOCOL,$GIT_OPTIONAL_LOCKS"')
    for name, value in {"GIT_DIR": "a", "GIT_WORK_TREE": "b", "LC_ALL": "de_DE.UTF-8", "LANGUAGE": "de"}.items():
        monkeypatch.setenv(name, value)
    assert start([]) == (0, b",,C,C,,0", b"")
    assert os.environ["GIT_DIR"] == "a"


@BOTH
def test_it_waits_for_no_answer_from_a_person(start: Start, stand_in: Path) -> None:
    _program(stand_in, "cat")
    assert start([]) == (0, b"", b"")


def test_a_git_that_does_not_answer_ends_with_what_it_started(
    stand_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "SECONDS", 2.0)
    _program(stand_in, f"sleep 60 & echo $! > '{tmp_path}/started'; wait")
    before = time.monotonic()
    with pytest.raises(ToolError, match=r"git has not answered within 2 seconds"):
        direct(["status"])
    assert time.monotonic() - before < 30
    assert ends(tmp_path / "started")


def test_git_is_not_installed(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "git", None)
        with pytest.raises(ToolError, match="not installed"):
            Repository(checkout, through_gitpython)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ToolError, match="not installed"):
        Repository(checkout)
    with pytest.raises(ToolError, match="cannot be run"):
        Repository(checkout, through_gitpython)


@BOTH
def test_git_cannot_be_run(start: Start, stand_in: Path) -> None:
    stand_in.write_text("")
    with pytest.raises(ToolError, match="git cannot be run"):
        start([])


def test_a_build_does_not_wait_for_gitpython(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "git", None)
    assert Repository(checkout).top == checkout.resolve()
