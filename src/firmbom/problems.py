"""Problems met while inputs are read: of one kind so many are told with their detail, the rest is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Literal

from firmbom.errors import FirmbomError, printable
from firmbom.model import Problem, Severity
from firmbom.tree.base import File

SAID = 5
"""So many problems of one kind are told with their detail."""
LONGEST = 300
"""Characters of one problem."""


class Report:
    """Gathers the problems of one input, or of all that speak of one build."""

    def __init__(self, path: str = "") -> None:
        """Args: ``path`` is the input's place, for problems that name no other."""
        self._path = path
        self._told: dict[Problem, None] = {}
        self._counts: Counter[tuple[Severity, str, str]] = Counter()
        self.lost: set[str] = set()
        """Places of inputs of which something could not be read, so that components may be missing."""
        self.uncertain: set[Literal["components", "dependencies"]] = set()
        """What no input states as a whole."""

    def say(self, severity: Severity, message: str, path: str = "", *, detail: str = "", line: int = 0) -> None:
        """Tell one problem.

        Args:
            severity: as in :class:`firmbom.model.Problem`; an error means that something is lost.
            message: the kind of problem, which is what is counted.
            path: of another input than the report's own.
            detail: what it is about, said after the message.
            line: 1-based; 0 where there are no lines.
        """
        path = path or self._path
        if severity == "error":
            self.lost.add(path)
        kind = (severity, message, path)
        self._counts[kind] += 1
        if self._counts[kind] <= SAID:
            where = f"line {line}: " if line else ""
            text = f"{where}{message}: {detail}" if detail else f"{where}{message}"
            self._told[Problem(severity, printable(text)[:LONGEST], path)] = None

    def problems(self) -> Iterator[Problem]:
        """All that was told, and how much was not."""
        yield from self._told
        for (severity, message, path), count in self._counts.items():
            if count > SAID:
                yield Problem(severity, printable(f"{message}: {count - SAID} more like it")[:LONGEST], path)

    def read(self, file: File, severity: Severity = "error") -> bytes | None:
        """A file's content; None when it cannot be read, which is told."""
        try:
            return file.read()
        except FirmbomError as error:
            self.say(severity, error.within(file.location_path), file.location_path)
        return None

    def text(self, file: File) -> str | None:
        """A file's text; None when it cannot be read. Either is told, and so is what is no UTF-8."""
        data = self.read(file)
        if data is None:
            return None
        text = data.decode("utf-8-sig", "replace")
        if "\ufffd" in text:
            self.say("warning", "not UTF-8; what is not is replaced", file.location_path)
        return text
