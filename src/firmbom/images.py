"""Firmware images as files: each hashed once, streaming."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec

from firmbom.bundles.bundle import Bundle
from firmbom.errors import ConfigError, InputError
from firmbom.model import Algorithm, Digest

CHUNK = 1 << 20


class Image(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A firmware image that is shipped."""

    name: str
    """The file's base name."""
    size: int
    """In bytes."""
    digests: tuple[Digest, ...]
    """SHA-256 and SHA-512."""
    bundle: tuple[Bundle, ...] = ()
    """At most one: what the image says as an update bundle."""


def distinct(paths: Sequence[Path]) -> tuple[Path, ...]:
    """The paths without those that lead to a file already named; its own name counts rather than that of a link."""
    by_file: dict[str, Path] = {}
    for path in sorted(paths, key=lambda path: (path.is_symlink(), os.fsencode(path))):
        by_file.setdefault(os.path.realpath(path), path)
    return tuple(by_file.values())


def read_images(paths: Sequence[Path]) -> tuple[Image, ...]:
    """The images sorted by name, each file read once, several at a time; one file named twice counts once.

    Raises:
        ConfigError: two files have one base name.
        InputError: a file is missing, is no regular file, cannot be read, or changed meanwhile.
    """
    files = distinct(paths)
    by_name: dict[str, Path] = {}
    for path in files:
        other = by_name.setdefault(path.name, path)
        if other is not path:
            raise ConfigError(f"two images are called {path.name!r}: {other} and {path}", remedy="rename one")
    if len(files) < 2:
        return tuple(map(_image, files))
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max_workers=min(len(files), os.cpu_count() or 1)) as pool:
        return tuple(sorted(pool.map(_image, files)))


def name_of(path: Path) -> str:
    """What an image is called: the file's base name, always UTF-8."""
    return os.fsencode(path.name).decode("utf-8", "backslashreplace")


def _image(path: Path) -> Image:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise InputError("not a file, so not an image", path=str(path))
        with path.open("rb") as stream:
            before = os.fstat(stream.fileno())
            digests = _digests(stream)
            after = os.fstat(stream.fileno())
    except OSError as error:
        raise InputError(f"image cannot be read: {error.strerror or error}", path=str(path)) from error
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise InputError("image changed while it was read", path=str(path), remedy="run firmbom after the build")
    return Image(name=name_of(path), size=after.st_size, digests=digests)


def _digests(stream: BinaryIO) -> tuple[Digest, ...]:
    short, long = hashlib.sha256(), hashlib.sha512()
    while chunk := stream.read(CHUNK):  # hashlib lets other threads run meanwhile
        short.update(chunk)
        long.update(chunk)
    return Digest(Algorithm.SHA256, short.hexdigest()), Digest(Algorithm.SHA512, long.hexdigest())
