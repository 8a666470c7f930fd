"""What a container format is: how it is told by its content, and what reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec

if TYPE_CHECKING:
    from firmbom.tree.archive import Reader


class Contents(msgspec.Struct, frozen=True):
    """A file's bytes as far as they can be had cheaply."""

    size: int
    read_at: Callable[[int, int], bytes]
    """Offset and length; of a file that can only be read from the start, nothing beyond ``firmbom.tree.base.HEAD``."""

    def holds(self, value: bytes, offset: int) -> bool:
        """Does this stand there?"""
        return offset < self.size and self.read_at(offset, len(value)) == value

    @classmethod
    def of(cls, data: bytes) -> Contents:
        """Of bytes that are all at hand."""
        return cls(len(data), lambda offset, length: data[offset : offset + length])


class Magic(NamedTuple):
    """Bytes at a place of the file; a negative offset counts from its end."""

    value: bytes
    offset: int = 0


class Format(msgspec.Struct, frozen=True):
    """One format of container."""

    name: str
    kind: Literal["archive", "stream", "closed"]
    """An archive holds files by name; a stream holds one file's bytes, compressed; of a closed one nothing is read."""
    description: str
    magics: tuple[Magic, ...] = ()
    """One of them must fit."""
    confirm: bool = False
    carved: bool = False
    """May stand anywhere in a raw flash dump, where its magic and ``confirm`` find it."""
    suffixes: Mapping[str, str] = {}
    """Of a stream: the last parts of a file's name, with their dot, and what stands there once unpacked."""
    holds: Literal["files", "images", "either"] = "files"
    """What its entries are. An image may be one that no magic at its beginning tells: a bare kernel, a flash dump."""
    shape: bytes = b""
    """In the place of magics: an expression that the first bytes fit, of which ``confirm`` refuses what else does."""
    glimpsed: bool = False
    """Its module has ``beginning``, which gives the first bytes of most streams at less cost."""
    program: bool = False
    """Is itself something that runs, so that its own bytes must be a file of some tree."""

    @property
    def module(self) -> Any:
        """The module that reads it, imported at the first use."""
        return _module(self.name if self.kind != "closed" else "closed")

    @property
    def reader(self) -> Reader:
        """What yields the entries of an archive; of a closed format only what is to be said."""
        found: Reader = self.module.reader(self) if self.kind == "closed" else self.module.read
        return found

    def confirmed(self, head: bytes, contents: Contents | None = None) -> bool:
        """Is it this, once a magic or its shape fits? Without ``contents`` by the head alone."""
        if not self.confirm:
            return True
        if self.kind == "closed":
            return bool(self.module.CONFIRM[self.name](head, contents))
        return bool(self.module.confirm(head))

    def inner_name(self, name: str) -> str:
        """The name of what a stream unpacks to."""
        dot = name.rfind(".")
        unpacked = self.suffixes.get(name[dot:].lower()) if dot > 0 else None
        return name if unpacked is None else name[:dot] + unpacked


@cache
def _module(name: str) -> Any:
    return import_module(f"firmbom.tree.readers.{name}")
