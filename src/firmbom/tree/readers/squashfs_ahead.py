"""Unpacks blocks before they are asked for, on all processors, while a reader goes through them in order."""

from __future__ import annotations

import os
import threading
from array import array
from bisect import bisect_left
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

MOST = 200_000
"""So many blocks are planned; of a larger image the rest is unpacked when it is asked for."""


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Pool:
    """One pool of threads for all images, made at the first use."""

    def __init__(self) -> None:
        self._executor: ThreadPoolExecutor | None = None
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        self._executor = None  # a child of fork has the pool but not its threads

    def submit(self, load: Callable[[int, int], bytes], offset: int, stated: int) -> Future[bytes]:
        if self._executor is None:
            self._executor = ThreadPoolExecutor(_processors(), "squashfs")
        return self._executor.submit(load, offset, stated)


_POOL = _Pool()


class Ahead:
    """The blocks of one image. Of those after the one that was asked for last, a few are being unpacked."""

    def __init__(self, load: Callable[[int, int], bytes], *, enabled: bool) -> None:
        """Args: ``load`` unpacks the block at an offset of a size, as the image states them."""
        self._load = load
        self._depth = 2 * _processors() if enabled and _processors() > 1 else 0
        self._offsets, self._sizes = array("Q"), array("I")
        self._sorted = False
        self._last = -1
        """The block asked for last."""
        self._coming: dict[int, Future[bytes]] = {}
        self._lock = threading.Lock()

    def plan(self, offset: int, stated: int) -> None:
        """Say that there is a block; holes and what cannot be a place are left out."""
        if self._depth and stated and offset < 1 << 63 and len(self._offsets) < MOST:
            self._offsets.append(offset)
            self._sizes.append(stated)

    def get(self, offset: int, stated: int) -> bytes:
        """The block, unpacked; raises what ``load`` raises."""
        if not self._depth:
            return self._load(offset, stated)
        with self._lock:
            coming = self._coming.pop(offset, None)
            self._start(offset)
        return coming.result() if coming else self._load(offset, stated)

    def _start(self, offset: int) -> None:
        """Set the following blocks going, if this one follows the last."""
        if not self._sorted:
            self._sort()
        found = bisect_left(self._offsets, offset)
        follows, self._last = 0 <= found - self._last <= self._depth, found
        if not follows:
            return
        for number in range(found + 1, min(found + 1 + self._depth, len(self._offsets))):
            place = self._offsets[number]
            if place not in self._coming:
                self._coming[place] = _POOL.submit(self._load, place, self._sizes[number])
        while len(self._coming) > 2 * self._depth:  # what was jumped over
            self._coming.pop(next(iter(self._coming))).cancel()

    def _sort(self) -> None:
        """In the order of the image, each place once."""
        self._sorted = True
        sizes = dict(sorted(zip(self._offsets, self._sizes, strict=True)))
        self._offsets, self._sizes = array("Q", sizes), array("I", sizes.values())
