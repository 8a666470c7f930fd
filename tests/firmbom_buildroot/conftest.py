"""Plants output folders, and says what the plugin says of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from firmbom.collect import collect
from firmbom.model import ComponentSet
from firmbom.plugin import Context
from firmbom.tree.folder import FolderTree
from firmbom_buildroot.plugin import Plugin

Plant = Callable[[Mapping[str, str | bytes]], Path]
Said = Callable[..., ComponentSet]


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
