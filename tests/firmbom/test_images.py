from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import BinaryIO

import pytest

from firmbom import images
from firmbom.errors import ConfigError, InputError
from firmbom.images import CHUNK, read_images
from firmbom.model import Digest


def test_digests_and_size_in_order_of_name(tmp_path: Path) -> None:
    contents = {"b.img": b"b" * (CHUNK + 1), "a.img": b"", "c.img": b"c"}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    found = read_images([tmp_path / name for name in contents])
    assert [one.name for one in found] == ["a.img", "b.img", "c.img"]
    for one in found:
        content = contents[one.name]
        assert one.size == len(content)
        assert [digest.value for digest in one.digests] == [
            hashlib.sha256(content).hexdigest(),
            hashlib.sha512(content).hexdigest(),
        ]


def test_no_images() -> None:
    assert read_images([]) == ()


def test_one_file_named_twice_counts_once(tmp_path: Path) -> None:
    (tmp_path / "a.img").write_bytes(b"a")
    assert len(read_images([tmp_path / "a.img", tmp_path / "." / "a.img", tmp_path / "a.img"])) == 1


def test_a_file_has_its_own_name_whatever_links_lead_to_it(tmp_path: Path) -> None:
    (tmp_path / "m.img").write_bytes(b"a")
    for link in ("a.img", "z.img"):
        (tmp_path / link).symlink_to("m.img")
    for order in (("a.img", "m.img", "z.img"), ("z.img", "m.img", "a.img")):
        assert [one.name for one in read_images([tmp_path / name for name in order])] == ["m.img"]
    for links in (("a.img", "z.img"), ("z.img", "a.img")):
        assert [one.name for one in read_images([tmp_path / name for name in links])] == ["a.img"]


def test_two_files_of_one_name(tmp_path: Path) -> None:
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.img").write_bytes(b"a")
    with pytest.raises(ConfigError, match=r"two images are called 'a\.img': .*rename one"):
        read_images([tmp_path / "x" / "a.img", tmp_path / "y" / "a.img"])


def test_what_is_no_image(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "dangling").symlink_to("nowhere")
    for name, said in [("folder", "not a file"), ("pipe", "not a file"), ("dangling", "No such"), ("gone", "No such")]:
        with pytest.raises(InputError, match=f"{name}: .*{said}"):
            read_images([tmp_path / name])


def test_an_image_that_is_still_being_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.img"
    path.write_bytes(b"first")

    real = images._digests

    def slow(stream: BinaryIO) -> tuple[Digest, ...]:
        with path.open("ab") as more:
            more.write(b"second")
        return real(stream)

    monkeypatch.setattr(images, "_digests", slow)
    with pytest.raises(InputError, match="changed while it was read"):
        read_images([path])


def test_a_name_that_is_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / b"\xff.img".decode("utf-8", "surrogateescape")
    path.write_bytes(b"a")
    assert read_images([path])[0].name == "\\xff.img"
