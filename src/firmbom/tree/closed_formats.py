"""The table of formats that are recognised and not opened; :mod:`firmbom.tree.readers.closed` says so of each."""

from __future__ import annotations

import struct

from firmbom.tree.format import Format, Magic


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
    _closed("cabinet with a damaged header", b"MSCF\0\0\0\0"),
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
