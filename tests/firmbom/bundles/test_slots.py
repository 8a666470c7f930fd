"""Disk images with two slots, and OpenWrt's sysupgrade images."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import struct
import subprocess
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from firmbom.bundles.bundle import Bundle, Compatible, Signature
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


def sysupgrade(control: bytes = b"BOARD=acme,pump\n", **files: bytes) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, data in {"CONTROL": control, "kernel": b"kernel", "root": A, **files}.items():
            info = tarfile.TarInfo(f"sysupgrade-acme_pump/{name}")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return made.getvalue()


def trailed(image: bytes, kind: int, data: bytes) -> bytes:
    """An image with a trailer: its data, magic, checksum, type and size."""
    body = (bytes(8) if kind == 1 else b"") + data
    return image + body + struct.pack(">4sIB3xI", b"FWx0", zlib.crc32(image + body), kind, len(body) + 16)


METADATA = json.dumps(
    {
        "metadata_version": "1.1",
        "supported_devices": ["acme,pump", "acme,pump-v2"],
        "version": {"dist": "OpenWrt", "version": "23.05.5", "revision": "r24106"},
    }
).encode()


def test_a_sysupgrade_image(judged: Judged) -> None:
    found, said = judged(trailed(trailed(sysupgrade(), 1, METADATA), 0, b"untrusted comment: x\n"), "update.bin")
    assert said == []
    assert (found.format, found.version) == ("sysupgrade", "23.05.5 r24106")
    assert found.compatible == (
        Compatible("board", "acme,pump"),
        Compatible("supported_device", "acme,pump"),
        Compatible("supported_device", "acme,pump-v2"),
    )
    assert [one.name for one in found.payloads] == ["kernel", "root"]
    assert found.signature == Signature("not judged", "usign")
    found, said = judged(sysupgrade(b""), "update.bin")
    assert (found.version, found.compatible, found.signature, said) == ("", (), Signature(), [])


@pytest.mark.parametrize(
    ("image", "said"),
    [
        (trailed(sysupgrade(), 1, b"{"), "metadata: line 1 column 2: not JSON"),
        (trailed(sysupgrade(), 1, METADATA)[:-4] + b"\xff" * 4, "the metadata at byte"),
        (trailed(sysupgrade(), 1, METADATA)[:-4] + bytes(4), "the metadata at byte"),
        (sysupgrade(b"\xff\xfe\xff"), "byte 2: not text in UTF-16"),
    ],
)
def test_metadata_that_lies(judged: Judged, image: bytes, said: str) -> None:
    _, [line] = judged(image, "update.bin")
    assert line.startswith("error update.bin: cannot be read as OpenWrt's sysupgrade image (tar): ")
    assert said in line


def test_what_is_no_bundle(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for data in (b"", b"text", bytes(4096), b"\x1f\x8b\x08" + bytes(90)):
        path.write_bytes(data)
        assert read_bundle(path) == (None, ())
    assert read_bundle(tmp_path / "nothing") == (None, ())


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
