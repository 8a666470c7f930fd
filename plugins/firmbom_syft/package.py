"""What a repair of syft's spelling works on."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Package(NamedTuple):
    """A name with its scope, and a version, empty when it is not known."""

    name: str
    version: str


Repair = Callable[[Package, tuple[str, ...]], Package | None]
"""Given a package as syft spells it and the paths where it was seen, the one that is meant, or None for no package."""
