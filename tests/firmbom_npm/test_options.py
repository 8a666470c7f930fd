"""``[plugin.npm]`` of firmbom.toml."""

from __future__ import annotations

from pathlib import Path

from firmbom.collect import collect
from firmbom.model import Problem
from firmbom.plugin import Context
from firmbom.tree.folder import FolderTree
from firmbom_npm.plugin import Plugin


def test_an_option_is_told_once_and_costs_nothing(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "package.json").write_text(f'{{"name": "{name}", "version": "1.0.0"}}')
    plain = collect(FolderTree(tmp_path), [Plugin()])
    found = collect(FolderTree(tmp_path), [Plugin()], {"npm": Context(options={"dev": False})})
    told = Problem("error", "plugin.npm.dev: there is no such key; known here: none", "", "npm")
    assert found.problems == (*plain.problems, told)
    assert {one.name for one in found.components} == {"a", "b"}
