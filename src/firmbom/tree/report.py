"""What a reader says while it reads: problems, each said a few times and then counted, so that no input can flood."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from firmbom.model import Problem, Severity
from firmbom.tree.base import shown

SAID = 3
"""So often the same message is given with its own path; the rest is counted."""
MOST = 200
"""So many problems one container may have; the rest is counted."""


class Report:
    """Turns a reader's words into Problems of one container."""

    def __init__(self, problems: list[Problem], path: str, place: Callable[[str], str]) -> None:
        """Args: ``path`` is the container's own place, ``place`` gives that of a name inside it."""
        self._problems, self._path, self._place = problems, path, place
        self._counts: Counter[tuple[Severity, str]] = Counter()
        self._given = 0
        self._unsaid: Counter[Severity] = Counter()

    def __call__(self, severity: Severity, message: str, name: str | bytes | None = None) -> None:
        """Say ``message`` of the container, or of the entry ``name`` in it."""
        if self._given == MOST and (severity, message) not in self._counts:
            self._unsaid[severity] += 1
            return
        self._counts[severity, message] += 1
        if self._counts[severity, message] > SAID or self._given == MOST:
            return
        self._given += 1
        if isinstance(name, bytes):
            name = name.decode("utf-8", "surrogateescape")
        path = self._path if name is None else self._place(name)
        self._problems.append(Problem(severity, message, shown(path)))

    def finish(self) -> None:
        """Say how much more there was of what was said often."""
        for (severity, message), count in self._counts.items():
            if count > SAID:
                self._problems.append(Problem(severity, f"{message}: {count - SAID} more in it", shown(self._path)))
        for severity, count in self._unsaid.items():
            self._problems.append(Problem(severity, f"{count} more problems of other kinds", shown(self._path)))
        self._counts.clear()
        self._unsaid.clear()


class Unheard(Report):
    """Says nothing to anybody: what is only looked at is told of by who reads it."""

    def __init__(self) -> None:
        super().__init__([], "", str)

    def __call__(self, severity: Severity, message: str, name: str | bytes | None = None) -> None:
        """See :class:`Report`."""
