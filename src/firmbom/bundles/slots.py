"""A disk or flash image with two slots for one thing, ``rootfs_a`` and ``rootfs_b``: an update in its own right.

The names are those that RAUC, SWUpdate, Mender, Android and others give such partitions; no document rules them.
"""

from __future__ import annotations

import hashlib
import re
from collections import deque
from collections.abc import Iterable

from firmbom.bundles.bundle import Bundle, Unpacked
from firmbom.bundles.reading import Opened, Reading
from firmbom.digest import Algorithm, Digest
from firmbom.tree.base import File

_NAME = re.compile(r"(?:\d+-)?(.*?[^-_. ])([-_. ]?)([aAbB]|[01])(?:\.[a-z0-9]{1,8})?\Z")
"""A stem, what parts it from the slot's letter, and the letter; a single letter needs something to part it."""
_PADDING = b"\0\xff"
_MOST = 64
"""Sizes that are tried."""
_TWINS = {"a": "b", "A": "B", "0": "1"}


def fits(opened: Opened) -> bool:
    """Is it one? A table of partitions or volumes that names both slots of something."""
    return opened.container.name in {"gpt", "ubi"} and bool(_pairs(opened))


def read(opened: Opened, reading: Reading) -> Bundle:
    """Every slot as a payload, and whether the two of each pair are the same."""
    alike = True
    for stem, pair in sorted(_pairs(opened).items()):
        for file in pair:
            reading.payload(file.path, name=stem, file=file, holds=_before_padding(file, opened.sizes))
        if pair[0].sha256 != pair[1].sha256:
            alike = False
            reading.say("note", f"its slots {pair[0].path} and {pair[1].path} are not the same")
    return Bundle(format="slots", variant="alike" if alike else "different", payloads=reading.payloads)


def _before_padding(file: File, sizes: Iterable[int]) -> list[Unpacked]:
    """What a slot holds before its padding, if that has one of these sizes: what was written into it may be shorter."""
    left = deque(sorted(size for size in set(sizes) if 0 < size < file.size)[:_MOST])
    running = hashlib.sha256(), hashlib.sha512()
    found: list[Unpacked] = []
    place = end = 0  # end: behind the last byte that is no padding
    for piece in file.chunks() if left else ():
        used = 0
        while left and left[0] <= place + len(piece):
            size = left.popleft()
            part = piece[used : size - place]
            for one in running:
                one.update(part)
            used += len(part)
            digests = zip((Algorithm.SHA256, Algorithm.SHA512), running, strict=True)
            found.append(Unpacked(file.name, size, tuple(Digest(name, one.hexdigest()) for name, one in digests)))
        for one in running:
            one.update(piece[used:])
        if kept := len(piece.rstrip(_PADDING)):
            end = place + kept
        place += len(piece)
    return [one for one in found if one.size >= end]


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
