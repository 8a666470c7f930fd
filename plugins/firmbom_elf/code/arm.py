"""Functions of 32-bit Arm (Arm Architecture Reference Manual, A32); those at odd addresses are in Thumb."""

from __future__ import annotations

import struct

from firmbom_elf.code import thumb
from firmbom_elf.code.constant import Code, Constant, Held, Set

_RETURN = frozenset({0xE12F_FF1E, 0xE1A0_F00E})
"""BX LR, MOV PC, LR."""
_IDLE = frozenset({0xE1A0_0000, 0xE320_F000})
"""MOV R0, R0, NOP."""
_COUNTER = 15
"""The register that is the program counter: two instructions ahead."""


def read(code: Code) -> Constant | None:
    """What the function returns; raises ``struct.error`` where it goes on behind what is there."""
    if code.address & 1:
        return thumb.read(code)
    held: Held = {}
    for at in range(0, len(code.text), 4):
        (word,) = struct.unpack_from("<I", code.text, at)
        if word in _RETURN:
            return held.get(0)
        if word not in _IDLE:
            here = {**held, _COUNTER: Constant(code.address + at + 8, "address")}
            made = _made(word, held) or _loaded(word, code, here)
            if made is None or made[0] == _COUNTER:
                return None
            held[made[0]] = made[1]
    return None


def _made(word: int, held: Held) -> Set:
    to, half = word >> 12 & 15, word >> 4 & 0xF000 | word & 0xFFF
    if word & 0xFFF0_0000 == 0xE300_0000:  # MOVW
        return to, Constant(half, "number")
    if word & 0xFFF0_0000 == 0xE340_0000 and to in held and held[to].kind == "number":  # MOVT
        return to, Constant(held[to].value & 0xFFFF | half << 16, "number")
    if word & 0xFFFF_0000 == 0xE3A0_0000:  # MOV, a byte that is turned
        byte, turn = word & 0xFF, 2 * (word >> 8 & 15)
        return to, Constant((byte >> turn | byte << 32 - turn) & 0xFFFF_FFFF, "number")
    return None


def _loaded(word: int, code: Code, held: Held) -> Set:
    to, base, index = word >> 12 & 15, held.get(word >> 16 & 15), held.get(word & 15)
    kinds = {base.kind, index.kind} if base and index else set()
    if word & 0xFFF0_0FF0 == 0xE080_0000 and base and index and kinds == {"address", "number"}:  # ADD
        return to, Constant(base.value + index.value & 0xFFFF_FFFF, "address")
    if word & 0xFFF0_0FF0 == 0xE790_0000 and base and index and kinds == {"address", "number"}:  # LDR, register
        return to, Constant(base.value + index.value & 0xFFFF_FFFF, "stored", 4)
    if word & 0xFF70_0000 != 0xE510_0000 or base is None:  # LDR, immediate offset
        return None
    offset = word & 0xFFF if word >> 23 & 1 else -(word & 0xFFF)
    if word >> 16 & 15 == _COUNTER:
        at = base.value - code.address + offset
        (number,) = struct.unpack_from("<I", code.text, at if at >= 0 else len(code.text))
        return to, Constant(number, "number")
    if base.kind == "stored" and not offset:  # what it leads to
        return to, base
    return (to, Constant(base.value + offset, "stored", 4)) if base.kind == "address" else None
