"""What a text or a number in one file rests on, by what kind of file that is and what else stands in it."""

from __future__ import annotations

import re
from collections.abc import Collection

from firmbom_elf.facts import Elf
from firmbom_elf.grounds import Ground
from firmbom_elf.rules.numbers import Number
from firmbom_elf.strings.automaton import Literal

_OPTION = Literal("--version")
TEXTS = (_OPTION,)
"""What every file is searched for."""
_OTHERWISE = re.compile(r"(?:\d+\.){3}0$|-(?:alpha|beta|rc|pre)$")
"""What others call 4.1.9 is 4.1.9.0 inside, and 1.2.0-beta is the first or the second one."""
_UNFINISHED = re.compile(r"[-+~](?:\d+$|dev|git|svn|snapshot|pre|rc|undefined|unknown)", re.IGNORECASE)
"""What follows the number of no release, or of one that goes on: ``0.74-3``, ``1.13-dev``."""


def of_text(ground: Ground, version: str, elf: Elf, texts: Collection[Literal]) -> Ground:
    """What a text with a version rests on; ``texts`` are those of :data:`TEXTS` that the file holds."""
    if ground is Ground.ITSELF and (elf.kind == "library" or version.count(".") < 2):
        return Ground.ABOUT
    return Ground.OPTION if ground is Ground.TEXT and _OPTION in texts else ground


def of_number(number: Number, elf: Elf) -> Ground:
    """What a bare number rests on."""
    unfinished = _UNFINISHED.match(number.string.text.partition(number.version)[2])
    finished = not (unfinished or _OTHERWISE.search(number.version))
    whole = number.version.count(".") > 1 and finished
    named = number.named and not number.foreign
    if not number.foreign and ((number.asked and whole) or (number.titled and finished)):
        return Ground.ASKED
    return Ground.BESIDE if elf.kind == "library" and whole and named else Ground.NUMBER
