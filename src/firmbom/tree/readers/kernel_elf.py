"""The ELF header of a kernel: enough to tell it from a program, and to know how long the file must be.

Source: System V ABI, chapter 4 and 5 (gABI 4.1).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from operator import itemgetter
from typing import NamedTuple

_PROGRAM, _SHARED = 2, 3
_LOAD, _INTERPRETER = 1, 3
_MOST_SEGMENTS = 60
"""That many fit into the head of a file; kernels have fewer than ten."""


class _Layout(NamedTuple):
    """Where the fields stand in a file of one class and byte order."""

    header: struct.Struct
    """Type; where program and section headers stand; size and count of both."""
    segment: struct.Struct
    address: itemgetter[int]
    """Fields of a segment: where it stands in memory."""
    stored: itemgetter[tuple[int, int, int]]
    """Its kind, where its bytes stand, and how many they are."""
    half: int
    """Where the upper half of the address space begins."""


_LAYOUTS = {
    bytes((wide + 1, big + 1)): _Layout(
        struct.Struct("<>"[big] + ("16xH14xQQ6x4H" if wide else "16xH10xII6x4H")),
        struct.Struct("<>"[big] + ("IIQQQQQQ" if wide else "IIIIIIII")),
        itemgetter(3 if wide else 2),
        itemgetter(0, 2, 5) if wide else itemgetter(0, 1, 4),
        1 << (63 if wide else 31),
    )
    for wide in (0, 1)
    for big in (0, 1)
}
"""By the bytes for class and byte order."""


class Elf(NamedTuple):
    """What a kernel's header says."""

    is_kernel: bool
    """A program without interpreter, with a segment in the upper half of the address space."""
    sections_end: int = 0
    """Where the section table ends, in bytes from the file's start."""
    segments: Sequence[tuple[int, int, int]] = ()
    """Of each: its kind, where its bytes stand in the file, and how many they are."""

    @property
    def end(self) -> int:
        """Where the last segment or the section table ends, in bytes from the file's start."""
        return max([self.sections_end, *(start + length for kind, start, length in self.segments if kind == _LOAD)])

    @staticmethod
    def parse(head: bytes) -> Elf | None:
        """Args: ``head`` is the beginning of the file, with the program headers; None when that is no ELF."""
        layout = _LAYOUTS.get(head[4:6])
        if len(head) < 64 or not head.startswith(b"\x7fELF") or not layout:
            return None
        kind, programs, sections, size, count, section_size, section_count = layout.header.unpack_from(head)
        segment = layout.segment
        if size != segment.size or not 0 < count <= _MOST_SEGMENTS or programs + count * size > len(head):
            return Elf(False)
        segments = list(segment.iter_unpack(head[programs : programs + count * size]))
        high = max(map(layout.address, segments)) >= layout.half  # hardly one is, so that its kind is asked after that
        is_kernel = (
            high
            and kind in (_PROGRAM, _SHARED)
            and any(one[0] == _LOAD and layout.address(one) >= layout.half for one in segments)
            and not any(one[0] == _INTERPRETER for one in segments)
        )
        return Elf(is_kernel, sections + section_size * section_count, tuple(map(layout.stored, segments)))
