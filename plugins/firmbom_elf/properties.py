"""What is stated of each ELF file beside its digest: properties of the file's own component.

docs/document.md says what each means; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from firmbom.errors import printable
from firmbom.model import FileProperties, Property
from firmbom_elf.facts import Elf, Examined, Hardening

PREFIX = "firmbom:elf:"

Values = str | tuple[str, ...]
"""An empty text is not written, and of several each is a property of its own."""

VALUES: Mapping[str, Callable[[Elf, Examined], Values]] = {
    PREFIX + "class": lambda elf, _: f"{elf.bits}-bit {elf.endian}-endian",
    PREFIX + "machine": lambda elf, _: elf.machine,
    PREFIX + "type": lambda elf, _: elf.kind,
    PREFIX + "soname": lambda elf, _: elf.soname,
    PREFIX + "needed": lambda elf, _: elf.needed,
    PREFIX + "rpath": lambda elf, _: ":".join(elf.rpath),
    PREFIX + "runpath": lambda elf, _: ":".join(elf.runpath),
    PREFIX + "interpreter": lambda elf, _: elf.interpreter,
    PREFIX + "dlopen": lambda elf, _: elf.dlopens,
    PREFIX + "build-id": lambda elf, _: elf.build_id,
    PREFIX + "debug-link": lambda elf, _: elf.debug_link,
    PREFIX + "compiler": lambda elf, _: elf.compilers,
    PREFIX + "producer": lambda _, file: file.producers and tuple(dict.fromkeys(map(_producer, file.producers))),
    PREFIX + "static": lambda elf, _: "true" if elf.static and elf.kind == "executable" else "",
}
"""By name."""

HARDENING: Mapping[str, Callable[[Hardening], Values]] = {
    PREFIX + "pie": lambda hardening: hardening.pie,
    PREFIX + "relro": lambda hardening: hardening.relro,
    PREFIX + "nx": lambda hardening: hardening.nx,
    PREFIX + "canary": lambda hardening: hardening.canary,
    PREFIX + "fortify": lambda hardening: hardening.fortify,
    PREFIX + "cfi": lambda hardening: hardening.cfi,
}
"""The same of the build's flags, which most files have in common."""

MOST = 500
"""Values of one property of one file."""


def of(file: Examined) -> Iterator[FileProperties]:
    """The properties of one file; nothing of what is no ELF file."""
    if file.elf:
        yield FileProperties(file.place, (*_told(VALUES, file.elf, file), *_hardened(file.elf.hardening)))


@lru_cache(1024)
def _hardened(hardening: Hardening) -> list[Property]:
    return _told(HARDENING, hardening)


def _told(table: Mapping[str, Callable[..., Values]], *facts: object) -> list[Property]:
    told: list[Property] = []
    for name, values in table.items():
        stated = values(*facts)
        if isinstance(stated, str):
            if stated:
                told.append(Property(name, stated))
        elif stated:
            told += [Property(name, text) for text in stated[:MOST] if text]
    return told


def _producer(stated: str) -> str:
    """The compiler of a DW_AT_producer, without its options: ``GNU C17 12.2.0 -O2 -g`` → ``GNU C17 12.2.0``."""
    return printable(stated.partition(" -")[0].strip())
