"""What is stated of each ELF file beside its digest: properties of the file's own component.

docs/binaries.md says what each means; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from firmbom.errors import printable
from firmbom.model import FileProperties, Property
from firmbom_elf.facts import Elf, Examined

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
    PREFIX + "pie": lambda elf, _: elf.hardening.pie,
    PREFIX + "relro": lambda elf, _: elf.hardening.relro,
    PREFIX + "nx": lambda elf, _: elf.hardening.nx,
    PREFIX + "canary": lambda elf, _: elf.hardening.canary,
    PREFIX + "fortify": lambda elf, _: elf.hardening.fortify,
    PREFIX + "cfi": lambda elf, _: elf.hardening.cfi,
}
"""By name."""

_SORTED = sorted(VALUES.items())

MOST = 500
"""Values of one property of one file."""


def of(file: Examined) -> Iterator[FileProperties]:
    """The properties of one file, sorted; nothing of what is no ELF file."""
    elf = file.elf
    if elf is None:
        return
    told: list[Property] = []
    for name, values in _SORTED:
        stated = values(elf, file)
        if not stated:
            continue
        if isinstance(stated, str):
            told.append(Property(name, stated))
        else:
            told += [Property(name, text) for text in sorted(stated[:MOST]) if text]
    yield FileProperties(file.place, tuple(told))


def _producer(stated: str) -> str:
    """The compiler of a DW_AT_producer, without its options: ``GNU C17 12.2.0 -O2 -g`` → ``GNU C17 12.2.0``."""
    return printable(stated.partition(" -")[0].strip())
