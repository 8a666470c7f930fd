"""What a binary declares of itself: which reader looks at which file, and all that they say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import NamedTuple

from firmbom.errors import InputError
from firmbom_elf.declarations import signs
from firmbom_elf.declarations.subject import Declared, Subject, joined, refused

__all__ = ["Declared", "Subject", "read"]


class _Reader(NamedTuple):
    """One kind of declaration."""

    what: str
    """For people: what could not be read."""
    applies: Callable[[Subject], bool]
    """Cheap: most files declare nothing."""
    module: str
    """Its ``read`` says what is declared, and raises :class:`InputError` when that is there but damaged."""

    def read(self, subject: Subject) -> Declared:
        """What is declared."""
        said: Declared = import_module(f"firmbom_elf.declarations.{self.module}").read(subject)
        return said


_READERS = (
    _Reader("its package note", signs.of_package_note, "package_note"),
    _Reader("its Go build information", signs.of_go, "go_build"),
    _Reader("its list of crates", signs.of_crates, "cargo_auditable"),
    _Reader("its module information", signs.of_kernel_module, "kernel_module"),
    _Reader("its version resource or SBAT", signs.of_portable_executable, "portable_executable"),
    _Reader("its JavaScript runtime", signs.of_runtime, "node"),
    _Reader("its kernel banner", signs.of_kernel, "kernel"),
    _Reader("its firmware volumes", signs.of_firmware_volumes, "uefi"),
    _Reader("its boot loader banner", signs.of_loader, "boot"),
)


def read(subject: Subject) -> Declared:
    """All that a file says of itself and of what it carries."""
    return joined(_said(subject))


def _said(subject: Subject) -> Iterator[Declared]:
    for reader in _READERS:
        try:
            if reader.applies(subject):
                yield reader.read(subject)
        except InputError as error:
            yield refused(subject, reader.what, error)
