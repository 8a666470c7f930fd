"""The worker process: ``python -m firmbom_elf.worker`` examines the files that it is sent until its input ends.

It reads hostile bytes with native code, so it holds nothing that it could spoil: its output is frames and nothing
else, its memory is limited, and the host ends it when it takes too long.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from typing import BinaryIO

import msgspec

from firmbom_elf import frames
from firmbom_elf.task import Task

READY = b"firmbom-elf-1"
"""The first message of a worker, once it has loaded what it needs."""

MOST_MEMORY = 4 << 30
"""Address space in bytes, of which most is never touched; a file is at most 256 MiB unless the limits say else."""


def main() -> None:
    """Serve until the host closes its end or is gone."""
    source, sink = _pipes()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the host decides
    _limit()
    from firmbom_elf.examine import examine, prepare

    prepare()
    gc.freeze()
    encoder, decoder = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(Task)
    try:
        frames.send(sink, READY)
        while frame := frames.receive(source):
            frames.send(sink, encoder.encode(examine(decoder.decode(frame[0]), frame[1])))
            del frame  # before the next one is read, for it may be large
    except BrokenPipeError:
        os._exit(1)  # nobody is left to tell


def _pipes() -> tuple[BinaryIO, BinaryIO]:
    """Input and output for frames; what else is printed goes nowhere."""
    sink = os.fdopen(os.dup(1), "wb", buffering=0)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 1)
    return sys.stdin.buffer, sink


def _limit() -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = MOST_MEMORY if hard == resource.RLIM_INFINITY else min(MOST_MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
