"""What a container, with everything inside it, may still ask for: bytes, entries, time."""

from __future__ import annotations

import time
from collections.abc import Iterator

from firmbom.errors import LimitError
from firmbom.tree.base import Limits

FREE_BYTES = 64 << 20
"""Below this much unpacked data the ratio is not looked at: small files compress well."""


class Budget:
    """Counts for one container and, through ``parent``, for all that hold it."""

    def __init__(self, limits: Limits, packed: int, parent: Budget | None = None) -> None:
        """Args: ``packed`` is the container's own size in bytes."""
        self.limits = limits
        self._packed = max(1, packed)
        self._parent = parent
        self._bytes = self._entries = 0
        self._seconds = 0.0
        self._last = time.monotonic()

    def inside(self, packed: int) -> Budget:
        """The budget of a container in this one; what it asks for counts here too."""
        return Budget(self.limits, packed, self)

    def take(self, size: int = 0, entries: int = 0) -> None:
        """Count unpacked bytes, entries and the time since the last call; what is refused is not counted.

        Raises:
            LimitError: a limit is reached, here or in a container further out.
        """
        now = time.monotonic()
        spent, self._last = now - self._last, now
        for level in self._levels():
            level._seconds += spent
            level._check(size, entries)
        for level in self._levels():
            level._bytes += size
            level._entries += entries

    def give_back(self, size: int) -> None:
        """Uncount bytes that only stood for what is counted next: an archive's, before its entries are."""
        for level in self._levels():
            level._bytes -= size

    def _levels(self) -> Iterator[Budget]:
        level: Budget | None = self
        while level:
            yield level
            level = level._parent

    def _check(self, size: int, entries: int) -> None:
        limits, total = self.limits, self._bytes + size
        if self._entries + entries > limits.files:
            raise LimitError(f"holds more than the limit of {limits.files} entries")
        if total > limits.tree_bytes:
            raise LimitError(f"unpacks to more than the limit of {limits.tree_bytes} bytes")
        if total > FREE_BYTES and total > limits.ratio * self._packed:
            raise LimitError(f"unpacks to more than {limits.ratio} times its size, as a decompression bomb does")
        if self._seconds > limits.seconds:
            raise LimitError(f"took longer than the limit of {limits.seconds:g} seconds")
