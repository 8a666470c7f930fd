"""The table of container formats: how each is told by its content, and which module reads it.

A format is one line here and one module in ``firmbom.tree.readers`` of the same name. An archive's module has
``read(source, report) -> Iterator[Entry]`` (:data:`firmbom.tree.archive.Reader`), a stream's
``read(source, report) -> Iterator[bytes]`` and, where the line says ``glimpsed``, also ``beginning(data: bytes, length:
int) -> bytes | None``, the first bytes of what a whole file unpacks to, or None where ``read`` is to tell them. Where
the line says ``confirm``, there is ``confirm(head: bytes) -> bool`` with the first :data:`HEAD` bytes of the file, for
what its magic or its shape alone does not tell. One that is ``carved`` may have ``length(head: bytes) -> int``, the
bytes it covers. What can be recognised but not opened stands in :mod:`firmbom.tree.closed_formats`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from firmbom.tree.base import HEAD
from firmbom.tree.closed_formats import CLOSED
from firmbom.tree.format import Contents, Format, Magic

if TYPE_CHECKING:
    from firmbom.tree.source import Source

__all__ = ["CLOSED", "FORMATS", "Contents", "Format", "Magic", "bare_kernel", "describe", "recognise"]

SECTOR = 512

_Fits = Callable[[bytes], "re.Match[bytes] | None"]
"""Do the first bytes fit an expression?"""

_SKIPPABLE = tuple(Magic(bytes([low]) + b"\x2a\x4d\x18") for low in range(0x50, 0x60))
"""Frames of LZ4 and Zstandard that hold nothing of the content; what follows tells which it is."""

FORMATS = (
    Format("gzip", "stream", "gzip", (Magic(b"\x1f\x8b\x08"),), suffixes={".tgz": ".tar", ".gz": ""}, glimpsed=True),
    Format("xz", "stream", "xz", (Magic(b"\xfd7zXZ\0"),), suffixes={".txz": ".tar", ".xz": ""}),
    Format("zstd", "stream", "Zstandard", (Magic(b"\x28\xb5\x2f\xfd"),), suffixes={".tzst": ".tar", ".zst": ""}),
    Format("bzip2", "stream", "bzip2", (Magic(b"BZh"),), True, suffixes={".tbz2": ".tar", ".tbz": ".tar", ".bz2": ""}),
    Format(
        "lz4",
        "stream",
        "LZ4, frames and legacy",
        (Magic(b"\x04\x22\x4d\x18"), Magic(b"\x02\x21\x4c\x18"), *_SKIPPABLE),
        True,
        suffixes={".tlz4": ".tar", ".lz4": ""},
    ),
    Format("lzop", "stream", "lzop", (Magic(b"\x89LZO\0\r\n\x1a\n"),), suffixes={".tzo": ".tar", ".lzo": ""}),
    Format("zip", "archive", "zip", (Magic(b"PK\3\4"), Magic(b"PK\5\6"), Magic(b"PK\5\6", -22)), holds="either"),
    Format(
        "squashfs",
        "archive",
        "squashfs 2, 3 and 4 (gzip, lzma, lzo, xz, lz4, zstd)",
        tuple(Magic(value) for value in (b"hsqs", b"sqsh", b"shsq", b"qshs", b"hsqt", b"tqsh")),
        True,
        True,
    ),
    Format("swupdate", "archive", "SWUpdate bundle", (Magic(b"070701"), Magic(b"070702")), True, holds="images"),
    Format(
        "cpio",
        "archive",
        "cpio (newc, crc, odc, old binary), also several in a row",
        tuple(Magic(value) for value in (b"070701", b"070702", b"070707", b"\xc7\x71", b"\x71\xc7")),
        True,
    ),
    Format("deb", "archive", "Debian package, and opkg's of that form", (Magic(b"!<arch>\ndebian-binary"),)),
    Format("rpm", "archive", "RPM package", (Magic(b"\xed\xab\xee\xdb"),)),
    Format("cramfs", "archive", "cramfs", (Magic(b"\x45\x3d\xcd\x28"), Magic(b"\x28\xcd\x3d\x45")), True, True),
    Format("romfs", "archive", "romfs", (Magic(b"-rom1fs-"),), True, True),
    Format(
        "uimage", "archive", "U-Boot legacy image (uImage)", (Magic(b"\x27\x05\x19\x56"),), True, True, holds="images"
    ),
    Format(
        "fit",
        "archive",
        "U-Boot FIT, data inside or behind the tree",
        (Magic(b"\xd0\x0d\xfe\xed"),),
        True,
        True,
        holds="images",
    ),
    Format("trx", "archive", "TRX firmware (Broadcom, OpenWrt)", (Magic(b"HDR0"),), True, True, holds="images"),
    Format("netgear_chk", "archive", "Netgear firmware (CHK)", (Magic(b"*#$^"),), True, holds="images"),
    Format(
        "tplink", "archive", "TP-Link firmware, version 1", (Magic(b"TP-LINK Technologies", 4),), True, holds="images"
    ),
    Format("seama", "archive", "SEAMA firmware (D-Link)", (Magic(b"\x5e\xa3\xa4\x17"),), True, holds="images"),
    Format(
        "android_boot",
        "archive",
        "Android boot image, versions 0 to 4, and vendor_boot",
        (Magic(b"ANDROID!"), Magic(b"VNDRBOOT")),
        True,
        holds="images",
    ),
    Format(
        "bzimage", "archive", "Linux kernel for x86 (bzImage)", (Magic(b"HdrS", 0x202),), True, True, holds="images"
    ),
    Format(
        "zimage",
        "archive",
        "Linux kernel for ARM (zImage)",
        (Magic(b"\x18\x28\x6f\x01", 36), Magic(b"\x01\x6f\x28\x18", 36)),
        True,
        True,
        holds="images",
    ),
    Format("zboot", "archive", "Linux kernel for EFI (zboot)", (Magic(b"zimg", 4),), True, holds="images"),
    Format("s390", "archive", "Linux kernel for s390", (Magic(b"\0\x08\0\0\x80\0\2\0"),), holds="images"),
    Format(
        "kernel",
        "archive",
        "Linux kernel, not compressed: ELF, Image for arm64, RISC-V and LoongArch; what is built into it",
        (Magic(b"\x7fELF"), *(Magic(one, 56) for one in (b"ARM\x64", b"RSC\x05", b"\xcd\x23\x82\x81"))),
        True,
        holds="images",
        program=True,
    ),
    Format("jffs2", "archive", "JFFS2, little and big endian", (Magic(b"\x85\x19"), Magic(b"\x19\x85")), True, True),
    Format("ubi", "archive", "UBI, its volumes as files", (Magic(b"UBI#"),), True, True, holds="images"),
    Format("ubifs", "archive", "UBIFS (lzo, zlib, zstd)", (Magic(b"\x31\x18\x10\x06"),), True),
    Format("qcow2", "archive", "qcow2 disk image, versions 2 and 3", (Magic(b"QFI\xfb"),), True, holds="images"),
    Format(
        "android_sparse",
        "stream",
        "Android sparse image",
        (Magic(b"\x3a\xff\x26\xed"),),
        True,
        suffixes={".simg": ".img"},
    ),
    Format("iso9660", "archive", "ISO 9660 (Rock Ridge, Joliet, zisofs)", (Magic(b"CD001", 32769),)),
    Format(
        "gpt", "archive", "disk image with a GPT", (Magic(b"EFI PART", 512), Magic(b"EFI PART", 4096)), holds="images"
    ),
    Format("ext", "archive", "ext2, ext3, ext4", (Magic(b"\x53\xef", 1080),), True, True),
    Format("fat", "archive", "FAT12, FAT16, FAT32 with long names", (Magic(b"\x55\xaa", 510),), True),
    Format(
        "mbr",
        "archive",
        "disk image with an MBR, logical partitions too",
        (Magic(b"\x55\xaa", 510),),
        True,
        holds="images",
    ),
    Format("ihex", "archive", "Intel HEX", (Magic(b":"),), True, holds="images"),
    Format("srec", "archive", "Motorola S-records", (Magic(b"S"),), True, holds="images"),
    Format(
        "erofs",
        "archive",
        "EROFS (lz4, lzma, deflate, zstd)",
        (Magic(b"\xe2\xe1\xf5\xe0", 1024),),
        True,
        True,
    ),
    Format(
        "cabinet",
        "archive",
        "cabinet, stored or MSZIP (fwupd's firmware)",
        (Magic(b"MSCF\0\0\0\0"),),
        True,
        holds="either",
    ),
    Format(
        "tar",
        "archive",
        "tar (v7, ustar, pax, GNU)",
        shape=rb".{257}ustar|.{148}(?:[ 0-7]{8}|[ 0-7]{1,7}\0|[\x80\xff])",  # or a checksum
        confirm=True,
        holds="either",
    ),
    Format(
        "lzma",
        "stream",
        "LZMA alone",
        shape=rb"[\0-\xe0]\0.{3}(?:\xff{8}|.{5}\0{3})",  # properties, dictionary, unknown or small size
        confirm=True,
        suffixes={".tlz": ".tar", ".lzma": ""},
    ),
)
"""In the order they are tried: what has a magic before what has none."""


def recognise(contents: Contents, begun: bytes = b"") -> Format | None:
    """The format of a container, by its content alone; None for any other file.

    Args:
        contents: the file's.
        begun: what is at hand of its beginning: all, or :data:`HEAD` bytes or more.

    Raises:
        OSError: it cannot be read.
    """
    begun = begun or contents.read_at(0, HEAD)
    if not begun:
        return None
    tries, size = _tries(), contents.size
    known, head = len(begun), begun[:HEAD]
    fitting: list[int] = []
    for value, number in tries.first[head[0]]:
        if head.startswith(value):
            if number < tries.later and not fitting and tries.formats[number].confirmed(head, contents):
                return tries.formats[number]
            fitting.append(number)
    if tries.further(head):
        fitting += (number for fits, number in tries.shaped if fits(head))
        fitting += (number for (value, offset), number in tries.near if head.startswith(value, offset))
    if size > HEAD:
        # Whole sectors, which every volume has, spare ordinary files the reading far behind their beginning.
        for value, offset, end, number in tries.far_of_any if size % SECTOR else tries.far:
            there = begun.startswith(value, offset) if end <= known else contents.holds(value, offset)
            if there:
                fitting.append(number)
    tail = begun[-SECTOR:] if known == size else contents.read_at(max(0, size - SECTOR), SECTOR)
    tail = tail.rjust(SECTOR, b"\xff")  # which ends no magic
    if tries.ending(tail):
        fitting += (number for (value, offset), number in tries.tail if tail.startswith(value, SECTOR + offset))
    return _confirmed(sorted(set(fitting)), head, contents) if fitting else None


def _confirmed(numbers: Iterable[int], head: bytes, contents: Contents) -> Format | None:
    """The first of some formats that the file is."""
    formats = _tries().formats
    return next((formats[number] for number in numbers if formats[number].confirmed(head, contents)), None)


class _Tries(NamedTuple):
    """What to look for in a file; the numbers are those of the formats in order."""

    formats: tuple[Format, ...]
    first: Sequence[Sequence[tuple[bytes, int]]]
    """What begins a file, by the number that its first byte is: magic and its format."""
    later: int
    """The first format that is told in another way, too."""
    shaped: Sequence[tuple[_Fits, int]]
    near: Sequence[tuple[Magic, int]]
    """What the head shows further on."""
    further: _Fits
    """Does a head have one of these shapes, or show any of these? Hardly one does."""
    tail: Sequence[tuple[Magic, int]]
    """What the last sector shows."""
    ending: _Fits
    """Does a sector show any of these?"""
    far: Sequence[tuple[bytes, int, int, int]]
    """What stands behind the head: a magic, its offset, where it ends, and the number."""
    far_of_any: Sequence[tuple[bytes, int, int, int]]
    """Those of them that files of any size may have."""


@cache
def _tries() -> _Tries:
    """All magics and shapes of all formats."""
    formats = (*FORMATS, *CLOSED)
    first: list[list[tuple[bytes, int]]] = [[] for _ in range(256)]
    near: list[tuple[Magic, int]] = []
    tail: list[tuple[Magic, int]] = []
    far: list[tuple[bytes, int, int, int]] = []
    shapes = {number: one.shape for number, one in enumerate(formats) if one.shape}
    for number, one in enumerate(formats):
        for magic in one.magics:
            value, offset = magic
            if offset < 0:
                tail.append((magic, number))
            elif offset == 0:
                first[value[0]].append((value, number))
            elif offset <= HEAD - len(value):
                near.append((magic, number))
            else:
                far.append((value, offset, offset + len(value), number))
    return _Tries(
        formats,
        first,
        min(chain(shapes, (number for _, number in chain(near, tail)), (number for *_, number in far))),
        tuple((_fitting(shape), number) for number, shape in shapes.items()),
        near,
        _fitting(b"|".join((*shapes.values(), *_any_at(magic for magic, _ in near)))),
        tail,
        _fitting(b"|".join(_any_at(Magic(magic.value, SECTOR + magic.offset) for magic, _ in tail))),
        far,
        tuple(one for one in far if formats[one[-1]].kind != "closed"),
    )


def _any_at(magics: Iterable[Magic]) -> Iterator[bytes]:
    """An expression for each place, of what may stand there."""
    places: dict[int, list[bytes]] = {}
    for value, offset in magics:
        places.setdefault(offset, []).append(re.escape(value))
    return (b".{%d}(?:%s)" % (offset, b"|".join(values)) for offset, values in places.items())


def _fitting(shape: bytes) -> _Fits:
    return re.compile(shape, re.DOTALL).match


def _fits(magic: Magic, head: bytes, contents: Contents) -> bool:
    offset = magic.offset if magic.offset >= 0 else contents.size + magic.offset
    if offset < 0:
        return False
    end = offset + len(magic.value)
    if end <= len(head):
        return head.startswith(magic.value, offset)
    return end <= contents.size and contents.read_at(offset, len(magic.value)) == magic.value


def bare_kernel(source: Source) -> Format | None:
    """The format of a kernel that begins with bare code, told by reading all of it; None for anything else."""
    [kernel] = (one for one in FORMATS if one.name == "kernel")
    return kernel if kernel.module.is_bare(source) else None


FOREIGN = (
    (Magic(b"\x7fELF"), "an ELF binary"),
    (Magic(b"MZ"), "a Windows program"),
    (Magic(b"\x53\xef", 1080), "an ext2, ext3 or ext4 image with a damaged superblock"),
    (Magic(b"\xd0\x0d\xfe\xed"), "a device tree"),
    (Magic(b"\x55\xaa", 510), "a boot sector without partitions or FAT"),
    (Magic(b"!<arch>\n"), "an ar archive"),
    (Magic(b"%PDF"), "a PDF document"),
)
"""What is not opened but can be named to the user; a format that gets its reader leaves this table."""


def describe(contents: Contents) -> str:
    """What a file that is no container seems to be, for the message that refuses it."""
    head = contents.read_at(0, HEAD)
    for magic, what in FOREIGN:
        if _fits(magic, head, contents):
            return what
    if not head.strip(b"\0"):
        return "only zero bytes" if head else "an empty file"
    try:
        text = head[: HEAD - 4].decode()
    except UnicodeDecodeError:
        text = "\0"
    if text.isprintable() or not any(ord(c) < 32 and c not in "\t\r\n\f" for c in text):
        return "text"
    return f"binary data that begins with {head[:8].hex(' ')}"
