"""PE and EFI programs: SBAT, banners, version resources, unified kernel images; and damaged ones."""

from __future__ import annotations

import struct
from collections.abc import Mapping

import pytest

from firmbom.identity import canonical
from firmbom_elf.binary import layout
from firmbom_elf.declarations import declared, sbat
from firmbom_elf.declarations.declared import Declared, Subject

GRUB = b"""sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md
grub,5,Free Software Foundation,grub,2.06,https://www.gnu.org/software/grub/
grub.debian,5,Debian,grub2,2.06-13+deb12u2,https://tracker.debian.org/pkg/grub2
grub.debian12,1,Debian,grub2,2.06-13+deb12u2,https://tracker.debian.org/pkg/grub2
\0"""


def pe_file(sections: Mapping[str, bytes], *, wide: bool = True, resources: tuple[int, int] = (0, 0)) -> bytes:
    """A PE file of those sections; each lies in memory where it lies in the file."""
    optional = 240 if wide else 224
    start = 0x80 + 24 + optional
    at = (start + 40 * len(sections) + 511) // 512 * 512
    table, body = b"", b""
    for name, content in sections.items():
        raw = content + bytes(-len(content) % 512)
        fields = (name.encode(), len(content), at + len(body), len(raw), at + len(body), 0, 0, 0, 0, 0x40000040)
        table += struct.pack("<8s6I2HI", *fields)
        body += raw
    machine = 0xAA64 if wide else 0x14C
    coff = b"PE\0\0" + struct.pack("<HHIIIHH", machine, len(sections), 0, 0, 0, optional, 0x22)
    head = struct.pack("<H", 0x20B if wide else 0x10B)
    values = bytearray(head.ljust(optional, b"\0"))
    struct.pack_into("<II", values, 32, 512, 512)  # alignment of sections in memory and in the file
    struct.pack_into("<II", values, 56, at + len(body), at)  # size of the image and of the headers
    struct.pack_into("<I", values, 108 if wide else 92, 16)
    struct.pack_into("<II", values, (112 if wide else 96) + 16, *resources)
    stub = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x80)
    return (stub.ljust(0x80, b"\0") + coff + bytes(values) + table).ljust(at, b"\0") + body


def read(data: bytes) -> Declared:
    said = declared.read(Subject(data, None, "EFI/x.efi", "EFI/x.efi"))
    assert all(one.purl == canonical(one.purl) for one in said.components)
    return said


def stated(data: bytes) -> list[tuple[str, str]]:
    return [(one.name, one.version) for one in read(data).components]


def test_sbat_tells_the_project_and_what_a_distribution_made_of_it() -> None:
    component = read(pe_file({".text": bytes(8), ".sbat": GRUB})).components[0]
    assert component.purl == "pkg:generic/grub@2.06"
    assert component.cpes == ("cpe:2.3:a:gnu:grub2:2.06:*:*:*:*:*:*:*",)
    assert [claim.value for claim in component.claims] == ["", "2.06-13+deb12u2"]
    assert len(component.properties) == 3
    assert component.claims[0].location.symbol == ".sbat"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (b"systemd,1,D,systemd,252,u\nsystemd.debian,1,D,systemd,252.39-1~deb12u2,u\n", [("systemd", "252.39")]),
        (b"shim,4,UEFI shim,shim,1,u\nshim.debian,1,Debian,shim,16.1,u\n", [("shim", "16.1")]),
        (b"shim,4,UEFI shim,shim,1,u\n", [("shim", "")]),
        (b"fwupd-efi,1,F,fwupd-efi,1.4,u\nfwupd-efi.debian,1,D,fwupd,1:1.4-1,u\n", [("fwupd-efi", "1.4")]),
        (
            b"systemd-boot,1,The D,systemd,257,u\nsystemd-boot.debian,1,D,systemd,257.13-1~deb13u1,u\n",
            [("systemd", "257.13")],
        ),
        (b"a,1,A,a,1.0,u\nb,1,B,b,2.0,u\n\n", [("a", "1.0"), ("b", "2.0")]),
        (b"short,1\n../x,1,A,a,1,u\n", []),
    ],
)
def test_versions_of_sbat(rows: bytes, expected: list[tuple[str, str]]) -> None:
    assert stated(pe_file({".sbat": b"sbat,1,SBAT Version,sbat,1,u\n" + rows})) == expected


def test_sbat_among_the_data_but_not_the_list_of_revocations() -> None:
    assert stated(pe_file({".data": b"x\0" + GRUB})) == [("grub", "2.06")]
    assert stated(pe_file({".data": b"x\0sbat,1,2025021800\nshim,4\ngrub,5\n\0"})) == []


