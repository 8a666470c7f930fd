"""OpenWrt's sysupgrade images, made by hand as its scripts do."""

from __future__ import annotations

import hashlib
import io
import json
import struct
import tarfile
import zlib
from collections.abc import Callable

import pytest

from firmbom.bundles.bundle import Bundle, Compatible, Signature

Judged = Callable[..., tuple[Bundle, list[str]]]

ROOT = hashlib.shake_256(b"root").digest(60_000)


def sysupgrade(control: bytes = b"BOARD=acme,pump\n", **files: bytes) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, data in {"CONTROL": control, "kernel": b"kernel", "root": ROOT, **files}.items():
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
