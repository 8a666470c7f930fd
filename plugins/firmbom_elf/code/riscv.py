"""Functions of RISC-V (The RISC-V Instruction Set Manual, volume I; extensions I and C)."""

from __future__ import annotations

import struct

from firmbom_elf.code.constant import Code, Constant, Held, Set, signed

_RETURN = frozenset({0x0000_8067, 0x8082})
"""JALR zero, ra; C.JR ra."""
_IDLE = frozenset({0x0000_0013, 0x0001})
_RESULT = 10
"""``a0``."""
_LUI, _AUIPC, _ADDI, _ADDIW, _LOAD = 0x37, 0x17, 0x13, 0x1B, 0x03
_SIZES = {2: 4, 3: 8}
"""LW, LD: bytes."""


def read(code: Code) -> Constant | None:
    """What the function returns; raises ``struct.error`` where it goes on behind what is there."""
    held: Held = {0: Constant(0, "number")}
    at = 0
    while at < len(code.text):
        (word,) = struct.unpack_from("<H", code.text, at)
        wide = word & 3 == 3
        if wide:
            (word,) = struct.unpack_from("<I", code.text, at)
        if word in _RETURN:
            result = held.get(_RESULT)
            return result._replace(value=result.value & 0xFFFF_FFFF) if result and result.kind == "number" else result
        if word not in _IDLE:
            made = _wide(word, code.address + at, held) if wide else _narrow(word, held)
            if made is None or not made[0]:
                return None
            held[made[0]] = made[1]
        at += 4 if wide else 2
    return None


def _wide(word: int, here: int, held: Held) -> Set:
    does, to, form, low = word & 0x7F, word >> 7 & 31, word >> 12 & 7, signed(word >> 20, 12)
    upper = signed(word & 0xFFFF_F000, 32)
    if does == _LUI:
        return to, Constant(upper, "number")
    if does == _AUIPC:
        return to, Constant(here + upper, "address")
    base = held.get(word >> 15 & 31)
    if base is None:
        return None
    if does in (_ADDI, _ADDIW) and not form and base.kind != "stored":
        return to, base._replace(value=base.value + low)
    return _loaded(to, base, low, _SIZES.get(form, 0)) if does == _LOAD else None


def _narrow(half: int, held: Held) -> Set:
    to, low, form = half >> 7 & 31, signed(half >> 7 & 0x20 | half >> 2 & 31, 6), half & 0xE003
    if form == 0x4001:  # C.LI
        return to, Constant(low, "number")
    if form == 0x6001 and to != 2:  # C.LUI
        return to, Constant(low << 12, "number")
    if form in (0x0001, 0x2001) and to in held and held[to].kind != "stored":  # C.ADDI, C.ADDIW
        return to, held[to]._replace(value=held[to].value + low)
    if half & 0xF003 == 0x8002 and (moved := held.get(half >> 2 & 31)):  # C.MV
        return to, moved
    return _narrow_load(half, form, held.get(8 + (half >> 7 & 7)))


def _narrow_load(half: int, form: int, base: Constant | None) -> Set:
    to, high = 8 + (half >> 2 & 7), half >> 7 & 0x38
    if base and form == 0x4000:  # C.LW
        return _loaded(to, base, high | half >> 4 & 4 | half << 1 & 0x40, 4)
    if base and form == 0x6000:  # C.LD
        return _loaded(to, base, high | half << 1 & 0xC0, 8)
    return None


def _loaded(to: int, base: Constant, offset: int, size: int) -> Set:
    if base.kind == "stored" and base.size == size and not offset:  # what it leads to
        return to, base
    return (to, Constant(base.value + offset, "stored", size)) if base.kind == "address" and size else None
