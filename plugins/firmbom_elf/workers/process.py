"""The worker processes as the host sees them: one that loads everything, and the workers that it forks."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from typing import IO

import msgspec

from firmbom.errors import FirmbomError, printable
from firmbom_elf.task import Question
from firmbom_elf.workers import frames
from firmbom_elf.workers.worker import LOST, READY

_GRACE = 10.0
"""Seconds that a worker may be late; by then its own alarm should have ended it."""
_LAST_WORK = 0.5
"""Seconds that the processes have to end by themselves."""
_START = 60.0
"""Seconds that the first process may take to load everything."""
_TOGETHER = 1 << 16
"""Bytes of answers that are read at once."""


class WorkerLostError(FirmbomError):
    """The worker ended while it worked on a file; the message says how."""


class WorkersBrokenError(FirmbomError):
    """No worker can be had."""


class Nursery:
    """Starts the first process, at the latest when the first worker is wanted; safe to be asked by several threads."""

    def __init__(self, command: Sequence[str], seconds: float) -> None:
        """Args: ``command`` starts the first process; ``seconds`` is what one file may take."""
        self._command, self._seconds = (*command, str(seconds)), seconds
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._told: IO[bytes] | None = None
        """What the first process says before it is ready."""
        self._broken = ""

    def start(self) -> None:
        """Start the first process, which gets ready by itself; who asks for a worker hears of it if that fails."""
        with self._lock, contextlib.suppress(OSError):
            self._start()

    def worker(self) -> Worker:
        """A fresh worker.

        Raises:
            WorkersBrokenError: the first process does not start, or has ended.
        """
        ours, theirs = socket.socketpair()
        with theirs, self._lock:
            try:
                if self._broken:
                    raise WorkersBrokenError(self._broken)
                channel = self._channel or self._start()
                if self._told:
                    self._await(channel, self._told)
                if self._process and self._process.poll() is not None:  # a worker of its may still hold the socket
                    raise ProcessLookupError(errno.ESRCH, os.strerror(errno.ESRCH))
                socket.send_fds(channel, [b"w"], [theirs.fileno()])
            except OSError as error:
                ours.close()
                what = "has ended" if self._process else "cannot be started"
                self._broken = f"the process that makes them {what}: {error.strerror or error}"
                raise WorkersBrokenError(self._broken) from error
            except WorkersBrokenError:
                ours.close()
                raise
        return Worker(ours, self._seconds + _GRACE)

    def dismiss(self) -> None:
        """Tell all of them to end; no more workers can be had."""
        with self._lock:
            self._broken = "they were ended"
            if self._channel:
                self._channel.close()  # which is the word to end
                self._channel = None

    def close(self) -> None:
        """End all of them, whatever they do: they hold nothing."""
        self.dismiss()
        with self._lock:
            if self._process:
                try:
                    self._process.wait(0 if self._told else _LAST_WORK)  # it waits for its workers, if it has any
                except subprocess.TimeoutExpired:
                    os.killpg(self._process.pid, signal.SIGKILL)
                    self._process.wait()
                self._process = None
            self._hear_no_more()

    def _start(self) -> socket.socket:
        """Start the first process."""
        with contextlib.ExitStack() as failed:
            told = failed.enter_context(tempfile.TemporaryFile())
            ours, theirs = map(failed.enter_context, socket.socketpair())
            self._process = subprocess.Popen(
                self._command, stdin=theirs.fileno(), stdout=subprocess.DEVNULL, stderr=told, process_group=0
            )
            failed.pop_all()
        theirs.close()
        self._channel, self._told = ours, told
        return ours

    def _await(self, channel: socket.socket, told: IO[bytes]) -> None:
        """Wait until the first process is ready."""
        try:
            channel.settimeout(_START)
            if channel.recv(len(READY)) != READY:
                told.seek(max(0, told.seek(0, os.SEEK_END) - 1000))
                last = told.read().decode("utf-8", "replace").strip().rpartition("\n")[2]
                self._broken = printable(f"the process that makes them does not start: {last or 'it says nothing'}")
                raise WorkersBrokenError(self._broken)
        finally:
            self._hear_no_more()

    def _hear_no_more(self) -> None:
        told, self._told = self._told, None
        if told:
            told.close()


class Worker:
    """One worker; one thread asks it."""

    def __init__(self, channel: socket.socket, patience: float) -> None:
        """Args: ``patience`` is how long an answer is waited for, in seconds."""
        channel.settimeout(patience)
        self._channel, self._patience = channel, patience
        self._stream = io.BufferedReader(channel.makefile("rb", 0), _TOGETHER)

    def put(self, question: Question, contents: Sequence[bytes], handles: Sequence[int]) -> None:
        """Send files, their bytes or the numbers under which they are open; each gets an answer, in their order."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # why is still to be read
            frames.send(self._channel, msgspec.msgpack.encode(question), contents, handles)

    def answer(self) -> bytes:
        """The next answer.

        Raises:
            WorkerLostError: it ended before it gave that and is of no more use.
        """
        try:
            answer = frames.receive(self._stream)
        except TimeoutError:
            raise WorkerLostError(f"says nothing for {self._patience:g} s") from None
        except OSError:
            answer = None
        if answer is None:
            raise WorkerLostError("ended")
        if answer.message.startswith(LOST):
            raise WorkerLostError(answer.message.removeprefix(LOST).decode())
        return answer.message

    def close(self) -> None:
        """Let it go."""
        self._stream.close()
        self._channel.close()
