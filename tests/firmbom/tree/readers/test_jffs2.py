"""JFFS2 as a log: whatever order of writes left, the newest bytes are read; an image cut inside a node says so."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmbom.errors import InputError
from firmbom.model import Problem
from firmbom.tree.readers import jffs2
from firmbom.tree.report import Report
from firmbom.tree.source import BytesSource

DATA = Path(__file__).parent / "data" / "jffs2"
FILE = 2


def crc(data: bytes) -> int:
    return zlib.crc32(data, 0xFFFFFFFF) ^ 0xFFFFFFFF


def padded(node: bytes) -> bytes:
    return node + b"\xff" * (-len(node) % 4)


def header(kind: int, length: int) -> bytes:
    start = struct.pack("<HHI", 0x1985, kind, length)
    return start + struct.pack("<I", crc(start))


def dirent(name: bytes) -> bytes:
    fixed = header(0xE001, 40 + len(name)) + struct.pack("<IIIIBBH", 1, 1, FILE, 0, len(name), 8, 0)
    return padded(fixed + struct.pack("<II", crc(fixed), crc(name)) + name)


def inode(version: int, size: int, offset: int, data: bytes) -> bytes:
    """A node of file 2; without data it cuts the file to ``size``."""
    times = (0, 0, 0)
    fixed = header(0xE002, 68 + len(data))
    fixed += struct.pack("<IIIHHI3I", FILE, version, 0o100644, 0, 0, size, *times)
    fixed += struct.pack("<IIIBBH", offset, len(data), len(data), 0, 0, 0)
    return padded(fixed + struct.pack("<II", crc(data), crc(fixed)) + data)


def opened(image: bytes) -> tuple[dict[bytes, bytes], list[Problem]]:
    problems: list[Problem] = []
    found = {}
    for entry in jffs2.read(BytesSource(image), Report(problems, "image", str)):
        if entry.kind == "file":
            assert callable(entry.content)
            found[entry.name] = b"".join(entry.content())
    return found, problems


writes = st.lists(st.tuples(st.integers(0, 60), st.binary(min_size=1, max_size=40)), min_size=1, max_size=12)


@given(writes, st.randoms(use_true_random=False))
def test_the_newest_bytes_are_read_in_whatever_order_the_nodes_stand(
    written: list[tuple[int, bytes]], chance: object
) -> None:
    model = bytearray()
    nodes = []
    for version, (wanted, data) in enumerate(written, 1):
        offset = min(wanted, len(model))  # a gap would be a node of its own
        model[offset : offset + len(data)] = data
        nodes.append(inode(version, len(model), offset, data))
    chance.shuffle(nodes)  # type: ignore[attr-defined] # hypothesis' own kind of random.Random
    assert opened(dirent(b"name") + b"".join(nodes)) == ({b"name": bytes(model)}, [])


def test_a_node_without_data_cuts_the_file() -> None:
    nodes = inode(1, 10, 0, b"0123456789") + inode(2, 4, 4, b"")
    assert opened(dirent(b"name") + nodes) == ({b"name": b"0123"}, [])


@pytest.mark.parametrize("name", ["sample-members-le.jffs2", "sample-members-be.jffs2"])
def test_an_image_cut_inside_a_node_says_so(name: str) -> None:
    data = (DATA / name).read_bytes()
    whole = opened(data)
    for place in range(len(data) - 1, 12, -37):
        try:
            found = opened(data[:place])
        except InputError as error:
            found = ({}, [Problem("error", str(error))])
        cut_between = data[place : place + 2] in (data[:2], b"\xff\xff") or data[place - 4 : place] == b"\xff" * 4
        assert any(one.severity == "error" for one in found[1]) or cut_between or found == whole, place
