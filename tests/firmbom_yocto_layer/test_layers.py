"""What the layers of a build say of their commits, by git itself."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

MAKE = Callable[..., Any]


def test_layers_tell_their_commit(module: MAKE, store: MAKE, bitbake: MAKE, tmp_path: Path) -> None:
    folder = tmp_path / "meta-x"
    (folder / "conf").mkdir(parents=True)
    (folder / "conf" / "layer.conf").write_text("")
    environment = {
        **os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_COMMITTER_DATE": "1700000000 +0000", "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.com",
    }  # fmt: skip
    for arguments in (
        ["init", "-q"],
        ["add", "."],
        ["commit", "-qm", "x"],
        ["remote", "add", "origin", "https://u:p@example.com/x"],
    ):
        subprocess.run(["git", "-C", folder, *arguments], env=environment, check=True)
    with module("layers").asked(store({"BBLAYERS": f"{folder} {tmp_path / 'plain'}"}), bitbake()) as layers:
        found, newest = layers()
    assert newest == 1_700_000_000
    assert [one["name"] for one in found] == ["meta-x", "plain"]
    assert (found[0]["url"], found[0]["changed"], len(found[0]["revision"])) == ("https://example.com/x", False, 40)
    (folder / "conf" / "layer.conf").write_text("changed")
    with module("layers").asked(store({"BBLAYERS": str(folder)}), bitbake()) as layers:
        assert layers()[0][0]["changed"]


def test_without_git_there_is_no_commit(
    module: MAKE, store: MAKE, bitbake: MAKE, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with module("layers").asked(store({"BBLAYERS": str(tmp_path)}), bitbake()) as layers:
        assert layers()[1] == 0
