"""Unpacking ahead changes nothing but the time: every block comes, in any order, and what fails fails for who asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from firmbom.errors import InputError
from firmbom.tree.readers import squashfs_ahead
from firmbom.tree.readers.squashfs_ahead import Ahead

COUNT, STEP = 100, 10


class Image:
    """Blocks at every tenth byte; each holds its own offset."""

    def __init__(self) -> None:
        self.loaded: list[int] = []
        self._lock = threading.Lock()

    def load(self, offset: int, stated: int) -> bytes:
        with self._lock:
            self.loaded.append(offset)
        if offset == 500:
            raise InputError("damaged")
        return b"%d %d" % (offset, stated)


@pytest.fixture(autouse=True)
def _two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(squashfs_ahead, "_processors", lambda: 2)


def blocks(*numbers: int) -> Iterator[tuple[int, int]]:
    return ((number * STEP, number) for number in numbers)


def expecting(image: Image, *, enabled: bool = True) -> Ahead:
    """Files 0 to 49, of two blocks each."""
    ahead = Ahead(image.load, enabled=enabled)
    for number in range(COUNT // 2):
        ahead.expect(number, blocks(2 * number, 2 * number + 1))
    return ahead


def expected(number: int) -> bytes:
    return b"%d %d" % (number * STEP, number)


def got(ahead: Ahead, *numbers: int) -> list[bytes]:
    return [ahead.get(number * STEP, number) for number in numbers]


@pytest.mark.parametrize("enabled", [True, False])
def test_in_order_every_block_is_unpacked_once(enabled: bool) -> None:
    image = Image()
    ahead = expecting(image, enabled=enabled)
    for file in range(COUNT // 2):
        assert ahead.reach(file) is enabled
        if file == 25:
            with pytest.raises(InputError, match="damaged"):
                ahead.get(500, 50)
            assert got(ahead, 51) == [expected(51)]
        else:
            assert got(ahead, 2 * file, 2 * file + 1) == [expected(2 * file), expected(2 * file + 1)]
    assert sorted(image.loaded) == [number * STEP for number in range(COUNT)]


def test_the_next_blocks_are_under_way_and_no_more() -> None:
    ahead = expecting(Image())
    assert ahead.reach(0)
    got(ahead, 0)
    assert list(ahead._coming) == [number * STEP for number in range(1, 9)]


def test_a_file_that_is_jumped_over_is_not_unpacked_further() -> None:
    image = Image()
    ahead = expecting(image)
    for file in (0, 10, 11, 40):
        assert ahead.reach(file)
        assert got(ahead, 2 * file, 2 * file + 1) == [expected(2 * file), expected(2 * file + 1)]
    assert not any(100 <= offset < 200 or 400 <= offset < 800 for offset in image.loaded)
    assert len(ahead._coming) <= 8


def test_what_was_not_expected_comes_too_and_costs_nobody_his_place() -> None:
    image = Image()
    ahead = expecting(image)
    assert not ahead.reach("a stranger")
    assert got(ahead, 1000) == [b"10000 1000"]
    assert ahead.reach(0)
    assert got(ahead, 0, 1) == [expected(0), expected(1)]
    assert not ahead.reach(0)


def test_a_file_under_two_names_is_expected_once() -> None:
    ahead = expecting(Image())
    ahead.expect(3, blocks(6, 7))
    assert all(ahead.reach(file) for file in range(COUNT // 2))


def test_what_nobody_reads_is_forgotten() -> None:
    ahead = Ahead(Image().load, enabled=True)
    for number in range(2 * squashfs_ahead.MOST):
        ahead.expect(number, blocks(number))
    assert (len(ahead._expected), len(ahead._queue)) == (squashfs_ahead.MOST, squashfs_ahead.MOST)
    assert not ahead.reach(squashfs_ahead.MOST - 1)
    assert ahead.reach(squashfs_ahead.MOST)
