"""Where results and messages go: the result to a file or stdout, everything else to stderr."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from firmbom.errors import InputError


def write_result(data: bytes, target: str | None, *, mode: int = 0o666) -> None:
    """Write ``data`` to the file ``target`` (whole or not at all), or to stdout for None and ``-``.

    Args:
        data: the result.
        target: a path, ``-`` or None.
        mode: permissions of a new file, before the umask is applied.

    Raises:
        InputError: the file cannot be written.
    """
    if target is None or target == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    path = Path(target)
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
                os.fchmod(stream.fileno(), mode & ~_umask())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", path=target) from error


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
            width = os.get_terminal_size(sys.stderr.fileno()).columns - 1
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
