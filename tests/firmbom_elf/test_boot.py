"""Kernels, boot loaders, firmware and JavaScript runtimes by their banners; and texts that are none."""

from __future__ import annotations

import gzip
import lzma
import struct

import pytest

from firmbom.model import Basis, Component, Edge
from firmbom_elf.catalogue.load import catalogue, licence_of
from firmbom_elf.declarations import boot, declared, kernel, linux, node, signs, uefi
from firmbom_elf.declarations.declared import Declared, Subject
from firmbom_elf.facts import Elf, Examined, Rule, Sighting

PLACE = "flash.bin"
DEBIAN = b"Linux version 6.1.0-56-arm64 (debian@x) (gcc-12, GNU ld) #1 SMP Debian 6.1.192-2 (2026-11-16)\n\0"
VANILLA = b"Linux version 6.6.52-yocto (oe@oe) (aarch64-oe-gcc 13) #1 SMP PREEMPT Mon Sep 30 UTC 2024\n\0"


def read(data: bytes, elf: Elf | None = None) -> Declared:
    return declared.read(Subject(data, elf, PLACE, PLACE))


def stated(data: bytes) -> list[tuple[str, str]]:
    return [(one.name, one.version) for one in read(data).components]


def properties(component: Component) -> dict[str, str]:
    return {one.name: one.value for one in component.properties}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"\0U-Boot 2023.01+dfsg-2+deb12u3 (Jun 22 2026 - 08:38:07 +0000)\0", ("u-boot", "2023.01")),
        (b"\0U-Boot SPL 2017.09-g1e54c43-250107 #lxh (Jan 16 2025 - 16:37:07), fwver: v1.11\0", ("u-boot", "2017.09")),
        (b"\0U-Boot 1.1.4 (Jun  1 2010 - 10:11:12)\0", ("u-boot", "1.1.4")),
        (b"\0U-Boot 2022.01-rc3-dirty (2021-12-01 - 10:11:12)\0", ("u-boot", "2022.01-rc3")),
        (b"BL31: %s\0v2.8(release):\0Built : 06:31:44, Nov 25 2022\0", ("arm-trusted-firmware", "")),
        (b"BL31: %s\0v2.6(release):\0Built : 06:31:44, Nov 25 2022\0", ("arm-trusted-firmware", "2.6")),
        (b"BL31: %s\0Built : 16:36:43, Sep 19 2023\0v2.3():v2.3-645-g8ce:cl\0", ("arm-trusted-firmware", "2.3")),
        (b"BL31: %s\0v2.8(debug):lts-v2.8.6\0Built : 06:31:44, Nov 25 2022\0", ("arm-trusted-firmware", "2.8.6")),
        (
            b"\0U3.13.0-891-g9f2aca7d1 #x (gcc version 10.2.1 (GNU)) #2 Thu Oct 31 15:44:20 CST 2024 aarch64\0",
            ("op-tee", "3.13.0"),
        ),
        (b"\0004.3.0 (gcc version 13.2.0 (GCC)) #1 Fri Jul 12 10:00:00 UTC 2024 arm\0", ("op-tee", "4.3.0")),
        (b"\0\nOpenSBI v%d.%d\n\0", ("opensbi", "")),
        (b"\0OpenSBI v1.4-15-gabcdef0\0", ("opensbi", "1.4")),
        (b"\0barebox 2022.12.0 #1 Tue Dec 13 10:00:00 UTC 2022\0", ("barebox", "2022.12.0")),
        (b'LARCHIVE\0#define COREBOOT_VERSION "4.19-120-gabc"\n\0', ("coreboot", "4.19")),
        (b"SeaBIOS (version %s)\0gcc: 12 binutils: (GNU) 2.40\x001.16.2-debian-1.16.2-1\0", ("seabios", "1.16.2")),
        (b"SeaVGABIOS (version %s)\0gcc: 12 binutils: 2.40\0rel-1.16.2-0-gea1b7a0\0", ("seabios", "1.16.2")),
        (b"\0GNU GRUB  version %s\0002.06-13+deb12u2\0", ("grub", "2.06")),
        (b"\0User-Agent: Syslinux/6.04\r\n\0", ("syslinux", "6.04")),
        (b"\0OpenBIOS 1.1 [%s]\0", ("openbios", "1.1")),
        (b"SLOF\0 FW Version = release 20220719\0", ("slof", "20220719")),
    ],
)
def test_banners_of_boot_loaders(text: bytes, expected: tuple[str, str]) -> None:
    data = bytes(100) + text + bytes(100)
    assert stated(data) == [expected]
    component = read(data).components[0]
    claim = component.claims[0]
    assert claim.basis is Basis.VERSION_STRING
    assert data[claim.location.offset :].startswith(claim.location.text[:8].encode())
    assert all(cpe.split(":")[5] == expected[1] for cpe in component.cpes)
    entry = catalogue().entries.get(component.name)
    assert [one.value for one in component.licences] == ([licence_of(entry, component.version)] if entry else [])
    assert stated(text.replace(b"\0", b" ")) == []


