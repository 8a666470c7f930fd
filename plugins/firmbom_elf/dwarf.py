"""The source files that a binary was compiled from, as its debug information names them (DWARF 2 to 5)."""

from __future__ import annotations

import io
import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from elftools.dwarf.dwarfinfo import DWARFInfo

    from firmbom_elf.tables import Tables

_MOST_UNITS = 5_000
_MOST_PATHS = 4_000
_LONGEST = 512
"""Characters of one path or producer."""
_INFO = (b".debug_info", b".zdebug_info")


class Units(NamedTuple):
    """What the compilation units state, without repetitions, in file order."""

    sources: tuple[str, ...] = ()
    """Paths of the primary source files: DW_AT_comp_dir and DW_AT_name joined, ``..`` resolved."""
    producers: tuple[str, ...] = ()
    """DW_AT_producer: compiler, version, options."""


def read(data: bytes, tables: Tables | None) -> Units:
    """Read the top entry of every compilation unit (DWARF 5 section 3.1.1) of a file that has ``tables``.

    Whatever is damaged ends the reading; what was read until then is returned, because debug information is extra.
    """
    if not (tables and any(tables.named(name) for name in _INFO)):  # most files have none
        return Units()
    sources: dict[str, None] = {}
    producers: dict[str, None] = {}
    try:
        for unit in _units(data):
            source = posixpath.normpath(posixpath.join(unit["comp_dir"], unit["name"]))
            sources[source[-_LONGEST:]] = None
            if unit["producer"]:
                producers[unit["producer"][:_LONGEST]] = None
            if len(sources) >= _MOST_PATHS:
                break
    except Exception:  # noqa: S110 - pyelftools raises anything on damaged input; what was read stands
        pass
    return Units(tuple(sources), tuple(producers))


def _units(data: bytes) -> Iterator[dict[str, str]]:
    dwarf = _information(data)
    if dwarf is None:
        return
    for number, unit in enumerate(dwarf.iter_CUs()):
        if number >= _MOST_UNITS:
            return
        attributes = unit.get_top_DIE().attributes
        yield {key: _text(attributes.get(f"DW_AT_{key}")) for key in ("comp_dir", "name", "producer")}


def _information(data: bytes) -> DWARFInfo | None:
    from elftools.elf.elffile import ELFFile

    file = ELFFile(io.BytesIO(data))
    return file.get_dwarf_info(relocate_dwarf_sections=False, follow_links=False) if file.has_dwarf_info() else None


def _text(attribute: Any) -> str:
    value = getattr(attribute, "value", b"")
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else ""
