"""Which release a plugin is of, by the structure that its host asks it for."""

from __future__ import annotations

from importlib import import_module

from firmbom_elf.binary.image import Image
from firmbom_elf.binary.symbol_table import SymbolTable
from firmbom_elf.binary.symbols import Defined, ending
from firmbom_elf.facts import PluginRelease

_READERS = {
    "ModuleData": "xorg_drivers",
    "_get_desc": "gstreamer_plugins",
    "gst_plugin_desc": "gstreamer_plugins",
}
"""By how the names of the symbols end that lead to what they read: modules, which few trees have any file for."""


def read(table: SymbolTable, image: Image) -> PluginRelease | None:
    """The one release that is stated; none where several are, for then the file is a collection of its own."""
    found = {
        (stated.name, stated.version): stated
        for symbol in ending(table, _READERS)
        for end, reader in _READERS.items()
        if symbol.name.endswith(end) and (stated := _read(reader, image, symbol))
    }
    return next(iter(found.values())) if len(found) == 1 else None


def _read(reader: str, image: Image, symbol: Defined) -> PluginRelease | None:
    stated: PluginRelease | None = import_module(f"firmbom_elf.answers.{reader}").read(image, symbol)
    return stated