@pytest.mark.parametrize(
    "text",
    [
        b"\0U-Boot 2023.01\0",
        b"\0based on U-Boot 2023.01 of (somebody)\0",
        b"\0v2.8(release):\0" + bytes(300) + b"BL31\0Built : 06:31:44, Nov 25 2022\0",
        b"\0v2.8(release):\0 BL\0",
        b"\0aarch64 4.3.0 (gcc version 13) aarch64\0",
        b"\0SeaBIOS (version %s)\0",
        b"\0FW Version = release 20220719\0",
    ],
)
def test_what_only_resembles_a_banner(text: bytes) -> None:
    assert stated(text) == []


def test_several_versions_are_several_components() -> None:
    one, other = (f"U-Boot {version} (Jan 01 2024 - 00:00:00)\0".encode() for version in ("2024.01", "2022.10"))
    spl = b"U-Boot SPL 2024.01 (Jan 01 2024 - 00:00:00)\0"
    said = read(b"\0" + one + other + spl)
    assert [(item.version, len(item.claims)) for item in said.components] == [("2024.01", 2), ("2022.10", 1)]
    assert properties(said.components[0]) == {"firmbom:boot:part": "SPL"}


def test_programs_that_need_a_loader_are_not_searched() -> None:
    banner = b"\0U-Boot 2024.01 (Jan 01 2024 - 00:00:00)\0" + VANILLA
    elf = Elf(bits=64, endian="little", machine="aarch64", kind="executable")
    assert len(read(banner, elf).components) == 2
    for program in (
        Elf(bits=64, endian="little", machine="aarch64", kind="executable", interpreter="/lib/ld.so"),
        Elf(bits=64, endian="little", machine="aarch64", kind="library", soname="libx.so.1"),
        Elf(bits=64, endian="little", machine="aarch64", kind="object"),
    ):
        assert read(banner, program) == Declared()


# Kernels


def test_a_distributions_kernel_has_its_upstream_version() -> None:
    said = read(bytes(64) + DEBIAN + DEBIAN.replace(b"#1", b"#"))
    assert [one.purl for one in said.components] == ["pkg:generic/linux@6.1.192"]
    component = said.components[0]
    assert properties(component) == {
        "firmbom:linux:release": "6.1.0-56-arm64",
        "firmbom:linux:build": "SMP Debian 6.1.192-2 (2026-11-16)",
    }
    assert component.cpes == ("cpe:2.3:o:linux:linux_kernel:6.1.192:*:*:*:*:*:*:*",)
    assert (component.claims[0].location.offset, component.type) == (64, "operating-system")


@pytest.mark.parametrize(
    ("release", "build", "expected"),
    [
        ("6.6.52-yocto-standard", "SMP", "6.6.52"),
        ("5.14.0-362.8.1.el9_3.x86_64", "SMP", "5.14.0"),
        ("6.1.0-56-arm64", "SMP Debian 6.1.192-2 (2026-11-16)", "6.1.192"),
        ("6.12.117+deb12-arm64", "SMP Debian 6.12.117-1~bpo12+1 (2026)", "6.12.117"),
        ("6.5.11-8-pve", "SMP PMX 6.5.11-8", "6.5.11"),
        ("6.12.0-rc3", "", "6.12.0-rc3"),
        ("5.15.0-91-generic", "101-Ubuntu SMP", ""),
        ("", "", ""),
    ],
)
def test_releases_and_versions(release: str, build: str, expected: str) -> None:
    assert linux.version(release, build) == expected


def test_ubuntu_signs_its_kernels_with_the_upstream_version() -> None:
    banner = b"Linux version 5.15.0-91-generic (buildd@x) (gcc) #101-Ubuntu SMP Tue Nov 14\n\0"
    assert stated(bytes(8) + banner + b"Ubuntu 5.15.0-91.101-generic 5.15.131\n\0") == [("linux", "5.15.131")]
    assert stated(bytes(8) + banner) == [("linux", "")]


def test_texts_about_kernels_are_no_banners() -> None:
    assert stated(bytes(8) + b"Linux version %s (%s) %s\n\0Linux version 2.6.32 or newer\0") == []
    assert stated(bytes(8) + VANILLA.replace(b"\n\0", b"\nand more")) == []


