"""What a UBI volume reads at any place."""

from __future__ import annotations

import random

import pytest

from firmbom.tree.readers.ubi import Volume
from firmbom.tree.source import BytesSource


def test_a_volume_reads_at_any_place_what_it_reads_as_a_whole() -> None:
    chance = random.Random(5)
    flash = BytesSource(chance.randbytes(1000))
    volume = Volume(flash, {0: 700, 1: 100, 3: 300}, 100, 350)
    whole = volume.read_at(0, 1000)
    assert whole == flash.read_at(700, 100) + flash.read_at(100, 100) + b"\xff" * 100 + flash.read_at(300, 50)
    for _ in range(200):
        offset, length = chance.randrange(400), chance.randrange(400)
        assert volume.read_at(offset, length) == whole[offset : offset + length]
    with pytest.raises(OSError, match="ends in it"):
        Volume(flash, {0: 950}, 100, 100).read_at(0, 100)
