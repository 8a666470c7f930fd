"""Where results and messages go: the result to a file or stdout, everything else to stderr."""

from __future__ import annotations

import os
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
    path = Path(os.path.realpath(target))
    return _in_place(path) if path.exists() and not path.is_file() else _replacing(path, mode)


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
def _in_place(path: Path) -> Iterator[BinaryIO]:
    """What is no regular file (``/dev/null``, a named pipe) is written to, never replaced."""
    try:
        with path.open("wb") as stream:
            yield stream
    except BrokenPipeError as error:
        raise InputError("its reader went away", path=str(path)) from error
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", path=str(path)) from error


@contextmanager
def _replacing(path: Path, mode: int) -> Iterator[BinaryIO]:
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
        raise InputError(f"cannot be written: {error.strerror}", path=str(path)) from error


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
