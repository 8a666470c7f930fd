"""Sources in debug information: what gcc writes, damaged, and which component a path belongs to."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from firmbom.errors import ConfigError, InputError
from firmbom.identity import purl
from firmbom_elf.binary.tables import Tables
from firmbom_elf.debug import debug_sections, dwarf, dwarf_units, sources
from firmbom_elf.debug.sources import Origin, PathRule


def built(folder: Path, *options: str) -> bytes:
    """A program of two releases' sources."""
    for name in ("zlib-1.2.13/inflate.c", "app-2.0/src/main.c"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(
            "int main(void) { return 0; }\n" if "main" in name else "int inflate(void) { return 1; }\n"
        )
    command = ["gcc", *options, f"-ffile-prefix-map={folder}=/build", "-o", "app"]
    subprocess.run([*command, "zlib-1.2.13/inflate.c", "app-2.0/src/main.c"], cwd=folder, check=True)
    return (folder / "app").read_bytes()


@pytest.fixture(
    scope="module",
    params=[
        "-gdwarf-4",
        "-gdwarf-5",
        "-gdwarf-5 -gz",
        "-gdwarf-5 -gsplit-dwarf",
        "-gdwarf-4 -gsplit-dwarf",
        "-gdwarf-4 -Wl,--compress-debug-sections=zlib-gnu",
        "-gdwarf-5 -Wl,--compress-debug-sections=zstd",
        "-gdwarf-5 -flto -O1",
        "-gdwarf-2 -gstrict-dwarf",
    ],
)
def options(request: pytest.FixtureRequest) -> list[str]:
    return str(request.param).split()


@pytest.fixture(scope="module")
def program(options: list[str], tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return built(tmp_path_factory.mktemp("build"), *options)


def _read(data: bytes) -> dwarf.Units:
    try:
        tables = Tables(data)
    except InputError:
        return dwarf.read(None)
    return dwarf.read(tables)


SOURCES = {"/build/zlib-1.2.13/inflate.c", "/build/app-2.0/src/main.c"}


def test_sources_and_producers(program: bytes, options: list[str]) -> None:
    found = _read(program)
    assert set(found.sources) == SOURCES
    split = "-gsplit-dwarf" in options  # the producer is in the .dwo file
    assert any("GNU C" in one for one in found.producers) is not split
    assert [(one.name, one.version, one.files) for one in sources.origins(found.sources)] == [
        ("app", "2.0", 1),
        ("zlib", "1.2.13", 1),
    ]


CLANG = """
.globl main
main: ret
.section .note.GNU-stack,"",%progbits
.section .debug_abbrev,"",%progbits
.uleb128 1, 0x11; .byte 0                                       # DW_TAG_compile_unit, no children
.uleb128 0x25,0x25, 0x03,0x25, 0x72,0x17, 0x1b,0x25             # producer, name, str_offsets_base, comp_dir
.uleb128 0x11,0x1b, 0x55,0x23, 0x73,0x17, 0x74,0x17             # low_pc, ranges, addr_base, rnglists_base
.uleb128 0,0, 0
.section .debug_info,"",%progbits
.4byte .Lend-.Lbegin
.Lbegin: .2byte 5; .byte 1, 8; .4byte .debug_abbrev
.uleb128 1; .byte 0, 1; .4byte .Loffsets; .byte 2
.uleb128 0, 0; .4byte 8, 12
.Lend:
.section .debug_str_offsets,"",%progbits
.4byte 16; .2byte 5, 0
.Loffsets: .4byte .Lproducer, .Lname, .Lfolder
.section .debug_str,"",%progbits
.Lproducer: .asciz "clang version 14.0.6"
.Lname: .asciz "zlib-1.2.13/inflate.c"
.Lfolder: .asciz "/build"
"""
"""A unit as clang writes it in DWARF 5: its first entry points into the tables of addresses and ranges."""


def test_what_points_into_tables_of_places(tmp_path: Path) -> None:
    (tmp_path / "unit.s").write_text(CLANG)
    subprocess.run(["gcc", "-o", "app", "unit.s"], cwd=tmp_path, check=True)
    found = _read((tmp_path / "app").read_bytes())
    assert found == dwarf.Units(("/build/zlib-1.2.13/inflate.c",), ("clang version 14.0.6",))


def test_damage_ends_the_reading_and_nothing_else(program: bytes) -> None:
    whole = _read(program)
    for cut in range(0, len(program), len(program) // 150):
        assert set(_read(program[:cut]).sources) <= set(whole.sources)
    start = program.find(b".shstrtab")
    for offset in range(40, start, max(1, start // 150)):
        _read(program[:offset] + b"\xff" + program[offset + 1 :])


def test_names_that_dwz_moved_to_a_shared_file(tmp_path: Path) -> None:
    if not shutil.which("dwz"):
        pytest.skip("dwz is not installed")
    for name, options in {"one": ("-gdwarf-4",), "two": ("-gdwarf-4", "-O1")}.items():
        (tmp_path / name).write_bytes(built(tmp_path, *options))
        (tmp_path / name).chmod(0o755)
    subprocess.run(["dwz", "-m", "shared.debug", "one", "two"], cwd=tmp_path, check=True)
    if not (tmp_path / "shared.debug").exists():
        pytest.skip("this platform's compiler leaves dwz nothing to share")
    assert set(_read((tmp_path / "shared.debug").read_bytes()).sources) == set()
    assert set(_read((tmp_path / "one").read_bytes()).sources) == {"zlib-1.2.13/inflate.c", "app-2.0/src/main.c"}


@pytest.mark.parametrize("options", [("-g",), ("-g", "-gz"), ("-gdwarf-4",), ("-g", "-r", "-nostdlib")])
def test_object_files_are_linked_first(tmp_path: Path, options: tuple[str, ...]) -> None:
    (tmp_path / "inflate.c").write_text(
        "struct window { int size; } window; int inflate(void) { return window.size; }\n"
    )
    linked = "-r" in options
    command = ["gcc", *options, *(() if linked else ("-c",)), f"-ffile-prefix-map={tmp_path}=/build/zlib-1.2.13"]
    subprocess.run([*command, "inflate.c", "-o", "inflate.ko"], cwd=tmp_path, check=True)
    assert _read((tmp_path / "inflate.ko").read_bytes()).sources == ("/build/zlib-1.2.13/inflate.c",)


def packed(folder: Path, how: str) -> bytes:
    """A program whose debug information is worth compressing."""
    lines = "".join(f"int a_function_of_number_{number}(void) {{ return {number}; }}\n" for number in range(200))
    (folder / "main.c").write_text(lines + "int main(void) { return 0; }\n")
    command = ["gcc", "-g", how, f"-ffile-prefix-map={folder}=/build/app-2.0/src", "-o", "app", "main.c"]
    subprocess.run(command, cwd=folder, check=True)
    return (folder / "app").read_bytes()


@pytest.mark.parametrize("how", ["-Wl,--compress-debug-sections=zstd", "-gz"])
def test_a_bomb_among_the_sections_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    data = packed(tmp_path, how)
    assert _read(data).sources == ("/build/app-2.0/src/main.c",)
    monkeypatch.setattr(debug_sections, "LARGEST", 500)
    assert _read(data) == dwarf.Units()
    with pytest.raises(InputError, match="larger than 500 bytes"):
        debug_sections.read(Tables(data))


def test_tables_without_end_are_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = built(tmp_path, "-g")
    monkeypatch.setattr(dwarf_units._Information, "left", 0)
    assert _read(data) == dwarf.Units()
    monkeypatch.undo()
    section = Tables(data).named(b".debug_abbrev")
    assert section
    endless = data[: section.offset] + b"\x80" * section.size + data[section.offset + section.size :]
    assert _read(endless) == dwarf.Units()
    with pytest.raises(InputError, match="has no end"):
        next(dwarf_units.information(Tables(endless)).iter_CUs()).get_top_DIE()
    zeros = data[: section.offset] + bytes(section.size) + data[section.offset + section.size :]
    assert _read(zeros) == dwarf.Units()


@pytest.mark.parametrize("how", ["-Wl,--compress-debug-sections=zstd", "-gz"])
def test_a_damaged_compressed_section_is_an_error(tmp_path: Path, how: str) -> None:
    data = bytearray(packed(tmp_path, how))
    section = Tables(bytes(data)).named(b".debug_str")
    assert section
    for damage, message in ((b"\xff" * 8, "damaged"), (b"\x07\0\0\0", "not known: 7")):
        at = section.offset + (24 if len(damage) == 8 else 0)
        data[at : at + len(damage)] = damage
        with pytest.raises(InputError, match=message):
            debug_sections.read(Tables(bytes(data)))


def test_what_has_no_debug_information() -> None:
    assert _read(b"") == _read(b"\x7fELF") == _read(b".debug_info" * 9) == dwarf.Units()


@pytest.mark.parametrize(
    ("path", "origin"),
    [
        ("/usr/src/debug/openssl/3.0.13-r0/openssl-3.0.13/crypto/aes.c", ("openssl", "3.0.13")),
        ("/usr/src/debug/busybox/1.36.1/init/init_main.c", ("busybox", "1.36.1")),
        ("/usr/src/debug/u-boot/2024.01+git/cmd/a.c", ("u-boot", "2024.01")),
        ("/home/b/openwrt/build_dir/target-mips_24kc_musl/wpa_supplicant-2.10/src/a.c", ("wpa_supplicant", "2.10")),
        ("/b/output/build/libcurl-8.5.0/lib/url.c", ("libcurl", "8.5.0")),
        ("/usr/src/curl-7.88.1-10+deb12u5/lib/url.c", ("curl", "7.88.1")),
        ("/b/linux-rockchip_armv8/linux-5.15.150/kernel/fork.c", ("linux", "5.15.150")),
        ("/b/lzma-v9.20/C/x.c", ("lzma", "9.20")),
        ("/build/zlib-1.3.dfsg+really1.3.1/inflate.c", ("zlib", "1.3.1")),
        ("/usr/src/debug/linux-yocto/6.6.52+git/kernel/fork.c", ("linux-yocto", "6.6.52")),
        ("/usr/src/debug/bind/1_9.18.24-r0/lib/dns/a.c", ("bind", "9.18.24")),
    ],
)
def test_release_folders(path: str, origin: tuple[str, str]) -> None:
    assert [(one.name, one.version) for one in sources.origins([path])] == [origin]


@pytest.mark.parametrize(
    "path",
    ["/build/target-aarch64/src/a.c", "/b/gcc-12.2.0/libgcc/crtstuff.c", "main.c", "/b/x86_64-linux-gnu/a.c", ""],
)
def test_what_says_nothing(path: str) -> None:
    assert sources.origins([path]) == ()


def test_firmbom_toml_says_more_than_folders() -> None:
    rules = (PathRule(path="*/third_party/mbed/*", purl="pkg:generic/mbedtls@3.5.0"),)
    found = sources.origins(["/b/app-1.0/third_party/mbed/aes.c", "/b/app-1.0/main.c", "/b/app-1.0/b.c"], rules)
    assert found == (
        Origin("app", "1.0", None, "/b/app-1.0/b.c", 2),
        Origin("mbedtls", "3.5.0", purl("generic", "mbedtls", "3.5.0"), "/b/app-1.0/third_party/mbed/aes.c", 1),
    )


def test_a_wrong_purl_is_told_with_its_place() -> None:
    with pytest.raises(ConfigError, match=r"plugin\.elf\.sources\[1\]\.purl"):
        sources.check([PathRule(path="*", purl="pkg:generic/a"), PathRule(path="*", purl="mbedtls")])
