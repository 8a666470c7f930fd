"""What a short function returns if that is always the same, read from its instructions; nothing is executed.

Only the few forms are known that compilers make of ``return "1.2.3";``, ``return 10203;`` and ``return variable;``. Of
any other code nothing is said. Sources: Arm Architecture Reference Manual (A64; T32 encodings), Intel SDM volume 2.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

LONGEST = 48
"""Bytes of code that are looked at."""


class Constant(NamedTuple):
    """What is in the register that a function returns."""

    value: int
    kind: Literal["number", "address", "stored"]
    """``stored``: what the loader puts at that address, or what that leads to."""
    size: int = 0
    """Of what is stored, in bytes."""


def returned(machine: str, code: bytes, address: int) -> Constant | None:
    """What the function at ``address`` returns.

    Args:
        machine: as :attr:`firmbom_elf.facts.Elf.machine`.
        code: from there on, at most :data:`LONGEST` bytes of it are looked at.
        address: as the symbol states it: of Thumb code it is odd.
    """
    reader = _READERS.get(machine)
    try:
        return reader(code[:LONGEST], address) if reader else None
    except (struct.error, IndexError):  # it goes on behind what is there
        return None


def _signed(value: int, bits: int) -> int:
    return value - (1 << bits) if value >> (bits - 1) else value


_A64_IDLE = frozenset({0xD503_245F, 0xD503_233F, 0xD503_23BF, 0xD503_201F})
"""BTI c, PACIASP, AUTIASP, NOP."""
_A64_RETURN = 0xD65F_03C0


Held = dict[int, Constant]
Set = tuple[int, Constant] | None
"""A register and what it holds then; None for what is not known."""


def _a64(code: bytes, address: int) -> Constant | None:
    held: Held = {}
    for at in range(0, len(code), 4):
        (word,) = struct.unpack_from("<I", code, at)
        if word == _A64_RETURN:
            return held.get(0)
        if word not in _A64_IDLE:
            made = _a64_loaded(word, held) or _a64_made(word, address + at, held)
            if made is None:
                return None
            held[made[0]] = made[1]
    return None


def _a64_made(word: int, here: int, held: Held) -> Set:
    to, part, shift = word & 31, word >> 5 & 0xFFFF, 16 * (word >> 21 & 3)
    if word & 0x7F80_0000 == 0x5280_0000:  # MOVZ
        return to, Constant(part << shift, "number")
    if word & 0x7F80_0000 == 0x7280_0000 and to in held and held[to].kind == "number":  # MOVK
        return to, Constant(held[to].value & ~(0xFFFF << shift) | part << shift, "number")
    if word & 0x1F00_0000 == 0x1000_0000:  # ADR, ADRP
        reach = _signed((word >> 5 & 0x7FFFF) << 2 | word >> 29 & 3, 21)
        return to, Constant((here & ~0xFFF) + (reach << 12) if word >> 31 else here + reach, "address")
    return None


def _a64_loaded(word: int, held: Held) -> Set:
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


_T32_RETURN, _T32_IDLE = 0x4770, 0xBF00
"""BX LR, NOP."""
_T32_WIDE = 0x1D
"""The first five bits from which on an instruction has two halves."""


def _t32(code: bytes, address: int) -> Constant | None:
    """Thumb; a word that is loaded from behind the code is a number until the program counter is added to it."""
    held: Held = {}
    start, at = address & ~1, 0
    while address & 1 and at < len(code):
        (half,) = struct.unpack_from("<H", code, at)
        if half == _T32_RETURN:
            return held.get(0)
        wide = half >> 11 >= _T32_WIDE
        if half != _T32_IDLE:
            made = _t32_wide(half, code, at, held) if wide else _t32_narrow(half, code, at, start, held)
            if made is None:
                return None
            held[made[0]] = made[1]
        at += 4 if wide else 2
    return None


def _t32_narrow(half: int, code: bytes, at: int, start: int, held: Held) -> Set:
    low, high, here = half & 7, half >> 8 & 7, start + at + 4
    if half >> 11 == 0x04:  # MOVS, immediate
        return high, Constant(half & 0xFF, "number")
    if half >> 11 == 0x09:  # LDR, literal
        (word,) = struct.unpack_from("<I", code, (here & ~3) - start + 4 * (half & 0xFF))
        return high, Constant(word, "number")
    if half & 0xFF78 == 0x4478 and low in held:  # ADD, program counter
        return low, Constant(held[low].value + here & 0xFFFF_FFFF, "address")
    return _t32_loaded(half, held)


def _t32_loaded(half: int, held: Held) -> Set:
    low, base, index = half & 7, held.get(half >> 3 & 7), held.get(half >> 6 & 7)
    if half >> 6 == 0x1A0 and base and base.kind == "stored":  # LDR, what it leads to
        return low, base
    if half >> 11 == 0x0D and base and base.kind == "address":  # LDR, immediate offset
        return low, Constant(base.value + 4 * (half >> 6 & 31), "stored", 4)
    if half >> 9 == 0x2C and base and index and {base.kind, index.kind} == {"address", "number"}:  # LDR, register
        return low, Constant(base.value + index.value & 0xFFFF_FFFF, "stored", 4)
    return None


def _t32_wide(first: int, code: bytes, at: int, held: Held) -> Set:
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
        return to, Constant(turned if low >> 10 else (low & 0xFF) * _T32_SPREAD[low >> 8], "number")
    return None


_T32_SPREAD = (1, 0x1_0001, 0x100_0100, 0x101_0101)

_X86_FORMS: tuple[tuple[bytes, Literal["number", "address", "stored"], int], ...] = (
    (b"\xb8", "number", 0),  # MOV EAX
    (b"\x48\x8d\x05", "address", 0),  # LEA RAX, [RIP + …]
    (b"\x48\x8b\x05", "stored", 8),  # MOV RAX, [RIP + …]
    (b"\x8b\x05", "stored", 4),  # MOV EAX, [RIP + …]
)


_X86_END = re.compile(rb"(?:\x48\x8b\x00)?\xc3")
"""RET, perhaps after MOV RAX, [RAX]: what the address that was loaded leads to."""


def _x86(code: bytes, address: int, *, relative: bool = True) -> Constant | None:
    start = 4 if code[:4] in (b"\xf3\x0f\x1e\xfa", b"\xf3\x0f\x1e\xfb") else 0  # ENDBR64, ENDBR32
    for beginning, kind, size in _X86_FORMS if relative else _X86_FORMS[:1]:
        end = start + len(beginning) + 4
        if code.startswith(beginning, start) and _X86_END.match(code, end):
            (word,) = struct.unpack_from("<i", code, end - 4)
            return Constant(word & 0xFFFF_FFFF if kind == "number" else address + end + word, kind, size)
    return None


def _i386(code: bytes, address: int) -> Constant | None:
    return _x86(code, address, relative=False)


_READERS: Mapping[str, Callable[[bytes, int], Constant | None]] = {
    "aarch64": _a64,
    "arm": _t32,
    "x86_64": _x86,
    "i386": _i386,
}
