"""Examines files in worker processes beside the walk that finds them: as many as there are cores.

One thread for each worker sends a file and waits for the answer. A worker that dies or takes too long costs the file
that it has: a problem names it, and another worker takes its place.
"""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import NamedTuple

import msgspec

from firmbom.errors import InputError
from firmbom.model import Problem
from firmbom_elf.facts import Examined
from firmbom_elf.process import Nursery, Worker, WorkerLostError, WorkersBrokenError
from firmbom_elf.task import Task

COMMAND = (sys.executable, "-P", "-m", "firmbom_elf.worker")
"""``-P``: nothing is loaded from the folder that firmbom happens to run in."""

SECONDS = 60.0
"""For one file."""
MOST_PENDING = 32 << 20
"""Bytes of files that wait or are worked on; a larger file waits until it is alone."""


Content = bytes | Callable[[], AbstractContextManager[int]]
"""A file's bytes, or what opens it: :meth:`firmbom.tree.base.File.on_disk`."""


class _Job(NamedTuple):
    number: int
    task: Task
    content: Content

    @property
    def held(self) -> int:
        """Bytes that it holds in memory."""
        return len(self.content) if isinstance(self.content, bytes) else 0

    def opened(self) -> AbstractContextManager[bytes | int]:
        """The bytes, or the number of the open file while that is read."""
        return nullcontext(self.content) if isinstance(self.content, bytes) else self.content()


class Pool:
    """Examines files; whatever they hold, each gets an answer."""

    def __init__(self, command: Sequence[str] = COMMAND, *, workers: int = 0, seconds: float = SECONDS) -> None:
        """Start nothing yet.

        Args:
            command: starts what makes workers.
            workers: how many at most; 0 for as many as there are cores.
            seconds: what one file may take.
        """
        self._nursery, self._most = Nursery(command, seconds), workers or cores()
        self._changed = threading.Condition()
        self._waiting: deque[_Job] = deque()
        self._pending = 0
        self._submitted = 0
        self._done: dict[int, Examined] = {}
        self._ending = False
        self._threads: list[threading.Thread] = []

    def submit(self, task: Task, content: Content) -> None:
        """Have one file examined; waits while too many bytes are pending."""
        job = _Job(self._submitted, task, content)
        with self._changed:
            self._changed.wait_for(lambda: not self._pending or self._pending + job.held <= MOST_PENDING)
            self._waiting.append(job)
            self._pending += job.held
            self._submitted += 1
            self._changed.notify_all()
        if len(self._threads) < self._most:
            thread = threading.Thread(target=self._serve, daemon=True)
            self._threads.append(thread)
            thread.start()

    def entries(self) -> bytes:
        """Wait for the answers; the catalogue's entries, packed, or nothing when there are no workers."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._done) == self._submitted)
        return self._nursery.entries()

    def drain(self) -> tuple[Examined, ...]:
        """Wait for the answers, end the workers, and return what was said in the order of submission."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._done) == self._submitted)
            self._ending = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()
        self._nursery.close()
        return tuple(self._done[number] for number in range(self._submitted))

    def close(self) -> None:
        """End the workers, whatever they do; what has no answer gets none."""
        with self._changed:
            self._ending = True
            self._changed.notify_all()
        self._nursery.close()
        for thread in self._threads:
            thread.join()

    def _serve(self) -> None:
        """Give one file after the other to a worker."""
        worker: Worker | None = None
        while job := self._next():
            worker, said = self._answered(worker, job)
            with self._changed:
                self._done[job.number] = said
                self._pending -= job.held
                self._changed.notify_all()
            del job  # before the next one is waited for, for it may be large
        if worker:
            worker.close()

    def _next(self) -> _Job | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._ending)
            return None if self._ending else self._waiting.popleft()

    def _answered(self, worker: Worker | None, job: _Job) -> tuple[Worker | None, Examined]:
        """What a worker says of a file, and the worker if it is of further use."""
        try:
            worker = worker or self._nursery.worker()
            with job.opened() as content:
                answer = worker.ask(msgspec.msgpack.encode(job.task), content)
            return worker, msgspec.msgpack.decode(answer, type=Examined)
        except InputError as error:
            return worker, _unsaid(job.task, error.within(job.task.place))
        except WorkersBrokenError as broken:
            told = f"not examined: there are no workers: {broken}"
        except WorkerLostError as lost:
            told = f"not examined: the process that examined it {lost} (please report the file)"
        except msgspec.MsgspecError as error:
            told = f"not examined: the process that examined it does not say what it should: {error}"
        if worker:
            worker.close()
        return None, _unsaid(job.task, told)


def _unsaid(task: Task, told: str) -> Examined:
    return Examined(path=task.path, place=task.place, problems=(Problem("error", told, task.place),))


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
