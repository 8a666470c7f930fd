"""What a binary declares of itself: which reader looks at which file, and all that they say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from firmbom.errors import InputError
from firmbom_elf.declarations import (
    boot,
    cargo_auditable,
    go_build,
    kernel,
    kernel_module,
    node,
    package_note,
    portable_executable,
    uefi,
)
from firmbom_elf.declarations.subject import Declared, Subject, joined, refused

__all__ = ["TEXTS", "Declared", "Subject", "read"]


class _Reader(NamedTuple):
    """One kind of declaration."""

    what: str
    """For people: what could not be read."""
    applies: Callable[[Subject], bool]
    """Cheap: most files declare nothing."""
    read: Callable[[Subject], Declared]
    """Raises :class:`InputError` when the declaration is there but damaged."""


_READERS = (
    _Reader("its package note", package_note.applies, package_note.read),
    _Reader("its Go build information", go_build.applies, go_build.read),
    _Reader("its list of crates", cargo_auditable.applies, cargo_auditable.read),
    _Reader("its module information", kernel_module.applies, kernel_module.read),
    _Reader("its version resource or SBAT", portable_executable.applies, portable_executable.read),
    _Reader("its JavaScript runtime", node.applies, node.read),
    _Reader("its kernel banner", kernel.applies, kernel.read),
    _Reader("its firmware volumes", uefi.applies, uefi.read),
    _Reader("its boot loader banner", boot.applies, boot.read),
)

TEXTS = (*boot.TEXTS, *kernel.TEXTS, *node.TEXTS)
"""ASCII that every file is searched for, so that the readers need not."""


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
