"""pyelftools reads the same from the machine's own libraries: what they load, what they give, what they take."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from elftools.elf.dynamic import DynamicSegment
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from firmbom_elf import elf

MOST = 60
LARGEST = 1 << 20


def sample() -> Iterator[bytes]:
    """Some of the machine's binaries, spread over all of them."""
    paths = sorted(
        path
        for folder in (Path("/usr/lib"), Path("/usr/bin"))
        for path in folder.glob("**/*.so*" if folder.name == "lib" else "*")
        if path.is_file() and not path.is_symlink() and path.stat().st_size < LARGEST
    )
    for path in paths[:: max(1, len(paths) // MOST)]:
        data = path.read_bytes()
        if data.startswith(elf.MAGIC):
            yield data


def test_needed_and_symbols() -> None:
    compared = 0
    for data in sample():
        facts = elf.read(data).elf
        assert facts is not None
        other = ELFFile(io.BytesIO(data))
        dynamic = [one for one in other.iter_segments() if isinstance(one, DynamicSegment)]
        assert facts.needed == tuple(
            getattr(tag, "needed", "") for one in dynamic for tag in one.iter_tags("DT_NEEDED")
        )
        table = other.get_section_by_name(".dynsym")
        if isinstance(table, SymbolTableSection):
            listed = [one for one in table.iter_symbols() if one.name]
            wanted = {one.name for one in listed if one["st_shndx"] == "SHN_UNDEF"}
            given = {one.name for one in listed if one["st_info"]["bind"] != "STB_LOCAL"} | wanted
            assert wanted <= set(facts.imports)
            assert given - set(facts.defines) == {*facts.exports, *facts.imports} - set(facts.defines)
            compared += 1
    assert compared > 5, "the machine has libraries"
