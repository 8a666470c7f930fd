"""A small project to run commands on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from small_project import LOCK


@pytest.fixture
def one_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """One time for every document, and no CI system around."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    for name in ("GITHUB_ACTIONS", "GITLAB_CI", "FIRMBOM_TRACEBACK"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with two lockfiles, which name four components."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "package-lock.json").write_text(json.dumps(LOCK))
    (folder / "requirements.txt").write_text("idna==3.6\n")
    return folder
