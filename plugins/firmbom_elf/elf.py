"""One ELF file's facts, from program headers and the dynamic section; sections only add to them.

Source: System V gABI chapters 4 (object files) and 5 (dynamic linking). What ``sstrip`` removes (section headers and
what no segment loads) is missing from its copies and nowhere else: the compilers and the debug link.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from firmbom_elf.answers import answers, plugin_releases
from firmbom_elf.binary import hardening, notes, symbols, versions
from firmbom_elf.binary.image import Image
from firmbom_elf.binary.machines import named as machine_named
from firmbom_elf.binary.symbol_table import SymbolTable
from firmbom_elf.binary.symbols import Given, Taken
from firmbom_elf.binary.tables import MAGIC, Tables
from firmbom_elf.facts import Elf
from firmbom_elf.strings.stored_text import MOST, decoded

__all__ = ["MAGIC", "Read", "read"]

MOST_COMMENT = 1 << 16
_MOST_TEXTS = 64
"""Comments that are kept for the next files: most of a system have the same."""

_KINDS: dict[int, Literal["executable", "library", "object", "core"]] = {1: "object", 2: "executable", 4: "core"}
"""By ``e_type``; ET_DYN is told by what is in it."""
_REL, _DYN = 1, 3
_PT_LOAD, _PT_INTERP = 1, 3
_SHT_NOBITS = 8
_DT_FLAGS_1, _DF_1_PIE = 0x6FFF_FFFB, 0x0800_0000
_EXECUTABLE_TAGS = frozenset({21, 0x7000_0016, 0x7000_0035})
"""DT_DEBUG, DT_MIPS_RLD_MAP, DT_MIPS_RLD_MAP_REL: the loader's mail box, which only executables have."""


class Read(NamedTuple):
    """What was read of one file."""

    elf: Elf | None
    doubts: tuple[str, ...] = ()
    """What is wrong with the file though it could be read, each a line for a person."""
    tables: Tables | None = None
    """As far as they have been read."""


def read(data: bytes) -> Read:
    """Read one file.

    Raises:
        InputError: no ELF file, or too damaged for any table to be found.
    """
    tables = Tables(data)
    head = tables.header
    dynamic = _dynamic_names(tables)
    defines, requires, wanted = versions.read(tables)
    kind = _kind(tables, dynamic["soname"])
    table = SymbolTable.dynamic(tables, wanted if kind == "executable" else frozenset())
    exports, imports = Given(table, without=frozenset(defines)), Taken(table)
    said = notes.read(tables)
    comment, debug_link = _sections(tables)
    needed, soname = tuple(filter(None, dynamic["needed"])), "".join(dynamic["soname"][:1])
    interpreter = _interpreter(tables)
    image = Image(tables, machine_named(head.machine)) if kind == "library" else None
    elf = Elf(
        bits=head.bits,
        endian=head.endian,
        machine=machine_named(head.machine),
        kind=kind,
        soname=soname,
        needed=needed,
        rpath=tuple(dynamic["rpath"]),
        runpath=tuple(dynamic["runpath"]),
        interpreter=interpreter,
        build_id=said.build_id,
        debug_link=debug_link,
        static=not tables.tags or (kind == "executable" and not needed and not interpreter),
        sections=tables.section_count > 1,
        exports=exports,
        imports=imports,
        answers=tuple(answers.read(table, image)) if image else (),
        release=plugin_releases.read(table, image) if image else None,
        defines=defines,
        requires=requires,
        note=said.package,
        compilers=comment,
        dlopens=tuple(sorted({*said.dlopens} - {*needed, soname, interpreter})) if said.dlopens else (),
        hardening=hardening.of(
            tables,
            program=kind == "executable",
            glibc=any(node.startswith("GLIBC_") for _, node in requires),
            wanted=symbols.listed(tables) if head.type == _REL else imports,
            exports=exports,
            features=said.features,
        ),
    )
    return Read(elf, tuple(_doubts(tables, dynamic["needed"].count(""))), tables)


def _dynamic_names(tables: Tables) -> dict[str, list[str]]:
    """The texts of the dynamic section, by what they are; in file order."""
    found: dict[str, list[str]] = {"needed": [], "soname": [], "rpath": [], "runpath": []}
    for tag, value in [row for row in tables.dynamic if row[0] in _TEXTS]:
        kind, stored = _TEXTS[tag], tables.string(value)
        found[kind] += [stored] if kind in {"needed", "soname"} else filter(None, stored.split(":"))
    return found


_TEXTS = {1: "needed", 14: "soname", 15: "rpath", 29: "runpath"}
"""By dynamic tag."""


def _kind(tables: Tables, soname: Iterable[str]) -> Literal["executable", "library", "object", "core"]:
    if tables.header.type != _DYN:
        return _KINDS.get(tables.header.type, "executable")
    if tables.tags.get(_DT_FLAGS_1, 0) & _DF_1_PIE:
        return "executable"  # pppd is one with a SONAME, for its plugins
    if any(soname):
        return "library"
    started = not _EXECUTABLE_TAGS.isdisjoint(tables.tags) or _PT_INTERP in tables.segments
    return "executable" if started else "library"


def _interpreter(tables: Tables) -> str:
    for part in tables.segments.get(_PT_INTERP, ()):
        return tables.text(part.offset, min(part.size, MOST))
    return ""


def _sections(tables: Tables) -> tuple[tuple[str, ...], str]:
    """The compilers that ``.comment`` names and the file that ``.gnu_debuglink`` names."""
    comment, link = tables.named(b".comment"), tables.named(b".gnu_debuglink")
    return (
        _compilers(tables.content(comment, MOST_COMMENT)) if comment else (),
        decoded(tables.content(link, MOST_COMMENT).split(b"\0", 1)[0]) if link else "",
    )


@lru_cache(_MOST_TEXTS)
def _compilers(comment: bytes) -> tuple[str, ...]:
    said = (decoded(part).strip() for part in comment.split(b"\0") if part)
    return tuple(dict.fromkeys(filter(None, said)))


def _doubts(tables: Tables, nameless: int) -> Iterator[str]:
    """Args: ``nameless`` libraries are needed."""
    loaded = max([one.offset + one.size for one in tables.segments.get(_PT_LOAD, ())], default=0)
    size, end = len(tables.data), max(loaded, tables.header.programs.end, tables.header.sections.end)
    if end > size and not (end == loaded and _debug_only(tables)):
        yield f"is cut short or damaged: it should hold {end} bytes and has {size}; what the rest says is missing"
    elif nameless:
        yield f"is damaged: of {nameless} libraries that it needs the names cannot be read"


def _debug_only(tables: Tables) -> bool:
    """Is it what ``objcopy --only-keep-debug`` leaves, whose segments state bytes that another file has?"""
    loaded = (tables.named(name) for name in (b".text", b".dynamic", b".rodata"))
    return any(one.type == _SHT_NOBITS for one in loaded if one)
