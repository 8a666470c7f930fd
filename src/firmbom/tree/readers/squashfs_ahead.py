"""Unpacks blocks before they are asked for, on all processors, while a walk goes through the files in order."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

MOST = 1024
"""So many files are expected at most; when nobody reads them, the first are forgotten."""

Block = tuple[int, int]
"""Offset and size in the image, as it states them."""


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
    """The blocks of one image. Of those that are expected next, a few are being unpacked."""

    def __init__(self, load: Callable[[int, int], bytes], *, enabled: bool) -> None:
        """Args: ``load`` unpacks the block at an offset of a size, as the image states them."""
        self._load = load
        self._depth = 4 * _processors() if enabled and _processors() > 1 else 0
        self._expected: OrderedDict[object, None] = OrderedDict()
        """The files that will be read, in that order."""
        self._queue: deque[tuple[object, Iterator[Block]]] = deque()
        """Of these what has not been set going yet."""
        self._coming: dict[int, tuple[object, Future[bytes]]] = {}
        """By offset, with the file that it was set going for."""
        self._lock = threading.Lock()

    def expect(self, file: object, blocks: Iterator[Block]) -> None:
        """Say that ``file`` will be read after those said before, and which blocks that takes."""
        if not self._depth:
            return
        with self._lock:
            if file in self._expected:  # under two names
                return
            self._expected[file] = None
            self._queue.append((file, blocks))
            if len(self._expected) > MOST:
                self._expected.popitem(last=False)
            if len(self._queue) > MOST:
                self._queue.popleft()

    def reach(self, file: object) -> bool:
        """Say that ``file`` is read now; returns whether it was expected. Those before it no longer are."""
        if not self._depth:
            return False
        with self._lock:
            if file not in self._expected:
                return False
            while self._expected.popitem(last=False)[0] != file:
                pass
            while self._queue and self._queue[0][0] != file and self._queue[0][0] not in self._expected:
                self._queue.popleft()
            for offset, (owner, coming) in tuple(self._coming.items()):
                if owner != file and owner not in self._expected:
                    coming.cancel()
                    del self._coming[offset]
        return True

    def get(self, offset: int, stated: int) -> bytes:
        """A block of the file reached last, unpacked; raises what ``load`` raises."""
        with self._lock:
            if offset not in self._coming:
                self._fill()
            _, coming = self._coming.pop(offset, (None, None))
            self._fill()
        return coming.result() if coming else self._load(offset, stated)

    def _fill(self) -> None:
        """Set the next blocks going."""
        while self._queue and len(self._coming) < self._depth:
            file, blocks = self._queue[0]
            block = next(blocks, None)
            if block is None:
                self._queue.popleft()
            elif block[0] not in self._coming:
                self._coming[block[0]] = file, _POOL.submit(self._load, *block)
