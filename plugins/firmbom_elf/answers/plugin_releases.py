"""Which release a plugin is of, by the structure that its host asks it for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from firmbom_elf.answers import gstreamer_plugins, xorg_drivers
from firmbom_elf.binary.image import Image
from firmbom_elf.binary.symbol_table import SymbolTable
from firmbom_elf.binary.symbols import Defined, ending
from firmbom_elf.facts import PluginRelease

_READERS: Mapping[str, Callable[[Image, Defined], PluginRelease | None]] = {
    xorg_drivers.SYMBOL: xorg_drivers.read,
    gstreamer_plugins.FUNCTION: gstreamer_plugins.read,
    gstreamer_plugins.DATUM: gstreamer_plugins.read,
}
"""By how the names of the symbols end that lead to them."""


def read(table: SymbolTable, image: Image) -> PluginRelease | None:
    """The one release that is stated; none where several are, for then the file is a collection of its own."""
    found = {
        (stated.name, stated.version): stated
        for symbol in ending(table, _READERS)
        for end, reader in _READERS.items()
        if symbol.name.endswith(end) and (stated := reader(image, symbol))
    }
    return next(iter(found.values())) if len(found) == 1 else None
