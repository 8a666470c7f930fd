"""The sample database that ``sampled`` and this service share."""

from __future__ import annotations

import sqlite3
import struct
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from sensor_gateway.sensors import Reading

SCHEMA = """
CREATE TABLE IF NOT EXISTS samples (channel TEXT, time INTEGER, value REAL, PRIMARY KEY (channel, time));
CREATE TABLE IF NOT EXISTS batches (channel TEXT, first INTEGER, last INTEGER, data BLOB);
"""
"""The same text stands in sampled/store.c; ``batches.data`` is zlib over little-endian (int64 ms, double) pairs."""

_PAIR = struct.Struct("<qd")


class Sample(NamedTuple):
    """A value at a time, in milliseconds since 1970 UTC."""

    channel: str
    time: int
    value: float


class Store:
    """One connection to the sample database."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, check_same_thread=False)
        self._connection.executescript(SCHEMA)

    def add(self, time: int, readings: Iterable[Reading]) -> None:
        """Append one round of readings."""
        rows = [(reading.channel, time, reading.value) for reading in readings]
        with self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO samples VALUES (?, ?, ?)", rows)

    def latest(self) -> list[Sample]:
        """The newest sample of each channel."""
        rows = self._connection.execute(
            "SELECT channel, max(time), value FROM samples GROUP BY channel ORDER BY channel"
        )
        return [Sample(*row) for row in rows]

    def history(self, channel: str, since: int) -> list[Sample]:
        """A channel's samples not older than ``since``, oldest first, packed ones included."""
        packed = self._connection.execute(
            "SELECT data FROM batches WHERE channel = ? AND last >= ? ORDER BY first", (channel, since)
        )
        plain = self._connection.execute(
            "SELECT channel, time, value FROM samples WHERE channel = ? AND time >= ? ORDER BY time", (channel, since)
        )
        samples = [one for (data,) in packed for one in _unpack(channel, data) if one.time >= since]
        return samples + [Sample(*row) for row in plain]


def _unpack(channel: str, data: bytes) -> Iterator[Sample]:
    for time, value in _PAIR.iter_unpack(zlib.decompress(data)):
        yield Sample(channel, time, value)
