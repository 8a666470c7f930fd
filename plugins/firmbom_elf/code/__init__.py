"""What a short function returns if that is always the same, read from its instructions; nothing is executed.

Only the few forms are known that compilers make of ``return "1.2.3";``, ``return 10203;`` and ``return variable;``. Of
any other code nothing is said.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import cache
from importlib import import_module

from firmbom_elf.code.constant import Code, Constant

LONGEST = 48
"""Bytes of code that are worth looking at."""
_READERS = {
    "aarch64": ("aarch64", "read"),
    "arm": ("arm", "read"),
    "i386": ("x86", "read_32"),
    "mips": ("mips", "read"),
    "riscv": ("riscv", "read"),
    "x86_64": ("x86", "read_64"),
}
"""By machine: module and function, for a tree has files of one or two."""


def returned(machine: str, code: Code) -> Constant | None:
    """What a function returns.

    Args:
        machine: as :attr:`firmbom_elf.facts.Elf.machine`.
        code: its first bytes, :data:`LONGEST` at most; all of them are looked at.
    """
    reader = _reader(machine)
    try:
        return reader(code) if reader else None
    except struct.error:  # it goes on behind what is there
        return None


@cache
def _reader(machine: str) -> Callable[[Code], Constant | None] | None:
    if machine not in _READERS:
        return None
    module, function = _READERS[machine]
    reader: Callable[[Code], Constant | None] = getattr(import_module(f"firmbom_elf.code.{module}"), function)
    return reader
