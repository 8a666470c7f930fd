"""Sources in debug information: what gcc writes, damaged, and which component a path belongs to."""

from __future__ import annotations

import subprocess

import pytest

from firmbom.errors import ConfigError, InputError
from firmbom.identity import purl
from firmbom_elf import dwarf, sources
from firmbom_elf.sources import Origin, PathRule
from firmbom_elf.tables import Tables


@pytest.fixture(scope="module", params=["-gdwarf-4", "-gdwarf-5", "-gdwarf-5 -gz", "-gdwarf-2 -gstrict-dwarf"])
def program(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A program of two releases' sources."""
    folder = tmp_path_factory.mktemp("build")
    for name in ("zlib-1.2.13/inflate.c", "app-2.0/src/main.c"):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text(
            "int main(void) { return 0; }\n" if "main" in name else "int inflate(void) { return 1; }\n"
        )
    options = [*str(request.param).split(), f"-ffile-prefix-map={folder}=/build"]
    command = ["gcc", *options, "-o", "app", "zlib-1.2.13/inflate.c", "app-2.0/src/main.c"]
    subprocess.run(command, cwd=folder, check=True)
    return (folder / "app").read_bytes()


def _read(data: bytes) -> dwarf.Units:
    try:
        tables = Tables(data)
    except InputError:
        return dwarf.read(data, None)
    return dwarf.read(data, tables)


def test_sources_and_producers(program: bytes) -> None:
    found = _read(program)
    assert {"/build/zlib-1.2.13/inflate.c", "/build/app-2.0/src/main.c"} <= set(found.sources)
    assert any("GNU C" in one for one in found.producers)
    assert [(one.name, one.version, one.files) for one in sources.origins(found.sources)] == [
        ("app", "2.0", 1),
        ("zlib", "1.2.13", 1),
    ]


def test_damage_ends_the_reading_and_nothing_else(program: bytes) -> None:
    whole = _read(program)
    for cut in range(0, len(program), len(program) // 150):
        assert set(_read(program[:cut]).sources) <= set(whole.sources)
    start = program.find(b".shstrtab")
    for offset in range(40, start, max(1, start // 150)):
        _read(program[:offset] + b"\xff" + program[offset + 1 :])


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
