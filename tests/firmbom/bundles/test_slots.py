"""Disk images with two slots."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from firmbom.bundles.bundle import Bundle, Signature
from firmbom.bundles.formats import read_bundle

Judged = Callable[..., tuple[Bundle, list[str]]]

SECTOR = 512


def disk(path: Path, **partitions: bytes) -> Path:
    """A disk image with a GPT by sfdisk; each partition is 64 KiB."""
    if not shutil.which("sfdisk"):
        pytest.skip("sfdisk is not installed")
    path.write_bytes(bytes(4 << 20))
    lines = [f"start={2048 + 128 * number}, size=128, name={name}" for number, name in enumerate(partitions)]
    table = "\n".join(["label: gpt", *lines]) + "\n"
    subprocess.run(["sfdisk", "-q", path], input=table.encode(), check=True, capture_output=True)
    with path.open("r+b") as stream:
        for number, data in enumerate(partitions.values()):
            stream.seek((2048 + 128 * number) * SECTOR)
            stream.write(data)
    return path


A, B = (hashlib.shake_256(name).digest(60_000) for name in (b"a", b"b"))


def test_two_slots_that_are_alike(tmp_path: Path, judged: Judged) -> None:
    found, said = judged(disk(tmp_path / "disk.img", boot=b"boot", rootfs_a=A, rootfs_b=A))
    assert said == []
    assert (found.format, found.variant, found.signature) == ("slots", "alike", Signature())
    assert [(one.path, one.name) for one in found.payloads] == [
        ("disk.img!/rootfs_a", "rootfs"),
        ("disk.img!/rootfs_b", "rootfs"),
    ]
    assert found.payloads[0].digests == found.payloads[1].digests
    assert found.payloads[0].digests[0].value == hashlib.sha256(A.ljust(1 << 16, b"\0")).hexdigest()


def test_two_slots_that_are_not(tmp_path: Path, judged: Judged) -> None:
    found, said = judged(disk(tmp_path / "disk.img", rootfsA=A, rootfsB=B, kernel0=A, kernel1=A))
    assert (found.variant, len(found.payloads)) == ("different", 4)
    assert said == ["note disk.img: its slots rootfsA and rootfsB are not the same"]


@pytest.mark.parametrize(
    "names", [("boot", "rootfs"), ("data", "datb"), ("rootfs_a", "rootfs_c"), ("rootfs1", "rootfs2")]
)
def test_other_disks_have_no_slots(tmp_path: Path, names: tuple[str, str]) -> None:
    assert read_bundle(disk(tmp_path / "disk.img", **dict.fromkeys(names, A))) == (None, ())


@pytest.mark.parametrize(
    ("size", "padding", "found"),
    [
        (60_000, b"\0", True),
        (60_000, b"\xff", True),
        (60_000, b"x", False),
        (59_999, b"\0", False),
        (1 << 16, b"", False),
    ],
)
def test_what_a_slot_holds_before_its_padding(tmp_path: Path, size: int, padding: bytes, found: bool) -> None:
    path = disk(tmp_path / "disk.img", rootfs_a=(A + padding * 9999)[: 1 << 16], rootfs_b=bytes(9))
    made, _ = read_bundle(path, sizes=[size, 1, 0, 1 << 40])
    assert made is not None
    held = [(one.size, one.digests[0].value) for one in made.payloads[0].unpacked]
    assert held == ([(60_000, hashlib.sha256(A).hexdigest())] if found else [])
    if found:
        assert made.payloads[0].unpacked[0].digests[1].value == hashlib.sha512(A).hexdigest()
