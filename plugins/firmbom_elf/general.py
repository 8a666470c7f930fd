"""Rules for files of which the catalogue knows nothing."""

from __future__ import annotations

from collections.abc import Sequence

from firmbom_elf.facts import Elf, Sighting
from firmbom_elf.printable import Printable


def sight(
    data: bytes, elf: Elf | None, path: str, dotted: Sequence[Printable], listed: Sequence[Sighting]
) -> tuple[Sighting, ...]:
    """What general rules see."""
    return ()
