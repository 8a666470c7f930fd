"""Signals that ask the process to end: Ctrl-C, a supervisor's SIGTERM, the SIGHUP of a terminal that is closed."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType

_ASKING = ("SIGINT", "SIGTERM", "SIGHUP")
_SOON, _AGAIN = 0.005, 2.0
"""Seconds until something that must not be cut short is over; until what has swallowed the exception is told again."""

_WHOLE = {"_frozen_importlib": "", "importlib._bootstrap": "", "tempfile": "", "subprocess": "__init__"}
"""Modules (the first two are one), and of some a function, that are let finish what they began: a native module whose
import was cut short may crash later, and nobody would remove a folder or end a program that nobody knows of."""


def heed() -> None:
    """From now on each of the signals raises KeyboardInterrupt in the main thread, once; what is ignored stays ignored.

    It is raised so that what is open is closed and removed on the way out. Those that follow change nothing.
    """
    for number in _numbers():
        if signal.getsignal(number) is not signal.SIG_IGN:
            with suppress(ValueError):  # in another thread than the main one, where nothing can be heeded
                signal.signal(number, _asked)


def heed_no_more() -> None:
    """The command is done: from now on a signal ends the process by itself."""
    for number in _numbers():
        if signal.getsignal(number) is _asked:
            signal.signal(number, signal.SIG_DFL)
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, 0)


def leave(status: int) -> None:
    """End now, whatever other threads still do: nobody waits for it any more."""
    os._exit(status)


def _asked(_: int, frame: FrameType | None) -> None:
    for number in _numbers():
        if signal.getsignal(number) is _asked:
            signal.signal(number, _ignored)  # SIG_IGN would be inherited by programs that are started
    if hasattr(signal, "setitimer"):
        unready = _unready(frame)
        signal.signal(signal.SIGALRM, _asked)
        signal.setitimer(signal.ITIMER_REAL, _SOON if unready else _AGAIN)
        if unready:
            return
    raise KeyboardInterrupt


def _ignored(_: int, __: FrameType | None) -> None:
    pass


def _unready(frame: FrameType | None) -> bool:
    """Is something under way that must not be cut short?"""
    while frame is not None:
        if _WHOLE.get(frame.f_globals.get("__name__", "")) in ("", frame.f_code.co_name):
            return True
        frame = frame.f_back
    return False


def _numbers() -> Sequence[signal.Signals]:
    return [signal.Signals[name] for name in _ASKING if hasattr(signal, name)]
