"""Problems met while a build is read: of one kind so many are told, the rest is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

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
        self.lost: set[str] = set()
        """Paths of records of which something could not be read, so that components may be missing."""

    def say(self, severity: Severity, message: str, path: str = "", *, detail: str = "") -> None:
        """Tell one problem; ``message`` is its kind, ``detail`` what it is about."""
        if severity == "error":
            self.lost.add(path)
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

    def text(self, file: File) -> str | None:
        """A file's text; None when it cannot be read. Either is told, and so is what is no UTF-8."""
        try:
            data = file.read()
        except FirmbomError as error:
            self.say("error", error.within(file.location_path), file.location_path)
            return None
        text = data.decode("utf-8-sig", "replace")
        if "\ufffd" in text:
            self.say("warning", "not UTF-8; what is not is replaced", file.location_path)
        return text
