"""Makes the samples of Linux kernels and the broken ones beside them: real headers around tiny payloads.

Run it in an empty folder; it needs xz, lzma, bzip2, lzop, lz4, zstd, gzip and dtc, and calls them as Linux's build does
(scripts/Makefile.lib). The parts that kernels carry are samples of the other formats.
"""

from __future__ import annotations

import random
import struct
import subprocess
from pathlib import Path

DATA = Path(__file__).parents[1]
CPIO = (DATA / "cpio/sample-newc.cpio").read_bytes()
BANNER = b"Linux version 6.1.99 (kernel@example) (gcc (Example) 12.2.0) #1 SMP 2026\n\0"
CONFIG = b"".join(b"CONFIG_EXAMPLE_%d=y\n" % number for number in range(60))
PAGE = 4096

COMPRESSORS = {
    "gzip": ["gzip", "-n", "-9"],
    "xz": ["xz", "--check=crc32", "--lzma2=dict=4KiB"],
    "lzma": ["lzma", "-9"],
    "bzip2": ["bzip2", "-9"],
    "lzo": ["lzop", "-9"],
    "lz4": ["lz4", "-l", "-9", "-", "-"],
    "zstd": ["zstd", "-22", "--ultra", "-q"],
}


def compress(name: str, data: bytes, *, sized: bool = True) -> bytes:
    """As the build does: behind all but gzip stands the unpacked size."""
    packed = subprocess.run(COMPRESSORS[name], input=data, stdout=subprocess.PIPE, check=True).stdout
    return packed + (struct.pack("<I", len(data)) if sized and name != "gzip" else b"")


def padded(data: bytes, to: int, fill: bytes = b"\0") -> bytes:
    return data + fill * (-len(data) % to)


