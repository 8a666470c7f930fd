"""The sections of debug information that source files are read from: unpacked, and as the linker would leave them.

Source: System V gABI chapter 4 ("Compressed sections", "Relocation"); ``.zdebug_*`` is what GNU tools wrote before.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from firmbom.errors import InputError

if TYPE_CHECKING:
    from firmbom_elf.binary.tables import Section, Tables

NAMES = ("abbrev", "info", "line", "line_str", "str", "str_offsets")
"""After ``.debug_``: what the top entry of a unit and the header of a line table are made of."""
LARGEST = 512 << 20
"""Unpacked bytes of all of them together."""

_SHF_COMPRESSED = 0x800
_ZLIB, _ZSTD = 1, 2
_REL, _RELA, _SHT_SYMTAB = 1, 4, 2
_MIPS = 8
_FLAGS = {32: ("I", 8), 64: ("Q", 8)}
"""By class: ``sh_flags`` and its offset in a section header."""
_LINKS = {32: ("3I", 8), 64: ("2QQ", 32)}
"""By class: an entry of a RELA table, and by how many bits ``r_info`` is shifted for the symbol."""
_SYMBOLS = {32: "4xI4xBxH", 64: "4xBxHQ8x"}
"""By class: ``st_value``, ``st_info`` and ``st_shndx``; for 64 bits the value comes last."""


def present(tables: Tables) -> bool:
    """Is there debug information at all? Most files have none."""
    return b"debug_info" in tables.section_names and any(map(tables.named, (b".debug_info", b".zdebug_info")))


def read(tables: Tables) -> dict[str, bytes]:
    """The sections that are there, by their names after ``.debug_``.

    Raises:
        InputError: one is damaged, or they are larger than such sections get.
    """
    made: dict[str, bytes] = {}
    left = LARGEST
    for name in NAMES:
        content = _content(tables, name, left)
        if content:
            left -= len(content)
            made[name] = content
    return made


def _content(tables: Tables, name: str, most: int) -> bytes:
    section = tables.named(f".debug_{name}".encode())
    if section is None:
        old = tables.named(f".zdebug_{name}".encode())
        packed = tables.content(old) if old else b""
        return _unzipped(packed[12:], most) if packed.startswith(b"ZLIB") else packed
    content = tables.content(section)
    if _flags(tables, section) & _SHF_COMPRESSED:
        content = _unpacked(tables, content, most)
    return _linked(tables, name, content) if tables.header.type == _REL else content


def _flags(tables: Tables, section: Section) -> int:
    form, offset = _FLAGS[tables.header.bits]
    headers = tables.header.sections
    at = headers.start + headers.each * tables.sections.index(section) + offset
    return int(struct.unpack_from(tables.order + form, tables.data, at)[0])


def _unpacked(tables: Tables, content: bytes, most: int) -> bytes:
    """What stands behind an ``Elf32_Chdr`` (12 bytes) or ``Elf64_Chdr`` (24 bytes)."""
    size = 24 if tables.header.bits == 64 else 12
    if len(content) < size:
        raise InputError("a compressed section is cut off")
    (how,) = struct.unpack_from(tables.order + "I", content)
    if how == _ZLIB:
        return _unzipped(content[size:], most)
    if how == _ZSTD:
        import zstandard

        try:
            made = zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(content[size:]).read(most + 1)
        except zstandard.ZstdError as error:
            raise InputError(f"a compressed section is damaged: {error}") from error
        return _bounded(made, most)
    raise InputError(f"a section is compressed in a way that is not known: {how}")


def _unzipped(packed: bytes, most: int) -> bytes:
    try:
        return _bounded(zlib.decompressobj().decompress(packed, most + 1), most)
    except zlib.error as error:
        raise InputError(f"a compressed section is damaged: {error}") from error


def _bounded(made: bytes, most: int) -> bytes:
    if len(made) > most:
        raise InputError(f"debug information is larger than {LARGEST} bytes")
    return made


def _linked(tables: Tables, name: str, content: bytes) -> bytes:
    """With the places in other debug sections filled in that an object file leaves to its linker.

    Only those that have their addend in a table need it, and only 32-bit ones are filled in, as DWARF's 32-bit format
    has them; where the machine knows the field as wider, it is an address, which nobody asks for here.
    """
    made = bytearray(content)
    values = dict(_values(tables))
    for place, symbol, addend in _relocations(tables, name):
        if symbol in values and place + 4 <= len(made):
            struct.pack_into(tables.order + "I", made, place, (values[symbol] + addend) & 0xFFFF_FFFF)
    return bytes(made)


def _values(tables: Tables) -> Iterator[tuple[int, int]]:
    """The symbols that stand for a place in a debug section, with their values."""
    table = next((one for one in tables.sections if one.type == _SHT_SYMTAB), None)
    if table is None:
        return
    names = tables.section_names
    debug = {
        number for number, one in enumerate(tables.sections) if names.startswith((b".debug_", b".zdebug_"), one.name)
    }
    wide = tables.header.bits == 64
    row = struct.Struct(tables.order + _SYMBOLS[tables.header.bits])
    content = tables.content(table)
    for number, fields in enumerate(row.iter_unpack(content[: len(content) // row.size * row.size])):
        value, section = (fields[2], fields[1]) if wide else (fields[0], fields[2])
        if section in debug:
            yield number, value


def _relocations(tables: Tables, name: str) -> Iterator[tuple[int, int, int]]:
    """Place, symbol and addend of each entry for that section."""
    table = tables.named(f".rela.debug_{name}".encode())
    if table is None or table.type != _RELA:
        return
    bits = tables.header.bits
    form, shift = _LINKS[bits]
    row = struct.Struct(tables.order + form)
    low = bits == 64 and tables.header.machine == _MIPS and tables.order == "<"  # its r_info is two numbers
    content = tables.content(table)
    for place, info, addend in row.iter_unpack(content[: len(content) // row.size * row.size]):
        yield place, info & 0xFFFF_FFFF if low else info >> shift, addend
