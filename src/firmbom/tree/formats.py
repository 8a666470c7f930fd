"""The table of container formats: how each is told by its content, and which module reads it.

A format is one line here and one module in ``firmbom.tree.readers`` of the same name. An archive's module has
``read(source, report) -> Iterator[Entry]`` (:data:`firmbom.tree.archive.Reader`), a stream's
``read(source, report) -> Iterator[bytes]``; where the line says ``confirm``, also ``confirm(head: bytes) -> bool``
with the first :data:`HEAD` bytes of the file, for what its magic alone does not tell. One that is ``carved`` may have
``length(head: bytes) -> int``, the bytes it covers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Literal, NamedTuple

import msgspec

from firmbom.tree.base import HEAD


class Magic(NamedTuple):
    """Bytes at a place of the file; a negative offset counts from its end."""

    value: bytes
    offset: int = 0


class Format(msgspec.Struct, frozen=True):
    """One format of container."""

    name: str
    kind: Literal["archive", "stream"]
    """An archive holds files by name; a stream holds one file's bytes, compressed."""
    description: str
    magics: tuple[Magic, ...] = ()
    """One of them must fit; none stands for any file, then ``confirm`` decides."""
    confirm: bool = False
    carved: bool = False
    """May stand anywhere in a raw flash dump, where its magic and ``confirm`` find it."""
    suffixes: Mapping[str, str] = {}
    """Of a stream: endings of a file's name, and what stands there once unpacked."""

    @property
    def module(self) -> Any:
        """The module that reads it, imported at the first use."""
        return import_module(f"firmbom.tree.readers.{self.name}")

    def inner_name(self, name: str) -> str:
        """The name of what a stream unpacks to."""
        for ending, unpacked in self.suffixes.items():
            if name.lower().endswith(ending) and len(name) > len(ending):
                return name[: -len(ending)] + unpacked
        return name


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
    Format("zip", "archive", "zip", (Magic(b"PK\3\4"), Magic(b"PK\5\6"), Magic(b"PK\5\6", -22))),
    Format("squashfs", "archive", "squashfs 4 (gzip, lzma, lzo, xz, lz4, zstd)", (Magic(b"hsqs"),), True, True),
    Format(
        "cpio",
        "archive",
        "cpio (newc, crc, odc, old binary), also several in a row",
        tuple(Magic(value) for value in (b"070701", b"070702", b"070707", b"\xc7\x71", b"\x71\xc7")),
        True,
    ),
    Format("cramfs", "archive", "cramfs", (Magic(b"\x45\x3d\xcd\x28"), Magic(b"\x28\xcd\x3d\x45")), True, True),
    Format("romfs", "archive", "romfs", (Magic(b"-rom1fs-"),), True, True),
    Format("uimage", "archive", "U-Boot legacy image (uImage)", (Magic(b"\x27\x05\x19\x56"),), True, True),
    Format("fit", "archive", "U-Boot FIT, data inside or behind the tree", (Magic(b"\xd0\x0d\xfe\xed"),), True, True),
    Format("jffs2", "archive", "JFFS2, little and big endian", (Magic(b"\x85\x19"), Magic(b"\x19\x85")), True, True),
    Format("ubi", "archive", "UBI, its volumes as files", (Magic(b"UBI#"),), True, True),
    Format("ubifs", "archive", "UBIFS (lzo, zlib, zstd)", (Magic(b"\x31\x18\x10\x06"),), True),
    Format("qcow2", "archive", "qcow2 disk image, versions 2 and 3", (Magic(b"QFI\xfb"),), True),
    Format(
        "android_sparse",
        "stream",
        "Android sparse image",
        (Magic(b"\x3a\xff\x26\xed"),),
        True,
        suffixes={".simg": ".img"},
    ),
    Format("iso9660", "archive", "ISO 9660 (Rock Ridge, Joliet, zisofs)", (Magic(b"CD001", 32769),)),
    Format("gpt", "archive", "disk image with a GPT", (Magic(b"EFI PART", 512), Magic(b"EFI PART", 4096))),
    Format("ext", "archive", "ext2, ext3, ext4", (Magic(b"\x53\xef", 1080),), True),
    Format("fat", "archive", "FAT12, FAT16, FAT32 with long names", (Magic(b"\x55\xaa", 510),), True),
    Format("mbr", "archive", "disk image with an MBR, logical partitions too", (Magic(b"\x55\xaa", 510),), True),
    Format("ihex", "archive", "Intel HEX", (Magic(b":"),), True),
    Format("srec", "archive", "Motorola S-records", (Magic(b"S"),), True),
    Format(
        "erofs",
        "archive",
        "EROFS (lz4, lzma, deflate, zstd)",
        (Magic(b"\xe2\xe1\xf5\xe0", 1024),),
        True,
        True,
    ),
    Format("tar", "archive", "tar (v7, ustar, pax, GNU)", confirm=True),
    Format("lzma", "stream", "LZMA alone", confirm=True, suffixes={".tlz": ".tar", ".lzma": ""}),
)
"""In the order they are tried: what has a magic before what has none."""


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
    for one in FORMATS:
        fits = not one.magics or any(_fits(magic, head, contents) for magic in one.magics)
        if fits and (not one.confirm or one.module.confirm(head)):
            return one
    return None


def _fits(magic: Magic, head: bytes, contents: Contents) -> bool:
    offset = magic.offset if magic.offset >= 0 else contents.size + magic.offset
    if offset < 0:
        return False
    end = offset + len(magic.value)
    if end <= len(head):
        return head.startswith(magic.value, offset)
    return end <= contents.size and contents.read_at(offset, len(magic.value)) == magic.value


FOREIGN = (
    (Magic(b"\x7fELF"), "an ELF binary"),
    (Magic(b"MZ"), "a Windows program"),
    (Magic(b"hsqs"), "a squashfs image"),
    (Magic(b"sqsh"), "a squashfs image"),
    (Magic(b"\x53\xef", 1080), "an ext2, ext3 or ext4 image with a damaged superblock"),
    (Magic(b"BEA01", 32769), "a UDF image"),
    (Magic(b"NTFS    ", 3), "an NTFS image"),
    (Magic(b"EXFAT   ", 3), "an exFAT image"),
    (Magic(b"QFI\xfb"), "a qcow image of a version other than 2 and 3"),
    (Magic(b"\x3a\xff\x26\xed"), "an Android sparse image with a damaged header"),
    (Magic(b"\xd0\x0d\xfe\xed"), "a device tree"),
    (Magic(b"\x27\x05\x19\x56"), "a U-Boot image with a damaged header"),
    (Magic(b"ANDROID!"), "an Android boot image"),
    (Magic(b"\x55\xaa", 510), "a boot sector without partitions or FAT"),
    (Magic(b"!<arch>\n"), "an ar archive"),
    (Magic(b"\xed\xab\xee\xdb"), "an RPM package"),
    (Magic(b"7z\xbc\xaf\x27\x1c"), "a 7z archive"),
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
