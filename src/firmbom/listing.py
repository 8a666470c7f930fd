"""What an image holds, file by file: the answer of ``firmbom ls``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Literal

import msgspec

from firmbom.errors import FirmbomError
from firmbom.model import Problem
from firmbom.tree.base import File, FileTree
from firmbom.tree.match import Patterns
from firmbom.tree.open import nested, open_tree


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the listing."""

    path: str
    """From the image's root; ``outer!/inner`` goes into a container."""
    kind: Literal["file", "link"] = "file"
    size: int = 0
    """In bytes."""
    sha256: str = ""
    """Only when asked for, and only of a file that can be read."""
    target: str = ""
    """Of a link, as it is stored."""


def listing(
    path: Path, patterns: Sequence[str], *, flat: bool, digest: bool, problems: Callable[[Problem], None]
) -> Iterator[Entry]:
    """The files and then the links of an image.

    Args:
        path: the image, archive or folder.
        patterns: only paths that fit one of these; all when empty.
        flat: leave the containers in the image closed.
        digest: read every listed file and give its SHA-256.
        problems: told what could not be read.

    Raises:
        InputError: the file is no container.
    """
    wanted = Patterns(patterns)
    opened = open_tree(path)
    with closing(opened if flat else nested(opened)) as tree:
        for file in tree.walk():
            inside = file.location_path.removeprefix(tree.prefix)
            if not patterns or wanted.match(inside):
                yield Entry(inside, size=file.size, sha256=_digest(file, problems) if digest else "")
        for place, target in tree.links():
            inside = place.removeprefix(tree.prefix)
            if not patterns or wanted.match(inside):
                yield Entry(inside, "link", target=target)
        _report(tree, problems)


def _digest(file: File, problems: Callable[[Problem], None]) -> str:
    try:
        return file.sha256.value
    except FirmbomError as error:
        problems(Problem("error", error.within(file.location_path), file.location_path))
        return ""


def _report(tree: FileTree, problems: Callable[[Problem], None]) -> None:
    for problem in tree.problems:
        problems(problem)
