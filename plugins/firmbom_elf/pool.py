"""Worker processes that examine files beside the walk that finds them: as many as there are cores.

One thread for each worker sends a file and waits for the answer. A worker that dies or takes too long costs the file
that it has: a problem names it, and another worker takes its place.
"""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from firmbom.model import Problem
from firmbom_elf.facts import Examined
from firmbom_elf.process import WorkerBrokenError, WorkerLostError, WorkerProcess
from firmbom_elf.task import Task

COMMAND = (sys.executable, "-P", "-m", "firmbom_elf.worker")
"""``-P``: nothing is loaded from the folder that firmbom happens to run in."""

SECONDS = 60.0
"""For one file."""
MOST_PENDING = 32 << 20
"""Bytes of files that wait or are worked on; a larger file is worked on alone."""
_FALSE_STARTS = 3
"""So many workers may fail to start before no more are tried."""
_LOOK = 0.2
"""How often the time of the workers is looked at, in seconds."""


class _Job(NamedTuple):
    number: int
    task: Task
    data: bytes


class Pool:
    """Examines files; whatever they hold, each gets an answer."""

    def __init__(self, command: Sequence[str] = COMMAND, *, workers: int = 0, seconds: float = SECONDS) -> None:
        """Start nothing yet.

        Args:
            command: starts a worker.
            workers: how many at most; 0 for as many as there are cores.
            seconds: what one file may take, and the start of a worker.
        """
        self._command, self._seconds, self._most = tuple(command), seconds, workers or cores()
        self._changed = threading.Condition()
        self._waiting: deque[_Job] = deque()
        self._pending = 0
        self._submitted = 0
        self._done: dict[int, Examined] = {}
        self._ending = threading.Event()
        self._false_starts = 0
        self._workers: list[WorkerProcess] = []
        self._threads: list[threading.Thread] = []

    def submit(self, task: Task, data: bytes) -> None:
        """Have one file examined; waits while too many bytes are pending."""
        with self._changed:
            self._changed.wait_for(lambda: not self._pending or self._pending + len(data) <= MOST_PENDING)
            self._waiting.append(_Job(self._submitted, task, data))
            self._pending += len(data)
            self._submitted += 1
            self._changed.notify_all()
        if len(self._workers) < self._most:
            self._hire()

    def drain(self) -> tuple[Examined, ...]:
        """Wait for the answers, end the workers, and return what was said in the order of submission."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._done) == self._submitted)
        self.close()
        return tuple(self._done[number] for number in range(self._submitted))

    def close(self) -> None:
        """End the workers, whatever they do; what has no answer gets none."""
        with self._changed:
            self._ending.set()
            self._changed.notify_all()
        for worker in self._workers:
            worker.end()
        for thread in self._threads:
            thread.join()

    def _hire(self) -> None:
        worker = WorkerProcess(self._command, self._seconds)
        self._workers.append(worker)
        started = [threading.Thread(target=self._serve, args=(worker,), daemon=True)]
        if not self._threads:
            started.append(threading.Thread(target=self._watch, daemon=True))
        self._threads += started
        for thread in started:
            thread.start()

    def _watch(self) -> None:
        while not self._ending.wait(_LOOK):
            for worker in tuple(self._workers):
                worker.look()

    def _serve(self, worker: WorkerProcess) -> None:
        """Give one file after the other to a worker."""
        while job := self._next():
            said = self._answer(worker, job)
            with self._changed:
                self._done[job.number] = said
                self._pending -= len(job.data)
                self._changed.notify_all()
            del job  # before the next one is waited for, for it may be large
        worker.close()

    def _next(self) -> _Job | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._ending.is_set())
            return None if self._ending.is_set() else self._waiting.popleft()

    def _answer(self, worker: WorkerProcess, job: _Job) -> Examined:
        try:
            if self._false_starts >= _FALSE_STARTS:
                raise WorkerBrokenError("does not start")
            answer = worker.ask(msgspec.msgpack.encode(job.task), job.data)
            return msgspec.msgpack.decode(answer, type=Examined)
        except WorkerLostError as lost:
            told = f"not examined: the process that did it {lost} (report the file, if you may)"
        except WorkerBrokenError as broken:
            self._false_starts += 1
            told = f"not examined: the process for it {broken} (is lief installed?)"
        except msgspec.MsgspecError as error:
            told = f"not examined: the process that did it does not say what it should: {error}"
        problem = Problem("error", told, job.task.place)
        return Examined(path=job.task.path, place=job.task.place, problems=(problem,))


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
