"""The source files that a binary was compiled from, as its debug information names them (DWARF 2 to 5)."""

from __future__ import annotations

import posixpath
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from firmbom_elf.debug import debug_sections

if TYPE_CHECKING:
    from elftools.dwarf.compileunit import CompileUnit
    from elftools.dwarf.dwarfinfo import DWARFInfo

    from firmbom_elf.binary.tables import Tables

_MOST_UNITS = 20_000
"""Units that are looked at; dwz makes thousands of partial ones."""
_MOST_PATHS = 4_000
_LONGEST = 512
"""Characters of one path or producer."""
_COMPILED = frozenset({"DW_TAG_compile_unit", "DW_TAG_skeleton_unit"})


class Units(NamedTuple):
    """What the compilation units state, without repetitions, in file order."""

    sources: tuple[str, ...] = ()
    """Paths of the primary source files: DW_AT_comp_dir and DW_AT_name joined, ``..`` resolved."""
    producers: tuple[str, ...] = ()
    """DW_AT_producer: compiler, version, options."""


_NO_UNITS = Units()


def read(tables: Tables | None) -> Units:
    """Read the top entry of every compilation unit (DWARF 5 section 3.1.1) of a file that has ``tables``.

    Whatever is damaged ends the reading; what was read until then is returned, because debug information is extra.
    """
    if not tables or not debug_sections.present(tables):
        return _NO_UNITS
    sources: dict[str, None] = {}
    producers: dict[str, None] = {}
    try:
        from firmbom_elf.debug.dwarf_units import information as of  # for pyelftools

        information = of(tables)
        for unit in islice(information.iter_CUs(), _MOST_UNITS):
            top = unit.get_top_DIE()
            if top.tag not in _COMPILED:
                continue
            said = {key: _text(top.attributes.get(f"DW_AT_{key}")) for key in ("comp_dir", "name", "producer")}
            name = said["name"] or _primary(information, unit)
            if name and not name.startswith("<"):  # <artificial>: what link-time optimisation made
                sources[posixpath.normpath(posixpath.join(said["comp_dir"], name))[-_LONGEST:]] = None
            if said["producer"]:
                producers[said["producer"][:_LONGEST]] = None
            if len(sources) >= _MOST_PATHS:
                break
    except Exception:  # noqa: S110 - pyelftools raises anything on damaged input; what was read stands
        pass
    return Units(tuple(sources), tuple(producers))


def _primary(information: DWARFInfo, unit: CompileUnit) -> str:
    """The first file of the unit's line table, which has it where the unit itself names none.

    That is so where the rest of the unit is in a .dwo file (skeleton units of split DWARF), and where dwz has moved
    the names to a file that several share.
    """
    table: Any = information.line_program_for_CU(unit)
    if table is None or not table.header.file_entry:
        return ""
    file, folders = table.header.file_entry[0], table.header.include_directory
    number = file.dir_index - (table.header.version < 5)  # folder 0 of older tables is the unit's own, which is unsaid
    folder = folders[number].decode("utf-8", "backslashreplace") if 0 <= number < len(folders) else ""
    return posixpath.join(folder, file.name.decode("utf-8", "backslashreplace"))


def _text(attribute: Any) -> str:
    value = getattr(attribute, "value", b"")
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else ""
