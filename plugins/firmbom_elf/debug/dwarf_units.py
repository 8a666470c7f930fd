"""pyelftools over the debug sections of one file, for the first entries of its units alone.

Loads pyelftools; only what has debug information needs it.
"""

from __future__ import annotations

import io
from typing import IO, Any

from elftools.common.utils import struct_parse
from elftools.dwarf.abbrevtable import AbbrevDecl, AbbrevTable
from elftools.dwarf.dwarfinfo import DebugSectionDescriptor, DwarfConfig, DWARFInfo

from firmbom.errors import InputError
from firmbom_elf.binary.tables import Tables
from firmbom_elf.debug import debug_sections

_SECTIONS = tuple(
    f"{name}_sec"
    for name in (
        *("debug_info", "debug_aranges", "debug_abbrev", "debug_frame", "eh_frame", "debug_str", "debug_loc"),
        *("debug_ranges", "debug_line", "debug_pubtypes", "debug_pubnames", "debug_addr", "debug_str_offsets"),
        *("debug_line_str", "debug_loclists", "debug_rnglists", "debug_sup", "gnu_debugaltlink", "debug_types"),
    )
)
"""All that pyelftools wants to be told of."""

_PLACES = ("addr", "loclists", "rnglists")
"""Sections that say where code stands (DWARF 5 section 7.5.5); what clang writes first of a unit points into them."""

MOST_NUMBERS = 10_000_000
"""That are passed over in all tables; libc.so.6 with 1,900 units has 400,000."""
_LARGEST = 63
"""Bits of a number."""
_IMPLICIT_CONSTANT = 0x21
"""DW_FORM_implicit_const, after which the value stands here."""


def information(tables: Tables) -> DWARFInfo:
    """The debug information of a file.

    Raises:
        InputError: its sections are damaged or too large.
    """
    held: dict[str, Any] = dict.fromkeys(_SECTIONS)
    for name in _PLACES:
        held[f"debug_{name}_sec"] = DebugSectionDescriptor(_Zeros(), f".debug_{name}", 0, 0, 0)
    for name, content in debug_sections.read(tables).items():
        held[f"debug_{name}_sec"] = DebugSectionDescriptor(io.BytesIO(content), f".debug_{name}", 0, len(content), 0)
    return _Information(DwarfConfig(tables.order == "<", "", tables.header.bits // 8), **held)


class _Zeros(io.BytesIO):
    """In the place of a section that pyelftools looks into and whose content nobody asks for."""

    def read(self, size: int | None = -1) -> bytes:
        """So many zeros, wherever."""
        return bytes(max(size or 0, 0))


class _Information(DWARFInfo):
    """With tables of abbreviations that are read no further than is asked for: that is ten times as fast."""

    left = MOST_NUMBERS

    def get_abbrev_table(self, offset: int) -> AbbrevTable:
        """The table at that offset; pyelftools raises what it will if there is none."""
        assert self.debug_abbrev_sec  # noqa: S101 - without it there is no unit to ask
        return _Abbreviations(self, self.debug_abbrev_sec.stream, offset)


class _Abbreviations(AbbrevTable):
    """One table (DWARF 5 section 7.5.3)."""

    def __init__(self, information: _Information, stream: IO[bytes], offset: int) -> None:
        self.structs, self.stream, self.offset = information.structs, stream, offset
        self._information = information

    def get_abbrev(self, code: int) -> AbbrevDecl:
        """The declaration of a code.

        Raises:
            KeyError: there is none.
        """
        self.stream.seek(self.offset)
        while found := self._number():
            if found == code:
                return AbbrevDecl(code, struct_parse(self.structs.Dwarf_abbrev_declaration, self.stream))
            self._skip()
        raise KeyError(code)

    def _skip(self) -> None:
        """Pass over the rest of a declaration: the tag, a flag, and pairs of attribute and form that end with zeros."""
        self._number()
        self.stream.read(1)
        while True:
            attribute, form = self._number(), self._number()
            if form == _IMPLICIT_CONSTANT:
                self._number()
            if not attribute and not form:
                return

    def _number(self) -> int:
        """A LEB128 number; 0 at the end."""
        made = shift = 0
        self._information.left -= 1
        if self._information.left < 0:
            raise InputError(f"its tables of abbreviations hold more than {MOST_NUMBERS} numbers")
        while byte := self.stream.read(1):
            made |= (byte[0] & 0x7F) << shift
            if byte[0] < 0x80:
                return made
            shift += 7
            if shift > _LARGEST:
                raise InputError("a number among its abbreviations has no end")
        return 0
