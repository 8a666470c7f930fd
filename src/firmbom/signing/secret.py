"""Reading secrets: files that nobody else may read, environment variables, passphrases."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping, Sequence

from firmbom.errors import ConfigError
from firmbom.opening import opened

_LARGEST = 1 << 16
"""Bytes; a PEM file with a long certificate chain is a tenth of it."""

LONGEST_PASSPHRASE = 1023
"""Bytes; OpenSSL takes no longer one."""


def read_file(path: str, *, is_secret: Callable[[bytes], bool] | None = None) -> bytes:
    """The content of a small file; a secret one must be its owner's alone (on POSIX).

    Args:
        path: where it stands.
        is_secret: tells by the content whether it is a secret; None: it is not.

    Raises:
        ConfigError: it cannot be read, is too large, or is a secret that others may read or change.
    """
    try:
        with opened(path) as stream:  # what was opened is judged, not what the path names later
            mode = stat.S_IMODE(os.fstat(stream.fileno()).st_mode)
            data = stream.read(_LARGEST + 1)
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror or error}", path=path) from error
    except ValueError as error:  # a NUL in the path
        raise ConfigError(f"cannot be read: {error}", path=path) from error
    if len(data) > _LARGEST:
        raise ConfigError("too large for a key or a passphrase", path=path)
    if is_secret and os.name == "posix" and mode & 0o077 and is_secret(data):
        raise ConfigError(
            f"others than its owner may use this secret (mode {mode:04o})", path=path, remedy=f"chmod 600 {path}"
        )
    return data


def read_variable(name: str, environment: Mapping[str, str]) -> bytes:
    r"""The content of an environment variable; ``\n`` stands for a line's end where there is no real one.

    Raises:
        ConfigError: not set, or empty.
    """
    text = environment.get(name, "")
    if not text.strip():
        raise ConfigError(f"the environment variable {name!r} is not set or empty", path=f"env:{name}")
    if "\n" not in text:
        text = text.replace("\\n", "\n")
    return os.fsencode(text)


def read_passphrases(
    variables: Sequence[str], files: Sequence[str], environment: Mapping[str, str]
) -> tuple[bytes, ...]:
    """Passphrases from environment variables and from the first lines of files.

    Raises:
        ConfigError: one cannot be read or is empty, or others may read the file.
    """
    found = [(f"env:{name}", os.fsencode(environment.get(name, ""))) for name in variables]
    found += [(path, read_file(path, is_secret=bool).split(b"\n", 1)[0].removesuffix(b"\r")) for path in files]
    for source, passphrase in found:
        if not 0 < len(passphrase) <= LONGEST_PASSPHRASE:
            raise ConfigError(f"holds no passphrase of 1 to {LONGEST_PASSPHRASE} bytes", path=source)
    return tuple(passphrase for _, passphrase in found)
