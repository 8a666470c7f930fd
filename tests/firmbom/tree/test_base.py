"""A file is read once while its turn lasts, whoever asks and in whatever order; after that it is read anew."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO

import pytest

from firmbom.errors import InputError, LimitError
from firmbom.tree import base
from firmbom.tree.base import HEAD, File, FileTree, Limits, in_turn


class Tree(FileTree):
    """Nothing but limits."""

    def walk(self) -> Iterator[File]:
        return iter(())

    def lookup(self, path: str) -> File | None:
        return None

    def list(self, folder: str) -> Sequence[str]:
        return ()


class Counted(File):
    """A file that counts how often it is opened."""

    def __init__(self, data: bytes, *, stated: int | None = None, limits: Limits | None = None) -> None:
        super().__init__(Tree(limits=limits), "x", len(data) if stated is None else stated)
        self.data, self.opened = data, 0

    def open(self) -> BinaryIO:
        self.opened += 1
        return io.BytesIO(self.data)


class Broken(Counted):
    """A file that the system does not let read."""

    def open(self) -> BinaryIO:
        raise OSError(5, "Input/output error")


LONG = bytes(range(256)) * 100
ASKED: dict[str, Callable[[File], object]] = {
    "head": lambda file: file.head(HEAD) == LONG[:HEAD],
    "read": lambda file: file.read() == LONG,
    "sha256": lambda file: file.sha256.value == hashlib.sha256(LONG).hexdigest(),
    "digests": lambda file: file.digests[1].value == hashlib.sha512(LONG).hexdigest(),
    "source": lambda file: file.source().read_at(0, 1 << 20) == LONG,
}


@pytest.mark.parametrize("first", ASKED)
@pytest.mark.parametrize("second", ASKED)
def test_in_its_turn_a_file_is_opened_once(first: str, second: str) -> None:
    [file] = in_turn([Counted(LONG)])
    file.keep()
    assert ASKED["head"](file)
    assert ASKED[first](file)
    assert ASKED[second](file)
    assert isinstance(file, Counted)
    assert file.opened == (2 if first == "source" and second != "head" else 1)  # a copy is not kept twice


def test_after_its_turn_nothing_is_kept_but_the_digest() -> None:
    file = Counted(LONG)
    for one in in_turn([file]):
        assert one.read() == LONG
    assert file.sha256 == file.sha256
    assert file.opened == 1
    assert file.read() == LONG
    assert file.read() == LONG
    assert file.opened == 3


def test_a_large_file_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "KEPT", 1000)
    file = Counted(LONG)
    file.keep()
    assert all(ask(file) for ask in ASKED.values())
    assert file.opened == 3  # read, both digests, source; the head is that of the reading


@pytest.mark.parametrize("ask", ["read", "sha256"])
def test_one_that_is_longer_than_stated_is_read_and_not_kept(ask: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "KEPT", 1000)
    file = Counted(LONG, stated=10)
    file.keep()
    assert ASKED[ask](file)
    assert file._data is None


def test_what_is_longer_than_the_limit_is_refused() -> None:
    limits = Limits(file_bytes=100)
    for file in (Counted(LONG, limits=limits), Counted(LONG, stated=10, limits=limits)):
        with pytest.raises(LimitError, match="limit of 100"):
            file.read()


def test_what_changes_between_two_readings_has_no_digests() -> None:
    file = Counted(b"a")
    assert file.read() == b"a"
    file.data = b"b"
    with pytest.raises(InputError, match="changed while it was read"):
        _ = file.digests


def test_what_cannot_be_read_says_so_to_all_but_the_curious() -> None:
    file = Broken(b"")
    file.keep()
    assert file.head() == b""
    for ask in ("read", "sha256", "digests", "source"):
        with pytest.raises(InputError, match="cannot be read: Input/output error"):
            ASKED[ask](file)
