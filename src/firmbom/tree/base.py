"""FileTree and File: the only way in. A folder, an archive and a partition look the same from here."""

from __future__ import annotations

import posixpath
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from firmbom.errors import InputError, LimitError
from firmbom.model import Algorithm, Basis, Claim, Digest, Location, Problem

if TYPE_CHECKING:
    from hashlib import _Hash

    from firmbom.tree.source import Source

CHUNK = 1 << 20

HEAD = 4096
"""How much of a file's beginning is kept for telling formats apart, in bytes."""

KEPT = 8 << 20
"""A file up to this many bytes is read once, for all who ask while a walk stands at it."""


Wanted = Callable[[str, bytes], bool]
"""Told a file's path in its tree and its first bytes, at most :data:`HEAD`."""


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much an input may ask for; reaching one is a Problem, never a crash. ``[limits]`` of firmbom.toml."""

    file_bytes: int = 256 << 20
    """The largest single file that a plugin is given whole."""
    tree_bytes: int = 16 << 30
    """All that one container may unpack to."""
    files: int = 2_000_000
    """Entries of one container."""
    depth: int = 8
    """Containers inside containers."""
    ratio: int = 2_000
    """Unpacked bytes for each packed one, once more than 64 MiB are unpacked."""
    seconds: float = 3_600.0
    """For one container."""


class File(ABC):
    """A regular file in a tree."""

    kept_from_hashing = KEPT
    """A file up to this many bytes is kept when it is hashed; less where reading it again costs less than a copy."""

    # What a file has before anybody has asked for anything of it: most files of an image are hardly asked.
    _head: bytes | None = None
    _sha256: Digest | None = None
    _sha512: Digest | None = None
    _keeps = False
    _begun: Iterator[bytes] | None = None
    """The content from the start, of which some was looked at and may not be read anew."""
    _data: bytes | None = None
    _source: Source | None = None
    """What it was opened as, if its kind is one that is opened once while its turn lasts."""

    def __init__(self, tree: FileTree, path: str, size: int) -> None:
        self.tree = tree
        self.path = path
        """POSIX path from the tree's root, no leading slash; bytes that are not UTF-8 are surrogate-escaped."""
        self.size = size
        """In bytes, as the container states it."""

    @abstractmethod
    def open(self) -> BinaryIO:
        """Open for reading from the start; the caller closes. Raises :class:`InputError` when it cannot be read."""

    def chunks(self) -> Iterator[bytes]:
        """The content in pieces, none empty; raises :class:`InputError` when it is damaged or cannot be read."""
        try:
            with self.open() as stream:
                yield from iter(lambda: stream.read(CHUNK), b"")
        except OSError as error:
            raise self.unreadable(error) from error

    def unreadable(self, error: OSError) -> InputError:
        """What to raise for what the system says of this file."""
        return InputError(f"cannot be read: {error.strerror or error}", path=self.location_path)

    def read(self) -> bytes:
        """The whole content; hashes it on the way.

        Raises:
            LimitError: larger than ``limits.file_bytes``.
            InputError: damaged or unreadable.
        """
        self.check_size()
        limit = self.tree.limits.file_bytes
        data = self._data
        if data is None:
            held: list[bytes] = []
            total = 0
            for piece in self._pieces():
                total += len(piece)
                if total > limit:
                    raise LimitError(f"more bytes than the limit of {limit}", path=self.location_path)
                held.append(piece)
            data = b"".join(held)
        self._take_note(data)
        self._sha256 = self._sha256 or hashed([data], Algorithm.SHA256)[0]
        return data

    def check_size(self) -> None:
        """Raise :class:`LimitError` for a file that is larger than ``limits.file_bytes``, as it is stated."""
        limit = self.tree.limits.file_bytes
        if self.size > limit:
            raise LimitError(f"{self.size} bytes, more than the limit of {limit}", path=self.location_path)

    def on_disk(self) -> Callable[[], AbstractContextManager[int]] | None:
        """What opens the file for another process to read, now or after the walk; None where it is no file on disk.

        What this makes gives the number of the open file. It raises :class:`InputError` when the file cannot be read
        or, at the latest at its end, when this is not the content that the walk came by.
        """
        return None

    def head(self, length: int = 16) -> bytes:
        """The first bytes, at most :data:`HEAD`, for telling formats apart; empty when the file cannot be read."""
        head = self._head
        if head is None:
            head = self._head = self._looked_at()
        return head[:length]

    def _looked_at(self) -> bytes:
        """The first bytes, all of :data:`HEAD`, read from where the file is."""
        try:
            pieces = self._pieces()
            first = next(pieces, b"")
            while len(first) < min(HEAD, self.size) and (more := next(pieces, b"")):
                first += more
        except InputError:
            return b""
        self._begun = chain((first,), pieces) if self._keeps and first else None
        return first[:HEAD]

    def begun(self) -> bytes:
        """The first :data:`HEAD` bytes, or more where more has been read already; empty when it cannot be read."""
        head = self.head(HEAD)
        return head if self._data is None else self._data

    def at_rest(self) -> Source | None:
        """The content where any part of it can be had without reading what comes before; None where it is packed.

        Raises:
            InputError: unreadable.
        """
        return None

    def part(self, offset: int, length: int) -> bytes:
        """What stands at a place, if that can be had without reading what comes before; else nothing.

        Raises:
            InputError: unreadable.
            OSError: unreadable.
        """
        source = self.at_rest()
        return source.read_at(offset, length) if source else b""

    def source(self) -> Source:
        """The content at random access, for what is itself a container; copied to temporary space if it must be.

        Raises:
            InputError: damaged or unreadable.
        """
        from firmbom.tree.source import BytesSource, spool

        if self._data is not None:
            return BytesSource(self._data)
        return self.at_rest() or spool(self._pieces())

    @property
    def name(self) -> str:
        """The base name."""
        return self.path[self.path.rfind("/") + 1 :]

    @property
    def location_path(self) -> str:
        """The path as evidence states it: through every container, ``update.tar!/etc/passwd``; always UTF-8."""
        return self.tree.place(self.path)

    @property
    def digests(self) -> tuple[Digest, ...]:
        """SHA-256 and SHA-512; reads the file again if what was read is no longer kept. Raises as :attr:`sha256`."""
        known = self._sha256
        if self._sha512 is None:
            self._sha256, self._sha512 = self._hashed(Algorithm.SHA256, Algorithm.SHA512)
        if self._sha256 is None or known not in (None, self._sha256):
            raise InputError("changed while it was read", path=self.location_path)
        return self._sha256, self._sha512

    @property
    def sha256(self) -> Digest:
        """SHA-256 of the content; reads the file if nobody has yet.

        Raises:
            InputError: damaged or unreadable.
        """
        if self._sha256 is None:
            if self._data is not None:
                self._sha256 = Digest(Algorithm.SHA256, _hash(Algorithm.SHA256)(self._data).hexdigest())
            else:
                [self._sha256] = self._hashed(Algorithm.SHA256)
        return self._sha256

    def _hashed(self, *algorithms: Algorithm) -> tuple[Digest, ...]:
        held: list[bytes] | None = (
            [] if self._keeps and self._data is None and self.size <= self.kept_from_hashing else None
        )
        running = [_hash(algorithm)() for algorithm in algorithms]
        total = 0
        for piece in self._pieces():
            for one in running:
                one.update(piece)
            if held is not None:
                held.append(piece)
                total += len(piece)
                if total > KEPT:  # more than the container states
                    held = None
        if held is not None:
            self._take_note(b"".join(held))
        return tuple(Digest(name, one.hexdigest()) for name, one in zip(algorithms, running, strict=True))

    def _pieces(self) -> Iterator[bytes]:
        """The content, without reading anew what has been looked at."""
        if self._data is not None:
            return iter((self._data,))
        begun, self._begun = self._begun, None
        return begun or self.chunks()

    def _take_note(self, data: bytes) -> None:
        self._head = data[:HEAD]
        if self._keeps and len(data) <= KEPT:
            self._data = data

    def keep(self) -> None:
        """Its turn has come: what is read of it, up to :data:`KEPT` bytes, is kept for who else asks."""
        self._keeps = True

    def drop(self) -> None:
        """Its turn is over; who asks for its content from now on has it read anew.

        What it was opened as is closed once nothing that was found in it needs it.
        """
        self._keeps, self._begun, self._data, self._source = False, None, None, None

    def sibling(self, relative: str) -> File | None:
        """The file at ``relative`` seen from this file's folder, or None; never one outside the tree."""
        return self.tree.get(posixpath.join(posixpath.dirname(self.path), relative))

    def claim(
        self,
        basis: Basis,
        *,
        line: int = 0,
        symbol: str = "",
        confidence: float = 1.0,
    ) -> Claim:
        """A claim on the purl, resting on this file."""
        return Claim(basis, Location(self.location_path, line=line, symbol=symbol), confidence)


