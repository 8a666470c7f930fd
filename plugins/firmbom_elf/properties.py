"""What is stated of each ELF file beside its digest: properties of the file's own component.

docs/document.md says what each means; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from firmbom.model import FileProperties, Property
from firmbom_elf.facts import Elf, Examined

PREFIX = "firmbom:elf:"

VALUES: Mapping[str, Callable[[Elf], tuple[str, ...]]] = {
    "class": lambda elf: (f"{elf.bits}-bit {elf.endian}-endian",),
    "machine": lambda elf: (elf.machine,),
    "type": lambda elf: (elf.kind,),
    "soname": lambda elf: (elf.soname,),
    "needed": lambda elf: elf.needed,
    "rpath": lambda elf: elf.rpath,
    "runpath": lambda elf: elf.runpath,
    "interpreter": lambda elf: (elf.interpreter,),
    "dlopen": lambda elf: elf.dlopens,
    "build-id": lambda elf: (elf.build_id,),
    "debug-link": lambda elf: (elf.debug_link,),
    "compiler": lambda elf: elf.compilers,
    "static": lambda elf: ("true" if elf.static and elf.kind == "executable" else "",),
    "pie": lambda elf: (elf.hardening.pie,),
    "relro": lambda elf: (elf.hardening.relro,),
    "nx": lambda elf: (elf.hardening.nx,),
    "canary": lambda elf: (elf.hardening.canary,),
    "fortify": lambda elf: (elf.hardening.fortify,),
    "cfi": lambda elf: elf.hardening.cfi,
}
"""By name after :data:`PREFIX`; an empty text is not written, and of several each is a property of its own."""

MOST = 500
"""Values of one property of one file."""


def of(file: Examined) -> Iterator[FileProperties]:
    """The properties of one file; nothing of what is no ELF file."""
    if file.elf:
        elf = file.elf
        yield FileProperties(
            file.place,
            tuple(
                Property(PREFIX + name, text) for name, values in VALUES.items() for text in values(elf)[:MOST] if text
            ),
        )
