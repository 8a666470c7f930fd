"""The machines of ELF's ``e_machine`` by number, as ``uname -m`` mostly spells them.

Source: the numbers of the System V gABI registry (``EM_*``).
"""

from __future__ import annotations

from collections.abc import Mapping

NAMES: Mapping[int, str] = {
    2: "sparc",
    3: "i386",
    4: "m68k",
    6: "i386",
    8: "mips",
    10: "mips",
    15: "parisc",
    18: "sparc",
    20: "ppc",
    21: "ppc64",
    22: "s390",
    23: "spu",
    36: "v850",
    40: "arm",
    42: "sh",
    43: "sparc64",
    44: "tricore",
    45: "arc",
    46: "h8300",
    50: "ia64",
    53: "coldfire",
    62: "x86_64",
    75: "vax",
    76: "cris",
    83: "avr",
    84: "fr30",
    87: "v850",
    88: "m32r",
    89: "mn10300",
    92: "openrisc",
    93: "arc",
    94: "xtensa",
    105: "msp430",
    106: "blackfin",
    113: "nios2",
    115: "crx",
    135: "score",
    140: "c6000",
    164: "hexagon",
    167: "nds32",
    173: "rx",
    183: "aarch64",
    185: "avr32",
    188: "tilepro",
    189: "microblaze",
    190: "cuda",
    191: "tilegx",
    195: "arc",
    216: "cr16",
    220: "z80",
    224: "amdgpu",
    243: "riscv",
    244: "lanai",
    247: "bpf",
    252: "csky",
    253: "arc",
    255: "arc",
    258: "loongarch",
    36902: "alpha",
    41872: "xstormy16",
}


def named(number: int) -> str:
    """The machine's name; one that is not listed is told by its number: ``machine-1234``."""
    return NAMES.get(number, f"machine-{number}")
