"""Functions of 32-bit Arm in Thumb (Arm Architecture Reference Manual, T32)."""

from __future__ import annotations

import struct

from firmbom_elf.code.constant import Code, Constant, Held, Set

_RETURN, _IDLE = 0x4770, 0xBF00
"""BX LR, NOP."""
_WIDE = 0x1D
"""The first five bits from which on an instruction has two halves."""
_SPREAD = (1, 0x1_0001, 0x100_0100, 0x101_0101)


def read(code: Code) -> Constant | None:
    """What the function returns; raises ``struct.error`` where it goes on behind what is there.

    A word that is loaded from behind the code is a number until the program counter is added to it.
    """
    held: Held = {}
    start, at = code.address & ~1, 0
    while at < len(code.text):
        (half,) = struct.unpack_from("<H", code.text, at)
        if half == _RETURN:
            return held.get(0)
        wide = half >> 11 >= _WIDE
        if half != _IDLE:
            made = _wide(half, code.text, at, held) if wide else _narrow(half, code.text, at, start, held)
            if made is None:
                return None
            held[made[0]] = made[1]
        at += 4 if wide else 2
    return None


def _narrow(half: int, code: bytes, at: int, start: int, held: Held) -> Set:
    low, high, here = half & 7, half >> 8 & 7, start + at + 4
    if half >> 11 == 0x04:  # MOVS, immediate
        return high, Constant(half & 0xFF, "number")
    if half >> 11 == 0x09:  # LDR, literal
        (word,) = struct.unpack_from("<I", code, (here & ~3) - start + 4 * (half & 0xFF))
        return high, Constant(word, "number")
    if half & 0xFF78 == 0x4478 and low in held:  # ADD, program counter
        return low, Constant(held[low].value + here & 0xFFFF_FFFF, "address")
    return _loaded(half, held)


def _loaded(half: int, held: Held) -> Set:
    low, base, index = half & 7, held.get(half >> 3 & 7), held.get(half >> 6 & 7)
    if half >> 6 == 0x1A0 and base and base.kind == "stored":  # LDR, what it leads to
        return low, base
    if half >> 11 == 0x0D and base and base.kind == "address":  # LDR, immediate offset
        return low, Constant(base.value + 4 * (half >> 6 & 31), "stored", 4)
    if half >> 9 == 0x2C and base and index and {base.kind, index.kind} == {"address", "number"}:  # LDR, register
        return low, Constant(base.value + index.value & 0xFFFF_FFFF, "stored", 4)
    return None


def _wide(first: int, code: bytes, at: int, held: Held) -> Set:
    """MOVW, MOVT and MOV of a byte that may be shifted."""
    (second,) = struct.unpack_from("<H", code, at + 2)
    to, low = second >> 8 & 15, (first >> 10 & 1) << 11 | (second >> 12 & 7) << 8 | second & 0xFF
    whole, form = (first & 15) << 12 | low, first & 0xFBF0 if second >> 15 == 0 else 0
    if form == 0xF240:
        return to, Constant(whole, "number")
    if form == 0xF2C0 and to in held:
        return to, Constant(held[to].value & 0xFFFF | whole << 16, "number")
    if form == 0xF040 and first & 15 == 15:
        byte, turn = 0x80 | low & 0x7F, low >> 7
        turned = (byte >> turn | byte << 32 - turn) & 0xFFFF_FFFF
        return to, Constant(turned if low >> 10 else (low & 0xFF) * _SPREAD[low >> 8], "number")
    return None