def code(seed: int, size: int) -> bytes:
    """What looks like instructions to a compressor: few different words."""
    chance = random.Random(seed)
    words = [chance.randbytes(4) for _ in range(40)]
    return b"".join(chance.choice(words) for _ in range(size // 4))


def built_in(initramfs: bytes, order: str = "<") -> bytes:
    """A kernel's code and data with its banner, its configuration and its initramfs with the size behind it."""
    config = b"IKCFG_ST" + compress("gzip", CONFIG) + b"IKCFG_ED"
    strings = b"070701\0" + b"070702\0" + b"IKCFG_ST\0\0" + BANNER
    archive = padded(initramfs, 8) + struct.pack(order + "Q", len(initramfs))
    return padded(code(1, 3000) + strings + config, 64) + padded(archive, 16) + code(2, 1000)


def elf(body: bytes, machine: int, address: int, *, wide: bool, order: str = "<") -> bytes:
    """An executable of one segment, with a section table at its end."""
    start = 256
    end = start + len(body)
    if wide:
        head = struct.pack(order + "HHIQQQIHHHHHH", 2, machine, 1, address, 64, end, 0, 64, 56, 1, 64, 1, 0)
        segment = struct.pack(order + "IIQQQQQQ", 1, 7, start, address, address, len(body), len(body), PAGE)
    else:
        head = struct.pack(order + "HHIIIIIHHHHHH", 2, machine, 1, address, 52, end, 0, 52, 32, 1, 40, 1, 0)
        segment = struct.pack(order + "IIIIIIII", 1, start, address, address, len(body), len(body), 7, PAGE)
    ident = b"\x7fELF" + bytes([2 if wide else 1, 1 if order == "<" else 2, 1]) + bytes(9)
    return (ident + head + segment).ljust(start, b"\0") + body + bytes(64 if wide else 40)


def image(body: bytes, magic: bytes, machine: int) -> bytes:
    """An Image with its EFI header; ``magic`` is what stands from byte 48 on."""
    size = PAGE + len(body)
    head = (
        b"MZ\x40\xfa" + struct.pack("<IQQQ", 0x14000000, 0, size, 0xA).ljust(44, b"\0") + magic + struct.pack("<I", 64)
    )
    coff = struct.pack("<4sHHIIIHH", b"PE\0\0", machine, 1, 0, 0, 0, 160, 0x206)
    optional = struct.pack("<H", 0x20B).ljust(160, b"\0")
    section = struct.pack("<8sIIIIIIHHI", b".text", len(body), PAGE, len(body), PAGE, 0, 0, 0, 0, 0x60000020)
    return (head + coff + optional + section).ljust(PAGE, b"\0") + body


def bzimage(payload: bytes, version: int = 0x20F) -> bytes:
    """Two sectors of setup, some code, the payload, some more code."""
    before, behind = code(3, 600), code(4, 200)
    body = padded(before + payload + behind, 16)
    setup = bytearray(1024)
    setup[0x1F1] = 1
    struct.pack_into("<I", setup, 0x1F4, len(body) // 16)
    struct.pack_into("<HH4sH", setup, 0x1FE, 0xAA55, 0x66EB, b"HdrS", version)
    struct.pack_into("<II", setup, 0x248, len(before), len(payload))
    return bytes(setup) + body


def zimage(payload: bytes, order: str = "<") -> bytes:
    """Code with the magics of a decompressor's own tables in it, then the payload, then the table of addresses."""
    before = code(5, 800) + b"\xfd7zXZ\0\0\0" + code(6, 100) + b"\x1f\x8b\x08\0" + code(7, 100)
    body = before + payload + code(8, 64)
    head = struct.pack(order + "9I", *[0xE1A00000] * 9)
    return head + struct.pack(order + "IIIII", 0x016F2818, 0, 56 + len(body), 0x04030201, 0x45454545) + body


def zboot(payload: bytes, compression: bytes) -> bytes:
    head = struct.pack("<4s4sII8x32s", b"MZ\0\0", b"zimg", 256, len(payload), compression)
    return head.ljust(256, b"\0") + payload


def s390(payload: bytes) -> bytes:
    start = bytes.fromhex("0008000080000200") + bytes(0x10000)
    return start + b"S390EP\0\1" + code(9, 400) + payload + code(10, 100)


def device_tree() -> bytes:
    source = b'/dts-v1/; / { model = "example"; compatible = "example,board"; };'
    return subprocess.run(["dtc", "-q", "-O", "dtb"], input=source, stdout=subprocess.PIPE, check=True).stdout


def patched(data: bytes, offset: int, value: bytes) -> bytes:
    return data[:offset] + value + data[offset + len(value) :]


def write(folder: str, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        path = Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def kernels() -> None:
    wide, tree = elf(built_in(CPIO), 62, 0xFFFFFFFF81000000, wide=True), device_tree()
    bare = built_in(compress("gzip", CPIO), ">")
    mips = elf(bare, 8, 0x80100000, wide=False, order=">")
    arm64 = image(built_in(compress("xz", CPIO, sized=False)), bytes(8) + b"ARM\x64", 0xAA64)
    riscv = image(built_in(compress("lz4", CPIO, sized=False)), b"RISCV\0\0\0RSC\x05", 0x5064) + padded(tree, 4)
    packed = elf(code(11, 400) + compress("lzma", bare) + code(12, 100), 8, 0x810F0000, wide=False)
    gzip = elf(code(11, 400) + compress("gzip", bare), 8, 0x810F0000, wide=False)
    start = wide.index(CPIO)
    write(
        "kernel",
        {
            "sample-x86_64.elf": wide,
            "sample-mips.elf": mips,
            "sample-arm64.Image": arm64,
            "sample-members-riscv-tree.Image": riscv,
            "sample-mips-packed.elf": packed,
            "hostile/cut.elf": wide[:5000],
            "hostile/initramfs-without-end.elf": wide.replace(b"TRAILER!!!", b"TRAILER???"),
            "hostile/initramfs-of-4-gib.elf": patched(wide, start + 54, b"FFFFFFFF"),
            "hostile/configuration-damaged.elf": wide.replace(b"IKCFG_ED", b"IKCFG_??"),
            "hostile/packed-initramfs-damaged.elf": patched(mips, mips.rindex(b"\x1f\x8b\x08") + 600, bytes(40)),
            "hostile/packed-damaged.elf": patched(gzip, len(gzip) - 120, bytes(40)),
            "hostile/segments-beyond-end.elf": patched(wide, 64 + 32, struct.pack("<Q", 1 << 62)),
            "hostile/sections-beyond-end.Image": patched(arm64, 64 + 24 + 160 + 16, struct.pack("<I", 0xFFFFFFFF)),
            "hostile/of-no-linux.elf": elf(code(13, 4000), 243, 0x80000000, wide=False),
            "hostile/program.elf": elf(built_in(CPIO), 62, 0x400000, wide=True),
        },
    )


def packed_kernels() -> None:
    kernel = elf(built_in(CPIO), 62, 0xFFFFFFFF81000000, wide=True)
    tree = device_tree()
    images = {name: compress(name, kernel) for name in COMPRESSORS}
    xz = bzimage(images["xz"])
    write("bzimage", {f"sample-{name}.bzimage": bzimage(payload) for name, payload in images.items()})
    write(
        "bzimage",
        {
            "sample-old.bzimage": bzimage(images["gzip"], 0x206),
            "hostile/cut.bzimage": xz[:2500],
            "hostile/payload-beyond-end.bzimage": patched(xz, 0x248, struct.pack("<II", 0xFFFFFF00, 0xFFFFFF00)),
            "hostile/payload-damaged.bzimage": patched(xz, 2500, bytes(40)),
            "hostile/no-payload.bzimage": bzimage(code(14, 3000)),
            "hostile/of-64-gib.bzimage": patched(xz, 0x1F4, b"\xff\xff\xff\xff"),
            "hostile/garbage-behind.bzimage": xz + b"\xff" * 100 + b"garbage",
        },
    )
    bare = built_in(CPIO)
    xz = zimage(compress("xz", bare))
    write(
        "zimage",
        {
            "sample-xz.zimage": xz,
            "sample-members-gzip-trees.zimage": zimage(compress("gzip", bare)) + padded(tree, 64) + tree,
            "sample-members-lzo-initramfs.zimage": zimage(compress("lzo", bare), ">") + compress("gzip", CPIO),
            "hostile/cut.zimage": xz[:2500],
            "hostile/damaged.zimage": patched(xz, 2500, bytes(40)),
            "hostile/only-decoys.zimage": zimage(code(15, 2000)),
            "hostile/of-4-gib.zimage": patched(xz, 44, b"\xff\xff\xff\xff"),
            "hostile/tree-of-4-gib.zimage": xz + patched(tree, 4, b"\xff\xff\xff\xff"),
        },
    )
    inner = image(built_in(CPIO), bytes(8) + b"ARM\x64", 0xAA64)
    gzip = zboot(compress("gzip", inner), b"gzip")
    write(
        "zboot",
        {
            "sample-gzip.efi": gzip,
            "sample-zstd.efi": zboot(compress("zstd", inner), b"zstd22"),
            "hostile/cut.efi": gzip[:2000],
            "hostile/damaged.efi": patched(gzip, 2000, bytes(40)),
            "hostile/payload-beyond-end.efi": patched(gzip, 8, struct.pack("<II", 0xFFFFFF00, 0xFFFFFF00)),
            "hostile/unknown-compression.efi": patched(gzip, 256, b"????"),
        },
    )
    packed = s390(compress("lz4", kernel))
    write(
        "s390",
        {
            "sample.s390": packed,
            "hostile/cut.s390": packed[:-2000],
            "hostile/cut-early.s390": packed[:500],
            "hostile/of-no-linux.s390": packed.replace(b"S390EP", b"S390XX"),
        },
    )


def main() -> None:
    kernels()
    packed_kernels()


if __name__ == "__main__":
    main()
