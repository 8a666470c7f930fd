"""Makes the samples of vendors' firmware, Android's boot images and SWUpdate bundles, and the broken ones beside them.

Run it in an empty folder; it needs cpio and mkbootimg. The parts are samples of the other formats.
"""

from __future__ import annotations

import os
import struct
import subprocess
import tempfile
import zlib
from pathlib import Path

DATA = Path(__file__).parents[1]
KERNEL = (DATA / "lzma/sample.lzma").read_bytes()
ROOTFS = (DATA / "squashfs/sample-xz.squashfs").read_bytes()
RAMDISK = (DATA / "gzip/sample.gz").read_bytes()
TREE = b"\xd0\x0d\xfe\xed" + bytes(60)
LOADER = b"boot loader" * 9


def write(folder: str, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        path = Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def patched(data: bytes, offset: int, value: bytes) -> bytes:
    return data[:offset] + value + data[offset + len(value) :]


def trx(parts: list[bytes], version: int = 1) -> bytes:
    slots = 4 if version == 2 else 3
    offsets, body = [], b""
    for part in parts:
        offsets.append(16 + 4 * slots + len(body))
        body += part + bytes(-len(part) % 4)
    body = struct.pack(f"<HH{slots}I", 0, version, *(offsets + [0] * slots)[:slots]) + body
    return struct.pack("<4sII", b"HDR0", 12 + len(body), zlib.crc32(body) ^ 0xFFFFFFFF) + body


def chk(kernel: bytes, rootfs: bytes, board: bytes = b"U12H000T00_EXAMPLE") -> bytes:
    size = 40 + len(board)
    return (
        struct.pack(">4sI8sIIIIII", b"*#$^", size, bytes(8), 1, 2, len(kernel), len(rootfs), 3, 4)
        + board
        + kernel
        + rootfs
    )


def tplink(kernel: bytes, rootfs: bytes, version: int = 1) -> bytes:
    places = (512, len(kernel), 512 + len(kernel), len(rootfs), 0, 0)
    head = struct.pack(">I24s", version << 24, b"TP-LINK Technologies").ljust(124, b"\0")
    return (head + struct.pack(">7I", 512 + len(kernel) + len(rootfs), *places)).ljust(512, b"\0") + kernel + rootfs


def seama(*parts: bytes) -> bytes:
    seal = b"signature=example_board\0"
    whole = struct.pack(">4sHHI", b"\x5e\xa3\xa4\x17", 0, len(seal), 0) + seal
    for number, part in enumerate(parts):
        described = b"dev=/dev/mtdblock/%d\0type=firmware\0" % number
        whole += struct.pack(">4sHHI", b"\x5e\xa3\xa4\x17", 0, len(described), len(part)) + bytes(16) + described + part
    return whole


def vendors() -> None:
    plain = trx([LOADER, KERNEL, ROOTFS])
    write(
        "trx",
        {
            "sample-1.trx": plain,
            "sample-2.trx": trx([KERNEL, ROOTFS], 2),
            "hostile/cut.trx": plain[:3000],
            "hostile/damaged.trx": patched(plain, 60, b"\xff\xff"),
            "hostile/offset-beyond-end.trx": patched(plain, 20, b"\xff\xff\xff\xff"),
            "hostile/of-4-gib.trx": patched(plain, 4, b"\xff\xff\xff\xff"),
            "hostile/parts-backwards.trx": patched(plain, 16, plain[24:28] + plain[20:24] + plain[16:20]),
            "hostile/more-behind.trx": plain + b"more",
        },
    )
    netgear = chk(KERNEL, ROOTFS)
    write(
        "netgear_chk",
        {
            "sample.chk": netgear,
            "sample-trx.chk": chk(trx([KERNEL, ROOTFS]), b""),
            "hostile/cut.chk": netgear[:3000],
            "hostile/kernel-of-4-gib.chk": patched(netgear, 24, b"\xff\xff\xff\xff"),
            "hostile/header-of-4-gib.chk": patched(netgear, 4, b"\xff\xff\xff\xff"),
            "hostile/more-behind.chk": netgear + b"more",
        },
    )
    router = tplink(KERNEL, ROOTFS)
    write(
        "tplink",
        {
            "sample.bin": router,
            "hostile/cut.bin": router[:3000],
            "hostile/version-2.bin": tplink(KERNEL, ROOTFS, 2),
            "hostile/part-beyond-end.bin": patched(router, 124, b"\xff\xff\xff\xff" + b"\x7f\0\0\0" * 2),
            "hostile/part-in-header.bin": patched(router, 128, bytes(4)),
        },
    )
    entities = seama(KERNEL, ROOTFS)
    write(
        "seama",
        {
            "sample-members.seama": entities,
            "sample-one.seama": seama(ROOTFS),
            "hostile/cut.seama": entities[:3000],
            "hostile/only-sealed.seama": seama(),
            "hostile/of-4-gib.seama": patched(entities, 36 + 8, b"\xff\xff\xff\xff"),
            "hostile/circle.seama": seama(b"") * 100,
        },
    )


def android() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for name, data in {
            "kernel": KERNEL,
            "ramdisk": RAMDISK,
            "second": LOADER,
            "dtb": TREE,
        }.items():
            Path(name).write_bytes(data)

        def made(*arguments: str, vendor: bool = False) -> bytes:
            out = ["--vendor_boot", "out"] if vendor else ["-o", "out"]
            subprocess.run(["mkbootimg", *arguments, *out], check=True)
            return Path("out").read_bytes()

        both = ("--kernel", "kernel", "--ramdisk", "ramdisk")
        old = made(*both, "--second", "second", "--pagesize", "2048")
        one = made(*both, "--header_version", "1")
        two = made(*both, "--header_version", "2", "--dtb", "dtb")
        three = made(*both, "--header_version", "3")
        vendor = made("--vendor_ramdisk", "ramdisk", "--dtb", "dtb", "--header_version", "3", vendor=True)
        os.chdir(START)
    four = patched(patched(three, 40, struct.pack("<I", 4)), 20, struct.pack("<I", 1584))
    write(
        "android_boot",
        {
            "sample-0.img": old,
            "sample-0-trees.img": patched(old, 40, struct.pack("<I", len(TREE))) + TREE,
            "sample-1.img": patched(one, 1632, struct.pack("<I", len(TREE))) + TREE,
            "sample-2.img": two,
            "sample-3.img": three,
            "sample-4.img": four,
            "sample-vendor-3.img": vendor,
            "sample-vendor-4.img": vendor_boot(),
            "hostile/cut.img": three[:5000],
            "hostile/kernel-of-4-gib.img": patched(three, 8, b"\xff\xff\xff\xff"),
            "hostile/page-of-1.img": patched(old, 36, b"\1\0\0\0"),
            "hostile/table-of-4-gib.img": patched(vendor_boot(), 2112, b"\xff\xff\xff\xff" * 2),
            "hostile/table-entries-of-nothing.img": patched(vendor_boot(), 2120, bytes(4)),
            "hostile/ramdisk-beyond-end.img": patched(vendor_boot(), 12288, b"\xff\xff\xff\xff" * 2),
        },
    )


def vendor_boot() -> bytes:
    """Version 4, which this mkbootimg does not know."""
    pages = [RAMDISK + RAMDISK, TREE]
    table = b"".join(
        struct.pack("<III32s", len(RAMDISK), number * len(RAMDISK), number, name).ljust(108, b"\0")
        for number, name in enumerate((b"", b"dlkm"))
    )
    config = b"androidboot.example=1\n"
    head = struct.pack("<8s5I", b"VNDRBOOT", 4, 4096, 0, 0, len(pages[0])).ljust(2096, b"\0")
    head += struct.pack("<IIQIIII", 2128, len(TREE), 0, len(table), 2, 108, len(config))
    return b"".join(part + bytes(-len(part) % 4096) for part in (head, *pages, table, config))


DESCRIPTION = b"""software = {
    version = "1.0"; // encrypted = true
    example: { stable: {
        images: ( { filename = "rootfs.squashfs"; device = "/dev/mtd1"; },
                  { filename = "data.img.enc"; encrypted = true; properties: { note = "}"; }; } );
        files: ( { filename = "config.enc"; path = "/etc/config"; encrypted = "aes-cbc"; } );
        scripts: ( { filename = "run.sh"; encrypted = false; } );
    }; };
}
"""
JSON = b"""{"software": {"version": "1", "images": [
  {"filename": "rootfs.squashfs", "encrypted": false}, {"encrypted": true, "filename": "data.img.enc"}]}}"""


def swu(files: dict[str, bytes]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        for name, data in files.items():
            Path(folder, name).write_bytes(data)
            os.utime(Path(folder, name), (1e9, 1e9))
        names = "\n".join(files).encode()
        command = ["cpio", "-o", "--quiet", "--reproducible", "-R", "0:0", "-H", "crc"]
        return subprocess.run(command, cwd=folder, input=names, stdout=subprocess.PIPE, check=True).stdout


def bundles() -> None:
    secret = bytes(range(200, 256)) * 8
    content = {"rootfs.squashfs": ROOTFS, "data.img.enc": secret, "config.enc": secret[:64], "run.sh": b"#!/bin/sh\n"}
    whole = swu({"sw-description": DESCRIPTION, **content})
    write(
        "swupdate",
        {
            "sample.swu": whole,
            "sample-json.swu": swu({"sw-description": JSON, "rootfs.squashfs": ROOTFS, "data.img.enc": secret}),
            "sample-plain.swu": swu({"sw-description": b'software = { version = "1"; }', "rootfs.squashfs": ROOTFS}),
            "hostile/cut.swu": whole[:3000],
            "hostile/description-encrypted.swu": swu({"sw-description": secret, "data.img.enc": secret}),
            "hostile/description-unbalanced.swu": swu({"sw-description": b'}}}{{ filename = "a"; encrypted = 1; ' * 9}),
            "hostile/description-empty.swu": swu({"sw-description": b"", "a": b"a"}),
        },
    )


START = Path.cwd()

if __name__ == "__main__":
    vendors()
    android()
    bundles()
