"""Problems met while a build is read: of one kind so many are told, the rest is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Literal

from firmbom.errors import FirmbomError, printable
from firmbom.model import Problem, Severity
from firmbom.tree.base import File

SAID = 5
"""So many problems of one kind are told with their detail."""


class Report:
    """Gathers problems."""

    def __init__(self) -> None:
        self._told: dict[Problem, None] = {}
        self._counts: Counter[tuple[Severity, str, str]] = Counter()
        self.lost = False
        """True once something said means that components may be missing."""
        self.uncertain: set[Literal["components", "dependencies"]] = set()
        """What no source states as a whole."""

    def say(self, severity: Severity, message: str, path: str = "", *, detail: str = "") -> None:
        """Tell one problem; ``message`` is its kind, ``detail`` what it is about."""
        self.lost = self.lost or severity == "error"
        kind = (severity, message, path)
        self._counts[kind] += 1
        if self._counts[kind] <= SAID:
            text = f"{message}: {detail}" if detail else message
            self._told[Problem(severity, printable(text)[:300], path)] = None

    def problems(self) -> Iterator[Problem]:
        """All that was told, and how much was not."""
        yield from self._told
        for (severity, message, path), count in self._counts.items():
            if count > SAID:
                yield Problem(severity, printable(f"{message}: {count - SAID} more like it")[:300], path)

    def read(self, file: File, severity: Severity = "error") -> bytes | None:
        """A file's content; None when it cannot be read, which is told."""
        try:
            return file.read()
        except FirmbomError as error:
            self.say(severity, error.within(file.location_path), file.location_path)
        return None
