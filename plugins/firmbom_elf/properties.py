"""What is stated of each ELF file beside its digest: properties of the file's own component.

docs/document.md says what each means; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from firmbom.errors import printable
from firmbom.model import FileProperties, Property
from firmbom_elf.facts import Elf, Examined

PREFIX = "firmbom:elf:"

VALUES: Mapping[str, Callable[[Elf, Examined], tuple[str, ...]]] = {
    "class": lambda elf, _: (f"{elf.bits}-bit {elf.endian}-endian",),
    "machine": lambda elf, _: (elf.machine,),
    "type": lambda elf, _: (elf.kind,),
    "soname": lambda elf, _: (elf.soname,),
    "needed": lambda elf, _: elf.needed,
    "rpath": lambda elf, _: (":".join(elf.rpath),),
    "runpath": lambda elf, _: (":".join(elf.runpath),),
    "interpreter": lambda elf, _: (elf.interpreter,),
    "dlopen": lambda elf, _: elf.dlopens,
    "build-id": lambda elf, _: (elf.build_id,),
    "debug-link": lambda elf, _: (elf.debug_link,),
    "compiler": lambda elf, _: elf.compilers,
    "producer": lambda _, file: tuple(dict.fromkeys(_producer(one) for one in file.producers)),
    "static": lambda elf, _: ("true" if elf.static and elf.kind == "executable" else "",),
    "pie": lambda elf, _: (elf.hardening.pie,),
    "relro": lambda elf, _: (elf.hardening.relro,),
    "nx": lambda elf, _: (elf.hardening.nx,),
    "canary": lambda elf, _: (elf.hardening.canary,),
    "fortify": lambda elf, _: (elf.hardening.fortify,),
    "cfi": lambda elf, _: elf.hardening.cfi,
}
"""By name after :data:`PREFIX`; an empty text is not written, and of several each is a property of its own."""

_NAMED = tuple((PREFIX + name, values) for name, values in VALUES.items())

MOST = 500
"""Values of one property of one file."""


def of(file: Examined) -> Iterator[FileProperties]:
    """The properties of one file; nothing of what is no ELF file."""
    if file.elf:
        elf = file.elf
        told = [Property(name, text) for name, values in _NAMED for text in values(elf, file)[:MOST] if text]
        yield FileProperties(file.place, tuple(told))


def _producer(stated: str) -> str:
    """The compiler of a DW_AT_producer, without its options: ``GNU C17 12.2.0 -O2 -g`` → ``GNU C17 12.2.0``."""
    return printable(stated.partition(" -")[0].strip())
