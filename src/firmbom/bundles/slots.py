"""A disk image with two slots for one thing, ``rootfs_a`` and ``rootfs_b``: an update in its own right.

The names are those that RAUC, SWUpdate, Mender, Android and others give such partitions; no document rules them.
"""

from __future__ import annotations

import re

from firmbom.bundles.bundle import Bundle
from firmbom.bundles.reading import Opened, Reading
from firmbom.tree.base import File

_NAME = re.compile(r"(?:\d+-)?(.*?[^-_. ])([-_. ]?)([aAbB]|[01])(?:\.[a-z0-9]{1,8})?\Z")
"""A stem, what parts it from the slot's letter, and the letter; a single letter needs something to part it."""
_TWINS = {"a": "b", "A": "B", "0": "1"}


def fits(opened: Opened) -> bool:
    """Is it one? A partition table that names both slots of something."""
    return opened.container.name == "gpt" and bool(_pairs(opened))


def read(opened: Opened, reading: Reading) -> Bundle:
    """Every slot as a payload, and whether the two of each pair are the same."""
    alike = True
    for stem, pair in sorted(_pairs(opened).items()):
        for file in pair:
            reading.payload(file.path, name=stem, file=file)
        if pair[0].sha256 != pair[1].sha256:
            alike = False
            reading.say("note", f"its slots {pair[0].path} and {pair[1].path} are not the same")
    return Bundle(format="slots", variant="alike" if alike else "different", payloads=reading.payloads)


def _pairs(opened: Opened) -> dict[str, tuple[File, File]]:
    """The two slots of each pair, by what their names have in common."""
    found: dict[tuple[str, str, str], File] = {}
    for name in opened.tree.list(""):
        split, file = _NAME.match(name), opened.tree.get(name)
        if split and file:
            found[split[1], split[2], split[3]] = file
    made: dict[str, tuple[File, File]] = {}
    for (stem, mark, letter), file in found.items():
        other = found.get((stem, mark, _TWINS.get(letter, "")))
        if other and (mark or letter.isdigit() or letter.isupper() or len(stem) > 3):
            made[stem] = file, other
    return made
