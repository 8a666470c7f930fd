"""Functions of AArch64 (Arm Architecture Reference Manual, A64)."""

from __future__ import annotations

import struct

from firmbom_elf.code.constant import Code, Constant, Held, Set, signed

_IDLE = frozenset({0xD503_245F, 0xD503_233F, 0xD503_23BF, 0xD503_201F})
"""BTI c, PACIASP, AUTIASP, NOP."""
_RETURN = 0xD65F_03C0


def read(code: Code) -> Constant | None:
    """What the function returns; raises ``struct.error`` where it goes on behind what is there."""
    held: Held = {}
    for at in range(0, len(code.text), 4):
        (word,) = struct.unpack_from("<I", code.text, at)
        if word == _RETURN:
            return held.get(0)
        if word not in _IDLE:
            made = _loaded(word, held) or _made(word, code.address + at, held)
            if made is None:
                return None
            held[made[0]] = made[1]
    return None


def _made(word: int, here: int, held: Held) -> Set:
    to, part, shift = word & 31, word >> 5 & 0xFFFF, 16 * (word >> 21 & 3)
    if word & 0x7F80_0000 == 0x5280_0000:  # MOVZ
        return to, Constant(part << shift, "number")
    if word & 0x7F80_0000 == 0x7280_0000 and to in held and held[to].kind == "number":  # MOVK
        return to, Constant(held[to].value & ~(0xFFFF << shift) | part << shift, "number")
    if word & 0x1F00_0000 == 0x1000_0000:  # ADR, ADRP
        reach = signed((word >> 5 & 0x7FFFF) << 2 | word >> 29 & 3, 21)
        return to, Constant((here & ~0xFFF) + (reach << 12) if word >> 31 else here + reach, "address")
    return None


def _loaded(word: int, held: Held) -> Set:
    to, base, offset = word & 31, held.get(word >> 5 & 31), word >> 10 & 0xFFF
    if word & 0xFFFF_FC00 == 0xF940_0000 and base and base.kind == "stored":  # LDR, what it leads to
        return to, base
    if base is None or base.kind != "address":
        return None
    if word & 0xFF80_0000 == 0x9100_0000:  # ADD, immediate
        return to, Constant(base.value + (offset << 12 * (word >> 22 & 1)), "address")
    if word & 0xBFC0_0000 == 0xB940_0000:  # LDR, unsigned offset
        size = 8 if word >> 30 & 1 else 4
        return to, Constant(base.value + offset * size, "stored", size)
    return None
