"""The elf plugin: examines every binary in worker processes and, once all are seen, says what they are together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from firmbom.model import Fact, Problem
from firmbom.plugin import Context, Wants
from firmbom.tree.base import File, FileTree
from firmbom_elf import wants

if TYPE_CHECKING:
    from firmbom_elf.facts import Examined
    from firmbom_elf.pool import Pool


class Plugin:
    """Reads binaries; never runs one. Its state is that of one walk."""

    name: ClassVar[str] = "elf"
    version: ClassVar[str] = "0.1.0"
    wants: ClassVar[Wants] = wants.WANTS

    def __init__(self) -> None:
        self._pool: Pool | None = None

    def collect(self, file: File, context: Context) -> Iterable[Fact]:  # noqa: ARG002 - the contract's signature
        """Hand one file to the workers; what it says is told when the walk is over."""
        from firmbom_elf.pool import Pool
        from firmbom_elf.task import Task

        self._pool = self._pool or Pool()
        self._pool.submit(Task(path=file.path, place=file.location_path), file.read())
        return ()

    def learn(self, paths: Sequence[Path], progress: Callable[[str], None] | None) -> tuple[bytes, tuple[Problem, ...]]:
        """Make a database of the binaries in packages and builds."""
        from firmbom_elf import learning

        return learning.learn(paths, progress)

    def finish(self, tree: FileTree, context: Context) -> Iterator[Fact]:  # noqa: ARG002 - the contract's signature
        """Say what the files of ``tree`` are, which loads which, and what could not be told."""
        pool, self._pool = self._pool, None
        if pool:
            yield from _facts(sorted(pool.drain(), key=lambda one: one.place), tree)


def _facts(files: list[Examined], tree: FileTree) -> Iterator[Fact]:
    from firmbom_elf import identify, linker, properties

    for file in files:
        yield from file.problems
        yield from properties.of(file)
        yield from file.components
        yield from file.edges
    yield from identify.components(files)
    links, problems = linker.resolve(files, tree)
    yield from links
    yield from problems