def test_the_header_of_a_bzimage_tells_the_version() -> None:
    image = bytearray(4096)
    image[0x202:0x206] = b"HdrS"
    struct.pack_into("<H", image, 0x20E, 0x400)
    text = b"6.1.0-56-amd64 (debian@x) #1 SMP Debian 6.1.192-2 (2026-11-16)\0"
    image[0x600 : 0x600 + len(text)] = text
    component = read(bytes(image)).components[0]
    assert (component.purl, component.claims[0].location.offset) == ("pkg:generic/linux@6.1.192", 0x600)
    struct.pack_into("<H", image, 0x20E, 0xFFFF)
    assert stated(bytes(image)) == []
    assert stated(bytes(image[:0x208])) == []


def test_the_name_in_a_uimage_tells_the_version_with_less_confidence() -> None:
    header = b"\x27\x05\x19\x56".ljust(30, b"\0") + b"\2\1" + b"MIPS OpenWrt Linux-5.4.179".ljust(32, b"\0")
    component = read(header + bytes(64)).components[0]
    assert (component.version, component.claims[0].confidence) == ("5.4.179", 0.7)
    assert stated(header.replace(b"Linux", b"Linus") + bytes(64)) == []


def configured(text: bytes) -> bytes:
    return b"IKCFG_ST" + gzip.compress(text, mtime=0) + b"IKCFG_ED"


def test_an_embedded_configuration_is_told_with_its_digest() -> None:
    text = (
        b"#\n# Automatically generated file; DO NOT EDIT.\n# Linux/arm64 6.1.77 Kernel Configuration\n#\nCONFIG_A=y\n"
    )
    component = read(bytes(16) + DEBIAN.replace(b" Debian 6.1.192-2", b"") + configured(text)).components[0]
    assert component.version == "6.1.77"
    assert len(properties(component)["firmbom:linux:config-sha256"]) == 64
    alone = read(bytes(16) + configured(text))
    assert [(one.version, one.claims[0].location.symbol) for one in alone.components] == [("6.1.77", "IKCFG_ST")]
    assert stated(bytes(16) + configured(b"nothing known")) == [("linux", "")]


def test_damaged_and_huge_configurations_are_problems(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "LARGEST", 1 << 16)
    whole = configured(bytes(range(256)) * 4)
    for content, message in (
        (whole[:60], "cut off"),
        (whole[:20] + bytes(40), "Error"),
        (configured(bytes(kernel.LARGEST + 1)), "larger than"),
    ):
        said = read(bytes(16) + VANILLA + content)
        assert [message in one.message for one in said.problems] == [True]
        assert [one.version for one in said.components] == ["6.6.52"]


def test_modules_take_the_version_of_the_kernel_of_their_release() -> None:
    claim = read(bytes(64) + DEBIAN).components[0].claims
    assert [one.value for one in claim] == ["", "6.1.0-56-arm64"]
    kernel_of = linux.component(claim, "6.1.0-56-arm64", "6.1.192")
    unknown = linux.component(claim, "6.1.0-56-arm64", "")
    other = linux.component(claim, "6.1.0-57-arm64", "")
    driver = read(bytes(64) + VANILLA).components[0]
    made, edges = linux.settled((unknown, kernel_of, driver), (Edge(driver.ref, unknown.ref),))
    assert [one.purl for one in made] == [kernel_of.purl, kernel_of.purl, driver.purl]
    assert made[0].cpes == kernel_of.cpes
    assert edges == (Edge(driver.ref, kernel_of.ref),)
    assert linux.settled((other, kernel_of), ())[0] == (other, kernel_of)
    twice = linux.component(claim, "6.1.0-56-arm64", "6.1.190")
    assert linux.settled((unknown, kernel_of, twice), ())[0] == (unknown, kernel_of, twice)


# UEFI


def volume(content: bytes) -> bytes:
    return bytes(40) + b"_FVH" + bytes(100) + content


def packed(content: bytes) -> bytes:
    body = lzma.compress(content, lzma.FORMAT_ALONE)
    guid = bytes.fromhex("98584eee143959429d6edc7bd79403cf")
    return (24 + len(body)).to_bytes(3, "little") + b"\2" + guid + struct.pack("<HH", 24, 1) + body


PATH = b"\0/build/edk2-2022.11/Build/ArmVirtQemu/x.dll\0"


def test_a_program_that_unpacks_a_kernel_is_nothing_by_itself() -> None:
    name = Sighting(name="vmlinuz", rule=Rule.FILE, confidence=0.3, listed=False, own=True)
    kernel = Examined(path="vmlinux", place="boot/vmlinuz!/vmlinux", components=read(DEBIAN).components)
    wrapper = Examined(path="boot/vmlinuz", place="boot/vmlinuz", sightings=(name,))
    other = Examined(path="boot/tool", place="boot/tool", sightings=(name,))
    inside = Examined(path="x", place="boot/tool!/x", sightings=(name,))
    made = linux.unwrapped([wrapper, kernel, other, inside])
    assert [one.sightings for one in made] == [(), (), (name,), (name,)]


