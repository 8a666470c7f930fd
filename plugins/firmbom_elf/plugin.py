"""The elf plugin: examines every binary in worker processes and, once all are seen, says what they are together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import replace

from firmbom.model import Fact, Problem
from firmbom.plugin import Context, Wants
from firmbom.tree.base import File, FileTree, shown
from firmbom_elf import wants

if TYPE_CHECKING:
    from firmbom_elf.workers.pool import Pool


class Plugin:
    """Reads binaries; never runs one. Its state is that of one walk."""

    name: ClassVar[str] = "elf"
    version: ClassVar[str] = "0.1.0"
    wants: ClassVar[Wants] = wants.WANTS

    def __init__(self) -> None:
        self._pool: Pool | None = None
        self._digests: dict[str, str] = {}

    def begin(self) -> None:
        """Start what makes the workers: it loads the catalogue while the host has other things to do."""
        from firmbom_elf.workers.pool import Pool

        self._pool = Pool()
        self._pool.start()

    def end(self) -> None:
        """End the workers, if the walk was broken off."""
        pool, self._pool = self._pool, None
        if pool:
            pool.close()

    def collect(self, file: File, context: Context) -> Iterable[Fact]:
        """Hand one file to the workers; what it says is told when the walk is over."""
        from firmbom_elf.task import Task

        if wants.holds_files(file):
            return ()
        if not self._pool:
            from firmbom_elf.workers.pool import Pool

            self._pool = Pool()
        place = file.location_path
        file.check_size()
        content = file.on_disk() or file.read()
        self._pool.submit(Task(path=shown(file.path), place=place, fingerprint=bool(context.known)), content, file.size)
        if context.known:
            self._digests[place] = file.sha256.value
        return ()

    def learn(self, paths: Sequence[Path], progress: Callable[[str], None] | None) -> tuple[bytes, tuple[Problem, ...]]:
        """Make a database of the binaries in packages and builds."""
        from firmbom_elf.learnt import learning

        return learning.learn(paths, progress)

    def finish(self, tree: FileTree, context: Context) -> Iterator[Fact]:
        """Say what the files of ``tree`` are, which loads which, and what could not be told."""
        pool, self._pool = self._pool, None
        digests, self._digests = self._digests, {}
        if pool:
            pool.walked()
        from firmbom_elf import options  # loaded while the workers are at the last files, as all is here

        chosen, problems = options.of(context)
        if pool:
            from firmbom_elf import together
            from firmbom_elf.catalogue.load import catalogue

            catalogue()
            try:
                files = sorted(pool.answers(), key=lambda one: one.place)
                if context.known:
                    files = [replace(one, sha256=digests.get(one.place, "")) for one in files]
                yield from together.facts(files, tree, chosen.sources, context.known)
            finally:
                pool.close()
        yield from problems
