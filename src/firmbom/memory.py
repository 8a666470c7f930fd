"""What the C library does with memory that is free: asking the system for it anew costs more than the work in it."""

from __future__ import annotations

_MOST_KEPT = 31 << 20
"""Bytes; glibc takes nothing above 32 MiB for such a size (mallopt(3), ``M_MMAP_THRESHOLD``)."""

_held: list[object] = []


def keep() -> None:
    """Have what one file needed kept for the next one.

    glibc gives larger blocks back at once, until one of the same size has been given back: from then on it keeps what
    is smaller, and twice as much at the heap's end (mallopt(3), "dynamic mmap threshold"). This one is never touched.
    """
    bytes(_MOST_KEPT)


def hold(*values: object) -> None:
    """Have large values go with the process instead of one by one before it ends; only those of the latest call."""
    _held[:] = values
