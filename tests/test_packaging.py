"""The family of plugins in the box: each is registered, typed, measured and documented."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = sorted(path.parent for path in ROOT.glob("plugins/*/__init__.py"))
SETTINGS: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_plugin_in_the_box_is_complete(folder: Path) -> None:
    name = folder.name.removeprefix("firmbom_")
    entries = SETTINGS["project"]["entry-points"]["firmbom.plugins"]
    assert entries.get(name) == f"{folder.name}.plugin:Plugin"
    assert (folder / "py.typed").is_file()
    assert (ROOT / "tests" / folder.name).is_dir()
    assert folder.name in SETTINGS["tool"]["coverage"]["run"]["source_pkgs"]
    assert re.search(rf"^\| .* \| `{name}` \|$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)


def test_nothing_else_is_registered() -> None:
    entries = SETTINGS["project"]["entry-points"]["firmbom.plugins"]
    assert sorted(f"firmbom_{name}" for name in entries) == [folder.name for folder in FOLDERS]
