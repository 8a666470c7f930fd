"""How much containers inside containers may ask for: depth, bytes, entries; damage costs a member only."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pytest
from archives import places, put, tar, told, zipped

from firmbom.tree.base import Limits
from firmbom.tree.open import nested, open_tree


def test_the_depth_is_limited_and_said(tmp_path: Path) -> None:
    data = tar(bottom=b"x")
    for _ in range(4):
        data = tar(x=data)
    put(tmp_path, "t", data)
    tree = nested(open_tree(tmp_path, limits=Limits(depth=3)))
    assert places(tree) == ["t", "t!/x", "t!/x!/x", "t!/x!/x!/x"]
    assert told(tree) == [("error", "t!/x!/x!/x")]
    assert "deeper than 3 containers" in tree.problems[0].message


def test_compression_over_compression_is_limited_and_said(tmp_path: Path) -> None:
    data = tar(bottom=b"x")
    for _ in range(3):
        data = gzip.compress(data)
    path = put(tmp_path, "t", data)
    assert places(open_tree(path, limits=Limits(depth=3))) == ["t!/bottom"]
    tree = open_tree(path, limits=Limits(depth=2))
    assert places(tree) == ["t!/t"]
    assert told(tree) == [("error", "t")]


def test_all_that_stands_in_one_container_counts_together(tmp_path: Path) -> None:
    part = zipped(zipfile.ZIP_STORED, a=b"x" * 3000, b=b"y" * 3000)
    put(tmp_path, "all.tar", tar(**{f"p{number}": part for number in range(6)}))
    tree = nested(open_tree(tmp_path, limits=Limits(tree_bytes=66_000)))
    found = places(tree)
    assert "all.tar!/p0!/a" in found
    assert "all.tar!/p5!/b" not in found
    assert {one.severity for one in tree.problems} == {"error"}
    assert "more than the limit of 66000 bytes" in tree.problems[0].message


def test_entries_of_all_containers_count_together(tmp_path: Path) -> None:
    part = tar(**{f"f{number}": b"" for number in range(40)})
    put(tmp_path, "all.tar", tar(**{f"p{number}": part for number in range(10)}))
    tree = nested(open_tree(tmp_path, limits=Limits(files=100)))
    assert len(places(tree)) < 110
    assert any("more than the limit of 100 entries" in one.message for one in tree.problems)


def test_a_bomb_ends_and_what_came_before_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firmbom.tree.budget.FREE_BYTES", 1 << 20)
    put(tmp_path, "bomb.gz", gzip.compress(bytes(8 << 20)))
    put(tmp_path, "ok.gz", gzip.compress(b"fine"))
    tree = nested(open_tree(tmp_path, limits=Limits(ratio=100)))
    sizes = {file.location_path: file.size for file in tree.walk()}
    assert 0 < sizes["bomb.gz!/bomb"] <= (1 << 20)
    assert sizes["ok.gz!/ok"] == 4
    assert told(tree) == [("error", "bomb.gz")]


def test_a_container_that_holds_itself_ends(tmp_path: Path) -> None:
    """As droste.gz does; here each layer is packed anew, which comes to the same."""
    data = b"end"
    for _ in range(30):
        data = gzip.compress(data)
    put(tmp_path, "x.gz", data)
    tree = nested(open_tree(tmp_path, limits=Limits(depth=3)))
    assert len(places(tree)) < 6
    assert {one.severity for one in tree.problems} == {"error"}


def test_a_damaged_member_costs_itself_only(tmp_path: Path) -> None:
    data = bytearray(zipped(zipfile.ZIP_STORED, a=tar(x=b"1"), b=tar(y=b"2")))
    place = data.find(b"ustar")
    data[place + 100] ^= 0xFF
    put(tmp_path, "x.zip", bytes(data))
    tree = nested(open_tree(tmp_path))
    assert places(tree) == ["x.zip", "x.zip!/a", "x.zip!/b", "x.zip!/b!/y"]
    assert told(tree) == [("error", "x.zip!/a")]
    assert "checksum is wrong" in tree.problems[0].message
