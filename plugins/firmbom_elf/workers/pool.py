"""Examines files in worker processes beside the walk that finds them: as many as there are cores that it leaves.

One thread for each worker sends a file and waits for the answer. A worker that dies or takes too long costs the file
that it has: a problem names it, and another worker takes its place.
"""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from itertools import islice
from typing import NamedTuple

import msgspec

from firmbom.errors import InputError, printable
from firmbom.model import Problem
from firmbom_elf.facts import Examined
from firmbom_elf.task import Question, Task
from firmbom_elf.workers import frames
from firmbom_elf.workers.process import Nursery, Worker, WorkerLostError, WorkersBrokenError

COMMAND = (sys.executable, "-P", "-c", "from firmbom_elf.workers.worker import main; main()")
"""``-P``: nothing is loaded from the folder that firmbom happens to run in."""

SECONDS = 60.0
"""For one file."""
MOST_PENDING = 32 << 20
"""Bytes of files that wait or are worked on; a larger file waits until it is alone."""


MOST_OPEN = 128
"""Files that are open at the same time for all workers together; a process may often have no more than 256."""
MOST_BYTES_TOGETHER = 4 << 20
"""Of the files that go to a worker in one question, so that neither side waits for the other at each."""

MOST_AHEAD = 1 << 15
"""Bytes of a question to a worker that still works on another; far less than what a socket holds."""

_ANSWERS = msgspec.msgpack.Decoder(Examined)
"""Made before there are threads: msgspec crashes where two of them are the first to decode a type at the same time."""

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


class _Opened(NamedTuple):
    job: _Job
    content: bytes | int
    """Its bytes, or the number under which it is open."""
    closing: ExitStack
    """Closes it; raises :class:`InputError` if it is not what it was."""


class _Batch:
    """Files that go to a worker together: all by their bytes, or all as open files."""

    def __init__(self, most: int) -> None:
        """Args: ``most`` is how many files it may hold."""
        self._most = most
        self.jobs: list[_Job] = []
        self.size = 0
        """Bytes of all of them."""

    @property
    def full(self) -> bool:
        return len(self.jobs) == self._most or self.size >= MOST_BYTES_TOGETHER

    def takes(self, content: Content) -> bool:
        """May a file with this content be added?"""
        return not self.jobs or isinstance(self.jobs[0].content, bytes) == isinstance(content, bytes)