class FileTree(ABC):
    """Files under one root. Subclasses are the readers; plugins see only this."""

    def __init__(self, *, prefix: str = "", location: Path | None = None, limits: Limits | None = None) -> None:
        self.prefix = prefix
        """What stands before a path of this tree in evidence: empty, or ``<container>!/``."""
        self.location = location
        """The folder or container on disk, None for a container inside another."""
        self.limits = limits or Limits()
        self.problems: list[Problem] = []
        """What the reader met and could not read; the host takes them up."""
        self.wanted: Wanted | None = None
        """Set by who walks: a text that stands alone in a compressed file is no tree of its own unless this says so.

        None: every compressed file is one.
        """
        self.enters: Callable[[str], bool] | None = None
        """Set by who walks a folder: one in it that this refuses is passed by; it can be looked up all the same."""
        self.images = False
        """Its files may be images that no magic at their beginning tells: a bare kernel, a flash dump."""

    @abstractmethod
    def walk(self) -> Iterator[File]:
        """Every regular file once, sorted by path (compared as bytes). Links and special files are not files."""

    @abstractmethod
    def lookup(self, path: str) -> File | None:
        """The file at a normalised path, links inside the tree followed, or None."""

    def links(self) -> Iterator[tuple[str, str]]:
        """Every symbolic link: its path and its target as stored, both as :meth:`place` would state them."""
        return iter(())

    @abstractmethod
    def list(self, folder: str) -> Sequence[str]:
        """Sorted names in a folder (``""`` is the root); empty when there is no such folder."""

    def place(self, path: str) -> str:
        """``path`` of this tree as evidence and problems state it: through every container, always UTF-8."""
        return self.prefix + (path if path.isascii() else shown(path))

    def get(self, path: str) -> File | None:
        """The file at ``path`` from the root, or None; a path that climbs out of the tree is None too."""
        normal = posixpath.normpath(path.lstrip("/"))
        return None if normal == "." or normal.split("/", 1)[0] == ".." else self.lookup(normal)

    def close(self) -> None:  # noqa: B027 - most trees hold nothing to release
        """Release what the tree holds: handles, temporary files."""

    def __enter__(self) -> FileTree:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def in_turn(files: Iterable[File]) -> Iterator[File]:
    """The files of a walk; of each the content is kept until the next one is asked for."""
    for file in files:
        file.keep()
        yield file
        file.drop()


