"""The files and links of one root filesystem by name, as paths are followed in them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, repeat

from firmbom.tree import index
from firmbom.tree.source import BytesSource

_NO_CONTENT = index.Leaf(0, BytesSource(b""))
"""Where a file stands is all that the loader's search asks."""


def indexed(files: Iterable[str], symlinks: Iterable[tuple[str, str]]) -> index.Folder:
    """The files and links of a root by name; of two in one place the first counts."""
    root = index.Folder()
    folders: dict[str, index.Folder | None] = {"": root}
    nodes: Iterable[tuple[str, index.Node]] = chain(
        zip(files, repeat(_NO_CONTENT), strict=False), ((path, index.Link(target)) for path, target in symlinks)
    )
    for path, node in nodes:
        above, _, name = path.rpartition("/")
        if above not in folders:
            folders[above] = _entered(root, above)
        folder = folders[above]
        if folder is not None:
            folder.setdefault(name, node)
    return root


def _entered(root: index.Folder, path: str) -> index.Folder | None:
    """The folder of that path, which is made if it is not there; None if a link or file stands in the way."""
    folder = root
    for part in path.split("/"):
        inner = folder.get(part)
        if inner is None:
            inner = folder[part] = index.Folder()
        if not isinstance(inner, index.Folder):
            return None
        folder = inner
    return folder
