"""Where results and messages go: the result to a file or stdout, everything else to stderr."""

from __future__ import annotations

import errno
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO

from firmbom.errors import InputError

_CHUNK = 1 << 20


def write_result(data: bytes, target: str | None, *, mode: int = 0o666) -> None:
    """Write ``data`` to the file ``target`` (whole or not at all), or to stdout for None and ``-``.

    Args:
        data: the result.
        target: a path, ``-`` or None.
        mode: permissions of a new file, before the umask is applied.

    Raises:
        InputError: the file cannot be written.
    """
    write_pieces((data,), target, mode=mode)


def write_pieces(pieces: Iterable[bytes], target: str | None, *, mode: int = 0o666) -> None:
    """Write ``pieces`` one after the other, as :func:`write_result` writes the whole."""
    with _opened(target, mode) as stream:
        stream.writelines(pieces)


def check_targets(*targets: str | None) -> None:
    """Say before a long run what its end would say: that a file cannot be written where it is to be.

    Raises:
        InputError: a target is a folder, or lies in one that is not there or cannot be written to.
    """
    for target in targets:
        if target is not None and target != "-" and not _descriptor(target):
            path = Path(os.path.realpath(target))
            if path.is_dir():
                raise _unwritable(target, os.strerror(errno.EISDIR))
            if not path.parent.is_dir():
                raise _unwritable(target, f"there is no folder {Path(target).parent}")
            if not os.access(path.parent if path.is_file() or not path.exists() else path, os.W_OK):
                raise _unwritable(target, os.strerror(errno.EACCES))


def _unwritable(target: str, why: str | None) -> InputError:
    return InputError(f"cannot be written: {why}", path=target)


def write_stream(stream: BinaryIO, target: str | None) -> None:
    """Copy a stream to the file ``target`` (whole or not at all), or to stdout for None and ``-``.

    Raises:
        InputError: the stream cannot be read to its end, or the file cannot be written.
    """
    with _opened(target, 0o666) as out:
        shutil.copyfileobj(stream, out, _CHUNK)


def _opened(target: str | None, mode: int) -> AbstractContextManager[BinaryIO]:
    """Where ``target`` leads: stdout, a device or pipe as it stands, or the file at the end of its links, replaced."""
    if target is None or target == "-":
        return _stdout()
    if number := _descriptor(target):
        return _stdout() if number == 1 else _in_place(number, target)
    check_targets(target)
    path = Path(os.path.realpath(target))
    return _replacing(path, mode, target) if path.is_file() or not path.exists() else _in_place(path, target)


def _descriptor(target: str) -> int:
    """The number of the open file that ``target`` names, such as a shell's ``>(command)``; 0: it names none."""
    number = _DESCRIPTOR.fullmatch(target)
    return _NAMED.get(target, 0) if number is None else int(number[1])


_NAMED = {"/dev/stdout": 1, "/dev/stderr": 2}
_DESCRIPTOR = re.compile(r"/(?:dev|proc/self)/fd/(\d{1,9})")


@contextmanager
def _stdout() -> Iterator[BinaryIO]:
    if sys.stdout is None:  # closed by whoever started this process
        raise InputError("cannot be written: it is closed", path="stdout", remedy="give -o FILE")
    try:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        _discard(sys.stdout)
        raise InputError(f"cannot be written: {error.strerror}", path="stdout") from error


def _discard(stream: TextIO) -> None:
    """Let what is still buffered go nowhere, or Python fails once more when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@contextmanager
def _in_place(place: Path | int, target: str) -> Iterator[BinaryIO]:
    """What is no regular file (``/dev/null``, a named pipe), or is open already, is written to, never replaced."""
    try:
        with open(os.dup(place) if isinstance(place, int) else place, "wb") as stream:  # noqa: PTH123 - it may be open
            yield stream
    except BrokenPipeError as error:
        raise InputError("its reader went away", path=target) from error
    except OSError as error:
        raise _unwritable(target, error.strerror) from error


@contextmanager
def _replacing(path: Path, mode: int, target: str) -> Iterator[BinaryIO]:
    """A temporary file beside ``path`` that takes its place at the end, and vanishes if there is none."""
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb", buffering=_CHUNK) as stream:
                yield stream
                os.fchmod(stream.fileno(), mode & ~_umask())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise _unwritable(target, error.strerror) from error


def say(line: str = "") -> None:
    """One line for a person, on stderr."""
    print(line, file=sys.stderr)


class Progress:
    """What is being read now, on one line of a terminal; silent anywhere else."""

    def __init__(self, *, quiet: bool) -> None:
        self._on = not quiet and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"

    def __call__(self, text: str) -> None:
        """Show ``text`` instead of what was shown."""
        if self._on:
            width = (os.get_terminal_size(sys.stderr.fileno()).columns or 80) - 1
            sys.stderr.write("\r\x1b[K" + "".join(c if c.isprintable() else "?" for c in text)[:width])
            sys.stderr.flush()

    def clear(self) -> None:
        """Remove the line."""
        if self._on:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def _umask() -> int:
    current = os.umask(0o077)
    os.umask(current)
    return current
