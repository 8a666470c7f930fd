"""What the functions and data of a library that are there to tell its version say, without running anything."""

from __future__ import annotations

from collections.abc import Iterator

from firmbom_elf.binary.image import Image
from firmbom_elf.binary.symbol_table import SymbolTable
from firmbom_elf.binary.symbols import Defined, tellers
from firmbom_elf.facts import Answer


def read(table: SymbolTable, image: Image) -> Iterator[Answer]:
    """The answers, in the order of the names.

    Args:
        table: its dynamic symbols.
        image: the same file as it is loaded.
    """
    for symbol in tellers(table):
        said = _by_function(image, symbol) if symbol.function else _by_data(image, symbol)
        if isinstance(said, int):
            yield Answer(symbol.name, number=said)
        elif said:
            yield Answer(symbol.name, text=said)


def _by_function(image: Image, symbol: Defined) -> str | int | None:
    found = image.returned(symbol)
    if found is None:
        return None
    if found.kind == "number":
        return found.value if found.value < 1 << 31 else None
    if found.kind == "address":
        return image.text(found.value)
    target = image.pointer(found.value)
    if target is None:
        return image.number(found.value) if found.size == 4 else None
    inner = image.pointer(target)  # through the global offset table
    return image.text(target) or (image.text(inner) if inner is not None else None)


def _by_data(image: Image, symbol: Defined) -> str | int | None:
    if symbol.size == image.word and (target := image.pointer(symbol.address)) is not None:
        return image.text(target)
    return image.number(symbol.address) if symbol.size == 4 else image.text(symbol.address)
