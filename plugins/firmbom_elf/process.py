"""One worker process as the host sees it: started when needed, ended when it takes too long, replaced when it died."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from typing import BinaryIO, cast

from firmbom.errors import FirmbomError
from firmbom_elf import frames
from firmbom_elf.worker import READY


class WorkerLostError(FirmbomError):
    """The process ended while it worked on a file; the message says how."""


class WorkerBrokenError(FirmbomError):
    """The process ended before it could take a file."""


class WorkerProcess:
    """A worker; one thread at a time asks it, any thread may look at its time or end it."""

    def __init__(self, command: Sequence[str], seconds: float) -> None:
        """Args: ``command`` starts it; ``seconds`` is what its start and what one file may take."""
        self._command, self._seconds = tuple(command), seconds
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._deadline = 0.0
        """Of the work at hand; 0 when there is none."""
        self._late = self._ended = False

    def ask(self, message: bytes, body: bytes) -> bytes:
        """Send one frame and return the message of the answer; starts the process if there is none.

        Raises:
            WorkerLostError: it ended or was ended before it answered; the next call starts another one.
            WorkerBrokenError: it ended before it was ready.
        """
        process = self._process or self._start()
        self._deadline = time.monotonic() + self._seconds
        try:
            frames.send(_stream(process.stdin), message, body)
            answer = frames.receive(_stream(process.stdout))
        except OSError:
            answer = None
        self._deadline = 0.0
        if answer is None:
            raise WorkerLostError(self._reap(process))
        return answer[0]

    def look(self) -> None:
        """End the process if it is late."""
        with self._lock:
            process, deadline = self._process, self._deadline
            if process and deadline and time.monotonic() > deadline:
                self._late = True
                process.kill()

    def end(self) -> None:
        """End the process for good, whatever it does."""
        with self._lock:
            self._ended = True
            if self._process and self._deadline:
                self._process.kill()

    def close(self) -> None:
        """Let the process go; to be called by the thread that asks, when nothing is left to ask."""
        if self._process:
            self._process.kill()  # it holds nothing, and its own end would take longer
            self._reap(self._process)

    def _start(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._ended:
                raise WorkerBrokenError("was ended")
            try:
                process = subprocess.Popen(
                    self._command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    bufsize=-1,
                )
            except OSError as error:
                raise WorkerBrokenError(f"cannot be started: {error.strerror or error}") from error
            self._process, self._late = process, False
            self._deadline = time.monotonic() + self._seconds
        hello = frames.receive(_stream(process.stdout))
        self._deadline = 0.0
        if hello is None or hello[0] != READY:
            raise WorkerBrokenError(f"does not start: {self._reap(process)}")
        return process

    def _reap(self, process: subprocess.Popen[bytes]) -> str:
        """Close the pipes, wait for the end and say what it was."""
        for stream in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                _stream(stream).close()
        with self._lock:
            self._process = None
        try:
            status = process.wait(timeout=self._seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            status = process.wait()
        if self._late:
            return f"took longer than {self._seconds:g} s"
        return f"ended with {signal.Signals(-status).name if status < 0 else f'status {status}'}"


def _stream(stream: object) -> BinaryIO:
    return cast(BinaryIO, stream)  # a pipe was asked for
