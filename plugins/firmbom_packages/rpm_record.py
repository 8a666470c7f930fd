"""One record of any of rpm's databases, and what each of their readers is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple


class Record(NamedTuple):
    """A header and where it stands."""

    number: int
    """The header's number in the database."""
    blob: bytes
    offset: int = -1
    """In bytes; -1 where it is not in one piece."""


Tell = Callable[[str], None]
"""Told what of the database cannot be read; the rest is."""

Read = Callable[[bytes, Tell], Iterator[Record]]
"""Reads a whole database; raises InputError when nothing further can be read."""
