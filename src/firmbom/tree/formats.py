"""The table of container formats: how each is told by its content, and which module reads it.

A format is one line here and one module in ``firmbom.tree.readers`` of the same name. An archive's module has
``read(source, report) -> Iterator[Entry]`` (:data:`firmbom.tree.archive.Reader`), a stream's
``read(source, report) -> Iterator[bytes]``; where the line says ``confirm``, also ``confirm(head: bytes) -> bool``
with the first :data:`HEAD` bytes of the file, for what its magic alone does not tell. One that is ``carved`` may have
``length(head: bytes) -> int``, the bytes it covers. What can be recognised but not opened stands in :data:`CLOSED`.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec

from firmbom.tree.base import HEAD

if TYPE_CHECKING:
    from firmbom.tree.archive import Reader
    from firmbom.tree.source import Source

SECTOR = 512


class Magic(NamedTuple):
    """Bytes at a place of the file; a negative offset counts from its end."""

    value: bytes
    offset: int = 0


class Format(msgspec.Struct, frozen=True):
    """One format of container."""

    name: str
    kind: Literal["archive", "stream", "closed"]
    """An archive holds files by name; a stream holds one file's bytes, compressed; of a closed one nothing is read."""
    description: str
    magics: tuple[Magic, ...] = ()
    """One of them must fit; none stands for any file, then ``confirm`` decides."""
    confirm: bool = False
    carved: bool = False
    """May stand anywhere in a raw flash dump, where its magic and ``confirm`` find it."""
    suffixes: Mapping[str, str] = {}
    """Of a stream: endings of a file's name, and what stands there once unpacked."""
    holds: Literal["files", "images", "either"] = "files"
    """What its entries are. An image may be one that no magic at its beginning tells: a bare kernel, a flash dump."""
    program: bool = False
    """Is itself something that runs, so that its own bytes must be a file of some tree."""

    @property
    def module(self) -> Any:
        """The module that reads it, imported at the first use."""
        return _module(self.name if self.kind != "closed" else "closed")

    @property
    def reader(self) -> Reader:
        """What yields the entries of an archive; of a closed format only what is to be said."""
        found: Reader = self.module.reader(self) if self.kind == "closed" else self.module.read
        return found

    def confirmed(self, head: bytes, contents: Contents | None = None) -> bool:
        """Is it this, once a magic fits? Without ``contents`` by the head alone."""
        if not self.confirm:
            return True
        if self.kind == "closed":
            return bool(self.module.CONFIRM[self.name](head, contents))
        return bool(self.module.confirm(head))

    def inner_name(self, name: str) -> str:
        """The name of what a stream unpacks to."""
        for ending, unpacked in self.suffixes.items():
            if name.lower().endswith(ending) and len(name) > len(ending):
                return name[: -len(ending)] + unpacked
        return name


@cache
def _module(name: str) -> Any:
    return import_module(f"firmbom.tree.readers.{name}")


_SKIPPABLE = tuple(Magic(bytes([low]) + b"\x2a\x4d\x18") for low in range(0x50, 0x60))
"""Frames of LZ4 and Zstandard that hold nothing of the content; what follows tells which it is."""

FORMATS = (
    Format("gzip", "stream", "gzip", (Magic(b"\x1f\x8b\x08"),), suffixes={".tgz": ".tar", ".gz": ""}),
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
    Format("tar", "archive", "tar (v7, ustar, pax, GNU)", confirm=True, holds="either"),
    Format("lzma", "stream", "LZMA alone", confirm=True, suffixes={".tlz": ".tar", ".lzma": ""}),
)
"""In the order they are tried: what has a magic before what has none."""


def _closed(description: str, *magics: bytes | tuple[bytes, int], name: str = "", carved: bool = False) -> Format:
    listed = tuple(Magic(one) if isinstance(one, bytes) else Magic(*one) for one in magics)
    label = name or description.split(" (", maxsplit=1)[0].lower().replace(" ", "-")
    return Format(label, "closed", description, listed, bool(name), carved)


_YAFFS = tuple(struct.pack(f"{order}II", kind, 1) + b"\xff\xff" for order in "<>" for kind in (1, 2, 3))
"""The first object's header: a file, link or folder in the root, and a checksum that is no longer used."""

