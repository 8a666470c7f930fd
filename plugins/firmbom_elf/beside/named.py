"""What a file that stands beside a binary names: a version, and where it does."""

from __future__ import annotations

from typing import NamedTuple


class Named(NamedTuple):
    """A version that a file names."""

    version: str
    offset: int
    """In the file as it is unpacked, in bytes."""
    text: str
    behind: str = ""
    """The word that stands directly before it."""
