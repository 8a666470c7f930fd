"""What a build did against exploits, as far as headers, notes and symbol names show it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Literal

from firmbom_elf.binary.machines import named
from firmbom_elf.binary.symbols import Names, Sought
from firmbom_elf.facts import Hardening

if TYPE_CHECKING:
    from firmbom_elf.binary.tables import Tables

Answer = Literal["", "yes", "no"]

_PT_INTERP, _PT_GNU_STACK, _PT_GNU_RELRO = 3, 0x6474_E551, 0x6474_E552
_DT_BIND_NOW, _DT_FLAGS, _DT_FLAGS_1 = 24, 30, 0x6FFF_FFFB
_DF_BIND_NOW, _DF_1_NOW = 8, 1
_PF_X = 1
_REL, _EXEC, _DYN = 1, 2, 3

_STACK_BY_DEFAULT = frozenset({"i386", "arm", "mips", "ppc", "m68k", "sparc", "sh"})
"""Where Linux makes the stack executable for a program that has no PT_GNU_STACK."""
_CANARY = ("__stack_chk_fail", "__stack_chk_guard", "__stack_chk_fail_local", "__stack_smash_handler")
_CHECKED = re.compile(r"__(?!stack_)\w+_chk")
CHECKABLE = Sought(
    (
        *("fgets", "fprintf", "fread", "gets", "memcpy", "memmove", "mempcpy", "memset", "poll", "pread", "printf"),
        *("read", "readlink", "realpath", "recv", "recvfrom", "snprintf", "sprintf", "stpcpy", "strcat", "strcpy"),
        *("strncat", "strncpy", "vfprintf", "vprintf", "vsnprintf", "vsprintf", "wcscpy"),
    )
)
"""Functions that glibc's headers replace by checked ones where ``_FORTIFY_SOURCE`` can tell the size."""
_CFI = ("__cfi_check", "__cfi_slowpath", "__cfi_slowpath_diag")


def of(
    tables: Tables, *, program: bool, glibc: bool, wanted: Names, exports: Names, features: Collection[str]
) -> Hardening:
    """Judge one file.

    Args:
        tables: its headers.
        program: it is started, not loaded.
        glibc: it is linked with the GNU C library, whose checked functions have names of their own.
        wanted: names of the symbols it takes from others; of an object file all that it names.
        exports: names of the symbols that it gives to others.
        features: from its GNU property note.
    """
    linked = tables.header.type in {_EXEC, _DYN}
    return Hardening(
        pie=_pie(tables, program) if linked else "",
        relro=_relro(tables) if linked else "",
        nx=_nx(tables) if linked else "",
        canary=_canary(tables, wanted, exports),
        fortify=_fortify(wanted, glibc),
        cfi=tuple(sorted({*features, "clang-cfi"} if _one_of(_CFI, "__cfi_", wanted, exports) else set(features))),
    )


def _pie(tables: Tables, program: bool) -> Literal["yes", "no", "library"]:
    if tables.header.type == _EXEC:
        return "no"
    return "yes" if program else "library"


def _relro(tables: Tables) -> Literal["full", "partial", "no"]:
    if _PT_GNU_RELRO not in tables.segments:
        return "no"
    tags = tables.tags
    now = _DT_BIND_NOW in tags or tags.get(_DT_FLAGS, 0) & _DF_BIND_NOW or tags.get(_DT_FLAGS_1, 0) & _DF_1_NOW
    return "full" if now else "partial"


def _nx(tables: Tables) -> Answer:
    stack = tables.segments.get(_PT_GNU_STACK)
    if stack:
        return "no" if stack[-1].flags & _PF_X else "yes"
    executable = _PT_INTERP in tables.segments and named(tables.header.machine) in _STACK_BY_DEFAULT
    return "no" if executable else ""


def _canary(tables: Tables, wanted: Names, exports: Names) -> Answer:
    if _one_of(_CANARY, "__stack_", wanted, exports):
        return "yes"
    return "no" if wanted and (tables.tags or tables.header.type == _REL) else ""


def _fortify(wanted: Names, glibc: bool) -> Answer:
    """``no`` only where a function that would have been replaced was not; musl's headers leave no trace at all."""
    if any(map(_CHECKED.fullmatch, wanted.ending("_chk"))):
        return "yes"
    return "no" if glibc and CHECKABLE.any_among(wanted) else ""


def _one_of(names: Iterable[str], common: str, *held: Names) -> bool:
    """Is one of the names there, all of which have a part in common?"""
    return any(not one.isdisjoint(names) for one in held if one.mention(common))
