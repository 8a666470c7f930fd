"""Plants output folders from the records in ``data``, and says what the plugin says of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from firmbom.collect import collect
from firmbom.model import Component, ComponentSet
from firmbom.plugin import Context
from firmbom.tree.folder import FolderTree
from firmbom_buildroot.plugin import Plugin

DATA = Path(__file__).parent / "data"

Plant = Callable[[Mapping[str, str | bytes]], Path]
Said = Callable[..., ComponentSet]


def data(name: str) -> str:
    """One of the records."""
    return (DATA / name).read_text(encoding="utf-8")


def info(**members: Any) -> str:
    """A show-info with one package ``good`` and more."""
    return json.dumps({"good": package("good"), **members}, separators=(", ", ": ")).replace("{", "{ ", 1)


def package(name: str, **members: Any) -> dict[str, Any]:
    """A member of show-info."""
    stated = {"type": "target", "name": name, "virtual": False, "version": "1.0", "licenses": "MIT"}
    return {**stated, "downloads": [], "install_target": True, "dependencies": [], **members}


def named(found: ComponentSet) -> dict[str, Component]:
    """Components by their name."""
    return {one.name: one for one in found.components}


def edges(found: ComponentSet) -> set[tuple[str, str]]:
    """Edges by the names of their ends."""
    names = {one.ref: one.name for one in found.components}
    return {(names.get(edge.source, ""), names[edge.target]) for edge in found.edges}


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    """Writes files by their paths into a folder."""

    def planted(files: Mapping[str, str | bytes]) -> Path:
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return tmp_path

    return planted


@pytest.fixture
def said() -> Said:
    """What the plugin says of a folder; the plugin's options by name."""

    def collected(folder: Path, **options: object) -> ComponentSet:
        return collect(FolderTree(folder), [Plugin()], {"buildroot": Context(options=options)})

    return collected
