"""A Linux kernel that is not compressed (ELF, arm64 and RISC-V Image, bare code) and what is built into it.

Sources: Linux's Documentation/arch/arm64/booting.rst and arch/riscv/boot-image-header.rst.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from firmbom.tree.archive import Entry
from firmbom.tree.base import HEAD
from firmbom.tree.readers.kernel_elf import Elf
from firmbom.tree.report import Report
from firmbom.tree.search import occurrences
from firmbom.tree.source import Source

_ARM64, _RISCV, _RISCV_NAME, _EFI = b"ARM\x64", b"RSC\x05", b"RISCV\0\0\0", b"\xcd\x23\x82\x81"
_BANNER = re.compile(rb"Linux version [1-9][0-9]?\.[0-9]{1,3}[^ \0\n]{0,100} \(")


def confirm(head: bytes) -> bool:
    """The header of an Image, or an ELF program that runs where kernels do."""
    if len(head) < 64:
        return False
    if head[56:60] == _ARM64:
        return not any(head[40:56])
    if head[56:60] == _RISCV:
        return head[48:56] == _RISCV_NAME
    if head[56:60] == _EFI:
        return head.startswith(b"MZ")
    elf = Elf.parse(head)
    return elf is not None and elf.is_kernel


def is_bare(source: Source) -> bool:
    """Does a file that no magic tells hold a kernel, as its banner shows?"""
    return any(occurrences(source, _BANNER, 128))


def read(source: Source, report: Report) -> Iterator[Entry]:
    """The built-in parts; of a kernel that unpacks itself, the unpacked one."""
    from firmbom.tree.readers import kernel_parts, kernel_payload, kernel_pe  # most programs are only told to be none

    head = source.read_at(0, HEAD)
    elf = Elf.parse(head)
    stated = elf.end if elf else kernel_pe.end(source)
    if stated > source.size:
        report("error", f"cut short: {source.size} of {stated} bytes are there")
    if is_bare(source):
        yield from kernel_parts.built_in(source, report)
    elif elf and (payload := kernel_payload.find(source)) and (payload.fault or is_bare(payload.content)):
        yield from kernel_payload.entry(payload, report)
