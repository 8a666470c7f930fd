"""Folders of small files, and what a walk through one gives."""

from __future__ import annotations

from pathlib import Path

from firmbom.tree.folder import FolderTree


def fill(root: Path, *paths: str) -> None:
    """Write files, each of which holds its own path."""
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(path)


def walked(tree: FolderTree) -> list[str]:
    """The paths in their order."""
    return [file.path for file in tree.walk()]