CLOSED = (
    # Encrypted
    _closed("LUKS volume (encrypted)", b"LUKS\xba\xbe", b"SKUL\xba\xbe", carved=True),
    _closed("RAUC bundle, encrypted (crypt)", (b"\0\0\0\0\0", -8), name="rauc-crypt"),
    _closed("CMS enveloped data (encrypted)", b"\x30", name="cms"),
    _closed("file encrypted by openssl enc", b"Salted__", carved=True),
    _closed("file encrypted by age", b"age-encryption.org/v1"),
    _closed("message encrypted by PGP", b"-----BEGIN PGP MESSAGE-----"),
    _closed("BitLocker volume (encrypted)", (b"-FVE-FS-", 3)),
    _closed("dm-integrity volume", b"integrt\0"),
    # Filesystems and what lies under them
    _closed("F2FS", (b"\x10\x20\xf5\xf2", 1024), carved=True),
    _closed("Btrfs", (b"_BHRfS_M", 65600)),
    _closed("XFS", b"XFSB\0\0", b"XFSB\0\1", carved=True),
    _closed("YAFFS2", *_YAFFS, carved=True),
    _closed(
        "MINIX filesystem",
        *((one, 1040) for one in (b"\x7f\x13", b"\x8f\x13", b"\x68\x24", b"\x78\x24")),
        (b"\x5a\x4d", 1048),
        name="minix",
    ),
    _closed("squashfs with a damaged superblock", b"hsqs", b"sqsh"),
    _closed("EROFS with a damaged superblock", (b"\xe2\xe1\xf5\xe0", 1024)),
    _closed("UDF", (b"BEA01", 32769)),
    _closed("NTFS", (b"NTFS    ", 3)),
    _closed("exFAT", (b"EXFAT   ", 3)),
    _closed("NILFS2", (b"\2\0\0\0\0\0\x34\x34", 1024)),
    _closed("ReiserFS", (b"ReIsEr", 65588)),
    _closed("JFS", (b"JFS1", 32768)),
    _closed("HFS+", (b"H+\0\4", 1024), (b"HX\0\5", 1024)),
    _closed("APFS", (b"NXSB", 32)),
    _closed("UFS", (b"\x54\x19\1\0", 9564), (b"\x19\1\x54\x19", 66908)),
    _closed("QNX6 filesystem", (b"\x22\x11\x19\x68", 8192)),
    _closed("littlefs", (b"littlefs", 8)),
    _closed("bcachefs", (bytes.fromhex("c68573f64e1a45ca8265f57f48ba6d81"), 4120)),
    _closed("LVM2 physical volume", (b"LVM2 001", 536)),
    _closed("Linux RAID member", (b"\xfc\x4e\x2b\xa9", 0), (b"\xfc\x4e\x2b\xa9", 4096)),
    _closed("Android dynamic partitions (super)", (b"\x67\x44\x6c\x61", 4096)),
    # Disk images, archives and packages
    _closed("qcow disk image of another version than 2 and 3", b"QFI\xfb"),
    _closed("Android sparse image with a damaged header", b"\x3a\xff\x26\xed"),
    _closed("VMDK disk image", b"KDMV\1\0\0\0", b"# Disk DescriptorFile"),
    _closed("VHD disk image", b"conectix"),
    _closed("VHDX disk image", b"vhdxfile"),
    _closed("VDI disk image", (b"\x7f\x10\xda\xbe", 64)),
    _closed("Apple disk image", (b"koly\0\0\0\4", -512)),
    _closed("WIM image", b"MSWIM\0\0\0"),
    _closed("7z archive", b"7z\xbc\xaf\x27\x1c", carved=True),
    _closed("RAR archive", b"Rar!\x1a\7"),
    _closed("cabinet archive", b"MSCF\0\0\0\0"),
    _closed("lzip", b"LZIP\1"),
    _closed("compress (.Z)", b"\x1f\x9d", name="compress"),
    # Firmware
    _closed("U-Boot image with a damaged header", b"\x27\x05\x19\x56"),
    _closed("UEFI capsule", bytes.fromhex("bd86663b760d3040b70eb5519e2fc5a0")),
    _closed("UEFI firmware volume", bytes(16) + bytes.fromhex("78e58c8c3d8a1c4f9935896185c32dd3")),
    _closed("Intel flash image", (b"\x5a\xa5\xf0\x0f", 16)),
    _closed("Android boot image of another version", b"ANDROID!", b"VNDRBOOT"),
    _closed("Android update payload", b"CrAU\0\0\0\0\0\0\0"),
    _closed("D-Link firmware, encrypted (SHRS)", b"SHRS", name="shrs"),
    _closed("D-Link firmware, encrypted", b"encrpted_img"),
    _closed("Dahua firmware", b"DH\3\4"),
    _closed("TP-Link firmware", (b"TP-LINK Technologies", 4)),
    _closed("Ubiquiti firmware", b"UBNT", name="ubiquiti"),
    _closed("Broadcom firmware", (b"Broadcom Corporatio", 4)),
    _closed("Xiaomi firmware", b"HDR1", b"HDR2", name="xiaomi"),
    _closed("MikroTik package", b"\x1e\xf1\xd0\xba"),
    _closed("Rockchip firmware", b"RKFW", b"RKAF", name="rockchip"),
    _closed("Allwinner firmware", b"IMAGEWTY"),
    _closed("Reolink firmware", b"\x13\x59\x72\x32"),
)
"""Recognised and not opened; looked at after all that is, so that an opened format is never mistaken for one."""


