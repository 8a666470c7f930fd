"""Functions of MIPS (MIPS32/64 Architecture, volume II; System V ABI, MIPS supplement, and its 64-bit successor).

Addresses come from the global offset table, whose place the code computes from its own address in ``$t9``. What the
linker wrote there is where things are as long as the file is not moved.
"""

from __future__ import annotations

import struct

from firmbom_elf.code.constant import Code, Constant, Held, Set, signed

_RETURN, _IDLE = 0x03E0_0008, 0
"""JR $ra, NOP."""
_RESULT, _OWN = 2, 25
"""``$v0``, ``$t9``."""
_LUI, _ORI = 0x0F, 0x0D
_ADDIU = frozenset({0x09, 0x19})
"""And DADDIU."""
_LOADS = {0x23: 4, 0x37: 8}
"""LW, LD: bytes."""
_ADDU = frozenset({0x21, 0x2D})
"""And DADDU; functions of the first operation code."""
_OR = 0x25
_HEADER = 52
"""Bytes at address 0, where a library's variables are not: what is another file's has that address in the table."""
_ADDRESSES = 0xFFFF_FFFF_FFFF_FFFF


def read(code: Code) -> Constant | None:
    """What the function returns; raises ``struct.error`` where it goes on behind what is there."""
    if code.address & 1:
        return None  # MIPS16 or microMIPS
    held: Held = {0: Constant(0, "number"), _OWN: Constant(code.address, "table")}
    returns = False
    for at in range(0, len(code.text), 4):
        (word,) = struct.unpack_from(f"{code.order}I", code.text, at)
        made = None if word in (_RETURN, _IDLE) else _made(word, held) or _loaded(word, code, held)
        if made and made[0]:
            held[made[0]] = made[1]
        elif word not in (_RETURN, _IDLE):
            return None
        if returns:  # the instruction behind the jump is done too
            return _found(held.get(_RESULT))
        returns = word == _RETURN
    return None


def _found(result: Constant | None) -> Constant | None:
    if result is None or result.kind == "table":
        return None
    return result._replace(value=result.value & (0xFFFF_FFFF if result.kind == "number" else _ADDRESSES))


def _made(word: int, held: Held) -> Set:
    code, first, second, low = word >> 26, held.get(word >> 21 & 31), word >> 16 & 31, word & 0xFFFF
    if code == _LUI:
        return second, Constant(signed(low << 16, 32), "number")
    if code in _ADDIU and first and first.kind != "stored":
        return second, first._replace(value=first.value + signed(low, 16))
    if code == _ORI and first and first.kind == "number":
        return second, first._replace(value=first.value | low)
    other = held.get(second)
    if code or word >> 6 & 31 or first is None or other is None:
        return None
    to, does = word >> 11 & 31, word & 0x3F
    if does in _ADDU and {first.kind, other.kind} == {"number", "table"}:
        return to, Constant(first.value + other.value, "table")
    return (to, first) if does in (*_ADDU, _OR) and not second else None


def _loaded(word: int, code: Code, held: Held) -> Set:
    size, base, to = _LOADS.get(word >> 26, 0), held.get(word >> 21 & 31), word >> 16 & 31
    if not size or base is None:
        return None
    place = base.value + signed(word & 0xFFFF, 16)
    if base.kind == "address":
        return (to, Constant(place, "stored", size)) if place >= _HEADER else None
    entry = code.memory(place & _ADDRESSES, size) if base.kind == "table" else b""
    value = int.from_bytes(entry, "little" if code.order == "<" else "big")
    return (to, Constant(value, "address")) if len(entry) == size else None
