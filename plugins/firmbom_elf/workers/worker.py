"""The worker processes: :func:`main` loads everything once, then forks one on each request.

A worker reads hostile bytes with native code, so it holds nothing that it could spoil: it has its socket and nothing
else, its memory is limited, and an alarm ends it when a file takes too long. How it ended is told by the parent of it.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
import sys
from collections.abc import Iterator
from itertools import accumulate
from typing import NoReturn

from firmbom import lean, memory
from firmbom_elf.workers import frames

TYPE_CHECKING = False
if TYPE_CHECKING:
    from firmbom_elf.task import Question

READY = b"firmbom-elf-1"
"""What the first process says once it has loaded what every file needs."""
LOST = b"lost:"
"""What it says in the place of a worker that died; how it died follows."""

MOST_MEMORY = 4 << 30
"""Address space of a worker in bytes, most of it never touched; a file is at most 256 MiB unless the limits differ."""


def main() -> None:
    """Serve until the host has gone: standard input is a socket on which it asks for workers."""
    host = socket.socket(fileno=os.dup(0))
    with open(os.devnull, "r+b", buffering=0) as nowhere:  # noqa: PTH123 - a device, opened as a number
        os.dup2(nowhere.fileno(), 0)
        os.dup2(nowhere.fileno(), 1)
    load()
    with contextlib.suppress(OSError):
        host.sendall(READY)
        _serve_host(host, float(sys.argv[1]))
    with contextlib.suppress(OSError):  # no worker is left
        while True:
            os.wait()
    os._exit(0)


def load() -> None:
    """Have ready what every file needs."""
    gc.disable()  # what is loaded stays
    lean.load()
    from firmbom_elf import examine

    examine.prepare()
    gc.freeze()  # and its pages stay shared
    gc.enable()
    memory.keep()


def _serve_host(host: socket.socket, seconds: float) -> None:
    """Make one worker for each socket that the host sends."""
    workers: dict[int, socket.socket] = {}
    woken, waker = socket.socketpair()
    waker.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
    import select

    while True:
        ready, _, _ = select.select([host, woken], [], [])
        if woken in ready:
            woken.recv(4096)
            _bury(workers)
        if host in ready:
            asked, numbers, _, _ = socket.recv_fds(host, 1, 1)
            if not asked:
                for child in workers:  # nobody waits for what they still do
                    os.kill(child, signal.SIGKILL)
                for one in (woken, waker, *workers.values()):
                    one.close()
                return
            channel = socket.socket(fileno=numbers[0])
            child = os.fork()
            if not child:
                for other in (host, woken, waker, *workers.values()):
                    other.close()
                _work(channel, seconds)
            workers[child] = channel


def _bury(workers: dict[int, socket.socket]) -> None:
    """Tell the host how workers ended."""
    while workers:
        child, status = os.waitpid(-1, os.WNOHANG)
        if not child:
            return
        with contextlib.suppress(OSError), workers.pop(child) as channel:
            channel.setblocking(False)
            frames.send(channel, LOST + _ending(os.waitstatus_to_exitcode(status)).encode())


def _ending(code: int) -> str:
    if code == -signal.SIGALRM:
        return "took too long"
    return f"ended with {signal.Signals(-code).name if code < 0 else f'status {code}'}"


def _work(channel: socket.socket, seconds: float) -> NoReturn:
    """Be a worker: examine files until the host closes the socket."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        _limit()
        with channel:
            _examine_all(channel, seconds)
        code = 0
    finally:
        os._exit(code)


def _examine_all(channel: socket.socket, seconds: float) -> None:
    import msgspec

    from firmbom_elf import examine
    from firmbom_elf.task import Question

    encoder, decoder = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(Question)
    while frame := frames.accept(channel):
        question = decoder.decode(frame.message)
        contents = _contents(frame, question)
        del frame  # for it may be large, as what is below may be
        answers = frames.Gathered(channel)
        for task in question.tasks:
            signal.setitimer(signal.ITIMER_REAL, seconds)
            said = encoder.encode(examine.examine(task, next(contents)))
            signal.setitimer(signal.ITIMER_REAL, 0)
            answers.add(said)
            del said
        answers.send()
        del contents


def _contents(frame: frames.Frame, question: Question) -> Iterator[bytes]:
    """The files' bytes, each read when its turn comes."""
    if len(question.sizes) == 1:
        yield frame.body  # as it is, for it may be large
    else:
        ends = list(accumulate(question.sizes))
        yield from (frame.body[end - size : end] for end, size in zip(ends, question.sizes, strict=True))
        yield from map(frames.content, frame.handles)


def _limit() -> None:
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = MOST_MEMORY if hard == resource.RLIM_INFINITY else min(MOST_MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