class Contents(NamedTuple):
    """A file's bytes as far as they can be had cheaply."""

    size: int
    read_at: Callable[[int, int], bytes]
    """Offset and length; of a file that can only be read from the start, nothing beyond :data:`HEAD`."""


def recognise(contents: Contents) -> Format | None:
    """The format of a container, by its content alone; None for any other file.

    Raises:
        OSError: it cannot be read.
    """
    head = contents.read_at(0, HEAD)
    tries = _tries(head[:1])
    padded = head.ljust(HEAD, b"\0")
    fitting = [
        number
        for byte, offset, value, number in tries.near
        if padded[offset] == byte and head.startswith(value, offset)
    ]
    size = contents.size
    # Whole sectors, which every volume has, spare ordinary files the reading far behind their beginning.
    far = tries.far if size % SECTOR == 0 else tries.far_of_any
    fitting += [number for magic, number in far if magic.offset < size and _fits(magic, head, contents)]
    start = max(0, size - SECTOR)
    tail = head[start:] if size <= len(head) else contents.read_at(start, SECTOR)
    fitting += [
        number
        for offset, value, number in tries.tail
        if size + offset >= 0 and tail.startswith(value, size + offset - start)
    ]
    for number in sorted({*fitting, *tries.always}):
        if tries.formats[number].confirmed(head, contents):
            return tries.formats[number]
    return None


class _Tries(NamedTuple):
    """What to look for in a file with a certain first byte; the numbers are those of the formats in order."""

    formats: tuple[Format, ...]
    always: tuple[int, ...]
    """What has no magic."""
    near: tuple[tuple[int, int, bytes, int], ...]
    """First byte, offset, magic and its format; those that the head shows."""
    tail: tuple[tuple[int, bytes, int], ...]
    """Offset from the end, at most a sector, magic and its format."""
    far: tuple[tuple[Magic, int], ...]
    far_of_any: tuple[tuple[Magic, int], ...]
    """Those of them that files of any size may have."""


@cache
def _tries(first: bytes) -> _Tries:
    """All magics but those that begin the file, and with another byte than this."""
    formats = (*FORMATS, *CLOSED)
    left = [
        (magic, number)
        for number, one in enumerate(formats)
        for magic in one.magics
        if magic.offset or magic.value[:1] == first
    ]
    near = [pair for pair in left if 0 <= pair[0].offset <= HEAD - len(pair[0].value)]
    far = [pair for pair in left if pair[0].offset > HEAD - len(pair[0].value)]
    return _Tries(
        formats,
        tuple(number for number, one in enumerate(formats) if not one.magics),
        tuple((magic.value[0], magic.offset, magic.value, number) for magic, number in near),
        tuple((magic.offset, magic.value, number) for magic, number in left if magic.offset < 0),
        tuple(far),
        tuple(pair for pair in far if formats[pair[1]].kind != "closed"),
    )


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
