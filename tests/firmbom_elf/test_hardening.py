"""What gcc's options leave in a binary, and what cannot be told."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest

from firmbom_elf import elf
from firmbom_elf.binary import notes
from firmbom_elf.facts import Hardening

Compiled = Callable[..., bytes]

SOURCE = """
#include <stdio.h>
#include <string.h>
int main(int count, char **words) { char text[64]; strcpy(text, words[count - 1]); return puts(text); }
"""
PLAIN = "int main(void) { return 0; }"


def hardening(data: bytes) -> Hardening:
    facts = elf.read(data).elf
    assert facts is not None
    return facts.hardening


@pytest.mark.parametrize(
    ("options", "field", "value"),
    [
        (("-pie", "-fPIE"), "pie", "yes"),
        (("-no-pie",), "pie", "no"),
        (("-static-pie", "-fPIE"), "pie", "yes"),
        (("-shared", "-fPIC"), "pie", "library"),
        (("-c",), "pie", ""),
        (("-Wl,-z,relro,-z,now",), "relro", "full"),
        (("-Wl,-z,relro,-z,lazy",), "relro", "partial"),
        (("-Wl,-z,norelro",), "relro", "no"),
        (("-c",), "relro", ""),
        (("-Wl,-z,noexecstack",), "nx", "yes"),
        (("-Wl,-z,execstack",), "nx", "no"),
        (("-c",), "nx", ""),
        (("-fstack-protector-all",), "canary", "yes"),
        (("-fno-stack-protector",), "canary", "no"),
        (("-c", "-fstack-protector-all"), "canary", "yes"),
        (("-c", "-fno-stack-protector"), "canary", "no"),
        (("-O2", "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=2"), "fortify", "yes"),
        (("-O0", "-U_FORTIFY_SOURCE"), "fortify", "no"),
    ],
)
def test_what_an_option_does(compiled: Compiled, options: tuple[str, ...], field: str, value: str) -> None:
    assert getattr(hardening(compiled(SOURCE, *options)), field) == value


def test_what_cannot_be_told(compiled: Compiled) -> None:
    assert hardening(compiled(PLAIN)).fortify == ""
    assert hardening(compiled(PLAIN, "-static", "-s")).canary == ""


def test_clang_cfi_is_told_by_its_function(compiled: Compiled) -> None:
    source = "void __cfi_check(void) {} "
    assert hardening(compiled(source, "-shared", "-fPIC", "-fcf-protection=none")).cfi == ("clang-cfi",)


def properties(order: str, align: int, *given: tuple[int, int]) -> bytes:
    return b"".join(struct.pack(f"{order}III", kind, 4, value) + bytes(align - 4) for kind, value in given)


@pytest.mark.parametrize(
    ("said", "endian", "bits", "features"),
    [
        (properties("<", 8, (0xC000_8002, 1), (0xC000_0002, 3)), "little", 64, ["ibt", "shstk"]),
        (properties("<", 8, (0xC000_0000, 3)), "little", 64, ["bti", "pac"]),
        (properties(">", 8, (0xC000_0000, 4)), "big", 64, ["gcs"]),
        (properties("<", 4, (0xC000_0002, 1), (0xC000_0002, 2)), "little", 32, ["ibt", "shstk"]),
        (properties("<", 8, (0xC000_0002, 3))[:9], "little", 64, []),
        (struct.pack("<II", 0xC000_0002, 0xFFFF_FFFF), "little", 64, []),
        (b"", "little", 64, []),
    ],
)
def test_gnu_properties(said: bytes, endian: str, bits: int, features: list[str]) -> None:
    assert list(notes.features(said, endian, bits)) == features


@pytest.mark.parametrize("said", [b"", b"{", b"[1]", b'"text"', b"\xff", b"[" * 100_000])
def test_package_notes_that_say_nothing(said: bytes) -> None:
    assert list(notes.package(said)) == []


@pytest.mark.parametrize("said", [b"", b"{}", b'[{"soname": [3]}]', b"[[]]"])
def test_dlopen_notes_that_say_nothing(said: bytes) -> None:
    assert list(notes.dlopens(said)) == []