def test_edk2_tells_its_release_in_build_paths() -> None:
    component = read(volume(PATH)).components[0]
    assert (component.purl, component.cpes[0].split(":")[5]) == ("pkg:generic/edk2@2022.11", "202211")
    inside = read(volume(packed(bytes(500) + PATH.replace(b"edk2-2022.11", b"edk2-stable202305"))))
    assert [(one.version, one.claims[0].location.offset) for one in inside.components] == [("2023.05", 144)]


def test_edk2_without_a_release() -> None:
    assert stated(volume(packed(bytes(99) + "EDK II".encode("utf-16-le")))) == [("edk2", "")]
    assert stated(volume(b"another vendor's")) == []
    assert stated(bytes(40) + PATH) == []


@pytest.mark.parametrize(
    ("shown", "version"),
    [
        ("@2025.02-8+deb13u1", "2025.02"),
        ("edk2-stable202502", "2025.02"),
        ("202502", ""),
        ("2025.02.1", ""),
        ("on 2025.02 it", ""),
        ("2025.02\0 2024.11", ""),
    ],
)
def test_edk2_shows_its_release(shown: str, version: str) -> None:
    text = f"EDK II\0{shown}\0".encode("utf-16-le")
    assert stated(volume(packed(bytes(99) + text))) == [("edk2", version)]
    assert stated(volume(packed(bytes(99) + text[14:]))) == [], "who shows it is not told"


def test_damaged_and_endless_compressed_volumes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uefi, "LARGEST", 1 << 16)
    whole = packed(PATH)
    assert stated(volume(whole[:40] + bytes(30))) == []
    assert stated(volume(whole[:19])) == []
    assert stated(volume(whole[:24] + b"not lzma")) == []
    bomb = packed(bytes(uefi.LARGEST + 1000) + PATH)
    assert stated(volume(bomb + packed(b"MARK" + PATH))) == []


# What files are searched for


def test_no_reader_is_kept_from_a_file_that_it_reads() -> None:
    assert {banner.text for banner in boot.BANNERS} == {*signs.LOADERS}
    assert {runtime.mark for runtime in node.RUNTIMES} == {*signs.RUNTIMES}
    assert {text for runtime in node.RUNTIMES for text in (runtime.mark, runtime.text)} < {*signs.TEXTS}


# JavaScript runtimes


def runtime(*texts: bytes) -> list[tuple[str, str]]:
    data = b"\x7fELF\2\1".ljust(signs.SMALLEST_RUNTIME, b"\0") + b"\0".join(texts)
    elf = Elf(bits=64, endian="little", machine="aarch64", kind="executable", interpreter="/lib/ld.so")
    return [(one.purl, properties(one).get("firmbom:node:single-executable", "")) for one in read(data, elf).components]


NODE = b"https://nodejs.org/download/release/v18.20.4/node-v18.20.4-headers.tar.gz"
FUSE = b"NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:"


def test_runtimes_and_the_programs_that_carry_them() -> None:
    assert runtime(NODE, FUSE + b"0") == [("pkg:generic/nodejs@18.20.4", "")]
    assert runtime(NODE, FUSE + b"1") == [("pkg:generic/nodejs@18.20.4", "yes")]
    assert runtime(NODE, b"PAYLOAD_POSITION") == [("pkg:generic/nodejs@18.20.4", "yes")]
    assert runtime(NODE, b"---- Bun! ----" + bytes(99), b"Bun v1.4.5 (a7733435c) Linux") == [
        ("pkg:generic/bun@1.4.5", "")
    ]
    assert runtime(b"Bun v1.4.5 (a7733435c)", b"\n---- Bun! ----\n") == [("pkg:generic/bun@1.4.5", "yes")]
    deno = (b"d3n0l4nd" + bytes(99), b"Deno/0.80.0", b"Deno/2.9.6", b"Deno/2.9.6")
    assert runtime(NODE, *deno) == [("pkg:generic/deno@2.9.6", "")]


def test_no_runtime() -> None:
    assert runtime(b"https://nodejs.org/download/release/v18.20.4/node-v18.20.5-headers.tar.gz") == []
    assert runtime(b"d3n0l4nd" + bytes(99), b"Deno/1.0.0", b"Deno/2.0.0") == []
    assert read(b"\x7fELF" + NODE) == Declared()
