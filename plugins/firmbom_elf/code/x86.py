"""Functions of x86 (Intel SDM, volume 2)."""

from __future__ import annotations

import re
import struct
from typing import Literal

from firmbom_elf.code.constant import Code, Constant

_FORMS: tuple[tuple[bytes, Literal["number", "address", "stored"], int], ...] = (
    (b"\xb8", "number", 0),  # MOV EAX
    (b"\x48\x8d\x05", "address", 0),  # LEA RAX, [RIP + …]
    (b"\x48\x8b\x05", "stored", 8),  # MOV RAX, [RIP + …]
    (b"\x8b\x05", "stored", 4),  # MOV EAX, [RIP + …]
)
_END = re.compile(rb"(?:\x48\x8b\x00)?\xc3")
"""RET, perhaps after MOV RAX, [RAX]: what the address that was loaded leads to."""
_BEGINNING = (b"\xf3\x0f\x1e\xfa", b"\xf3\x0f\x1e\xfb")
"""ENDBR64, ENDBR32."""
_COUNTED = re.compile(
    rb"\xe8(?P<thunk>....)(?:\x05|\x81[\xc0-\xc3])(?P<table>....)"
    rb"(?:(?P<address>\x8d[\x80-\x83])|\x8b[\x80-\x83])(?P<offset>....)(?:\x8b\x00)?\xc3",
    re.DOTALL,
)
"""CALL of what returns the program counter, ADD of the way to the table, LEA or MOV from there, perhaps MOV EAX, [EAX]:
all by one register, EAX to EBX, for EAX ADD has a form of its own."""
_THUNKS = {b"\x8b\x04\x24\xc3": 0, b"\x8b\x0c\x24\xc3": 1, b"\x8b\x14\x24\xc3": 2, b"\x8b\x1c\x24\xc3": 3}
"""MOV of what the call left on the stack, RET: by the register that it goes to."""


def read_64(code: Code) -> Constant | None:
    """What a function of x86-64 returns; raises ``struct.error`` where it goes on behind what is there."""
    return _read(code, _FORMS)


def read_32(code: Code) -> Constant | None:
    """The same of i386, where the program counter is had by a call."""
    return _read(code, _FORMS[:1]) or _counted(code)


def _start(code: Code) -> int:
    return len(_BEGINNING[0]) if code.text.startswith(_BEGINNING) else 0


def _read(code: Code, forms: tuple[tuple[bytes, Literal["number", "address", "stored"], int], ...]) -> Constant | None:
    start = _start(code)
    for beginning, kind, size in forms:
        end = start + len(beginning) + 4
        if code.text.startswith(beginning, start) and _END.match(code.text, end):
            (word,) = struct.unpack_from("<i", code.text, end - 4)
            return Constant(word & 0xFFFF_FFFF if kind == "number" else code.address + end + word, kind, size)
    return None


def _counted(code: Code) -> Constant | None:
    found = _COUNTED.match(code.text, _start(code))
    if found is None:
        return None
    thunk, table, offset = (struct.unpack("<i", found[part])[0] for part in ("thunk", "table", "offset"))
    counter = code.address + found.end("thunk")
    register = _THUNKS.get(code.memory(counter + thunk & 0xFFFF_FFFF, 4))
    added, used = code.text[found.start("table") - 1], code.text[found.start("offset") - 1]
    if register is None or used & 7 != register or added != (0xC0 | register if register else 0x05):
        return None
    value = counter + table + offset & 0xFFFF_FFFF
    return Constant(value, "address") if found["address"] else Constant(value, "stored", 4)
