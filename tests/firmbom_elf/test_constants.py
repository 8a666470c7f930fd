"""What short functions return, by their instructions: those that gcc 12 makes, and others of which nothing is said."""

from __future__ import annotations

import pytest

from firmbom_elf.constants import Constant, returned

AT = 0x1000


@pytest.mark.parametrize(
    ("machine", "code", "found"),
    [
        ("aarch64", "60fb8452 c0035fd6", Constant(10203, "number")),
        ("aarch64", "5f2403d5 80608052 4020a072 c0035fd6", Constant(0x01020304, "number")),
        ("aarch64", "00000090 00401691 c0035fd6", Constant(0x1590, "address")),
        ("aarch64", "40000010 c0035fd6", Constant(0x1008, "address")),
        ("aarch64", "e00000f0 00f047f9 c0035fd6", Constant(0x20FE0, "stored", 8)),
        ("aarch64", "e00000f0 00f047f9 000040f9 c0035fd6", Constant(0x20FE0, "stored", 8)),
        ("aarch64", "00000090 001040b9 c0035fd6", Constant(0x1010, "stored", 4)),
        ("arm", "0148 7844 7047 00bf 5e000000", Constant(0x1004 + 2 + 0x5E, "address")),
        ("arm", "42f2db70 7047", Constant(10203, "number")),
        ("arm", "0720 7047", Constant(7, "number")),
        ("arm", "4ff44170 c0f20210 7047", Constant(0x01020304, "number")),
        ("arm", "4ff48130 7047", Constant(66048, "number")),
        ("arm", "4ff00110 7047", Constant(0x10001, "number")),
        ("arm", "034b 7b44 9868 7047 00bf 00bf 00bf 00bf 10000000", Constant(0x1006 + 0x10 + 8, "stored", 4)),
        ("arm", "024b 034a 7b44 9b58 1868 7047 441c0000 0c000000", Constant(0x1008 + 0x1C50, "stored", 4)),
        ("x86_64", "b8db270000 c3", Constant(10203, "number")),
        ("x86_64", "f30f1efa 488d0510000000 c3", Constant(0x100B + 0x10, "address")),
        ("x86_64", "488b0510000000 c3", Constant(0x1017, "stored", 8)),
        ("x86_64", "488b0510000000 488b00 c3", Constant(0x1017, "stored", 8)),
        ("x86_64", "8b05f0ffffff c3", Constant(0xFF6, "stored", 4)),
        ("i386", "f30f1efb b807000000 c3", Constant(7, "number")),
    ],
)
def test_forms_that_compilers_make(machine: str, code: str, found: Constant) -> None:
    assert returned(machine, bytes.fromhex(code), AT | (machine == "arm")) == found


@pytest.mark.parametrize(
    ("machine", "code"),
    [
        ("aarch64", "1f0c0071 81008052 60fb8452 20d0801a c0035fd6"),  # it depends on what it is asked
        ("aarch64", "60fb8452"),
        ("aarch64", "60fb84"),
        ("aarch64", "c0035fd6"),
        ("aarch64", "21fb8452 c0035fd6"),
        ("aarch64", "00000094 c0035fd6"),
        ("arm", "0328 42f2db73 d4bf 0420 1846 7047"),
        ("arm", "ff48 7047"),
        ("arm", "7047"),
        ("arm", "42f2"),
        ("arm", "1868 7047"),
        ("x86_64", "b8db270000"),
        ("x86_64", "b8db27"),
        ("x86_64", "b8db270000 90 c3"),
        ("i386", "488d0510000000 c3"),
        ("mips", "0800e003 01000224"),
    ],
)
def test_other_code_says_nothing(machine: str, code: str) -> None:
    assert returned(machine, bytes.fromhex(code), AT | (machine == "arm")) is None


def test_code_of_the_other_instruction_set_of_arm_is_not_read() -> None:
    assert returned("arm", bytes.fromhex("07207047"), AT) is None
