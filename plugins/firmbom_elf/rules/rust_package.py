"""The version of a Rust program that stands right behind its name, as the compiler lays texts side by side.

Source: the Cargo book, "Environment Variables" (``CARGO_PKG_NAME``, ``CARGO_PKG_VERSION``) and "The Manifest Format"
(three numbers, as Semantic Versioning has them). Parsers of command lines are given both, and the compiler writes the
texts of a program without anything between them: ``hexyl0.8.0A command-line hex viewer``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import NamedTuple

from firmbom_elf.strings.automaton import Literal
from firmbom_elf.strings.printable import Printable

TEXTS = (Literal("library/core/src/"), Literal("library/std/src/"), Literal("library/alloc/src/"))
"""What every file is searched for: paths of the standard library's sources, for its messages."""
_SHORTEST = 3
"""Letters of a name that is not part of other words all the time."""
_NUMBER = r"(?:0|[1-9]\d{0,3})"
_VERSION = rf"(?P<version>{_NUMBER}(?:\.{_NUMBER}){{2}}(?:-(?:alpha|beta|rc|pre)(?:\.?\d{{1,2}})?)?)(?![\d.+-])"


class Beside(NamedTuple):
    """A version, and the text that tells it."""

    version: str
    string: Printable


def beside(strings: Iterable[Printable], name: str, texts: Collection[Literal]) -> Beside | None:
    """The version that stands behind a program's own name; None if none does, or several do.

    Args:
        strings: those of the file that hold a dotted number.
        name: the file's.
        texts: those of :data:`TEXTS` that are in it.
    """
    if len(name) < _SHORTEST or not any(text in texts for text in TEXTS):
        return None
    pattern = re.compile(rf"(?<![A-Za-z]-){re.escape(name)}{_VERSION}", re.ASCII)
    found = {match["version"]: string for string in strings for match in pattern.finditer(string.text)}
    return Beside(*found.popitem()) if len(found) == 1 else None
