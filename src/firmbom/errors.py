"""The one error root: every refusal knows the file, the place in it and the remedy."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def printable(text: str) -> str:
    """``text`` on one line, with control characters and lone surrogates escaped, safe for a terminal and for JSON."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def meant(word: str, known: Iterable[str]) -> str:
    """``did you mean near?`` for the nearest of ``known``; empty where nothing is near."""
    from difflib import get_close_matches

    near = get_close_matches(word, sorted(known), n=1, cutoff=0.65)  # swapped letters of three pass, chance does not
    return f"did you mean {near[0]}?" if near else ""


class FirmbomError(Exception):
    """Something the user can act on; printed as one line by the command line, never as a traceback.

    Args:
        message: what is wrong, in a few words, without the file name.
        path: the file (or other input) it is about.
        place: where inside that file: a line number, a key path such as ``images[1]``, a byte range.
        remedy: what to do about it, as an imperative sentence.
    """

    def __init__(self, message: str, *, path: str = "", place: str = "", remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.place = place
        self.remedy = remedy

    def __str__(self) -> str:
        return self.within("")

    def within(self, path: str) -> str:
        """The line to print where ``path`` is already known to the reader."""
        where = ": ".join(part for part in (self.path if self.path != path else "", self.place) if part)
        line = f"{where}: {self.message}" if where else self.message
        return printable(f"{line} ({self.remedy})" if self.remedy else line)


class InputError(FirmbomError):
    """A file given to firmbom cannot be read as what it should be."""


class ConfigError(FirmbomError):
    """firmbom.toml or a command-line option says something firmbom cannot follow."""


class LimitError(FirmbomError):
    """An input asked for more bytes, files, depth or time than the limits allow."""


class ToolError(FirmbomError):
    """A program that firmbom runs (syft, cyclonedx-py, git) is missing or failed."""
