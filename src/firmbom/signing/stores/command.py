"""``command:FILE``: a program that signs, for keys in a KMS or a vault, described by a small TOML file.

The program gets the data (or its digest) on stdin and writes the signature to stdout. It is started without a shell,
from the list of arguments in the file. What it writes counts only if the public key beside it confirms it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Literal

import msgspec

from firmbom import parse, settings
from firmbom.errors import ConfigError, FirmbomError
from firmbom.signing import algorithms, pem
from firmbom.signing.keys import PublicKey, SigningKey
from firmbom.signing.secret import read_file

_LARGEST = 1 << 16
"""Bytes of stdout that are read; the largest signature is 2 KiB."""
_LOOK = 0.05
"""Seconds between two looks at how much the program has written, so that it cannot fill the disk."""


class Command(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file that ``command:`` names."""

    command: tuple[str, ...]
    """The program, by its path or a name on the PATH, and its arguments."""
    public_key: str
    """PEM or OpenSSH file of the public key or certificate; a path beside this file."""
    algorithm: str = ""
    """Default: what the key's kind signs with first; ``sign --algorithm`` wins over it."""
    input: Literal["data", "digest"] = "data"
    """What the program gets on stdin: all that is to be signed, or its SHA-2 digest as raw bytes."""
    timeout: float = 60
    """Seconds until the program is stopped."""


def signer(name: str, uri: str, *, passphrases: Sequence[bytes], environment: Mapping[str, str]) -> SigningKey:  # noqa: ARG001 - the stores' shape
    """The key that the program signs with."""
    asked, public_key = _read(name, uri)
    key = SigningKey(
        public=public_key,
        algorithm=algorithms.fitting(public_key.kind)[0],
        make=lambda row, data: _signature(asked, public_key, row, data, environment),
    )
    return key.using(asked.algorithm) if asked.algorithm else key


def public(name: str, uri: str, *, environment: Mapping[str, str]) -> tuple[Any, str]:  # noqa: ARG001 - same
    """The public key that the file names."""
    _, public_key = _read(name, uri)
    return public_key.key, public_key.note


def files(name: str) -> tuple[Path, ...]:
    """The description, and the public key that it names."""
    asked, _ = _read(name, name)
    return Path(name), Path(name).parent / asked.public_key


def _read(name: str, uri: str) -> tuple[Command, PublicKey]:
    try:
        asked = settings.convert(parse.toml(read_file(name), path=name), Command)
        if not asked.command or not asked.command[0] or any("\0" in word for word in asked.command):
            raise ConfigError("names no program", place="command")
        if not 0 < asked.timeout <= 3600:
            raise ConfigError("more than 0 and at most 3600 seconds", place="timeout")
    except FirmbomError as error:
        raise ConfigError(error.message, path=error.path or name, place=error.place, remedy=error.remedy) from error
    path = str(Path(name).parent / asked.public_key)
    with pem.about(path):
        key, note = pem.read_public(read_file(path), path)
        return asked, PublicKey.of(key, source=uri, note=note)


def _signature(
    asked: Command, key: PublicKey, row: algorithms.Algorithm, data: bytes, environment: Mapping[str, str]
) -> bytes:
    given = data
    if asked.input == "digest":
        if not row.digest:
            raise ConfigError(
                f"{row.name} signs no digest", path=key.source, place="input", remedy='write input = "data"'
            )
        given = hashlib.new(row.digest, data).digest()
    made = _run(asked, key.source, given, {**environment, "FIRMBOM_ALGORITHM": row.name})
    for raw in _readings(made, row):
        if key.verifies(row.name, raw, data):
            return raw
    raise ConfigError(
        f"{asked.command[0]} wrote {len(made)} bytes that are no {row.name} signature by the public key",
        path=key.source,
        remedy="check public_key, algorithm and input",
    )


def _readings(made: bytes, row: algorithms.Algorithm) -> list[bytes]:
    """What the program can have meant: the raw signature, an ECDSA one in DER, either of them in base64."""
    found = [made]
    with suppress(binascii.Error):
        found.append(base64.b64decode(b"".join(made.split()), validate=True))
    for one in tuple(found):
        with suppress(ValueError):
            found.append(algorithms.from_der(row, one))
    return found


def _run(asked: Command, uri: str, given: bytes, environment: Mapping[str, str]) -> bytes:
    """What the program writes to stdout, given ``given`` on stdin."""
    with tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        stdin.write(given)
        stdin.seek(0)
        try:
            process = subprocess.Popen(
                list(asked.command), stdin=stdin, stdout=stdout, stderr=stderr, env=environment, start_new_session=True
            )
        except OSError as error:
            raise ConfigError(f"cannot run {asked.command[0]!r}: {error.strerror or error}", path=uri) from error
        try:
            status = _ended(process, asked, uri, (stdout, stderr))
        finally:
            _stop(process)
        if status:
            said = _head(stderr).decode("utf-8", "replace").strip().splitlines()
            why = f": {said[-1][:200]}" if said else ""
            raise ConfigError(f"{asked.command[0]} ended with status {status}{why}", path=uri)
        return _head(stdout)


def _ended(process: subprocess.Popen[bytes], asked: Command, uri: str, written: Sequence[IO[bytes]]) -> int:
    """The program's exit status; an error once its time is up, or once it writes more than any signature.

    What it has ``written`` to stdout and to stderr is looked at.
    """
    until = time.monotonic() + asked.timeout
    status = None
    while status is None:
        with suppress(subprocess.TimeoutExpired):
            status = process.wait(max(0.0, min(_LOOK, until - time.monotonic())))
        watched = written if status is None else written[:1]  # who ended with an error may have told much of it
        if max(os.fstat(stream.fileno()).st_size for stream in watched) > _LARGEST:
            raise ConfigError(
                f"{asked.command[0]} writes on and on: more than {_LARGEST} bytes",
                path=uri,
                remedy="it has to write the signature alone",
            )
        if status is None and time.monotonic() >= until:
            raise ConfigError(
                f"{asked.command[0]} has not signed within {asked.timeout:g} seconds", path=uri, place="timeout"
            )
    return status


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the program, and what it started, if it still runs."""
    if process.poll() is not None:
        return
    if os.name == "posix":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


def _head(stream: IO[bytes]) -> bytes:
    stream.seek(0)
    return bytes(stream.read(_LARGEST))
