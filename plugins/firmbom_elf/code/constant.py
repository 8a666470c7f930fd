"""What is in the register that a function returns, and what its code is read with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple


class Constant(NamedTuple):
    """What is in the register that a function returns."""

    value: int
    kind: Literal["number", "address", "stored", "table"]
    """``stored``: what the loader puts at that address, or what that leads to. ``table``: a place in the table by which
    the code finds addresses (MIPS), which no function returns.
    """
    size: int = 0
    """Of what is stored, in bytes."""


class Code(NamedTuple):
    """The beginning of a function."""

    text: bytes
    address: int
    """As the symbol states it: of Thumb code it is odd."""
    order: str
    """``<`` or ``>``."""
    memory: Callable[[int, int], bytes]
    """So many bytes from where the loader would put them at an address, as far as the file holds them."""


Held = dict[int, Constant]
"""By register."""
Set = tuple[int, Constant] | None
"""A register and what it holds then; None for what is not known."""


def signed(value: int, bits: int) -> int:
    """The number that so many bits stand for in two's complement."""
    return value - (1 << bits) if value >> (bits - 1) else value
