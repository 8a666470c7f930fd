"""A compressed text that nobody wants is not opened."""

from __future__ import annotations

import bz2
import gzip
import lzma
from pathlib import Path

import pytest
from archives import places, put, tar, told

from firmbom.tree.open import nested, open_tree
from firmbom.tree.readers.gzip import beginning


@pytest.mark.parametrize(
    ("name", "data", "inside"),
    [
        ("changelog.gz", gzip.compress(b"text " * 2000), []),
        ("short.gz", gzip.compress(b"text"), []),
        ("empty.gz", gzip.compress(b""), []),
        ("wanted.txt.xz", lzma.compress(b"text"), ["wanted.txt.xz!/wanted.txt"]),
        ("magic.gz", gzip.compress(b"WANTED text"), ["magic.gz!/magic"]),
        ("program.gz", gzip.compress(b"\x7fELF" + bytes(100)), ["program.gz!/program"]),
        ("x.gz", gzip.compress(tar(a=b"x")), ["x.gz!/a"]),
        ("x.gz", gzip.compress(bz2.compress(tar(a=b"x"))), ["x.gz!/a"]),
        ("x.gz", gzip.compress(gzip.compress(b"text")), ["x.gz!/x"]),
        ("x.gz", gzip.compress(b"text " * 900 + b"\0binary"), []),
        ("x.gz", gzip.compress(b"text \0" + b"binary" * 900), ["x.gz!/x"]),
        ("x.gz", gzip.compress(b"text") + gzip.compress(b" text"), []),
        ("x.gz", gzip.compress(b"text") + gzip.compress(b"\0binary"), ["x.gz!/x"]),
    ],
    ids=range(13),  # gzip states the time, which must not be in a name
)
def test_a_compressed_text_is_opened_only_for_who_wants_it(
    name: str, data: bytes, inside: list[str], tmp_path: Path
) -> None:
    put(tmp_path, name, data)
    tree = nested(open_tree(tmp_path))
    everything = places(tree)
    tree.wanted = lambda path, head: path == "wanted.txt" or head.startswith(b"WANTED")
    assert places(tree) == [name, *inside]
    assert len(everything) == 2
    found = tree.get(everything[1])
    assert found is not None
    assert found.size == len(found.read())


def test_damage_in_a_compressed_text_is_told_though_nobody_wants_it(tmp_path: Path) -> None:
    put(tmp_path, "x.gz", gzip.compress(b"text")[:-6])
    put(tmp_path, "y.gz", b"\x1f\x8b\x08damaged")
    put(tmp_path, "z.gz", gzip.compress(b"text")[:-8] + bytes(8))
    tree = nested(open_tree(tmp_path))
    tree.wanted = lambda *_: False
    places(tree)
    assert told(tree) == [("error", "x.gz"), ("error", "y.gz"), ("error", "z.gz")]


_PACKED = gzip.compress(b"text " * 900)


@pytest.mark.parametrize(
    ("data", "length", "made"),
    [
        (_PACKED, 8, b"text tex"),
        (_PACKED, 4500, b"text " * 900),
        (_PACKED, 5000, b"text " * 900),
        (_PACKED[:-1], 8, b"text tex"),
        (_PACKED[:-1], 5000, None),
        (_PACKED[:-4] + bytes(4), 5000, None),
        (_PACKED + b"more", 5000, None),
        (_PACKED + _PACKED, 5000, None),
        (_PACKED[:3] + b"\x08" + _PACKED[4:10] + b"name\0" + _PACKED[10:], 8, None),
        (_PACKED[:10], 8, None),
        (_PACKED[:10] + b"\xff" * 9, 8, None),
        (_PACKED[:5], 8, None),
        (b"", 8, None),
    ],
    ids=range(13),  # gzip states the time, which must not be in a name
)
def test_the_beginning_of_a_gzip_file_is_told_where_reading_it_would_say_the_same(
    data: bytes, length: int, made: bytes | None
) -> None:
    assert beginning(data, length) == made
