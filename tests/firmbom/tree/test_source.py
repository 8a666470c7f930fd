"""Bytes at rest: every kind gives the same bytes at any place, to any number of readers."""

from __future__ import annotations

import gc
import io
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmbom.tree import source as module
from firmbom.tree.source import BytesSource, HandleSource, Piece, Pieces, Source, chunks_of, spool

DATA = bytes(range(256)) * 5


def sources(folder: Path) -> Iterator[tuple[Source, bytes]]:
    path = folder / "data"
    path.write_bytes(DATA)
    yield BytesSource(DATA), DATA
    yield HandleSource(path.open("rb")), DATA
    yield BytesSource(b"??" + DATA + b"??").window(2, len(DATA)), DATA
    yield HandleSource(path.open("rb")).window(10, 500).window(5, 100), DATA[15:115]
    yield BytesSource(DATA).window(1000, 10_000), DATA[1000:]
    yield BytesSource(DATA).window(5_000, 10), b""
    holes = DATA[:10] + bytes(90) + DATA[10:20] + bytes(5)
    yield Pieces(BytesSource(DATA), 115, [Piece(0, 0, 10), Piece(50, 7, 0), Piece(100, 10, 10)]), holes
    yield Pieces(BytesSource(b""), 3, []), bytes(3)


def test_every_source_gives_the_same_bytes_at_any_place(tmp_path: Path) -> None:
    for source, data in sources(tmp_path):
        assert source.size == len(data)
        assert b"".join(source.chunks()) == data
        assert b"".join(source.chunks(7)) == data[7:]
        for offset, length in ((0, 1), (5, 100), (90, 30), (len(data), 5), (len(data) + 9, 5), (0, 10**30), (3, 0)):
            assert source.read_at(offset, length) == data[offset : offset + length]
        with source.open() as one, source.open() as two:
            one.seek(-3, io.SEEK_END) if len(data) > 3 else None
            assert two.read() == data
            two.seek(0)
            two.seek(2, io.SEEK_CUR)
            assert two.tell() == 2
            assert two.read(4) == data[2:6]
            assert two.seekable() and two.readable() and not two.writable()
            with pytest.raises(ValueError, match="negative"):
                two.seek(-(10**9), io.SEEK_CUR)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=6), st.integers(0, 250), st.integers(0, 99))
def test_pieces_are_the_file_that_was_cut(cuts: list[tuple[int, int]], offset: int, length: int) -> None:
    pieces, content, stored = [], b"", 0
    for hole, kept in cuts:
        pieces.append(Piece(len(content) + hole, stored, kept))
        content += bytes(hole) + DATA[stored : stored + kept]
        stored += kept
    source = Pieces(BytesSource(DATA), len(content), pieces)
    assert source.read_at(offset, length) == content[offset : offset + length]
    assert b"".join(source.chunks()) == content


def test_a_piece_beyond_the_container_is_an_error() -> None:
    with pytest.raises(OSError, match="its container ends in it"):
        Pieces(BytesSource(b"abc"), 10, [Piece(0, 0, 10)]).read_at(0, 10)


def test_reading_after_closing_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(DATA)
    source = HandleSource((tmp_path / "a").open("rb"))
    source.close()
    source.close()
    with pytest.raises(OSError, match="has been closed"):
        source.read_at(0, 1)


def test_what_is_read_short_is_read_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(DATA)
    source = HandleSource((tmp_path / "a").open("rb"))
    real = os.pread
    monkeypatch.setattr(os, "pread", lambda number, length, offset: real(number, min(length, 100), offset))
    assert source.read_at(10, 1000) == DATA[10:1010]


def test_without_pread_positions_are_kept_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(DATA)
    monkeypatch.delattr(os, "pread")
    source = HandleSource((tmp_path / "a").open("rb"))
    assert [source.read_at(offset, 2) for offset in (100, 0, 50)] == [DATA[100:102], DATA[:2], DATA[50:52]]


@pytest.mark.parametrize("size", [0, 10, 100, 101, 1000])
def test_a_stream_is_kept_in_memory_or_in_a_file_without_a_name(
    size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "IN_MEMORY", 100)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    data = os.urandom(size)
    source = spool(data[start : start + 33] for start in range(0, size, 33))
    assert source.read_at(0, 2000) == data
    assert list(tmp_path.iterdir()) == []
    assert isinstance(source, HandleSource) is (size > 100)


def test_nothing_is_left_open_when_the_stream_breaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "IN_MEMORY", 10)

    def breaking() -> Iterator[bytes]:
        yield b"x" * 100
        raise KeyboardInterrupt

    def open_files() -> int:
        listing = Path("/proc/self/fd")
        return len(list(listing.iterdir())) if listing.exists() else 0

    gc.collect()
    before = open_files()
    with pytest.raises(KeyboardInterrupt):
        spool(breaking())
    gc.collect()
    assert open_files() == before


def test_a_source_in_a_circle_of_references_closes_without_a_warning(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(DATA)
    source = HandleSource((tmp_path / "a").open("rb"))
    circle = [source]
    circle.append(circle)  # type: ignore[arg-type] # a circle is the point
    number = source._number
    del source, circle
    gc.collect()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(number)


def test_chunks_of_a_stream_are_all_of_it() -> None:
    assert b"".join(chunks_of(io.BytesIO(DATA * 1000))) == DATA * 1000
