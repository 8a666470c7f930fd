"""Unpacking ahead changes nothing but the time: every block comes, in any order, and what fails fails for who asked."""

from __future__ import annotations

import random
import threading

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


def planned(image: Image, *, enabled: bool = True) -> Ahead:
    ahead = Ahead(image.load, enabled=enabled)
    for number in range(COUNT):
        ahead.plan(number * STEP, number)
        ahead.plan(number * STEP, number)  # two files may share a block
    return ahead


def expected(number: int) -> bytes:
    return b"%d %d" % (number * STEP, number)


@pytest.mark.parametrize("enabled", [True, False])
def test_in_order_every_block_is_unpacked_once(enabled: bool) -> None:
    image = Image()
    ahead = planned(image, enabled=enabled)
    for number in range(1, COUNT):
        if number == 50:
            with pytest.raises(InputError, match="damaged"):
                ahead.get(500, 50)
        else:
            assert ahead.get(number * STEP, number) == expected(number)
    assert sorted(image.loaded) == [number * STEP for number in range(1, COUNT)]


def test_out_of_order_every_block_comes() -> None:
    image = Image()
    ahead = planned(image)
    order = [number for number in range(1, COUNT) if number != 50] * 2
    random.Random(3).shuffle(order)
    for number in order:
        assert ahead.get(number * STEP, number) == expected(number)


def test_what_was_not_planned_comes_too() -> None:
    ahead = planned(Image())
    assert ahead.get(7, 1) == b"7 1"
    assert ahead.get(100_000, 1) == b"100000 1"


def test_what_is_jumped_over_is_not_kept_for_long() -> None:
    image = Image()
    ahead = planned(image)
    for number in range(1, COUNT, 3):
        if number != 50:
            assert ahead.get(number * STEP, number) == expected(number)
    assert len(ahead._coming) <= 8
