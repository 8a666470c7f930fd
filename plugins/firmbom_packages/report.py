"""What reading a database has to say beside its packages: problems with lines, so many of one kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from firmbom.errors import printable
from firmbom.model import Problem, Severity

SAID = 10
"""So many problems of one kind are told each with its line; the rest is counted."""


class Report:
    """Gathers the problems of one database."""

    def __init__(self, path: str) -> None:
        """Args: ``path`` is the database's place, as problems state it."""
        self._path = path
        self._told: dict[Problem, None] = {}
        self._counts: Counter[tuple[Severity, str, str]] = Counter()
        self.lost = False
        """True once something said means that components may be missing."""
        self.doubtful = False
        """True once something said means that the input may not be whole."""

    def say(self, severity: Severity, message: str, *, detail: str = "", line: int = 0, path: str = "") -> None:
        """Tell one problem.

        Args:
            severity: as in :class:`firmbom.model.Problem`.
            message: the kind of problem, which is what is counted.
            detail: what it is about, said after the message.
            line: 1-based; 0 where there are no lines.
            path: of another file than the database itself.
        """
        self.lost = self.lost or severity == "error"
        kind = (severity, message, path or self._path)
        self._counts[kind] += 1
        if self._counts[kind] <= SAID:
            where = f"line {line}: " if line else ""
            text = printable(f"{where}{message}{f': {detail}' if detail else ''}")[:300]
            self._told[Problem(severity, text, path or self._path)] = None

    def problems(self) -> Iterator[Problem]:
        """All that was told, and how much was not."""
        yield from self._told
        for (severity, message, path), count in self._counts.items():
            if count > SAID:
                yield Problem(severity, printable(f"{message}: {count - SAID} more like it")[:300], path)


def clean(text: str) -> str:
    """``text`` on one line without control characters and lone surrogates."""
    return text if text.isprintable() else printable(text)
