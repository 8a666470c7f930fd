"""A git that knows nothing of this machine, for the tests of what firmbom asks git."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

CONFIGURATION = """\
[user]
    name = Tester
    email = tester@firmbom.example
[init]
    defaultBranch = main
[protocol "file"]
    allow = always
[advice]
    detachedHead = false
"""

CI_VARIABLES = ("GITHUB_", "GITLAB_", "CI_", "GIT_", "SOURCE_DATE_EPOCH")


@pytest.fixture
def git(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """``git(folder, *arguments, **variables)`` runs git and returns what it prints; every commit has one time."""
    home = tmp_path_factory.mktemp("home")
    (home / ".gitconfig").write_text(CONFIGURATION)
    for name in os.environ:
        if name.startswith(CI_VARIABLES):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_AUTHOR_DATE", "1700000000 +0100")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "1700000000 +0100")

    def run(folder: Path, *arguments: str, **variables: str) -> str:
        done = subprocess.run(
            ["git", "-C", folder, *arguments], env={**os.environ, **variables}, check=True, capture_output=True
        )
        return done.stdout.decode().strip()

    return run


@pytest.fixture
def checkout(git: Callable[..., str], tmp_path: Path) -> Path:
    """A work tree with one commit."""
    folder = tmp_path / "product"
    folder.mkdir()
    git(folder, "init", "--quiet")
    (folder / "main.c").write_text("int main(void) { return 0; }\n")
    git(folder, "add", "main.c")
    git(folder, "commit", "--quiet", "--message", "first")
    return folder
