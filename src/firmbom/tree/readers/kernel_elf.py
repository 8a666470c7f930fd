"""The ELF header of a kernel: enough to tell it from a program, and to know how long the file must be.

Source: System V ABI, chapter 4 and 5 (gABI 4.1).
"""

from __future__ import annotations

import struct
from typing import NamedTuple

_PROGRAM, _SHARED = 2, 3
_LOAD, _INTERPRETER = 1, 3
_MOST_SEGMENTS = 60
"""That many fit into the head of a file; kernels have fewer than ten."""


class Elf(NamedTuple):
    """What a kernel's header says."""

    is_kernel: bool
    """A program without interpreter, with a segment in the upper half of the address space."""
    end: int
    """Where the last segment or the section table ends, in bytes from the file's start."""

    @staticmethod
    def parse(head: bytes) -> Elf | None:
        """Args: ``head`` is the beginning of the file, with the program headers; None when that is no ELF."""
        if len(head) < 64 or head[:4] != b"\x7fELF" or head[4] not in (1, 2) or head[5] not in (1, 2):
            return None
        order, wide = "<>"[head[5] - 1], head[4] == 2
        kind, *_ = struct.unpack_from(order + "H", head, 16)
        _, programs, sections = struct.unpack_from(order + ("QQQ" if wide else "III"), head, 24)
        size, count, section_size, section_count, _ = struct.unpack_from(order + "5H", head, 54 if wide else 42)
        segment = struct.Struct(order + ("IIQQQQQQ" if wide else "IIIIIIII"))
        if size != segment.size or not 0 < count <= _MOST_SEGMENTS or programs + count * size > len(head):
            return Elf(False, 0)
        half = 1 << (63 if wide else 31)
        end = sections + section_size * section_count
        high = interpreted = False
        stored, address, length = (2, 3, 5) if wide else (1, 2, 4)
        for fields in segment.iter_unpack(head[programs : programs + count * size]):
            if fields[0] == _LOAD:
                high |= fields[address] >= half
                end = max(end, fields[stored] + fields[length])
            elif fields[0] == _INTERPRETER:
                interpreted = True
        return Elf(kind in (_PROGRAM, _SHARED) and high and not interpreted, end)
