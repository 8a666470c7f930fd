"""What a short function returns if that is always the same, read from its instructions; nothing is executed.

Only the few forms are known that compilers make of ``return "1.2.3";``, ``return 10203;`` and ``return variable;``. Of
any other code nothing is said.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping

from firmbom_elf.code import aarch64, arm, mips, riscv, x86
from firmbom_elf.code.constant import Code, Constant

LONGEST = 48
"""Bytes of code that are worth looking at."""
_READERS: Mapping[str, Callable[[Code], Constant | None]] = {
    "aarch64": aarch64.read,
    "arm": arm.read,
    "i386": x86.read_32,
    "mips": mips.read,
    "riscv": riscv.read,
    "x86_64": x86.read_64,
}


def returned(machine: str, code: Code) -> Constant | None:
    """What a function returns.

    Args:
        machine: as :attr:`firmbom_elf.facts.Elf.machine`.
        code: its first bytes, :data:`LONGEST` at most; all of them are looked at.
    """
    reader = _READERS.get(machine)
    try:
        return reader(code) if reader else None
    except struct.error:  # it goes on behind what is there
        return None
