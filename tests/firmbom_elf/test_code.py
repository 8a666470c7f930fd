"""What short functions return, by their instructions: those that gcc 12 makes, and others of which nothing is said."""

from __future__ import annotations

import pytest

from firmbom_elf.code import returned
from firmbom_elf.code.constant import Code, Constant

AT = 0x1000
STORED = {
    0x10C1: "8b0424c3",  # i386: MOV EAX, [ESP]; RET
    0x10D1: "8b1424c3",
    0x110E8: "00010000",  # MIPS: the page at 0x10000
    0x110EC: "00000000",  # another file's
    0x11018: "0000000000010000",
}
"""What stands elsewhere in the file, by address."""


def memory(address: int, size: int) -> bytes:
    return bytes.fromhex(STORED.get(address, ""))[:size]


def said(machine: str, code: str, order: str = "<", at: int = AT) -> Constant | None:
    return returned(machine, Code(bytes.fromhex(code), at, order, memory))


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
        ("i386", "e8bc000000 05ef2f0000 8d800ce0ffff c3", Constant(0x1005 + 0x2FEF - 0x1FF4, "address")),
        ("i386", "f30f1efb e8c8000000 81c2af2e0000 8b820c000000 c3", Constant(0x1009 + 0x2EAF + 12, "stored", 4)),
        ("i386", "e8bc000000 059f2f0000 8b80f4ffffff 8b00 c3", Constant(0x1005 + 0x2F9F - 12, "stored", 4)),
        ("arm 32", "04009fe5 00008fe0 1eff2fe1 9c000000", Constant(0x100C + 0x9C, "address")),
        ("arm 32", "db0702e3 1eff2fe1", Constant(10203, "number")),
        ("arm 32", "c10fa0e3 020140e3 1eff2fe1", Constant(0x01020304, "number")),
        ("arm 32", "0700a0e3 0ef0a0e1", Constant(7, "number")),
        (
            "arm 32",
            "10309fe5 10209fe5 03308fe0 023093e7 000093e5 1eff2fe1 c41c0000 0c000000",
            Constant(0x1010 + 0x1CC4 + 12, "stored", 4),
        ),
        ("arm 32", "08309fe5 03308fe0 100093e5 1eff2fe1 00100000", Constant(0x100C + 0x1000 + 16, "stored", 4)),
        ("riscv", "17050000 13050508 8280", Constant(0x1080, "address")),
        ("riscv", "0965 1305b57d 8280", Constant(10203, "number")),
        ("riscv", "37050201 13054530 67800000", Constant(0x01020304, "number")),
        ("riscv", "1d45 8280", Constant(7, "number")),
        ("riscv", "6d55 8280", Constant(0xFFFF_FFFB, "number")),
        ("riscv", "97270000 83b7c7a1 8863 8280", Constant(0x1000 + 0x2000 - 1508, "stored", 8)),
        ("riscv", "17250000 032525b3 8280", Constant(0x1000 + 0x2000 - 1230, "stored", 4)),
        ("riscv", "97270000 13850780 8280", Constant(0x3000 - 2048, "address")),
        ("riscv", "97270000 3e85 8280", Constant(0x3000, "address")),
    ],
)
def test_forms_that_compilers_make(machine: str, code: str, found: Constant) -> None:
    assert said(machine.partition(" ")[0], code, at=AT | (machine == "arm")) == found


@pytest.mark.parametrize(
    ("order", "code", "found"),
    [
        (">", "3c1c0002 279c80d0 0399e021 8f828018 03e00008 24420640", Constant(0x10640, "address")),
        ("<", "02001c3c d0809c27 21e09903 1880828f 0800e003 40064224", Constant(0x100 + 0x640, "address")),
        (">", "3c1c0002 279c80d0 0399e021 8f828018 03e00008 8c420680", Constant(0x10680, "stored", 4)),
        (">", "3c030002 0079182d 64638000 dc628018 03e00008 64420670", Constant(0x10670, "address")),
        (">", "3c020102 03e00008 24420304", Constant(0x01020304, "number")),
        (">", "3c020102 34420304 03e00008 00000000", Constant(0x01020304, "number")),
        ("<", "0800e003 fbff0224", Constant(0xFFFF_FFFB, "number")),
    ],
)
def test_mips_finds_things_by_its_table(order: str, code: str, found: Constant) -> None:
    assert said("mips", code, order) == found


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
        ("i386", "e8bd000000 05ef2f0000 8d800ce0ffff c3"),  # what it calls is something else
        ("i386", "e8cc000000 05ef2f0000 8d800ce0ffff c3"),
        ("i386", "e8bc000000 05ef2f0000"),
        ("arm 32", "04009fe5 00008fe0"),
        ("arm 32", "04009fe5 00008fe0 1eff2f01 9c000000"),
        ("arm 32", "0c001fe5 1eff2fe1"),
        ("arm 32", "00f09fe5 1eff2fe1"),
        ("arm 32", "000093e5 1eff2fe1"),
        ("riscv", "3335a000 1105 8280"),
        ("riscv", "1d45"),
        ("riscv", "17050000 1305"),
        ("riscv", "8863 8280"),
        ("mips", "0800e003"),
        ("mips", "0800e003 0c000000"),
        ("mips", "02001c3c d0809c27 21e09903 2080828f 0800e003 40064224"),  # the table has nothing there
        ("mips", "02001c3c d0809c27 0800e003 21109903"),
        ("ppc", "38600001 4e800020"),
    ],
)
def test_other_code_says_nothing(machine: str, code: str) -> None:
    assert said(machine.partition(" ")[0], code, at=AT | (machine == "arm")) is None


def test_the_other_instruction_sets_are_not_read() -> None:
    assert said("arm", "07207047") is None
    assert said("mips", "0800e003 01000224", at=AT | 1) is None


def test_what_another_file_has_is_no_variable() -> None:
    load = "3c1c0002 279c80d0 0399e021 8f82801c 03e00008"
    assert said("mips", f"{load} 24420640", ">") == Constant(0x640, "address")
    assert said("mips", f"{load} 8c420004", ">") is None