class Pool:
    """Examines files; whatever they hold, each gets an answer."""

    def __init__(self, command: Sequence[str] = COMMAND, *, workers: int = 0, seconds: float = SECONDS) -> None:
        """Start nothing yet; see :meth:`start`.

        Args:
            command: starts what makes workers.
            workers: how many at most; 0 for as many as there are cores. One of them starts only once the walk waits or
                is over: it takes a core itself, and what is found last is found sooner where nobody shares that.
            seconds: what one file may take.
        """
        self._nursery, self._most = Nursery(command, seconds), workers or cores()
        self._lock = threading.Lock()
        self._work, self._answered = threading.Condition(self._lock), threading.Condition(self._lock)
        """Told when there is something to do for a thread, and when a file has its answer."""
        self._together = max(1, min(frames.MOST_HANDLES, MOST_OPEN // (2 * self._most)))
        self._batch = _Batch(self._together)
        self._waiting: deque[list[_Job]] = deque()
        self._pending = 0
        self._submitted = 0
        self._done: dict[int, Examined] = {}
        self._ending = False
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Have what makes workers get ready: there will be files."""
        self._nursery.start()

    def submit(self, task: Task, content: Content, size: int = 0) -> None:
        """Have one file examined; waits while too many bytes are pending.

        Args:
            task: which file.
            content: its bytes, or what opens it.
            size: of one to be opened, in bytes.
        """
        job = _Job(self._submitted, task, content)
        held = job.held
        if not self._batch.takes(content) or self._pending + held > MOST_PENDING:
            self.flush()
        if held:
            with self._answered:
                if self._pending and self._pending + held > MOST_PENDING:
                    self._engage(self._most)
                self._answered.wait_for(lambda: not self._pending or self._pending + held <= MOST_PENDING)
                self._pending += held
        self._submitted += 1
        batch = self._batch
        batch.jobs.append(job)
        batch.size += held or size
        if batch.full:
            self.flush()

    def flush(self) -> None:
        """Have the workers begin with what was gathered."""
        if not self._batch.jobs:
            return
        with self._work:
            self._waiting.append(self._batch.jobs)
            self._work.notify()
            self._engage(max(1, self._most - 1))
        self._batch = _Batch(self._together)

    def walked(self) -> None:
        """There will be no more files: have the workers do what is left, one more of them with the core now free."""
        self.flush()
        with self._work:
            self._engage(self._most)

    def _engage(self, most: int) -> None:
        """Have up to so many workers, as far as there is something for them to begin with; to be called locked."""
        for _ in range(min(most - len(self._threads), len(self._waiting))):
            thread = threading.Thread(target=self._serve, daemon=True)
            self._threads.append(thread)
            thread.start()

    def _finish(self) -> None:
        """Wait for the answers."""
        self.walked()
        with self._answered:
            self._answered.wait_for(lambda: len(self._done) == self._submitted)

    def answers(self) -> tuple[Examined, ...]:
        """Wait for the answers and return them in the order of submission.

        The workers are told to end, which takes them longer than what comes next should wait; see :meth:`close`.
        """
        self._finish()
        with self._work:
            self._ending = True
            self._work.notify_all()
        for thread in self._threads:
            thread.join()
        self._nursery.dismiss()
        return tuple(self._done[number] for number in range(self._submitted))

    def close(self) -> None:
        """End the workers, whatever they do; what has no answer gets none."""
        with self._work:
            self._ending = True
            self._work.notify_all()
        self._nursery.close()
        for thread in self._threads:
            thread.join()

    def _serve(self) -> None:
        """Give files to a worker, and what it leaves when it dies to another."""
        worker: Worker | None = None
        while jobs := self._next():
            batches = [jobs]
            del jobs  # so that no large file is held while the next one is waited for
            while batches:
                worker, left = self._asked(worker, batches.pop())
                batches += left
        if worker:
            worker.close()

    def _next(self) -> list[_Job]:
        """Nothing when there will be no more."""
        with self._work:
            self._work.wait_for(lambda: self._waiting or self._ending)
            return [] if self._ending else self._waiting.popleft()

    def _next_ahead(self) -> list[_Job]:
        """Files for a worker that has not answered yet: few words, so that it need not listen to take them."""
        with self._work:
            few = self._waiting and sum(job.held + len(job.task.path) + len(job.task.place) for job in self._waiting[0])
            return self._waiting.popleft() if few and few <= MOST_AHEAD else []

    def _asked(self, worker: Worker | None, jobs: list[_Job]) -> tuple[Worker | None, list[list[_Job]]]:
        """Take down what a worker says of files; the worker if it is of further use, and what is to be asked again.

        Where a worker was lost with several files, each is asked alone, so that it is known which one it was.
        """
        left: deque[_Opened] = deque()
        asked = list(jobs)
        try:
            left.extend(self._opened(jobs))
            if left:
                worker = worker or self._nursery.worker()
                self._talk(worker, left, asked)
            return worker, []
        except WorkersBrokenError as broken:
            told = f"not examined: there are no workers: {broken}"
        except WorkerLostError as lost:
            if worker and len(left) > 1:
                worker.close()
                return None, [[one.job] for one in left]
            told = f"not examined: the process that examined it {lost} (please report the file)"
        except msgspec.MsgspecError as error:
            told = f"not examined: the process that examined it does not say what it should: {error}"
        except Exception as error:  # a thread that ends would leave everybody waiting
            if worker:
                worker.close()
            return None, self._failed(asked, error)
        finally:
            _let_go(left)
        if worker:
            worker.close()
        lost_one = left.popleft()
        self._say(lost_one.job, _unsaid(lost_one.job.task, told))
        return None, [[one.job for one in left]] if left else []

    def _talk(self, worker: Worker, left: deque[_Opened], asked: list[_Job]) -> None:
        """Have a worker answer for all of ``left``; it is given further files before it has done with these.

        Args:
            worker: has nothing to do yet.
            left: files that have no answer yet; empty when this returns.
            asked: told of the further files.
        """
        given = list(left)
        while left:
            if given:
                worker.put(_question(given), *_contents(given))
            self._note(left[0], _ANSWERS.decode(worker.answer()))
            left.popleft()
            jobs = self._next_ahead() if len(left) <= self._together else []
            asked += jobs
            before = len(left)
            left.extend(self._opened(jobs))
            given = list(islice(left, before, None)) if jobs else []

    def _failed(self, jobs: list[_Job], error: Exception) -> list[list[_Job]]:
        """Say that a file could not even be asked about; several are asked about again, each alone."""
        left = [job for job in jobs if job.number not in self._done]
        if len(left) > 1:
            return [[job] for job in left]
        for job in left:
            self._say(job, _unsaid(job.task, printable(f"not examined: {type(error).__name__}: {error}")))
        return []

    def _opened(self, jobs: Iterable[_Job]) -> Iterator[_Opened]:
        """The files that can be opened; of the others it is said."""
        for job in jobs:
            closing = ExitStack()
            try:
                content = job.content if isinstance(job.content, bytes) else closing.enter_context(job.content())
                yield _Opened(job, content, closing)
            except InputError as error:
                self._say(job, _unsaid(job.task, error.within(job.task.place)))

    def _note(self, one: _Opened, said: Examined) -> None:
        """Take down an answer, if the file is still what it was."""
        try:
            one.closing.close()
        except InputError as error:
            said = _unsaid(one.job.task, error.within(one.job.task.place))
        self._say(one.job, said)

    def _say(self, job: _Job, said: Examined) -> None:
        with self._lock:
            self._done[job.number] = said
            self._pending -= job.held
            if job.held or len(self._done) == self._submitted:  # what is waited for
                self._answered.notify()


def _let_go(files: Iterable[_Opened]) -> None:
    for one in files:
        with suppress(InputError):
            one.closing.close()


def _question(files: Collection[_Opened]) -> Question:
    sizes = tuple(one.job.held for one in files if isinstance(one.content, bytes))
    return Question(tuple(one.job.task for one in files), sizes)


def _contents(files: Collection[_Opened]) -> tuple[list[bytes], list[int]]:
    """Bytes, and numbers of open files."""
    return (
        [one.content for one in files if isinstance(one.content, bytes)],
        [one.content for one in files if isinstance(one.content, int)],
    )


def _unsaid(task: Task, told: str) -> Examined:
    return Examined(path=task.path, place=task.place, problems=(Problem("error", told, task.place),))


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
