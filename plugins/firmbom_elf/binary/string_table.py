"""String tables: names one after the other, each ended by a zero.

Source: System V gABI chapter 4, "String Table". A name may be the end of a longer one.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from firmbom.errors import printable
from firmbom_elf.strings.database import Database, escaped

MOST_NAME = 4096
"""Of one name, in bytes."""
MOST_PLACES, MOST_SEARCHED = 16, 1 << 20
"""Of one name in one table, and bytes of the table; linkers write each name once, and it may end some longer ones."""

MARKS = (
    *("__stack_", "_chk\0", "__cfi_", "dlopen\0", "dlmopen\0", "ersion", "ERSION", "_ver_"),
    *("ModuleData\0", "_get_desc\0", "gst_plugin_desc\0"),
)
"""Parts of names that every table is asked for: all are looked for in one pass, and few tables have any."""

_MARKS = frozenset(MARKS)
_PLAIN = bytes((0, *range(0x20, 0x7F)))
"""What names consist of, and their ends."""


class StringTable:
    """One such table."""

    def __init__(self, names: bytes) -> None:
        self.names = names
        text = names.decode("latin-1")
        self.text = text if text.isascii() and names.endswith(b"\0") and not _long(names) else None
        """All of it, if a name in it that is printable needs no more than to be cut out."""
        self._marks: frozenset[str] | None = None

    @property
    def marks(self) -> frozenset[str]:
        """Those of :data:`MARKS` that are in it."""
        if self._marks is None:
            places: list[int] = []
            _marks().scan(self.names, lambda place, *_: places.append(place))
            self._marks = frozenset([MARKS[place] for place in places])
        return self._marks

    def holds(self, part: str) -> bool:
        """Is that part of a name, of ASCII, in it? A zero stands for a name's end."""
        return part in self.marks if part in _MARKS else part.encode("ascii") in self.names

    def at(self, offset: int) -> str | None:
        """The name that begins there; None if the table says nothing of it, or not as it would be written."""
        text = self.text
        if text is None:
            return None
        end = text.find("\0", offset)
        name = text[offset:end]
        return name if end >= 0 and name.isprintable() else None

    def all(self, offsets: Iterable[int]) -> frozenset[str]:
        """The names that begin at these offsets."""
        text, names, size = self.text, self.names, len(self.names)
        if text is not None and not names.translate(None, _PLAIN):
            end = text.find
            return frozenset([text[one : end("\0", one)] for one in offsets if one < size]) - {""}
        found = b"\0".join(names[one : one + MOST_NAME].split(b"\0", 1)[0] for one in offsets if one < size)
        return frozenset(map(printable, found.decode("utf-8", "backslashreplace").split("\0"))) - {""}

    def places(self, name: str) -> list[int] | None:
        """The offsets at which that name begins; None where that is not plain, or takes longer than to read all."""
        text, ended = self.text, f"{name}\0"
        if text is None or len(text) > MOST_SEARCHED or "\\" in name:  # which escapes what is not printable
            return None
        if ended in MARKS and not self.holds(ended):
            return []
        found, at = [], text.find(ended)
        while at >= 0:
            found.append(at)
            at = text.find(ended, at + 1)
            if len(found) > MOST_PLACES:
                return None
        return found


@cache
def _marks() -> Database:
    return Database([(escaped(part.encode("ascii")), False) for part in MARKS], once=True)


def prepare() -> None:
    """Get ready for the first table."""
    _marks()


def _long(names: bytes) -> bool:
    """Is there a name of more than :data:`MOST_NAME` bytes? Perhaps also if one has half of that."""
    half = MOST_NAME // 2
    return any(names.find(b"\0", at, at + half) < 0 for at in range(0, len(names) - half + 1, half))
