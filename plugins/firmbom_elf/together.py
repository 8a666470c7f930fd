"""What all binaries of a tree are together: their components, what these are made of, and which file loads which."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from firmbom.errors import InputError
from firmbom.model import Fact, Problem
from firmbom.tree.base import FileTree
from firmbom_elf import properties
from firmbom_elf.beside import beside
from firmbom_elf.debug import debug_files
from firmbom_elf.debug.sources import PathRule
from firmbom_elf.deciding import identify
from firmbom_elf.declarations import linux
from firmbom_elf.facts import Examined
from firmbom_elf.loading import linker


def facts(
    files: list[Examined], tree: FileTree, sources: Sequence[PathRule], databases: Sequence[Path]
) -> Iterator[Fact]:
    """All that the files of a tree show.

    Args:
        files: what each says by itself, sorted by place.
        tree: in which they stand.
        sources: whose the sources are that debug information names.
        databases: of known files.
    """
    joined = debug_files.joined(files)
    told = {file.place: file for file in joined}
    for file in files:
        yield from file.problems
        yield from properties.of(told.get(file.place, file))
    files = [debug_files.with_origins(file, sources) for file in joined]
    for path in databases:
        from firmbom_elf.learnt import recognised  # for SQLite
        from firmbom_elf.learnt.known import Known

        try:
            with Known(path) as known:
                files, exact = recognised.recognise(files, known)
            yield from exact
        except InputError as error:
            yield Problem("error", str(error))
    files, unread = beside.told(files, tree)
    yield from unread
    files, found = identify.identified(linux.unwrapped(files))
    declared, edges = linux.settled(
        (one for file in files for one in file.components), (edge for file in files for edge in file.edges)
    )
    yield from declared
    yield from edges
    yield from found
    links, problems = linker.resolve(files, tree)
    yield from links
    yield from problems
