"""One ELF file's facts, read by LIEF from program headers and the dynamic section; sections only add to them.

Source: System V gABI chapters 4 (object files) and 5 (dynamic linking). What ``sstrip`` removes (section headers and
what no segment loads) is missing from its copies and nowhere else: the compilers and the debug link.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple

from firmbom.errors import InputError
from firmbom_elf import hardening, notes, symbols
from firmbom_elf.facts import Elf
from firmbom_elf.machines import named as machine_named
from firmbom_elf.stored_text import decoded, text

if TYPE_CHECKING:
    import lief.ELF

MAGIC = b"\x7fELF"

_CLASSES: dict[int, Literal[32, 64]] = {1: 32, 2: 64}
_ORDERS = {1: "<", 2: ">"}


class _Layout(NamedTuple):
    size: int
    numbers: str
    """From ``e_type`` on."""


_LAYOUTS = {32: _Layout(52, "HHIIIIIHHHHHH"), 64: _Layout(64, "HHIQQQIHHHHHH")}

MOST_DLOPENS = 500
MOST_COMMENT = 1 << 16

_KINDS: dict[int, Literal["executable", "library", "object", "core"]] = {1: "object", 2: "executable", 4: "core"}
"""By ``e_type``; ET_DYN is told by what is in it."""
_DYN = 3
_PT_DYNAMIC, _PT_INTERP = 2, 3
_DF_1_PIE = 0x0800_0000
_VER_FLG_BASE = 1
_EXECUTABLE_TAGS = frozenset({21, 0x7000_0016, 0x7000_0035})
"""DT_DEBUG, DT_MIPS_RLD_MAP, DT_MIPS_RLD_MAP_REL: the loader's mail box, which only executables have."""
_LIBRARY_END = re.compile(rb"\.so(?:\.[0-9]{1,9}){0,4}\0")
_LIBRARY = re.compile(r"(?:[$\w.+/-]*/)?[\w.+-]+\.so(?:\.[0-9]+)*", re.ASCII)


class Header(NamedTuple):
    """The identification and the few numbers that need no table."""

    bits: Literal[32, 64]
    endian: Literal["little", "big"]
    type: int
    machine: int
    ends: tuple[int, int]
    """Where the program headers and the section headers end, in bytes; 0 for none."""


class Tables(NamedTuple):
    """What the rules look at, as plain values: by then LIEF has done its work."""

    header: Header
    tags: dict[int, int]
    """Dynamic tags and the value of the last of each."""
    segments: dict[int, int]
    """Types of program headers and the flags of the last of each."""


class Read(NamedTuple):
    """What was read of one file."""

    elf: Elf | None
    doubts: tuple[str, ...]
    """What is wrong with the file though it could be read, each a line for a person."""


def header(data: bytes) -> Header:
    """Read the ELF header (gABI chapter 4).

    Raises:
        InputError: the bytes are no ELF file.
    """
    ident = data[:6].ljust(6, b"\0")
    bits, order = _CLASSES.get(ident[4]), _ORDERS.get(ident[5])
    if not data.startswith(MAGIC) or bits is None or order is None or len(data) < _LAYOUTS[bits].size:
        raise InputError("begins like an ELF file and is none: class, byte order or the whole header is missing")
    kind, machine, _, _, programs, sections, _, _, *sizes = struct.unpack_from(order + _LAYOUTS[bits].numbers, data, 16)
    ends = tuple(start + sizes[at] * sizes[at + 1] if start else 0 for start, at in ((programs, 0), (sections, 2)))
    return Header(bits, "little" if order == "<" else "big", kind, machine, (ends[0], ends[1]))


def read(data: bytes) -> Read:
    """Read one file.

    Raises:
        InputError: no ELF file, or too damaged for any table to be found.
    """
    head = header(data)
    binary = _parsed(data, head)
    tables = Tables(
        head,
        {int(entry.tag) & 0xFFFF_FFFF: entry.value for entry in binary.dynamic_entries},
        {int(segment.type) & 0xFFFF_FFFF: segment.raw_flags for segment in binary.segments},
    )
    dynamic = _dynamic_names(binary)
    defines, requires = _versions(binary)
    kind = _kind(tables, dynamic["soname"])
    exports, imports = symbols.read(data, binary, tables.tags, head, program=kind == "executable")
    said = notes.read(binary, head.endian, head.bits)
    comment, debug_link = _sections(binary)
    needed, soname = tuple(dynamic["needed"]), "".join(dynamic["soname"][:1])
    interpreter = text(binary, "interpreter") if _PT_INTERP in tables.segments else ""
    known = {*needed, soname, interpreter, ""}
    dlopens = {*said.dlopens, *(_dlopens(data, known) if imports & {"dlopen", "dlmopen"} else ())} - known
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
        static=not tables.tags,
        sections=len(binary.sections) > 1,
        exports=tuple(sorted(exports - set(defines))),
        imports=tuple(sorted(imports)),
        defines=defines,
        requires=requires,
        note=said.package,
        compilers=comment,
        dlopens=tuple(sorted(dlopens))[:MOST_DLOPENS],
        hardening=hardening.of(
            tables,
            program=kind == "executable",
            glibc=any(node.startswith("GLIBC_") for _, node in requires),
            wanted=imports | _symbol_table(binary),
            exports=exports,
            features=said.features,
        ),
    )
    return Read(elf, tuple(_doubts(data, head, binary)))