def shown(path: str) -> str:
    """A path with surrogate-escaped bytes written out in hexadecimal, so that it can be encoded."""
    return path if path.isascii() else path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def digests_of(data: bytes) -> tuple[Digest, ...]:
    """SHA-256 and SHA-512 of bytes."""
    return hashed([data], Algorithm.SHA256, Algorithm.SHA512)


def digests_of_stream(stream: BinaryIO) -> tuple[Digest, ...]:
    """SHA-256 and SHA-512 of a stream, read in chunks to its end."""
    return hashed(iter(lambda: stream.read(CHUNK), b""), Algorithm.SHA256, Algorithm.SHA512)


def hashed(chunks: Iterable[bytes], *algorithms: Algorithm) -> tuple[Digest, ...]:
    """The digests of bytes that come in pieces, in one pass; of SHA-256 and SHA-512."""
    running = [_hash(algorithm)() for algorithm in algorithms]
    for chunk in chunks:
        for one in running:
            one.update(chunk)
    return tuple(Digest(name, one.hexdigest()) for name, one in zip(algorithms, running, strict=True))


@cache
def _hash(algorithm: Algorithm) -> Callable[..., _Hash]:
    """What begins a digest. It is loaded when it is needed: OpenSSL takes longer than what plugins begin with."""
    import hashlib

    return {Algorithm.SHA256: hashlib.sha256, Algorithm.SHA512: hashlib.sha512}[algorithm]
