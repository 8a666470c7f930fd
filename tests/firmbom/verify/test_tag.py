"""The third question: does the tag still stand?"""

from __future__ import annotations

import copy
import subprocess
from pathlib import Path
from typing import Any

import pytest
from judging import COMMIT, ED, SMALL, judge

from firmbom.signing import jsf
from firmbom.verify import Answer


def git(folder: Path, *arguments: str) -> str:
    options = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"]
    done = subprocess.run(["git", *options, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository whose tag v1.0.0 is its only commit."""
    folder = tmp_path / "clone"
    folder.mkdir()
    git(folder, "init", "-q")
    git(folder, "commit", "-q", "--allow-empty", "-m", "first")
    git(folder, "tag", "v1.0.0")
    return folder


def released(commit: str, **properties: str) -> dict[str, Any]:
    """SMALL, signed, as built from ``commit``."""
    document = copy.deepcopy(SMALL)
    for one in document["metadata"]["component"]["properties"]:
        name = one["name"].removeprefix("firmbom:release:")
        one["value"] = commit if name == "commit" else properties.get(name, one["value"])
    return jsf.sign(document, [ED])


def test_a_tag_that_still_stands(repository: Path) -> None:
    commit = git(repository, "rev-parse", "HEAD")
    verdict = judge(released(commit), repository=repository)
    assert verdict.release == Answer("passed", (f"tag v1.0.0 is still commit {commit[:12]}", "tag not signed"))
    assert verdict.exit_status == 0


def test_a_build_from_a_changed_tree_is_said(repository: Path) -> None:
    document = released(git(repository, "rev-parse", "HEAD"), dirty="true")
    assert "working tree differed" in judge(document, repository=repository).release.reasons[1]


def test_a_tag_that_was_moved(repository: Path) -> None:
    document = released(git(repository, "rev-parse", "HEAD"))
    git(repository, "commit", "-q", "--allow-empty", "-m", "second")
    git(repository, "tag", "-f", "v1.0.0")
    verdict = judge(document, repository=repository)
    assert (verdict.release.status, verdict.exit_status) == ("failed", 20)
    assert "v1.0.0" in verdict.release.reasons[0]


def test_a_commit_that_is_not_there(repository: Path) -> None:
    assert judge(released(COMMIT), repository=repository).exit_status == 20


@pytest.mark.parametrize("value", [None, 5, "x", [], {}, {"component": []}, {"component": {"properties": [5, {}]}}])
def test_metadata_of_a_wrong_type_names_no_release(value: Any, repository: Path) -> None:
    document = jsf.sign({**SMALL, "metadata": value}, [ED])
    assert "names no commit" in judge(document, repository=repository).release.reasons[0]