def _parsed(data: bytes, head: Header) -> lief.ELF.Binary:
    import lief.ELF

    config = lief.ELF.ParserConfig()
    config.parse_relocations = False
    config.parse_dyn_symbols = False  # symbols.py reads them
    config.parse_overlay = False
    config.parse_symtab_symbols = head.type == 1  # a kernel module wants its symbols there
    binary = lief.ELF.parse(io.BytesIO(data), config)
    if not isinstance(binary, lief.ELF.Binary):
        raise InputError("is an ELF file whose headers cannot be read")
    return binary


def _dynamic_names(binary: lief.ELF.Binary) -> dict[str, list[str]]:
    """The texts of the dynamic section, by what they are; in file order."""
    found: dict[str, list[str]] = {"needed": [], "soname": [], "rpath": [], "runpath": []}
    for entry in binary.dynamic_entries:
        kind = _TEXTS.get(int(entry.tag))
        if kind is None:
            continue
        named = kind in {"needed", "soname"}
        stored = text(entry, "name" if named else kind)
        found[kind] += [stored] if named else [part for part in stored.split(":") if part]
    return found


_TEXTS = {1: "needed", 14: "soname", 15: "rpath", 29: "runpath"}
"""By dynamic tag."""


def _kind(tables: Tables, soname: Iterable[str]) -> Literal["executable", "library", "object", "core"]:
    if tables.header.type != _DYN:
        return _KINDS.get(tables.header.type, "executable")
    started = tables.tags.get(0x6FFF_FFFB, 0) & _DF_1_PIE or not _EXECUTABLE_TAGS.isdisjoint(tables.tags)
    if any(soname):
        return "library"
    return "executable" if started or _PT_INTERP in tables.segments else "library"


def _versions(binary: lief.ELF.Binary) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    defines = [
        text(names[0], "name")
        for node in binary.symbols_version_definition
        if not node.flags & _VER_FLG_BASE and len(names := list(node.auxiliary_symbols))
    ]
    requires = [
        (text(library, "name"), text(node, "name"))
        for library in binary.symbols_version_requirement
        for node in library.get_auxiliary_symbols()
    ]
    return tuple(dict.fromkeys(defines)), tuple(dict.fromkeys(requires))


def _symbol_table(binary: lief.ELF.Binary) -> set[str]:
    """Names in ``.symtab``, of an object file only."""
    return {text(symbol, "name") for symbol in binary.symtab_symbols}


def _sections(binary: lief.ELF.Binary) -> tuple[tuple[str, ...], str]:
    """The compilers that ``.comment`` names and the file that ``.gnu_debuglink`` names."""
    held = {
        name: bytes(section.content[:MOST_COMMENT])
        for name in (".comment", ".gnu_debuglink")
        if (section := binary.get_section(name))
    }
    comments = (decoded(part) for part in held.get(".comment", b"").split(b"\0"))
    link = decoded(held.get(".gnu_debuglink", b"").split(b"\0", 1)[0])
    return tuple(dict.fromkeys(comment.strip() for comment in comments if comment.strip())), link


def _dlopens(data: bytes, known: set[str]) -> set[str]:
    """Library names that stand as strings of their own, beside those that the dynamic section names."""
    found: set[str] = set()
    for end in _LIBRARY_END.finditer(data):
        start = data.rfind(b"\0", max(0, end.start() - 256), end.start()) + 1
        name = data[start : end.end() - 1].decode("ascii", "replace") if start else ""
        if _LIBRARY.fullmatch(name) and name not in known:
            found.add(name)
            if len(found) == MOST_DLOPENS:
                break
    return found


def _doubts(data: bytes, head: Header, binary: lief.ELF.Binary) -> Iterator[str]:
    loaded = max((one.file_offset + one.physical_size for one in binary.segments if int(one.type) == 1), default=0)
    end = max(loaded, *head.ends)
    if end > len(data):
        yield f"is cut short or damaged: it should hold {end} bytes and has {len(data)}; what the rest says is missing"