@pytest.mark.parametrize("content", [b"nonsense\n", b"\0", b",,,\n"])
def test_damaged_sbat_is_a_problem(content: bytes) -> None:
    said = read(pe_file({".sbat": content}))
    assert (len(said.components), len(said.problems)) == (0, 1)


def test_sbat_is_read_to_a_bound() -> None:
    many = b"sbat,1,V,sbat,1,u\n" + b"".join(b"p%d,1,V,p,1.0,u\n" % number for number in range(10_000))
    assert len(sbat.parse(many)) < 300


def test_banners_of_shim_and_systemd() -> None:
    shim = b"UEFI SHIM\n$Version: 16.1 $\n$BuildMachine: b $\n\0"
    boot = b"#### LoaderInfo: systemd-boot 252.39-1~deb12u2 ####\0"
    assert stated(pe_file({".data": shim + boot})) == [("shim", "16.1"), ("systemd", "252.39")]
    both = read(pe_file({".data": boot, ".sbat": b"sbat,1,V,sbat,1,u\nsystemd,1,D,systemd,252.39,u\n"}))
    assert [len(one.claims) for one in both.components] == [3]


def test_a_unified_kernel_image_tells_its_release() -> None:
    component = read(pe_file({".uname": b"6.6.52-yocto\0", ".linux": b"x"}, wide=False)).components[0]
    assert (component.purl, component.claims[0].location.symbol) == ("pkg:generic/linux@6.6.52", ".uname")


def test_a_package_note_in_a_pe_file() -> None:
    said = read(pe_file({".pkgnote": b'{"type":"deb","os":"debian","name":"grub2","version":"2.06-13"}\0'}))
    assert [one.purl for one in said.components] == ["pkg:deb/debian/grub2@2.06-13?arch=source&distro=debian"]


def text16(text: str) -> bytes:
    return text.encode("utf-16-le") + b"\0\0"


def block(key: str, value: bytes, length: int, kind: int, children: bytes = b"") -> bytes:
    """One structure of ``VS_VERSIONINFO``: sizes, key, value and children, each at a boundary of 4 bytes."""
    head = bytes(6) + text16(key)
    made = head + bytes(-len(head) % 4) + value
    made += (bytes(-len(made) % 4) + children) if children else b""
    made = struct.pack("<HHH", len(made), length, kind) + made[6:]
    return made + bytes(-len(made) % 4)


def version_resource(strings: Mapping[str, str], base: int) -> bytes:
    entries = b"".join(block(key, text16(value), len(value) + 1, 1) for key, value in strings.items())
    table = block("StringFileInfo", b"", 0, 1, block("040904b0", b"", 0, 1, entries))
    fixed = struct.pack("<13I", 0xFEEF04BD, 0x10000, *([0] * 11))
    info = block("VS_VERSION_INFO", fixed, len(fixed), 0, table)
    tree = b""
    for number, offset in ((16, 0x80000018), (1, 0x80000030), (0x409, 0x48)):
        tree += bytes(14) + struct.pack("<HII", 1, number, offset)
    return tree + struct.pack("<4I", base + 0x58, len(info), 0, 0) + info


def test_the_version_resource_names_a_product() -> None:
    strings = {"ProductName": "My Tool", "ProductVersion": "1, 2, 3, 4", "CompanyName": "Acme", "FileVersion": "1.2"}
    base = layout.read(pe_file({".rsrc": b"x"})).sections[0].offset
    content = version_resource(strings, base)
    component = read(pe_file({".rsrc": content}, resources=(base, len(content)))).components[0]
    assert (component.purl, component.name, component.supplier.name) == (
        "pkg:generic/my-tool@1.2.3.4",
        "My Tool",
        "Acme",
    )
    assert component.properties[0].value == "1.2"
    broken = content.replace("Acme".encode("utf-16-le"), b"\0\xd8" * 4)
    assert len(read(pe_file({".rsrc": broken}, resources=(base, len(broken)))).components) == 1
    damaged = read(pe_file({".rsrc": content[:0x60]}, resources=(base, len(content))))
    assert damaged.components == ()


def test_damaged_pe_files() -> None:
    whole = pe_file({".text": bytes(8), ".sbat": GRUB}, resources=(0x200, 0xFFFFFFF0))
    for length in range(0, 0x400, 3):
        assert not read(whole[:length]).problems
    assert layout.read(b"MZ".ljust(0x40, b"\xff")) == layout.Layout()
    assert layout.read(whole[:0x3C] + struct.pack("<I", 0x10) + whole[0x40:]) == layout.Layout()
