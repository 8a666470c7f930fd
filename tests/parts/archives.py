"""Archives made in memory, and what a tree that opens them holds and says."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

from firmbom.tree.base import FileTree


def tar(**files: bytes) -> bytes:
    """A tar of files by name; ``__`` stands for a slash."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name.replace("__", "/"))
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return made.getvalue()


def zipped(method: int = zipfile.ZIP_DEFLATED, **files: bytes) -> bytes:
    """The same as a zip."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "/"), data)
    return made.getvalue()


def put(folder: Path, name: str, data: bytes) -> Path:
    """A file on disk."""
    path = folder / name
    path.write_bytes(data)
    return path


def places(tree: FileTree) -> list[str]:
    """Where each file stands."""
    return [file.location_path for file in tree.walk()]


def told(tree: FileTree) -> list[tuple[str, str]]:
    """The problems: severity and path."""
    return [(one.severity, one.path) for one in tree.problems]
