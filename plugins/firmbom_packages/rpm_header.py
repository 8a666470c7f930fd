"""An rpm header as the databases hold it: an index of tags, a store of their values (rpm's docs/manual/format_header).

Without the magic that a package file has before it: two big-endian counts, of index entries and of the store's bytes,
then 16 bytes for each entry (tag, type, offset, count), then the store. The same for packages of version 3 and 4.
"""

from __future__ import annotations

import struct
from typing import Final

MOST_ENTRIES = 65_535
"""rpm's own limit (HEADER_TAGS_MAX)."""

NAME: Final = 1000
VERSION: Final = 1001
RELEASE: Final = 1002
EPOCH: Final = 1003
SUMMARY: Final = 1004
VENDOR: Final = 1011
LICENSE: Final = 1014
PACKAGER: Final = 1015
URL: Final = 1020
ARCH: Final = 1022
OLD_FILE_NAMES: Final = 1027
SOURCE_RPM: Final = 1044
PROVIDE_NAME: Final = 1047
REQUIRE_FLAGS: Final = 1048
REQUIRE_NAME: Final = 1049
REQUIRE_VERSION: Final = 1050
PROVIDE_FLAGS: Final = 1112
PROVIDE_VERSION: Final = 1113
DIR_INDEXES: Final = 1116
BASE_NAMES: Final = 1117
DIR_NAMES: Final = 1118

_INTEGERS = {1: "B", 2: "B", 3: "H", 4: "I", 5: "Q"}
_TEXTS = frozenset({6, 8, 9})
"""STRING, STRING_ARRAY, I18NSTRING."""


class Header:
    """The tags of one package."""

    def __init__(self, blob: bytes) -> None:
        """Read the index.

        Raises:
            ValueError: the blob is no header, or shorter than it says.
        """
        if len(blob) < 8:
            raise ValueError("header shorter than its first 8 bytes")
        entries, size = struct.unpack_from(">II", blob)
        if not 0 < entries <= MOST_ENTRIES or 8 + 16 * entries + size > len(blob):
            raise ValueError(f"header of {entries} tags and {size} bytes does not fit its {len(blob)} bytes")
        index = struct.iter_unpack(">IIII", blob[8 : 8 + 16 * entries])
        self._index = {tag: (kind, offset, count) for tag, kind, offset, count in index}
        self._store = blob[8 + 16 * entries : 8 + 16 * entries + size]

    def raw(self, tag: int) -> list[bytes]:
        """The texts of a tag as they are stored; none when it is absent.

        Raises:
            ValueError: they do not lie in the store.
        """
        kind, offset, count = self._index.get(tag, (6, 0, 0))
        if kind not in _TEXTS or not count:
            return []
        count = 1 if kind == 6 else count
        found = self._store[offset:].split(b"\0", count)
        if len(found) <= count:
            raise ValueError(f"tag {tag} goes beyond the header")
        return found[:count]

    def texts(self, tag: int) -> list[str]:
        """The texts of a tag: UTF-8, or Latin-1 as old packages have it."""
        return [_decoded(one) for one in self.raw(tag)]

    def text(self, tag: int) -> str:
        """The first text of a tag, which of a translated one is the original; empty when it is absent."""
        return next(iter(self.texts(tag)), "")

    def numbers(self, tag: int) -> tuple[int, ...]:
        """The integers of a tag; none when it is absent.

        Raises:
            ValueError: they do not lie in the store.
        """
        kind, offset, count = self._index.get(tag, (0, 0, 0))
        if kind not in _INTEGERS:
            return ()
        form = _INTEGERS[kind]
        if count > len(self._store) or offset + struct.calcsize(f">{count}{form}") > len(self._store):
            raise ValueError(f"tag {tag} goes beyond the header")
        return struct.unpack_from(f">{count}{form}", self._store, offset)


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
